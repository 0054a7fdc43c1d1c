/** What each language reaches by itself, and what is left of it when all languages' edits are added up. */

import type { Report } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { points } from './numbers';
import { languagesOf, mean, namer, namerWithin, type Metric, type NamedRun } from './report';
import { bands, linear } from './scale';
import { textWidth, xAxis, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

export interface AloneMergedWords {
  before: string;
  alone: string;
  merged: string;
  way: string;
  spot: (way: string, language: string, alone: string, merged: string) => string;
  /** The best way and the worst: what is left, and what the languages' own edits reach alone, which differs where the covariance is shared. */
  finding: (
    best: string,
    bestAfter: string,
    bestAlone: string,
    worst: string,
    worstAfter: string,
    worstAlone: string,
    language: string,
    languageAfter: string,
  ) => string;
  findingOne: (alone: string, way: string, after: string, language: string, languageAfter: string) => string;
}

const ROW = 26;
const HEAD = 34;
const FOOT = 26;

/** What a language's own edit reached, before anything was merged. */
export function alone(report: Report, language: string, metric: Metric): number | null {
  const step = report.steps.findIndex((one) => one.language === language);
  return step < 0 ? null : (report.accuracy_matrix[step]?.[language]?.[metric] ?? null);
}

/** How many panels stand side by side. */
function columnsOf(count: number, width: number): number {
  return Math.min(count, width < 460 ? 1 : width < 900 ? 2 : 4);
}

export function aloneMergedHeight(all: readonly NamedRun[], width: number): number {
  const rows = Math.ceil(all.length / columnsOf(all.length, width));
  return 26 + rows * (HEAD + FOOT + ROW * Math.max(...all.map(({ report }) => languagesOf(report).length), 1));
}

export function aloneMergedScene(
  all: readonly NamedRun[],
  metric: Metric,
  words: AloneMergedWords,
  { ui, width, height }: Frame,
): Scene {
  const name = namer(ui);
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  const languages = all[0] ? languagesOf(all[0].report) : [];
  const columns = columnsOf(all.length, width);
  const left = Math.max(...languages.map((language) => textWidth(name(language))), 20) + 26;
  const gap = 26;
  const across = (width - left - 12 - (columns - 1) * gap) / columns;
  const down = HEAD + FOOT + ROW * languages.length;
  // What the marks mean.
  let at = 0;
  for (const [text, hollow] of [
    [words.before, null],
    [words.alone, true],
    [words.merged, false],
  ] as const) {
    if (hollow === null) marks.push({ shape: 'line', x1: at + 6, x2: at + 6, y1: 4, y2: 18, kind: 'mark-before' });
    else marks.push({ shape: 'symbol', x: at + 6, y: 11, size: 11, language: 'en', hollow });
    marks.push({ shape: 'text', x: at + 18, y: 15, text, kind: 'tick' });
    at += 18 + textWidth(text) + 20;
  }
  all.forEach(({ name: way, report }, index) => {
    const x0 = left + (index % columns) * (across + gap);
    const y0 = 26 + Math.floor(index / columns) * down + HEAD;
    const x = linear([0, 100], [x0, x0 + across], { count: across < 150 ? 2 : 4 });
    const row = bands(languages.length, [y0, y0 + ROW * languages.length]);
    marks.push(
      { shape: 'text', x: x0, y: y0 - 12, text: way, kind: 'title' },
      ...xAxis(x, y0, y0 + ROW * languages.length, (value) => points(value, ui)),
    );
    languages.forEach((language, place) => {
      const y = row.middle(place);
      if (index % columns === 0)
        marks.push(
          { shape: 'symbol', x: 7, y, size: 12, language },
          { shape: 'text', x: 20, y: y + 4, text: name(language), kind: 'label' },
        );
      const before = report.languages[language]?.before[metric];
      const after = report.languages[language]?.after[metric];
      const by = alone(report, language, metric);
      if (before != null)
        marks.push({ shape: 'line', x1: x(before), x2: x(before), y1: y - 8, y2: y + 8, kind: 'mark-before' });
      if (after == null) return;
      if (by !== null) {
        marks.push(
          { shape: 'line', x1: x(by), x2: x(after), y1: y, y2: y, kind: 'connector', language },
          { shape: 'symbol', x: x(by), y, size: 13, language, hollow: true },
        );
      }
      marks.push({ shape: 'symbol', x: x(after), y, size: 11, language });
      spots.push({ x: x(after), y, label: words.spot(way, name(language), points(by, ui), points(after, ui)) });
    });
  });
  return { width, height, marks, spots };
}

export function aloneMergedFinding(
  all: readonly NamedRun[],
  metric: Metric,
  words: AloneMergedWords,
  ui: string,
): string {
  const name = namerWithin(ui);
  const after = ({ report }: NamedRun): number =>
    mean(languagesOf(report).flatMap((language) => report.languages[language]?.after[metric] ?? []));
  const ranked = all.toSorted((a, b) => after(b) - after(a));
  const [best, worst] = [ranked[0], ranked.at(-1)];
  if (!best || !worst) return '';
  const own = ({ report }: NamedRun): string =>
    points(mean(languagesOf(report).flatMap((language) => alone(report, language, metric) ?? [])), ui);
  const weakest = languagesOf(worst.report)
    .map((language) => ({ language, value: worst.report.languages[language]?.after[metric] ?? 100 }))
    .reduce((low, one) => (one.value < low.value ? one : low));
  const last = [name(weakest.language), points(weakest.value, ui)] as const;
  if (best === worst) return words.findingOne(own(best), best.name, points(after(best), ui), ...last);
  return words.finding(
    best.name,
    points(after(best), ui),
    own(best),
    worst.name,
    points(after(worst), ui),
    own(worst),
    ...last,
  );
}

export function aloneMergedTable(
  all: readonly NamedRun[],
  metric: Metric,
  words: AloneMergedWords,
  t: FigureMessages,
  ui: string,
): Table {
  const name = namer(ui);
  return {
    columns: [words.way, t.language, `${words.before} %`, `${words.alone} %`, `${words.merged} %`],
    rows: all.flatMap(({ name: way, report }) =>
      languagesOf(report).map((language): Table['rows'][number] => [
        way,
        name(language),
        report.languages[language]?.before[metric] ?? null,
        alone(report, language, metric),
        report.languages[language]?.after[metric] ?? null,
      ]),
    ),
  };
}
