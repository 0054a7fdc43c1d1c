/** The closed form in three dimensions, as the engine solves it while a finger drags a key. */

import type { ClosedForm, ClosedFormChange, ClosedFormQuestion } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { significant } from './numbers';
import { textWidth, type Frame, type Mark, type Scene, type Spot, type Table } from './scene';

export type Vector = [number, number, number];

/** Regulariser of the solve, as in the paper. */
const RIDGE = 1;

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const norm = (a: Vector): number => Math.sqrt(dot(a, a));
const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];
const sum = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** The question whose answer the figure draws. The value is one number, to change by 1, so that what moves is a share of the change. */
export function geometryQuestion(past: readonly Vector[], fresh: Vector, threshold: number): ClosedFormQuestion {
  return { past: past.map((key) => [...key]), fresh: [[...fresh]], residuals: [[1]], threshold, ridge: RIDGE };
}

/** An orthonormal basis of what keys span, by Gram and Schmidt: to be drawn before there is an answer. */
function spanned(keys: readonly Vector[]): Vector[] {
  return keys.reduce<Vector[]>((basis, key) => {
    const rest = basis.reduce((left, axis) => sum(left, scaled(axis, -dot(axis, left))), key);
    const length = norm(rest);
    return length > 1e-6 * norm(key) ? [...basis, scaled(rest, 1 / length)] : basis;
  }, []);
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
  const corners = Array.from({ length: 48 }, (_, i) =>
    at.of(sum(scaled(a, RADIUS * Math.cos((i * Math.PI) / 24)), scaled(b, RADIUS * Math.sin((i * Math.PI) / 24)))),
  );
  return `M${corners.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
}

/** Without an answer (`form`): the keys and what the past ones span. */
export function geometryScene(
  past: readonly Vector[],
  fresh: Vector,
  form: ClosedForm | null,
  view: View,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const at = camera(view, width, height);
  const span = (form?.discarded_basis as Vector[] | undefined) ?? spanned(past);
  const nullSpace = (form?.null_basis ?? []) as Vector[];
  const projected = form?.projected_keys[0] as Vector | undefined;
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
      const rim = Array.from({ length: 24 }, (_, i) =>
        at.of(sum(scaled(a, RADIUS * Math.cos((i * Math.PI) / 12)), scaled(b, RADIUS * Math.sin((i * Math.PI) / 12)))),
      );
      const [x, y] = rim.reduce((low, point) => (point[1] > low[1] ? point : low));
      marks.push({ shape: 'text', x, y: y + 16, text: name, kind: 'note halo', anchor: 'middle' });
    }
  };
  space(span, 'shade-warm', 'span-line', t.geometry.span);
  space(nullSpace, 'shade', 'null-line', t.geometry.nullspace);
  for (const [axis, label] of [
    [[1, 0, 0], 'x'],
    [[0, 1, 0], 'y'],
    [[0, 0, 1], 'z'],
  ] as [Vector, string][]) {
    const [x, y] = at.of(scaled(axis, 0.5));
    marks.push(
      { shape: 'line', x1: origin[0], y1: origin[1], x2: x, y2: y, kind: 'grid' },
      { shape: 'text', x, y, text: label, kind: 'tick', anchor: 'middle' },
    );
  }
  const arrow = (to: Vector, kind: string, name: string): void => {
    const [x, y] = at.of(to);
    marks.push({ shape: 'line', x1: origin[0], y1: origin[1], x2: x, y2: y, kind });
    // On the side where there is room.
    const left = x + 10 + textWidth(name) > width;
    marks.push({
      shape: 'text',
      x: left ? x - 10 : x + 10,
      y: y - 8,
      text: name,
      kind: 'label halo',
      anchor: left ? 'end' : 'start',
    });
    spots.push({
      x,
      y,
      label: t.geometry.spot(name, ...(to.map((value) => significant(value, ui, 2)) as [string, string, string])),
    });
  };
  const [tipX, tipY] = at.of(fresh);
  if (projected && norm(projected) > 1e-9) {
    const [footX, footY] = at.of(projected);
    marks.push({ shape: 'line', x1: tipX, y1: tipY, x2: footX, y2: footY, kind: 'connector' });
  }
  past.forEach((key, i) => arrow(key, 'arrow-past', t.geometry.past(i + 1)));
  if (projected) arrow(projected, 'arrow-null', t.geometry.projected);
  arrow(fresh, 'arrow', t.geometry.fresh);
  for (const [i, key] of handles(past, fresh).entries()) {
    const [x, y] = at.of(key);
    marks.push({
      shape: 'rect',
      x: x - 6,
      y: y - 6,
      width: 12,
      height: 12,
      kind: i < past.length ? 'grip' : 'grip grip-fresh',
    });
  }
  // Words last, so that no line strikes them through.
  const isText = ({ shape }: Mark): boolean => shape === 'text';
  const ordered = [...marks.filter((mark) => !isText(mark)), ...marks.filter(isText)];
  return {
    width,
    height,
    marks: ordered,
    spots,
    grips: handles(past, fresh).map((key) => at.of(key).slice(0, 2) as [number, number]),
  };
}

export function geometryFinding(form: ClosedForm | null, t: FigureMessages, ui: string): string {
  if (!form) return t.solver.coming;
  if (form.null_basis.length === 0) return t.geometry.stuck;
  const percent = (value: number, digits: number): string =>
    `${localised(100 * value, ui, { maximumFractionDigits: digits })}\u00a0%`;
  const most = ({ moved }: ClosedFormChange): string => percent(Math.max(0, ...moved), 1);
  return t.geometry.finding(percent((form.room[0] ?? 0) ** 2, 0), most(form.projected), most(form.plain));
}

export function geometryTable(
  past: readonly Vector[],
  fresh: Vector,
  form: ClosedForm | null,
  t: FigureMessages,
): Table {
  return {
    columns: ['', 'x', 'y', 'z', '‖Δ k‖ / ‖r‖', `‖Δ k‖ / ‖r‖ (P = I)`],
    rows: [
      ...past.map((key, i): Table['rows'][number] => [
        t.geometry.past(i + 1),
        ...key,
        form?.projected.moved[i] ?? null,
        form?.plain.moved[i] ?? null,
      ]),
      [t.geometry.fresh, ...fresh, null, null],
      [t.geometry.projected, ...(form?.projected_keys[0] ?? [null, null, null]), null, null],
    ],
  };
}
