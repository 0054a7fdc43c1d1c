/** A drawing as data. Every figure is a pure function to a Scene; one component draws any Scene. */

import type { Scale } from './scale';

export type Anchor = 'start' | 'middle' | 'end';

/** What is drawn. `kind` names a style of `Marks.svelte`, `language` gives a mark that language's colour. */
export type Mark =
  | { shape: 'path'; d: string; kind: string; language?: string | undefined }
  | { shape: 'line'; x1: number; y1: number; x2: number; y2: number; kind: string; language?: string | undefined }
  | {
      shape: 'rect';
      x: number;
      y: number;
      width: number;
      height: number;
      kind: string;
      opacity?: number;
      language?: string | undefined;
    }
  | {
      shape: 'text';
      x: number;
      y: number;
      text: string;
      kind: string;
      anchor?: Anchor;
      rotate?: boolean;
      language?: string | undefined;
    }
  | { shape: 'symbol'; x: number; y: number; size: number; language: string; hollow?: boolean };

/** A place that can be pointed at, by pointer or keyboard, and what there is to say about it. */
export interface Spot {
  x: number;
  y: number;
  label: string;
}

/** A place that the reader moves, by pointer, finger or arrow keys. `angle` is what a slider of it would show. */
export interface Handle {
  x: number;
  y: number;
  /** What is moved. */
  label: string;
  /** Where it is, in words. */
  text: string;
  angle: number;
}

/** What a drawing is made for: the language of its numbers and names, and its size in pixels. */
export interface Frame {
  ui: string;
  width: number;
  height: number;
}

export interface Scene {
  width: number;
  height: number;
  marks: Mark[];
  spots: Spot[];
  handles?: Handle[];
  /** Where a drag that is the figure's begins: a finger that goes down elsewhere scrolls the page. */
  grips?: readonly (readonly [number, number])[];
}

/** Told where a handle, by its number, is moved to in a scene of that size; `exact` where no finger trembled. */
export type Move = (handle: number, x: number, y: number, width: number, height: number, exact: boolean) => void;

/** Told where the pointer drags in a scene of that size, and whether it has just gone down. */
export type Drag = (x: number, y: number, width: number, height: number, begins: boolean) => void;

/** The figures of a figure: what its data table and its CSV hold. Numbers are formatted where they are shown. */
export interface Table {
  columns: string[];
  rows: (string | number | null)[][];
}

/** Widths of letters in ems, as the widest of the usual system fonts has them. */
const EMS: readonly (readonly [RegExp, number])[] = [
  [/[\u2e80-\uffff]/, 1],
  [/[mwMW@%→]/, 0.98],
  [/[ijlIJí.,:;'|! ]/, 0.33],
  [/[frt()[\]/°–-]/, 0.42],
  [/[cskvxyzFL]/, 0.59],
  [/\p{Lu}/u, 0.74],
];
const LETTER = 0.64;

/** Width of a text in pixels at a font size, rather too much than too little, so that there is room for it. */
export function textWidth(text: string, size = 12, bold = false): number {
  let ems = 0;
  for (const character of text) ems += EMS.find(([letters]) => letters.test(character))?.[1] ?? LETTER;
  return ems * size * (bold ? 1.1 : 1);
}

/** Marks of text that are set in bold. */
const BOLD = /\b(?:title|strong|warning)\b/;

/** From where to where a text reaches across. */
export function extent({ x, text, anchor, kind }: Mark & { shape: 'text' }): [number, number] {
  const width = textWidth(text, 12, BOLD.test(kind));
  const from = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x;
  return [from, from + width];
}

/** The scene with texts that would reach beyond its sides moved inside. */
export function within(scene: Scene): Scene {
  const marks = scene.marks.map((mark) => {
    if (mark.shape !== 'text' || mark.rotate) return mark;
    const [from, to] = extent(mark);
    const by = from < 0 ? -from : to > scene.width ? Math.max(scene.width - to, -from) : 0;
    return by === 0 ? mark : { ...mark, x: mark.x + by };
  });
  return { ...scene, marks };
}

/** A text in lines that are at most so wide, broken between words, or between letters where a script has no spaces. */
export function wrapped(text: string, width: number, size = 12, bold = false): string[] {
  const pieces = text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/gu) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line && textWidth((line + piece).trimEnd(), size, bold) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return line.trimEnd() ? [...lines, line.trimEnd()] : lines;
}

/** A polyline; a value that is not finite interrupts it. */
export function polyline(points: readonly (readonly [number, number])[]): string {
  let path = '';
  let pen = false;
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      path += `${pen ? 'L' : 'M'}${fixed(x)} ${fixed(y)}`;
      pen = true;
    } else pen = false;
  }
  return path;
}

/** Pixels need no more than tenths. */
export function fixed(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Grid lines and labels of a vertical axis. */
export function yAxis(scale: Scale, from: number, to: number, label: (value: number) => string): Mark[] {
  return scale.ticks.flatMap((tick): Mark[] => [
    { shape: 'line', x1: from, x2: to, y1: scale(tick), y2: scale(tick), kind: 'grid' },
    { shape: 'text', x: from - 8, y: scale(tick) + 4, text: label(tick), kind: 'tick', anchor: 'end' },
  ]);
}

/** Grid lines and labels of a horizontal axis. The labels at the ends stay inside, so that nothing is cut off. */
export function xAxis(
  scale: Scale,
  top: number,
  bottom: number,
  label: (value: number) => string,
  grid = true,
): Mark[] {
  return scale.ticks.flatMap((tick): Mark[] => [
    ...(grid ? [{ shape: 'line', x1: scale(tick), x2: scale(tick), y1: top, y2: bottom, kind: 'grid' } as const] : []),
    { shape: 'text', x: scale(tick), y: bottom + 18, text: label(tick), kind: 'tick', anchor: 'middle' },
  ]);
}

/** Moves labels apart that would cover each other, keeping their order: the y of each, at least `gap` apart, within [top, bottom]. */
export function spread(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  let lowest = top;
  for (const entry of order) {
    entry.y = Math.max(entry.y, lowest);
    lowest = entry.y + gap;
  }
  let highest = bottom;
  for (const entry of order.reverse()) {
    entry.y = Math.min(entry.y, highest);
    highest = entry.y - gap;
  }
  const placed = [...wanted];
  for (const { y, index } of order) placed[index] = y;
  return placed;
}

/** A table as CSV (RFC 4180). */
export function csv({ columns, rows }: Table): string {
  const cell = (value: string | number | null): string => {
    const text = value === null ? '' : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** The spot nearest to a point, by index; `null` where none is within reach. */
export function nearest(spots: readonly Spot[], x: number, y: number, reach = 60): number | null {
  let best: number | null = null;
  let least = reach * reach;
  spots.forEach((spot, index) => {
    const distance = (spot.x - x) ** 2 + (spot.y - y) ** 2;
    if (distance <= least) [best, least] = [index, distance];
  });
  return best;
}
