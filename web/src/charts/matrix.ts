/** The accuracy matrix: which step's edit did what to which language, and what was forgotten. */

import type { Report } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { points } from './numbers';
import { languagesOf, listed, namer, namerWithin, type Metric } from './report';
import { bands } from './scale';
import { textWidth, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

/** Rows that fit; more steps are thinned out, the last one stays. */
const MAX_ROWS = 24;
const ROW = 28;
/** From this width on the columns may be wider than a number needs, so that no half of a page is empty. */
const WIDE = 900;
const WIDEST = 190;

/** The steps that are drawn. */
export function drawnSteps(steps: number): number[] {
  const every = Math.ceil(steps / MAX_ROWS);
  return Array.from({ length: steps }, (_, step) => step).filter(
    (step) => (steps - 1 - step) % Math.max(every, 1) === 0,
  );
}

export function matrixHeight(report: Report): number {
  return 84 + ROW * (drawnSteps(report.accuracy_matrix.length).length + 1);
}

export interface Forgetting {
  language: string;
  best: number;
  now: number;
}

/** For each edited language its best accuracy from its first edit on, and its accuracy now. */
export function forgetting(report: Report, metric: Metric): Forgetting[] {
  return languagesOf(report).flatMap((language) => {
    const first = report.steps.findIndex((step) => step.language === language);
    if (first < 0) return [];
    const values = report.accuracy_matrix.slice(first).flatMap((row) => row[language]?.[metric] ?? []);
    const now = values.at(-1);
    // One value behind several steps says nothing of what was lost between them.
    const alone = values.length === 1 && first < report.steps.length - 1;
    return now === undefined || alone ? [] : [{ language, best: Math.max(...values), now }];
  });
}

export function matrixScene(report: Report, metric: Metric, t: FigureMessages, { ui, width, height }: Frame): Scene {
  const name = namer(ui);
  const languages = languagesOf(report);
  const steps = drawnSteps(report.accuracy_matrix.length);
  const rowLabel = (step: number): string => `${step + 1}  ${name(report.steps[step]?.language ?? '')}`;
  const left = Math.max(...steps.map((step) => textWidth(rowLabel(step))), textWidth(t.matrix.forgetting)) + 34;
  const column = bands(
    languages.length,
    [left, Math.min(width, left + (width < WIDE ? 104 : WIDEST) * languages.length)],
    0.04,
  );
  const row = bands(steps.length, [56, 56 + ROW * steps.length], 0.08);
  const short = column.width < Math.max(...languages.map((language) => textWidth(name(language)))) + 22;
  const marks: Mark[] = [
    { shape: 'text', x: left, y: 14, text: t.matrix.asked, kind: 'tick' },
    { shape: 'text', x: 0, y: 44, text: t.matrix.edited, kind: 'tick' },
  ];
  const spots: Spot[] = [];
  languages.forEach((language, at) => {
    const text = short ? language : name(language);
    const x = column.middle(at);
    marks.push(
      { shape: 'symbol', x: x - textWidth(text) / 2 - 8, y: 40, size: 11, language },
      { shape: 'text', x: x + 2, y: 44, text, kind: 'label', anchor: 'middle' },
    );
  });
  const cell = (
    at: number,
    y: number,
    rowHeight: number,
    share: number,
    text: string,
    kind: 'heat' | 'heat-loss',
    strong = false,
  ): void => {
    const opacity = 0.06 + 0.74 * share;
    marks.push({ shape: 'rect', x: column.start(at), y, width: column.width, height: rowHeight, kind, opacity });
    marks.push({
      shape: 'text',
      x: column.middle(at),
      y: y + rowHeight / 2 + 4,
      text,
      kind: `cell-text${strong ? ' strong' : ''}${opacity > 0.6 ? ' on-dark' : ''}`,
      anchor: 'middle',
    });
  };
  steps.forEach((step, index) => {
    const y = row.start(index);
    const edited = report.steps[step]?.language;
    if (edited !== undefined) marks.push({ shape: 'symbol', x: 7, y: y + row.width / 2, size: 11, language: edited });
    marks.push({ shape: 'text', x: 20, y: y + row.width / 2 + 4, text: rowLabel(step), kind: 'label' });
    languages.forEach((language, at) => {
      const value = report.accuracy_matrix[step]?.[language]?.[metric] ?? null;
      if (value === null) return;
      cell(at, y, row.width, value / 100, points(value, ui), 'heat', language === edited);
      if (language === edited)
        marks.push({
          shape: 'rect',
          x: column.start(at) + 1,
          y: y + 1,
          width: column.width - 2,
          height: row.width - 2,
          kind: 'frame',
        });
      spots.push({
        x: column.middle(at),
        y: y + row.width / 2,
        label: t.matrix.spot(t.stepName(step + 1, name(edited ?? '')), name(language), points(value, ui)),
      });
    });
  });
  const y = 56 + ROW * steps.length + 14;
  marks.push({ shape: 'text', x: 20, y: y + 17, text: t.matrix.forgetting, kind: 'label' });
  for (const { language, best, now } of forgetting(report, metric)) {
    const at = languages.indexOf(language);
    cell(at, y, 25, (best - now) / 100, points(best - now, ui), 'heat-loss');
    spots.push({
      x: column.middle(at),
      y: y + 12,
      label: t.matrix.spotForgetting(name(language), points(best - now, ui)),
    });
  }
  return { width, height, marks, spots };
}

/** Accuracies whose difference does not show are alike; rounding must not decide between them. */
const shown = (value: number): number => Math.round(10 * value);

interface Transfer {
  from: string;
  /** Languages that it changed alike. */
  to: string[];
  points: number;
}

/** The largest change that a step made to languages in which nothing had been edited; the first of several that are alike. */
function transfer(report: Report, metric: Metric): Transfer | null {
  let largest: Transfer | null = null;
  const edited = new Set<string>();
  report.steps.forEach((step, index) => {
    edited.add(step.language);
    const here: Transfer = { from: step.language, to: [], points: largest?.points ?? 1 };
    for (const language of languagesOf(report)) {
      const before =
        index === 0
          ? report.languages[language]?.before[metric]
          : report.accuracy_matrix[index - 1]?.[language]?.[metric];
      const after = report.accuracy_matrix[index]?.[language]?.[metric];
      if (edited.has(language) || before === null || before === undefined || after === null || after === undefined)
        continue;
      const points = after - before;
      if (shown(Math.abs(points)) > shown(Math.abs(here.points))) [here.to, here.points] = [[language], points];
      else if (here.to.length > 0 && shown(points) === shown(here.points)) here.to.push(language);
    }
    if (here.to.length > 0) largest = here;
  });
  return largest;
}

export function matrixFinding(report: Report, metric: Metric, t: FigureMessages, ui: string): string {
  const name = namerWithin(ui);
  const lost = forgetting(report, metric).map((entry) => ({ ...entry, lost: shown(entry.best - entry.now) }));
  const most = Math.max(0, ...lost.map((entry) => entry.lost));
  const [worst, ...others] = lost.filter((entry) => entry.lost === most);
  let sentence = t.matrix.findingKeeps;
  if (worst && most > 0)
    sentence =
      others.length === 0
        ? t.matrix.findingForgets(name(worst.language), points(worst.best, ui), points(worst.now, ui))
        : t.matrix.findingForgetAlike(
            listed(
              [worst, ...others].map(({ language }) => name(language)),
              ui,
            ),
            points(worst.best - worst.now, ui),
          );
  const moved = transfer(report, metric);
  const signed = (value: number): string => localised(value, ui, { maximumFractionDigits: 1, signDisplay: 'always' });
  return (
    sentence +
    (moved ? t.matrix.findingTransfer(name(moved.from), listed(moved.to.map(name), ui), signed(moved.points)) : '')
  );
}

export function matrixTable(report: Report, metric: Metric, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  const languages = languagesOf(report);
  const rows: Table['rows'] = report.accuracy_matrix.map((row, step) => [
    step + 1,
    name(report.steps[step]?.language ?? ''),
    ...languages.map((language) => row[language]?.[metric] ?? null),
  ]);
  const lost = new Map(forgetting(report, metric).map(({ language, best, now }) => [language, best - now]));
  rows.push([t.matrix.forgetting, null, ...languages.map((language) => lost.get(language) ?? null)]);
  return { columns: [t.step, t.matrix.edited, ...languages.map((language) => `${name(language)} %`)], rows };
}
