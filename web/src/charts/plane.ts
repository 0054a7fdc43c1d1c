/** The closed form with two inputs and two outputs: a fact that is to stay, a fact that is to come, and everything in between as a map. */

import type { ClosedForm, ClosedFormQuestion } from '../engine/types';
import { localised } from '../format';
import { significant } from './numbers';
import type { Mark, Scene, Spot, Table, Frame } from './scene';

export type Point = readonly [number, number];

/** What the reader moves, and whether the projector is in. */
export interface Plane {
  old: Point;
  fresh: Point;
  /** The answer that the new key is to give. */
  target: Point;
  projected: boolean;
}

export interface PlaneWords {
  keys: string;
  values: string;
  old: string;
  fresh: string;
  part: string;
  span: string;
  nullspace: string;
  oldAnswer: string;
  newAnswer: string;
  target: string;
  nothing: string;
  place: (name: string, x: string, y: string) => string;
  /** Headings of the table of numbers. */
  quantity: string;
  without: string;
  with: string;
  moves: string;
  lacks: string;
  room: string;
  /** What the reader sees, in a sentence. */
  freely: (moved: string, written: string) => string;
  harmless: (written: string) => string;
  safely: (room: string, written: string) => string;
  stuck: string;
}

/** The unedited weights: a turn by 35 degrees, and a little shorter. */
const WEIGHTS: readonly Point[] = [
  [0.68, -0.48],
  [0.48, 0.68],
];
/** Half the side of what is shown, in units. Keys are a few units long, so that the regulariser, which is 1 as in the paper, leaves room. */
const EXTENT = 4.4;
/** Between two lines of the map, in units of the values. */
const LEVEL = 0.75;
/** Below this a movement is none to the eye. */
const NOTHING = 5e-4;
/** Regulariser of the solve, as in the paper. */
const RIDGE = 1;

const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1];
const norm = (a: Point): number => Math.hypot(...a);
const scaled = (a: Point, by: number): Point => [a[0] * by, a[1] * by];
const sum = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1]];
const apply = (key: Point): Point => [dot(WEIGHTS[0]!, key), dot(WEIGHTS[1]!, key)];
export const degrees = (a: Point): number => (Math.atan2(a[1], a[0]) * 180) / Math.PI;

export interface Outcome {
  /** The direction along which the update reads keys: `P k`, or `k` itself. */
  reads: Point;
  /** `Delta k` for any key. */
  change: (key: Point) => Point;
  /** `|Delta k_old|` and `|Delta k_new - r|`. */
  moved: number;
  lacking: number;
  /** `|P k| / |k|`. */
  room: number;
}

const residualOf = ({ fresh, target }: Plane): Point => sum(target, scaled(apply(fresh), -1));

/** The question whose answer the figure draws. */
export function planeQuestion(plane: Plane): ClosedFormQuestion {
  return {
    past: [[...plane.old]],
    fresh: [[...plane.fresh]],
    residuals: [[...residualOf(plane)]],
    threshold: 0,
    ridge: RIDGE,
  };
}

/** What an answer says of the update, with the projector or without. */
function outcome({ fresh }: Plane, form: ClosedForm, projected: boolean): Outcome {
  const { delta, moved, lacking } = projected ? form.projected : form.plain;
  const [above = [0, 0], below = [0, 0]] = delta as unknown as Point[];
  return {
    reads: projected ? ((form.projected_keys[0] as unknown as Point | undefined) ?? [0, 0]) : fresh,
    change: (key) => [dot(above, key), dot(below, key)],
    moved: moved[0] ?? 0,
    lacking: lacking[0] ?? 0,
    room: projected ? (form.room[0] ?? 0) : Number(norm(fresh) > 0),
  };
}

/** A square of the drawing: where its middle is and how many pixels a unit takes. */
interface Panel {
  x: number;
  y: number;
  unit: number;
  side: number;
}

const HEAD = 26;
const GAP = 28;
const STACKED = 600;
const LARGEST = 540;

export function panels(width: number): [Panel, Panel] {
  const stacked = width < STACKED;
  const side = Math.min(stacked ? width : (width - GAP) / 2, LARGEST);
  const unit = side / 2 / EXTENT;
  const left = stacked ? (width - side) / 2 : (width - 2 * side - GAP) / 2;
  const first = { x: left + side / 2, y: HEAD + side / 2, unit, side };
  return [first, stacked ? { ...first, y: first.y + side + HEAD + 12 } : { ...first, x: first.x + side + GAP }];
}

export function planeHeight(width: number): number {
  const [, second] = panels(width);
  return second.y + second.side / 2 + 2;
}

/** The point that pixels of a panel mean, inside of what is shown. */
export function pointAt({ x, y, unit }: Panel, px: number, py: number): Point {
  const limit = (value: number): number => Math.min(Math.max(value, -EXTENT + 0.15), EXTENT - 0.15);
  return [limit((px - x) / unit), limit((y - py) / unit)];
}

const pixels = ({ x, y, unit }: Panel, [a, b]: Point): [number, number] => [x + unit * a, y - unit * b];
const path = (points: readonly (readonly [number, number])[]): string =>
  points.length > 0 ? `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z` : '';

/** The part of the square where `direction . k >= least`, by clipping its corners. */
function halfPlane(direction: Point, least: number): Point[] {
  const corners: Point[] = [
    [-EXTENT, -EXTENT],
    [EXTENT, -EXTENT],
    [EXTENT, EXTENT],
    [-EXTENT, EXTENT],
  ];
  return corners.flatMap((corner, i): Point[] => {
    const next = corners[(i + 1) % 4]!;
    const [a, b] = [dot(direction, corner) - least, dot(direction, next) - least];
    const crossing = a < 0 !== b < 0 ? [sum(corner, scaled(sum(next, scaled(corner, -1)), a / (a - b)))] : [];
    return [...(a >= 0 ? [corner] : []), ...crossing];
  });
}

/** A line through the middle, from rim to rim. */
function rims(panel: Panel, direction: Point): [[number, number], [number, number]] {
  const reach = EXTENT / Math.max(Math.abs(direction[0]), Math.abs(direction[1]), 1e-9);
  return [pixels(panel, scaled(direction, -reach)), pixels(panel, scaled(direction, reach))];
}

function arrow(panel: Panel, from: Point, to: Point, kind: string, head: string): Mark[] {
  const [[x1, y1], [x2, y2]] = [pixels(panel, from), pixels(panel, to)];
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 4) return [];
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const tip = Math.min(12, length);
  const [bx, by] = [x2 - ux * tip, y2 - uy * tip];
  return [
    { shape: 'line', x1, y1, x2: bx, y2: by, kind },
    {
      shape: 'path',
      d: path([
        [x2, y2],
        [bx - uy * 5.5, by + ux * 5.5],
        [bx + uy * 5.5, by - ux * 5.5],
      ]),
      kind: head,
    },
  ];
}

/** A name beside an arrow's end, on the side away from the middle and inside the square. */
function name(panel: Panel, at: Point, text: string): Mark {
  const [x, y] = pixels(panel, at);
  const right = at[0] >= 0;
  const inside = right ? x + 130 < panel.x + panel.side / 2 : x - 130 > panel.x - panel.side / 2;
  const outward = inside === right;
  return {
    shape: 'text',
    x: x + (outward ? 12 : -12),
    y: y + (at[1] >= 0 ? -12 : 20),
    text,
    kind: 'label halo',
    anchor: outward ? 'start' : 'end',
  };
}

/** Without an answer (`form`): the keys, the span of the old one and the answers as they were. */
export function planeScene(plane: Plane, form: ClosedForm | null, t: PlaneWords, { ui, width, height }: Frame): Scene {
  const [keys, values] = panels(width);
  const { old, fresh, target, projected } = plane;
  const solved = form && outcome(plane, form, projected);
  const number = (value: number): string => significant(Math.round(value * 100) / 100, ui, 3);
  const marks: Mark[] = [];
  for (const [panel, title] of [
    [keys, t.keys],
    [values, t.values],
  ] as const) {
    const [left, top, side] = [panel.x - panel.side / 2, panel.y - panel.side / 2, panel.side];
    marks.push(
      { shape: 'text', x: left, y: top - 9, text: title, kind: 'title' },
      { shape: 'rect', x: left, y: top, width: side, height: side, kind: 'backdrop' },
    );
  }

  // The map: how far the answer to each possible key moves. It is the same along lines at a right angle to what the update reads.
  const reads = solved?.reads ?? [0, 0];
  const steepness = solved && solved.room > NOTHING ? norm(solved.change(reads)) / dot(reads, reads) : 0;
  if (steepness > 1e-6) {
    const most = steepness * norm(reads) * EXTENT * Math.SQRT2;
    for (let level = 1; level * LEVEL < most && level <= 12; level += 1) {
      const least = (level * LEVEL) / steepness;
      for (const side of [reads, scaled(reads, -1)]) {
        const corners = halfPlane(side, least);
        if (corners.length < 3) continue;
        marks.push({ shape: 'path', d: path(corners.map((corner) => pixels(keys, corner))), kind: 'band' });
        const [from, to] = corners
          .filter((corner) => Math.abs(dot(side, corner) - least) < 1e-9)
          .map((corner) => pixels(keys, corner));
        if (from && to) marks.push({ shape: 'line', x1: from[0], y1: from[1], x2: to[0], y2: to[1], kind: 'contour' });
      }
    }
  }
  for (const panel of [keys, values]) {
    const half = panel.side / 2;
    marks.push(
      { shape: 'line', x1: panel.x - half, x2: panel.x + half, y1: panel.y, y2: panel.y, kind: 'grid' },
      { shape: 'line', x1: panel.x, x2: panel.x, y1: panel.y - half, y2: panel.y + half, kind: 'grid' },
    );
  }

  // What the old key spans, and what is at a right angle to it.
  if (norm(old) > 0.05) {
    const free = form?.null_basis[0] as unknown as Point | undefined;
    const lines: [Point, string, string][] = [
      [old, 'span-line', t.span],
      ...(free ? [[free, 'null-line', t.nullspace] as [Point, string, string]] : []),
    ];
    for (const [direction, kind, text] of lines) {
      const [[x1, y1], [x2, y2]] = rims(keys, direction);
      marks.push({ shape: 'line', x1, y1, x2, y2, kind });
      // At the end that no arrow uses.
      const [ex, ey] = kind === 'span-line' || dot(direction, fresh) > 0 ? [x1, y1] : [x2, y2];
      const [x, y] = [keys.x + (ex - keys.x) * 0.9, keys.y + (ey - keys.y) * 0.9];
      const end = x > keys.x;
      marks.push({
        shape: 'text',
        x: x + (end ? 8 : -8) * (Math.abs(ex - keys.x) > keys.side / 2 - 40 ? -1 : 1),
        y: y + (ey > keys.y ? -8 : 16),
        text,
        kind: 'note halo',
        anchor: end === Math.abs(ex - keys.x) > keys.side / 2 - 40 ? 'end' : 'start',
      });
    }
  }
  if (solved && projected) {
    const [[x1, y1], [x2, y2]] = [pixels(keys, fresh), pixels(keys, reads)];
    marks.push({ shape: 'line', x1, y1, x2, y2, kind: 'arrow-soft' });
  }
  marks.push(...arrow(keys, [0, 0], old, 'arrow-past', 'head-past'), ...arrow(keys, [0, 0], fresh, 'arrow', 'head'));
  if (solved && projected) marks.push(...arrow(keys, [0, 0], reads, 'arrow-null', 'head-null'));
  marks.push(name(keys, old, t.old), name(keys, fresh, t.fresh));
  if (solved && projected && solved.room > 0.12 && solved.room < 0.97) marks.push(name(keys, reads, t.part));
  if (solved && solved.room < NOTHING)
    marks.push({
      shape: 'text',
      x: keys.x,
      y: keys.y + keys.side / 2 - 14,
      text: t.nothing,
      kind: 'warning halo',
      anchor: 'middle',
    });

  // What comes out, before and after.
  const [oldBefore, newBefore] = [apply(old), apply(fresh)];
  const [oldAfter, newAfter] = solved
    ? [sum(oldBefore, solved.change(old)), sum(newBefore, solved.change(fresh))]
    : [oldBefore, newBefore];
  marks.push(
    ...arrow(values, [0, 0], oldBefore, 'arrow-past-soft', 'head-past'),
    ...arrow(values, [0, 0], newBefore, 'arrow-soft', 'head'),
  );
  marks.push(...arrow(values, [0, 0], oldAfter, 'arrow-past', 'head-past'));
  const between = (from: Point, to: Point, kind: string): Mark => {
    const [[x1, y1], [x2, y2]] = [pixels(values, from), pixels(values, to)];
    return { shape: 'line', x1, y1, x2, y2, kind };
  };
  if (solved && solved.moved > NOTHING) marks.push(between(oldBefore, oldAfter, 'gap'));
  marks.push(between(newAfter, target, 'line-dashed'), ...arrow(values, [0, 0], newAfter, 'arrow', 'head'));
  const spots: Spot[] = [];
  const spot = (panel: Panel, at: Point, text: string): void => {
    const [x, y] = pixels(panel, at);
    spots.push({ x, y, label: t.place(text, number(at[0]), number(at[1])) });
  };
  marks.push(name(values, oldAfter, t.oldAnswer));
  if (Math.hypot(newAfter[0] - target[0], newAfter[1] - target[1]) > 0.9)
    marks.push(name(values, newAfter, t.newAnswer));
  marks.push(name(values, target, t.target));
  spot(keys, old, t.old);
  spot(keys, fresh, t.fresh);
  if (solved && projected) spot(keys, reads, t.part);
  spot(values, oldAfter, t.oldAnswer);
  spot(values, newAfter, t.newAnswer);
  spot(values, target, t.target);

  const handles = (
    [
      [keys, old, t.old, 'grip'],
      [keys, fresh, t.fresh, 'grip grip-fresh'],
      [values, target, t.target, 'ring'],
    ] as const
  ).map(([panel, at, label, kind]) => {
    const [x, y] = pixels(panel, at);
    marks.push({ shape: 'rect', x: x - 7, y: y - 7, width: 14, height: 14, kind });
    return { x, y, label, text: t.place(label, number(at[0]), number(at[1])), angle: degrees(at) };
  });
  return { width, height, marks, spots, handles };
}

const percent = (value: number, ui: string): string =>
  `${localised(100 * value, ui, { maximumFractionDigits: 0 })}\u00a0%`;

/** How much of the wanted change is there, from 0 to 1. */
function written(plane: Plane, { lacking }: Outcome): number {
  const whole = norm(residualOf(plane));
  return whole > 1e-9 ? Math.max(1 - lacking / whole, 0) : 1;
}

export function planeFinding(plane: Plane, form: ClosedForm, t: PlaneWords, ui: string): string {
  const now = outcome(plane, form, plane.projected);
  const much = percent(written(plane, now), ui);
  if (now.room < NOTHING) return t.stuck;
  if (plane.projected) return t.safely(percent(now.room, ui), much);
  return now.moved < NOTHING
    ? t.harmless(much)
    : t.freely(localised(now.moved, ui, { minimumFractionDigits: 2, maximumFractionDigits: 2 }), much);
}

export function planeTable(plane: Plane, form: ClosedForm | null, t: PlaneWords): Table {
  const [without, within] = [false, true].map((projected) => form && outcome(plane, form, projected));
  const row = (name: string, of: 'moved' | 'lacking' | 'room'): Table['rows'][number] => [
    name,
    without?.[of] ?? null,
    within?.[of] ?? null,
  ];
  return {
    columns: [t.quantity, t.without, t.with],
    rows: [row(t.moves, 'moved'), row(t.lacks, 'lacking'), row(t.room, 'room')],
  };
}

/** The new key at an angle to the old one; no longer than shows both where one lies on the other. */
export function placed({ old, fresh }: Plane, angle: number): Point {
  const turn = ((degrees(old) + angle) * Math.PI) / 180;
  const length = Math.min(Math.max(norm(fresh), 1.5), angle === 0 ? 0.7 * norm(old) : EXTENT);
  return [length * Math.cos(turn), length * Math.sin(turn)];
}

/** A key dragged nearly onto the line of the other one is meant to be on it, for no hand hits a line. */
export function snapped(key: Point, line: Point, within = 2.5): Point {
  const length = norm(line);
  if (length < 1e-9) return key;
  const unit = scaled(line, 1 / length);
  const along = dot(unit, key);
  const away = Math.abs(unit[0] * key[1] - unit[1] * key[0]);
  return away <= Math.tan((within * Math.PI) / 180) * Math.abs(along) ? scaled(unit, along) : key;
}
