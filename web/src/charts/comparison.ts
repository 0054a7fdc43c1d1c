/** Methods side by side: one panel a measure, one group of bars a language, one bar a method. */

import type { Method, Report } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { points, significant } from './numbers';
import { languagesOf, listed, mean, measured, METRICS, namer, type Counted, type Metric } from './report';
import { linear } from './scale';
import { textWidth, type Frame, type Mark, type Scene, type Spot, type Table } from './scene';

/** One method's run. */
export interface Compared {
  method: Method;
  /** What the reader's language calls it. */
  name: string;
  report: Report;
  /** Known facts that it was asked, and those that it answers as before; null where none were. */
  others: { asked: number; kept: number } | null;
}

const [TOP, BOTTOM, HEAD, BAR, SPACE, GAP] = [26, 28, 20, 17, 10, 26];
/** Least width of a panel beside its labels: below it they stand one below the other. */
const NARROW = 170;

/** Languages of all runs, in the order of the first. */
function languagesIn(runs: readonly Compared[]): string[] {
  return [...new Set(runs.flatMap(({ report }) => languagesOf(report)))];
}

const labelWidth = (runs: readonly Compared[]): number => Math.max(...runs.map(({ name }) => textWidth(name)), 20) + 14;

const stacked = (runs: readonly Compared[], width: number): boolean =>
  (width - labelWidth(runs)) / METRICS.length - GAP < NARROW;

function panelHeight(runs: readonly Compared[]): number {
  return TOP + languagesIn(runs).length * (HEAD + BAR * runs.length + SPACE) + BOTTOM;
}

export function comparisonHeight(runs: readonly Compared[], width: number): number {
  return panelHeight(runs) * (stacked(runs, width) ? METRICS.length : 1);
}

export function comparisonScene(
  runs: readonly Compared[],
  counted: Counted,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  const left = labelWidth(runs);
  const below = stacked(runs, width);
  const across = below ? width - left : (width - left - GAP * (METRICS.length - 1)) / METRICS.length;
  METRICS.forEach((metric, index) => {
    const x = below ? left : left + index * (across + GAP);
    const y = below ? (index * height) / METRICS.length : 0;
    const panel = comparisonPanel(runs, metric, counted, t, ui, [x, y], across, below || index === 0);
    marks.push(...panel.marks);
    spots.push(...panel.spots);
  });
  return { width, height, marks, spots };
}

function comparisonPanel(
  runs: readonly Compared[],
  metric: Metric,
  counted: Counted,
  t: FigureMessages,
  ui: string,
  [left, top]: [number, number],
  across: number,
  named: boolean,
): Pick<Scene, 'marks' | 'spots'> {
  const name = namer(ui);
  const bottom = top + panelHeight(runs) - BOTTOM;
  // The numbers behind the bars need room, the longest being 100.0.
  const x = linear([0, 100], [left, left + across - 40], { count: 2 });
  const marks: Mark[] = [{ shape: 'text', x: left, y: top + 14, text: `${t[metric]} %`, kind: 'title' }];
  const spots: Spot[] = [];
  for (const tick of x.ticks)
    marks.push(
      { shape: 'line', x1: x(tick), x2: x(tick), y1: top + TOP, y2: bottom, kind: 'grid' },
      { shape: 'text', x: x(tick), y: bottom + 16, text: localised(tick, ui), kind: 'tick', anchor: 'middle' },
    );
  let y = top + TOP;
  for (const language of languagesIn(runs)) {
    if (named)
      marks.push(
        { shape: 'symbol', x: 7, y: y + HEAD / 2 + 2, size: 11, language },
        { shape: 'text', x: 20, y: y + HEAD / 2 + 6, text: name(language), kind: 'title halo' },
      );
    y += HEAD;
    for (const run of runs) {
      const accuracy = run.report.languages[language];
      const [before, after] = [measured(accuracy?.before, metric, counted), measured(accuracy?.after, metric, counted)];
      const middle = y + BAR / 2;
      if (named)
        marks.push({ shape: 'text', x: left - 10, y: middle + 4, text: run.name, kind: 'label', anchor: 'end' });
      if (after !== null)
        marks.push({
          shape: 'rect',
          x: x(0),
          y: y + 2,
          width: x(after) - x(0),
          height: BAR - 4,
          kind: 'bar',
          opacity: 0.85,
          language,
        });
      if (before !== null)
        marks.push({ shape: 'line', x1: x(before), x2: x(before), y1: y, y2: y + BAR, kind: 'mark-before' });
      // What was not measured is no bar of length 0.
      const text = after === null ? t.comparison.notMeasured : points(after, ui);
      const end = Math.max(x(after ?? 0), before !== null && x(before) < x(after ?? 0) + 44 ? x(before) : 0);
      marks.push({ shape: 'text', x: end + 6, y: middle + 4, text, kind: 'note halo' });
      spots.push({
        x: x(after ?? 0),
        y: middle,
        label: t.comparison.spot(run.name, name(language), t[metric], after === null ? text : `${text}\u00a0%`),
      });
      y += BAR;
    }
    y += SPACE;
  }
  return { marks, spots };
}

/** What is said of a number of each method: those with most of it and those with least, all that are alike named together. */
function extremes(
  values: readonly { name: string; value: number }[],
  written: (value: number) => string,
  apart: (best: string, value: string, worst: string, least: string) => string,
  alike: (value: string) => string,
  ui: string,
): string {
  const numbers = values.map(({ value }) => value);
  const [high, low] = [written(Math.max(...numbers)), written(Math.min(...numbers))];
  if (high === low) return alike(high);
  const namesOf = (text: string): string =>
    listed(
      values.filter(({ value }) => written(value) === text).map(({ name }) => name),
      ui,
    );
  return apart(namesOf(high), high, namesOf(low), low);
}

/** What was written, and what was kept: one says little without the other. */
export function comparisonFinding(runs: readonly Compared[], counted: Counted, t: FigureMessages, ui: string): string {
  const { finding, findingSame, kept, keptSame, keptOf } = t.comparison;
  const written = runs.flatMap(({ name, report }) => {
    const value = measured(report.average.after, 'efficacy', counted);
    return value === null ? [] : [{ name, value }];
  });
  if (written.length === 0) return t.noData;
  const asked = askedOf(runs);
  const others = runs.flatMap(({ name, others }) => (others ? [{ name, value: others.kept }] : []));
  const whole = (value: number): string => localised(value, ui);
  return [
    extremes(written, (value) => points(value, ui), finding, findingSame, ui),
    ...(others.length > 0 ? [extremes(others, (value) => keptOf(whole(value), whole(asked)), kept, keptSame, ui)] : []),
  ].join(' ');
}

/** Known facts that were asked under each method; 0 where none were. */
const askedOf = (runs: readonly Compared[]): number => Math.max(...runs.map(({ others }) => others?.asked ?? 0));

/** The dimension that is left of the null space at the narrowest edited layer; none for methods that do not project. */
export function nullLeft({ steps }: Report): number | null {
  const all = Object.values(steps.at(-1)?.null_dimension ?? {});
  return all.length > 0 ? Math.min(...all) : null;
}

/** Averages over all languages: what was written and what was kept, then the rest. */
export function comparisonAverages(runs: readonly Compared[], t: FigureMessages, ui: string): Table {
  const number = (value: number | null): string => points(value, ui);
  const asked = askedOf(runs);
  const [written, ...rest] = averaged;
  return {
    columns: [
      t.comparison.method,
      titleOf(...written, t),
      ...(asked > 0 ? [t.comparison.others(localised(asked, ui))] : []),
      ...rest.map(([metric, counted]) => titleOf(metric, counted, t)),
      `${t.comparison.unchanged} %`,
      t.comparison.nullLeft,
      t.comparison.seconds,
    ],
    rows: runs.map(({ name, report, others }) => {
      const left = nullLeft(report);
      return [
        name,
        number(measured(report.average.after, ...written)),
        ...(asked > 0 ? [others ? localised(others.kept, ui) : '–'] : []),
        ...rest.map(([metric, counted]) => number(measured(report.average.after, metric, counted))),
        number(report.average.after.specificity_agreement ?? null),
        left === null ? '–' : localised(left, ui),
        // What a step took when it was made: of one that is remembered the run itself took next to nothing.
        significant(mean(report.steps.map(({ seconds }) => seconds)), ui, 2),
      ];
    }),
  };
}

type Column = readonly [Metric, Counted];
const averaged: readonly [Column, ...Column[]] = [
  ['efficacy', 'whole'],
  ['generality', 'whole'],
  ['efficacy', 'tokens'],
  ['generality', 'tokens'],
  ['specificity', 'tokens'],
];

const titleOf = (metric: Metric, counted: Counted, t: FigureMessages): string =>
  metric === 'specificity' ? `${t[metric]} %` : `${t[metric]} %, ${t.counted[counted]}`;

/** Every number that is drawn. */
export function comparisonTable(runs: readonly Compared[], t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  return {
    columns: [
      t.comparison.method,
      t.language,
      ...averaged.flatMap(([metric, counted]) =>
        [t.before, t.after].map((when) => `${titleOf(metric, counted, t)}, ${when}`),
      ),
    ],
    rows: runs.flatMap((run) =>
      languagesIn(runs).map((language): Table['rows'][number] => {
        const accuracy = run.report.languages[language];
        return [
          run.name,
          name(language),
          ...averaged.flatMap(([metric, counted]) =>
            [accuracy?.before, accuracy?.after].map((of) => measured(of, metric, counted)),
          ),
        ];
      }),
    ),
  };
}
