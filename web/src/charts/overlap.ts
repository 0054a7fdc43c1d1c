/** How many of their keys' directions languages share. */

import type { LayerFigures, Report } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { layerFigures, namer, namerWithin } from './report';
import { bands } from './scale';
import { textWidth, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

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

export function overlapScene(
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
  const across = Math.min((width - left) / languages.length, 104);
  const down = Math.min((height - 40) / languages.length, 60);
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
    const label = t.overlap.spot(
      name(a),
      name(b),
      degrees(angles[0], ui),
      degrees(angles[2], ui),
      degrees(angles[4], ui),
    );
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

export function overlapHeight(report: Report, step: number): number {
  return Math.max(60 + 46 * edited(report, step).length, 200);
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
  return t.overlap.finding(name(near.a), name(near.b), angle(near), name(far.a), name(far.b), angle(far));
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
