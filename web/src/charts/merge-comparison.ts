/** Merges of the languages' separate edits beside the same facts in sequence: one panel a measure, one row a merge. */

import type { Accuracy, MergeSettings, SweepPoint } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { points } from './numbers';
import { listed, measured, METRICS, type Counted, type Metric } from './report';
import { bands, linear } from './scale';
import { fixed, textWidth, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

/** The same facts in the order of the edits. */
export interface Sequence {
  /** What the reader's language calls the method. */
  method: string;
  average: Accuracy;
}

const ROW = 26;
const TOP = 30;
const BOTTOM = 30;
/** Least width of a panel: below it they stand one below the other. */
const NARROW = 120;
const GAP = 24;

/** What the reader's language calls the merges. */
export type MergeNames = Record<MergeSettings['method'], string>;

function mergeName({ merge }: Pick<SweepPoint, 'merge'>, names: MergeNames, t: FigureMessages): string {
  const name = names[merge.method];
  return merge.shared_covariance ? t.merge.shared(name) : name;
}

function labelWidth(rows: readonly SweepPoint[], names: MergeNames, t: FigureMessages): number {
  return Math.max(...rows.map((row) => textWidth(mergeName(row, names, t))), 20) + 20;
}

function stacked(rows: readonly SweepPoint[], names: MergeNames, t: FigureMessages, width: number): boolean {
  return (width - labelWidth(rows, names, t)) / METRICS.length - GAP < NARROW;
}

function panelHeight(rows: readonly SweepPoint[]): number {
  return TOP + rows.length * ROW + BOTTOM;
}

export function mergeHeight(rows: readonly SweepPoint[], names: MergeNames, t: FigureMessages, width: number): number {
  return panelHeight(rows) * (stacked(rows, names, t, width) ? METRICS.length : 1);
}

export function mergeScene(
  rows: readonly SweepPoint[],
  sequence: Sequence | null,
  counted: Counted,
  names: MergeNames,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  const left = labelWidth(rows, names, t);
  const below = stacked(rows, names, t, width);
  const across = below ? width - left : (width - left - GAP * (METRICS.length - 1)) / METRICS.length;
  const high = below ? height / METRICS.length : height;
  METRICS.forEach((metric, index) => {
    const from: [number, number] = below ? [left, index * high] : [left + index * (across + GAP), 0];
    panel(rows, sequence, metric, counted, names, t, ui, from, across, high, below || index === 0, marks, spots);
  });
  return { width, height, marks, spots };
}

function panel(
  rows: readonly SweepPoint[],
  sequence: Sequence | null,
  metric: Metric,
  counted: Counted,
  names: MergeNames,
  t: FigureMessages,
  ui: string,
  [left, top]: [number, number],
  across: number,
  high: number,
  named: boolean,
  marks: Mark[],
  spots: Spot[],
): void {
  const bottom = top + high - BOTTOM;
  // The numbers behind the bars need room, the longest being 100.0.
  const x = linear([0, 100], [left, left + across - 36], { count: 4 });
  const row = bands(rows.length, [top + TOP, bottom], 0.35);
  marks.push({ shape: 'text', x: left, y: top + 14, text: `${t[metric]} %`, kind: 'title' });
  for (const tick of [0, 50, 100]) {
    marks.push({ shape: 'line', x1: x(tick), x2: x(tick), y1: top + TOP, y2: bottom, kind: 'grid' });
    marks.push({
      shape: 'text',
      x: x(tick),
      y: bottom + 16,
      text: localised(tick, ui),
      kind: 'tick',
      anchor: tick === 0 ? 'start' : 'middle',
    });
  }
  const beside = sequence ? measured(sequence.average, metric, counted) : null;
  rows.forEach((each, index) => {
    const name = mergeName(each, names, t);
    if (named)
      marks.push({ shape: 'text', x: left - 10, y: row.middle(index) + 4, text: name, kind: 'label', anchor: 'end' });
    const value = measured(each.average, metric, counted);
    if (value === null) return;
    const shared = each.merge.shared_covariance;
    marks.push({
      shape: 'rect',
      x: x(0),
      y: row.start(index),
      width: fixed(x(value) - x(0)),
      height: row.width,
      kind: 'heat',
      opacity: shared ? 0.45 : 0.9,
    });
    marks.push({
      shape: 'text',
      x: Math.max(x(value), reference(beside, x, value)) + 6,
      y: row.middle(index) + 4,
      text: points(value, ui),
      kind: 'note',
    });
    spots.push({ x: x(value), y: row.middle(index), label: t.merge.spot(name, t[metric], points(value, ui)) });
  });
  if (sequence && beside !== null) {
    marks.push({ shape: 'line', x1: x(beside), x2: x(beside), y1: top + TOP - 6, y2: bottom, kind: 'arrow' });
    spots.push({
      x: x(beside),
      y: top + TOP - 6,
      label: t.merge.spot(t.merge.sequential(sequence.method), t[metric], points(beside, ui)),
    });
  }
}

/** Where the line of the sequence would go through a bar's number, the line's place; else 0. */
function reference(beside: number | null, x: (value: number) => number, value: number): number {
  if (beside === null) return 0;
  return x(beside) > x(value) && x(beside) < x(value) + 40 ? x(beside) : 0;
}

export function mergeFinding(
  rows: readonly SweepPoint[],
  sequence: Sequence | null,
  counted: Counted,
  names: MergeNames,
  t: FigureMessages,
  ui: string,
): string {
  const [best] = [...rows].sort(
    (a, b) =>
      (measured(b.average, 'efficacy', counted) ?? 0) - (measured(a.average, 'efficacy', counted) ?? 0) ||
      (b.average.specificity ?? 0) - (a.average.specificity ?? 0),
  );
  if (!best) return t.noData;
  const told = (accuracy: Accuracy): [string, string] => [
    points(measured(accuracy, 'efficacy', counted), ui),
    points(accuracy.specificity, ui),
  ];
  const alike = rows.filter(({ average }) => String(told(average)) === String(told(best.average)));
  const name = listed(
    alike.map((row) => mergeName(row, names, t)),
    ui,
  );
  const finding = t.merge.finding(name, ...told(best.average));
  return sequence
    ? `${finding} ${t.merge.findingBeside(t.merge.sequential(sequence.method), ...told(sequence.average))}`
    : finding;
}

export function mergeTable(
  rows: readonly SweepPoint[],
  sequence: Sequence | null,
  names: MergeNames,
  t: FigureMessages,
): Table {
  const wholes = METRICS.filter((metric) => metric !== 'specificity');
  const cells = (accuracy: Accuracy): (number | null)[] => [
    ...wholes.map((metric) => measured(accuracy, metric, 'whole')),
    ...METRICS.map((metric) => measured(accuracy, metric, 'tokens')),
  ];
  return {
    columns: [
      t.merge.merge,
      ...wholes.map((metric) => `${t[metric]}, ${t.counted.whole} %`),
      ...METRICS.map((metric) => `${t[metric]} %`),
    ],
    rows: [
      ...(sequence ? [[t.merge.sequential(sequence.method), ...cells(sequence.average)]] : []),
      ...rows.map((row) => [mergeName(row, names, t), ...cells(row.average)]),
    ],
  };
}
