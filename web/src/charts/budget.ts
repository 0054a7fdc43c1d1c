/** How much null space is left, and for how long. */

import type { Report } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { projects } from './formula';
import { share, significant, whole } from './numbers';
import { layersOf, namer } from './report';
import { linear } from './scale';
import {
  polyline,
  spread,
  textWidth,
  xAxis,
  yAxis,
  type Mark,
  type Scene,
  type Spot,
  type Table,
  type Frame,
} from './scene';

/** Steps that the forecast looks ahead at most, as a multiple of those made. */
const HORIZON = 2;

export interface Forecast {
  layer: string;
  /** Null dimensions before each step. */
  counts: number[];
  /** Mean change from step to step. */
  slope: number;
  /** Steps after the last until nothing is left; infinite where nothing is lost. */
  left: number;
}

/** What each layer's null space did so far, and when it ends at that pace. */
export function forecasts(report: Report): Forecast[] {
  return layersOf(report).map((layer) => {
    const counts = report.steps.map((step) => step.null_dimension[layer] ?? 0);
    const slope = counts.length > 1 ? (counts.at(-1)! - counts[0]!) / (counts.length - 1) : 0;
    return { layer, counts, slope, left: slope < 0 ? counts.at(-1)! / -slope : Infinity };
  });
}

/** Dimension of the keys: from the pictures' data, or else the largest null space, which it is at least. */
export function keyDimension(report: Report): number {
  const shapes = report.steps.flatMap((step) =>
    Object.values(step.figures?.layers ?? {}).map((layer) => layer.shape[1]),
  );
  return Math.max(...shapes, ...report.steps.flatMap((step) => Object.values(step.null_dimension)), 1);
}

export function budgetScene(report: Report, chosen: string, t: FigureMessages, { ui, width, height }: Frame): Scene {
  const name = namer(ui);
  const all = forecasts(report);
  const made = report.steps.length;
  const dimension = keyDimension(report);
  const soonest = Math.min(...all.map((forecast) => forecast.left));
  const ahead = Number.isFinite(soonest)
    ? Math.min(Math.ceil(soonest), HORIZON * made + 2)
    : Math.max(1, Math.round(made / 3));
  const x = linear(
    [1, Math.max(made + ahead, 2)],
    [58, width - Math.max(...all.map(({ layer }) => textWidth(t.layerName(layer), 12, true))) - 12],
    { count: Math.min(width < 480 ? 5 : 8, made + ahead) },
  );
  const y = linear([0, dimension], [height - 42, 26], { count: 4 });
  x.ticks = x.ticks.filter((tick) => Number.isInteger(tick));
  const marks: Mark[] = [
    {
      shape: 'rect',
      x: x(made),
      y: y.range[1],
      width: x.range[1] - x(made),
      height: y.range[0] - y.range[1],
      kind: 'ahead',
    },
    ...yAxis(y, x.range[0], x.range[1], (tick) => whole(tick, ui)),
    ...xAxis(x, y.range[1], y.range[0], (tick) => whole(tick, ui), false),
    { shape: 'text', x: 0, y: 12, text: t.budget.dimensions, kind: 'tick' },
    { shape: 'text', x: x.range[1], y: 12, text: t.budget.forecast, kind: 'tick', anchor: 'end' },
    { shape: 'text', x: x.range[1], y: height - 8, text: t.step, kind: 'tick', anchor: 'end' },
  ];
  const spots: Spot[] = [];
  for (const { layer, counts, slope } of all) {
    const strong = layer === chosen;
    const line = counts.map((count, step): [number, number] => [x(step + 1), y(count)]);
    marks.push({ shape: 'path', d: polyline(line), kind: strong ? 'line' : 'line-soft' });
    const last = counts.at(-1) ?? 0;
    const reach = slope < 0 ? Math.min(ahead, last / -slope) : ahead;
    if (made > 1)
      marks.push({
        shape: 'path',
        d: polyline([
          [x(made), y(last)],
          [x(made + reach), y(Math.min(dimension, last + slope * reach))],
        ]),
        kind: strong ? 'line-dashed' : 'line-soft line-dashed',
      });
    line.forEach(([px, py], step) => {
      const edited = report.steps[step]!;
      if (strong) marks.push({ shape: 'symbol', x: px, y: py, size: 12, language: edited.language });
      spots.push({
        x: px,
        y: py,
        label: t.budget.spot(
          t.stepName(step + 1, name(edited.language)),
          t.layerName(layer),
          whole(counts[step]!, ui),
          share(counts[step]! / dimension, ui),
        ),
      });
    });
  }
  const ends = all.map(({ counts, slope }) =>
    y(Math.min(dimension, Math.max(0, (counts.at(-1) ?? 0) + (made > 1 ? slope * ahead : 0)))),
  );
  const placed = spread(ends, 14, y.range[1], y.range[0]);
  all.forEach(({ layer }, i) =>
    marks.push({
      shape: 'text',
      x: x.range[1] + 8,
      y: placed[i]! + 4,
      text: t.layerName(layer),
      kind: layer === chosen ? 'title' : 'note',
    }),
  );
  return { width, height, marks, spots };
}

export function budgetFinding(report: Report, t: FigureMessages, ui: string): string {
  if (!projects(report)) return t.spectrum.none;
  const all = forecasts(report);
  const dimension = keyDimension(report);
  const smallest = all.toSorted((a, b) => (a.counts.at(-1) ?? 0) - (b.counts.at(-1) ?? 0))[0];
  const soonest = all.toSorted((a, b) => a.left - b.left)[0];
  if (!smallest || !soonest) return '';
  const left = (forecast: Forecast): [string, string] => [
    whole(forecast.counts.at(-1) ?? 0, ui),
    share((forecast.counts.at(-1) ?? 0) / dimension, ui),
  ];
  if (report.steps.length < 2) return t.budget.findingFirst(smallest.layer, ...left(smallest));
  if (!Number.isFinite(soonest.left)) return t.budget.findingSteady(smallest.layer, ...left(smallest));
  return t.budget.findingFalling(
    significant(-soonest.slope, ui, 2),
    soonest.layer,
    left(soonest)[0],
    // So many digits a forecast does not have.
    significant(soonest.left, ui, 2),
  );
}

export function budgetTable(report: Report, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  const layers = layersOf(report);
  return {
    columns: [t.step, t.language, ...layers.map((layer) => t.layerName(layer))],
    rows: report.steps.map((step, i) => [
      i + 1,
      name(step.language),
      ...layers.map((layer) => step.null_dimension[layer] ?? null),
    ]),
  };
}
