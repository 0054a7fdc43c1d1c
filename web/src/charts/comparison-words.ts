/** Methods side by side in words and numbers: the finding, the averages, and every number that can be drawn. */

import type { Report } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { changedIn, languagesIn, type Compared } from './comparison';
import { points, significant } from './numbers';
import { listed, mean, measured, namer, type Counted, type Metric } from './report';
import type { Table } from './scene';

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
      t.comparison.changed,
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
          changedIn(run, language) ?? null,
          ...averaged.flatMap(([metric, counted]) =>
            [accuracy?.before, accuracy?.after].map((of) => measured(of, metric, counted)),
          ),
        ];
      }),
    ),
  };
}
