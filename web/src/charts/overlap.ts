/** How many of their keys' directions languages share. */

import type { LayerFigures, Report } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { layerFigures, listedFew, namer, namerWithin } from './report';
import { bands, linear } from './scale';
import { textWidth, xAxis, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

/** Least, quartiles and greatest. */
type Quartiles = NonNullable<LayerFigures['overlap']>[string];

export type Statistic = 'least' | 'median' | 'greatest';
const PLACE: Record<Statistic, number> = { least: 0, median: 2, greatest: 4 };

export interface Pair {
  a: string;
  b: string;
  angles: Quartiles;
}

/** The angles of every pair of edited languages, as they were after `step` (from 0): those of the last step that edited either. */
export function pairs(report: Report, step: number, layer: string): Pair[] {
  const latest = new Map<string, Pair>();
  for (const { language, figures } of report.steps.slice(0, step + 1)) {
    for (const [other, angles] of Object.entries(figures?.layers[layer]?.overlap ?? {})) {
      const [a, b] = [language, other].sort() as [string, string];
      latest.set(`${a} ${b}`, { a, b, angles });
    }
  }
  return [...latest.values()];
}

/** Edited languages, in the order of their first edit. */
function edited(report: Report, step: number): string[] {
  return [...new Set(report.steps.slice(0, step + 1).map(({ language }) => language))];
}

const degrees = (value: number, ui: string): string => `${localised(value, ui, { maximumFractionDigits: 0 })}°`;

/** From this width on there is room for the pairs' ranges beside the map. */
const WIDE = 860;
const PAIR_ROW = 20;
/** Largest cells, so that a few languages do not fill a wall. */
const [CELL_WIDTH, CELL_HEIGHT] = [104, 96];

export function overlapScene(
  report: Report,
  step: number,
  layer: string,
  statistic: Statistic,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const map = overlapMap(report, step, layer, statistic, t, { ui, width: width < WIDE ? width : width * 0.54, height });
  if (width < WIDE) return map;
  const from = Math.max(...map.marks.map((mark) => (mark.shape === 'rect' ? mark.x + mark.width : 0))) + 44;
  const ranges = pairRanges(pairs(report, step, layer), statistic, t, { ui, width, height }, from);
  return { width, height, marks: [...map.marks, ...ranges.marks], spots: [...map.spots, ...ranges.spots] };
}

/** Every pair's angles: from the least to the greatest, the quartiles and the median; the closest first. */
function pairRanges(
  all: readonly Pair[],
  statistic: Statistic,
  t: FigureMessages,
  { ui, width, height }: Frame,
  from: number,
): Pick<Scene, 'marks' | 'spots'> {
  const name = namer(ui);
  const sorted = all.toSorted((x, y) => x.angles[PLACE[statistic]]! - y.angles[PLACE[statistic]]!);
  const labels = sorted.map(({ a, b }) => t.overlap.pair(name(a), name(b)));
  const left = from + Math.max(...labels.map((label) => textWidth(label))) + 14;
  const bottom = Math.min(height - 30, 34 + 40 * sorted.length);
  const x = linear([0, 90], [left, width - 16], { count: 3 });
  x.ticks = [0, 30, 60, 90];
  const row = bands(sorted.length, [34, bottom], 0.5);
  const marks: Mark[] = [
    { shape: 'text', x: left, y: 22, text: t.overlap.angles, kind: 'tick' },
    ...xAxis(x, 34, bottom, (value) => degrees(value, ui)),
  ];
  const spots: Spot[] = [];
  sorted.forEach(({ a, b, angles }, index) => {
    const y = row.middle(index);
    const [least, low, median, high, greatest] = angles;
    marks.push(
      { shape: 'text', x: left - 14, y: y + 4, text: labels[index]!, kind: 'label', anchor: 'end' },
      { shape: 'line', x1: x(least), x2: x(greatest), y1: y, y2: y, kind: 'line' },
      {
        shape: 'rect',
        x: x(low),
        y: y - row.width / 2,
        width: Math.max(x(high) - x(low), 1),
        height: row.width,
        kind: 'heat',
        opacity: 0.45,
      },
      { shape: 'line', x1: x(median), x2: x(median), y1: y - row.width / 2, y2: y + row.width / 2, kind: 'arrow' },
    );
    spots.push({ x: x(median), y, label: spotOf({ a, b, angles }, t, ui) });
  });
  return { marks, spots };
}

function spotOf({ a, b, angles }: Pair, t: FigureMessages, ui: string): string {
  const name = namer(ui);
  return t.overlap.spot(name(a), name(b), degrees(angles[0], ui), degrees(angles[2], ui), degrees(angles[4], ui));
}

/** The map: one cell for every two languages. */
function overlapMap(
  report: Report,
  step: number,
  layer: string,
  statistic: Statistic,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const name = namer(ui);
  const languages = edited(report, step);
  const all = pairs(report, step, layer);
  const left = Math.max(...languages.map((language) => textWidth(name(language))), 40) + 34;
  const across = Math.min((width - left) / languages.length, CELL_WIDTH);
  const down = Math.min((height - 40) / languages.length, CELL_HEIGHT);
  const column = bands(languages.length, [left, left + across * languages.length], 0.04);
  const row = bands(languages.length, [34, 34 + down * languages.length], 0.06);
  const short = column.width < Math.max(...languages.map((language) => textWidth(name(language)))) + 24;
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  languages.forEach((language, i) => {
    const text = short ? language : name(language);
    const x = column.middle(i);
    marks.push(
      { shape: 'symbol', x: x - textWidth(text) / 2 - 8, y: 18, size: 11, language },
      { shape: 'text', x: x + 2, y: 22, text, kind: 'label', anchor: 'middle' },
    );
    marks.push(
      { shape: 'symbol', x: 7, y: row.middle(i), size: 11, language },
      { shape: 'text', x: 20, y: row.middle(i) + 4, text: name(language), kind: 'label' },
    );
    marks.push({
      shape: 'rect',
      x: column.start(i),
      y: row.start(i),
      width: column.width,
      height: row.width,
      kind: 'cell-border',
    });
  });
  for (const { a, b, angles } of all) {
    const value = angles[PLACE[statistic]]!;
    const closeness = 1 - value / 90;
    const label = spotOf({ a, b, angles }, t, ui);
    for (const [i, j] of [
      [languages.indexOf(a), languages.indexOf(b)],
      [languages.indexOf(b), languages.indexOf(a)],
    ] as const) {
      if (i < 0 || j < 0) continue;
      const opacity = 0.05 + 0.8 * Math.max(closeness, 0);
      marks.push({
        shape: 'rect',
        x: column.start(j),
        y: row.start(i),
        width: column.width,
        height: row.width,
        kind: 'heat',
        opacity,
      });
      marks.push({
        shape: 'text',
        x: column.middle(j),
        y: row.middle(i) + 4,
        text: degrees(value, ui),
        kind: `cell-text${opacity > 0.6 ? ' on-dark' : ''}`,
        anchor: 'middle',
      });
      spots.push({ x: column.middle(j), y: row.middle(i), label });
    }
  }
  return { width, height, marks, spots };
}

export function overlapHeight(report: Report, step: number, width: number): number {
  const languages = edited(report, step).length;
  const rows = width < WIDE ? 0 : 64 + (PAIR_ROW * languages * (languages - 1)) / 2;
  return Math.max(60 + 46 * languages, rows, 200);
}

export function overlapFinding(
  report: Report,
  step: number,
  layer: string,
  statistic: Statistic,
  t: FigureMessages,
  ui: string,
): string {
  const name = namerWithin(ui);
  const sorted = pairs(report, step, layer).sort((x, y) => x.angles[PLACE[statistic]]! - y.angles[PLACE[statistic]]!);
  const [near, far] = [sorted[0], sorted.at(-1)];
  if (!near || !far) return report.steps.some((each) => layerFigures(each, layer)) ? t.overlap.none : t.noData;
  const angle = (pair: Pair): string => degrees(pair.angles[PLACE[statistic]]!, ui);
  if (sorted.length === 1) return t.overlap.findingTwo(name(near.a), name(near.b), angle(near));
  if (angle(near) === angle(far)) return t.overlap.findingSame(angle(near));
  /** All pairs that are as far apart as the reader can see. */
  const alike = (pair: Pair): string =>
    listedFew(
      sorted.filter((other) => angle(other) === angle(pair)).map(({ a, b }) => t.overlap.pair(name(a), name(b))),
      t.overlap.more,
      ui,
    );
  return t.overlap.finding(alike(near), angle(near), alike(far), angle(far));
}

export function overlapTable(report: Report, step: number, layer: string, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  return {
    columns: [
      t.language,
      t.language,
      `${t.overlap.least} °`,
      '25 %',
      `${t.overlap.median} °`,
      '75 %',
      `${t.overlap.greatest} °`,
    ],
    rows: pairs(report, step, layer).map(({ a, b, angles }) => [name(a), name(b), ...angles]),
  };
}
