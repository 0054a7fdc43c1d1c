/** The closed form in three dimensions, small enough to be solved while a finger drags a key. */

import type { FigureMessages } from '../i18n/figures';
import { significant } from './numbers';
import type { Mark, Scene, Spot, Table } from './scene';

export type Vector = [number, number, number];

/** Regulariser of the solve, as in the paper. */
const RIDGE = 1;
/** Jacobi sweeps; three dimensions need about five. */
const SWEEPS = 20;

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const norm = (a: Vector): number => Math.sqrt(dot(a, a));
const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];
const sum = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** Eigenvalues (descending) and unit eigenvectors of a symmetric 3 x 3 matrix, by Jacobi rotations. */
export function eigen3(matrix: readonly Vector[]): { values: number[]; vectors: Vector[] } {
  const a = matrix.map((row) => [...row]);
  const v = [0, 1, 2].map((i) => [0, 1, 2].map((j): number => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const [p, q] of [[0, 1], [0, 2], [1, 2]] as const) {
      const off = a[p]![q]!;
      if (Math.abs(off) < 1e-300) continue;
      const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
      const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
      const cosine = 1 / Math.sqrt(tangent * tangent + 1);
      const sine = tangent * cosine;
      for (let k = 0; k < 3; k += 1) {
        const [x, y] = [a[k]![p]!, a[k]![q]!];
        [a[k]![p], a[k]![q]] = [cosine * x - sine * y, sine * x + cosine * y];
      }
      for (let k = 0; k < 3; k += 1) {
        const [x, y] = [a[p]![k]!, a[q]![k]!];
        [a[p]![k], a[q]![k]] = [cosine * x - sine * y, sine * x + cosine * y];
        const [s, t] = [v[k]![p]!, v[k]![q]!];
        [v[k]![p], v[k]![q]] = [cosine * s - sine * t, sine * s + cosine * t];
      }
    }
  }
  const order = [0, 1, 2].sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => [v[0]![i]!, v[1]![i]!, v[2]![i]!] as Vector) };
}

export interface Solution {
  /** Orthonormal bases of what the past keys span and of the null space. */
  span: Vector[];
  nullSpace: Vector[];
  /** `P k`. */
  projected: Vector;
  /** `|P k|^2 / |k|^2`. */
  share: number;
  /** `|Delta k_p|` of each past key, relative to the residual, with the projector and without. */
  disturbed: number[];
  plain: number[];
}

/** Solves `Delta = r k^T P (k k^T P + I)^-1` for past keys of which directions with at most `threshold` of the energy are null. */
export function solve(past: readonly Vector[], fresh: Vector, threshold: number): Solution {
  const covariance = [0, 1, 2].map((i) => [0, 1, 2].map((j) => past.reduce((total, key) => total + key[i]! * key[j]!, 0)) as Vector);
  const { values, vectors } = eigen3(covariance);
  const energy = values.reduce((total, value) => total + Math.max(value, 0), 0);
  const cut = Math.max(threshold, 1e-9) * energy;
  const span = vectors.filter((_, i) => values[i]! > cut);
  const nullSpace = vectors.filter((_, i) => values[i]! <= cut);
  const projected = nullSpace.reduce<Vector>((total, axis) => sum(total, scaled(axis, dot(axis, fresh))), [0, 0, 0]);
  const moved = (direction: Vector): number[] => past.map((key) => Math.abs(dot(direction, key)) / (dot(direction, direction) + RIDGE));
  const length = dot(fresh, fresh);
  return { span, nullSpace, projected, share: length > 0 ? dot(projected, projected) / length : 0, disturbed: moved(projected), plain: moved(fresh) };
}

/** Where the reader looks from, in radians. */
export interface View {
  yaw: number;
  pitch: number;
}

interface Projection {
  /** Pixels of a point, and its depth. */
  of(point: Vector): [number, number, number];
  /** The movement in space, in the plane of the screen, that moves a point by these pixels. */
  back(dx: number, dy: number): Vector;
}

/** An orthographic camera; the third axis points up. */
export function camera({ yaw, pitch }: View, width: number, height: number): Projection {
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  const right: Vector = [cy, sy, 0];
  const up: Vector = [-sy * sp, cy * sp, cp];
  const towards: Vector = [sy * cp, -cy * cp, sp];
  const unit = Math.min(width, height) / 2.75;
  return {
    of: (point) => [width / 2 + unit * dot(right, point), height / 2 - unit * dot(up, point), dot(towards, point)],
    back: (dx, dy) => sum(scaled(right, dx / unit), scaled(up, -dy / unit)),
  };
}

/** The arrows' ends that can be dragged: the past keys, then the new one. */
export function handles(past: readonly Vector[], fresh: Vector): Vector[] {
  return [...past, fresh];
}

const RADIUS = 1.15;

/** A circle, as a polygon, in the plane of two axes. */
function disc(at: Projection, a: Vector, b: Vector): string {
  const corners = Array.from({ length: 48 }, (_, i) => at.of(sum(scaled(a, RADIUS * Math.cos((i * Math.PI) / 24)), scaled(b, RADIUS * Math.sin((i * Math.PI) / 24)))));
  return `M${corners.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
}

export function geometryScene(past: readonly Vector[], fresh: Vector, threshold: number, view: View, t: FigureMessages, ui: string, width: number, height: number): Scene {
  const at = camera(view, width, height);
  const { span, nullSpace, projected } = solve(past, fresh, threshold);
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  const origin = at.of([0, 0, 0]);
  const space = (basis: Vector[], fill: string, stroke: string, name: string): void => {
    const [a, b] = basis;
    if (basis.length === 1 && a) {
      const [x1, y1] = at.of(scaled(a, -RADIUS));
      const [x2, y2] = at.of(scaled(a, RADIUS));
      marks.push({ shape: 'line', x1, y1, x2, y2, kind: stroke });
      const [x, y] = y1 < y2 ? [x1, y1] : [x2, y2];
      marks.push({ shape: 'text', x, y: y - 8, text: name, kind: 'note halo', anchor: 'middle' });
    } else if (basis.length === 2 && a && b) {
      marks.push({ shape: 'path', d: disc(at, a, b), kind: fill });
      // The name at the lowest point of the rim, outside of what goes on in the middle.
      const rim = Array.from({ length: 24 }, (_, i) => at.of(sum(scaled(a, RADIUS * Math.cos((i * Math.PI) / 12)), scaled(b, RADIUS * Math.sin((i * Math.PI) / 12)))));
      const [x, y] = rim.reduce((low, point) => (point[1] > low[1] ? point : low));
      marks.push({ shape: 'text', x, y: y + 16, text: name, kind: 'note halo', anchor: 'middle' });
    }
  };
  space(span, 'shade-warm', 'span-line', t.geometry.span);
  space(nullSpace, 'shade', 'null-line', t.geometry.nullspace);
  for (const [axis, label] of [[[1, 0, 0], 'x'], [[0, 1, 0], 'y'], [[0, 0, 1], 'z']] as [Vector, string][]) {
    const [x, y] = at.of(scaled(axis, 0.5));
    marks.push({ shape: 'line', x1: origin[0], y1: origin[1], x2: x, y2: y, kind: 'grid' }, { shape: 'text', x, y, text: label, kind: 'tick', anchor: 'middle' });
  }
  const arrow = (to: Vector, kind: string, name: string): void => {
    const [x, y] = at.of(to);
    marks.push({ shape: 'line', x1: origin[0], y1: origin[1], x2: x, y2: y, kind });
    marks.push({ shape: 'text', x: x + 10, y: y - 8, text: name, kind: 'label halo' });
    spots.push({ x, y, label: t.geometry.spot(name, ...(to.map((value) => significant(value, ui, 2)) as [string, string, string])) });
  };
  const [tipX, tipY] = at.of(fresh);
  const [footX, footY] = at.of(projected);
  if (norm(projected) > 1e-9) marks.push({ shape: 'line', x1: tipX, y1: tipY, x2: footX, y2: footY, kind: 'connector' });
  past.forEach((key, i) => arrow(key, 'arrow-past', t.geometry.past(i + 1)));
  arrow(projected, 'arrow-null', t.geometry.projected);
  arrow(fresh, 'arrow', t.geometry.fresh);
  for (const [i, key] of handles(past, fresh).entries()) {
    const [x, y] = at.of(key);
    marks.push({ shape: 'rect', x: x - 6, y: y - 6, width: 12, height: 12, kind: i < past.length ? 'grip' : 'grip grip-fresh' });
  }
  return { width, height, marks, spots };
}

export function geometryFinding(past: readonly Vector[], fresh: Vector, threshold: number, t: FigureMessages, ui: string): string {
  const { nullSpace, share, disturbed, plain } = solve(past, fresh, threshold);
  if (nullSpace.length === 0) return t.geometry.stuck;
  const most = (values: readonly number[]): string => `${(100 * Math.max(0, ...values)).toLocaleString(ui, { maximumFractionDigits: 1 })}\u00a0%`;
  return t.geometry.finding(`${(100 * share).toLocaleString(ui, { maximumFractionDigits: 0 })}\u00a0%`, most(disturbed), most(plain));
}

export function geometryTable(past: readonly Vector[], fresh: Vector, threshold: number, t: FigureMessages): Table {
  const { projected, disturbed, plain } = solve(past, fresh, threshold);
  return {
    columns: ['', 'x', 'y', 'z', '‖Δ k‖ / ‖r‖', `‖Δ k‖ / ‖r‖ (P = I)`],
    rows: [
      ...past.map((key, i): Table['rows'][number] => [t.geometry.past(i + 1), ...key, disturbed[i]!, plain[i]!]),
      [t.geometry.fresh, ...fresh, null, null],
      [t.geometry.projected, ...projected, null, null],
    ],
  };
}
