/** The change that an edit wants, as an arrow over two axes: directions that other knowledge uses, and directions that are free. */

import { textWidth } from './scene';

export interface Point {
  x: number;
  y: number;
}

export interface ChangePicture {
  origin: Point;
  /** Where the whole change points. */
  whole: Point;
  /** What is left of it in free directions. */
  free: Point;
  /** Upper end of the axis of free directions. */
  axis: Point;
  /** The bundle of used directions. */
  used: string;
  usedEnd: Point;
}

/** Room for words around the drawing. */
const [LEFT, RIGHT, TOP, BOTTOM] = [120, 104, 46, 46];
/** Half the opening of the bundle at its end, in pixels. */
const SPREAD = 22;

/** The drawing for a share of the squared norm that lies along used directions: true angles, as large as fits. */
export function changePicture(removed: number, width: number, height: number): ChangePicture {
  const origin = { x: LEFT, y: height - BOTTOM };
  const [across, up] = [Math.max(width - LEFT - RIGHT, 40), height - BOTTOM - TOP];
  const sine = Math.sqrt(Math.min(Math.max(removed, 0), 1));
  const cosine = Math.sqrt(1 - sine * sine);
  const length = Math.min(sine > 0 ? across / sine : Infinity, cosine > 0 ? up / cosine : Infinity);
  const whole = { x: origin.x + length * sine, y: origin.y - length * cosine };
  const end = { x: width - 24, y: origin.y };
  return {
    origin,
    whole,
    free: { x: origin.x, y: whole.y },
    axis: { x: origin.x, y: 10 },
    used: `M${origin.x} ${origin.y}L${end.x} ${end.y - SPREAD}V${end.y + SPREAD}z`,
    usedEnd: end,
  };
}

/** A word of the drawing. */
export interface ChangeLabel extends Point {
  text: string;
  kind: string;
  anchor: 'start' | 'end';
}

/** What the words are; without the change there are only those of the axes. */
export interface ChangeWords {
  free: string;
  freeOf: string;
  used: string;
  /** What P does to the change, where it is projected. */
  projected: { removed: string; written: string; whole: string } | null;
  /** What becomes of it without. */
  full: { written: string; lands: string } | null;
}

const SIZE = 12.5;
/** Between a word and a side, or an axis. */
const MARGIN = 6;

/** Where the words stand: beside what they name, and where that is at the end of an axis, moved so that none lies on another. */
export function changeLabels(picture: ChangePicture, width: number, words: ChangeWords): ChangeLabel[] {
  const { origin, whole: tip, free, axis, usedEnd } = picture;
  const wide = (text: string, bold = true): number => textWidth(text, SIZE, bold);
  const after = (x: number, y: number, text: string, kind: string): ChangeLabel => {
    const most = width - wide(text, kind !== 'note') - MARGIN;
    return { x: Math.max(Math.min(x, most), MARGIN), y, text, kind, anchor: 'start' };
  };
  const before = (x: number, y: number, text: string, kind: string): ChangeLabel => {
    const least = wide(text, kind !== 'note') + MARGIN;
    return { x: Math.min(Math.max(x, least), width - MARGIN), y, text, kind, anchor: 'end' };
  };
  const labels = [
    before(axis.x - 12, axis.y + 12, words.free, 'note'),
    ...(words.freeOf ? [before(axis.x - 12, axis.y + 29, words.freeOf, 'note')] : []),
    before(usedEnd.x, usedEnd.y + 40, words.used, 'note'),
  ];
  if (words.projected) {
    const { removed, written, whole } = words.projected;
    labels.push(
      after(origin.x + 16, free.y - 10, removed, 'taken-text halo'),
      // The head of a written arrow that is nearly as long reaches as far as it is wide.
      after(Math.max(tip.x + 4, origin.x + 16), tip.y + 26, whole, 'strong halo'),
      // Below the words of the axis, and above its foot.
      before(origin.x - 16, Math.max((origin.y + free.y) / 2, axis.y + 48), written, 'strong'),
    );
  }
  if (words.full) {
    const { written, lands } = words.full;
    const landing = origin.y + (tip.y > origin.y - 40 ? 22 : -26);
    const beyond = tip.x - origin.x > 170;
    labels.push(
      after(Math.max(tip.x - wide(written) / 2, axis.x + MARGIN), tip.y - 10, written, 'strong halo'),
      // What lies flat has its landing below it.
      beyond
        ? before(tip.x - 8, landing, lands, 'plain-text halo')
        : after(Math.max(tip.x - 8, origin.x + 40), landing, lands, 'plain-text halo'),
    );
  }
  return labels;
}

/** The head of an arrow at `tip` that comes from `from`. */
export function arrowHead(from: Point, tip: Point, size: number): string {
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const [ux, uy] = [(tip.x - from.x) / length, (tip.y - from.y) / length];
  const base = { x: tip.x - ux * size, y: tip.y - uy * size };
  const half = size * 0.5;
  return `M${tip.x} ${tip.y}L${base.x - uy * half} ${base.y + ux * half}L${base.x + uy * half} ${base.y - ux * half}z`;
}

/** `tip` drawn back towards `from`, so that a line ends inside the arrow's head. */
export function shortened(from: Point, tip: Point, by: number): Point {
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const kept = Math.max(length - by, 0) / length;
  return { x: from.x + (tip.x - from.x) * kept, y: from.y + (tip.y - from.y) * kept };
}
