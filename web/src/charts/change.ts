/** The change that an edit wants, as an arrow over two axes: directions that other knowledge uses, and directions that are free. */

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
