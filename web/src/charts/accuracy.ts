/** Accuracy by language, before and after, and step by step. */

import type { Accuracy, Report } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { points } from './numbers';
import { languagesOf, listed, measured, METRICS, namer, namerWithin, type Counted } from './report';
import { bands, linear } from './scale';
import {
  polyline,
  spread,
  textWidth,
  xAxis,
  yAxis,
  type Frame,
  type Mark,
  type Scene,
  type Spot,
  type Table,
} from './scene';

/** Below this width the panels stand one below the other. */
const STACKED = 520;

/** Where the panels of the metrics go: side by side, or one below the other where there is no room. */
function panels(
  width: number,
  height: number,
  left: number,
  right: number,
): { x0: number; x1: number; y0: number; y1: number }[] {
  const [gap, narrow] = [28, width < STACKED];
  const across = narrow ? width - left - right : (width - left - right - 2 * gap) / 3;
  const down = narrow ? height / 3 : height;
  return METRICS.map((_, index) => {
    const x0 = narrow ? left : left + index * (across + gap);
    return { x0, x1: x0 + across, y0: (narrow ? index * down : 0) + 28, y1: (narrow ? (index + 1) * down : down) - 26 };
  });
}

/** Height that both views take, so that nothing moves when the view changes. */
export function accuracyHeight(report: Report, width: number): number {
  return Math.max(56 + 32 * languagesOf(report).length, 170) * (width < STACKED ? 3 : 1);
}

export function beforeAfter(report: Report, counted: Counted, t: FigureMessages, { ui, width, height }: Frame): Scene {
  const languages = languagesOf(report);
  const name = namer(ui);
  const left = Math.max(...languages.map((language) => textWidth(name(language))), 20) + 34;
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  panels(width, height, left, 14).forEach(({ x0, x1, y0, y1 }, index) => {
    const metric = METRICS[index]!;
    const x = linear([0, 100], [x0, x1], { count: x1 - x0 < 180 ? 2 : 4 });
    const row = bands(languages.length, [y0, y1]);
    marks.push(
      { shape: 'text', x: x0, y: y0 - 12, text: `${t[metric]} %`, kind: 'title' },
      ...xAxis(x, y0, y1, (value) => points(value, ui)),
    );
    languages.forEach((language, at) => {
      const y = row.middle(at);
      if (index === 0 || width < STACKED) {
        marks.push(
          { shape: 'symbol', x: 7, y, size: 12, language },
          { shape: 'text', x: 20, y: y + 4, text: name(language), kind: 'label' },
        );
      }
      const { before, after } = report.languages[language] ?? {};
      const [from, to] = [measured(before, metric, counted), measured(after, metric, counted)];
      if (to === null) return;
      if (from !== null) {
        marks.push({ shape: 'line', x1: x(from), x2: x(to), y1: y, y2: y, kind: 'connector', language });
        marks.push({ shape: 'symbol', x: x(from), y, size: 10, language, hollow: true });
      }
      marks.push({ shape: 'symbol', x: x(to), y, size: 14, language });
      spots.push({ x: x(to), y, label: t.accuracy.spot(name(language), t[metric], points(from, ui), points(to, ui)) });
    });
  });
  return { width, height, marks, spots };
}

export function perStep(report: Report, t: FigureMessages, { ui, width, height }: Frame): Scene {
  const languages = languagesOf(report);
  const name = namer(ui);
  const labels = Math.max(...languages.map((language) => textWidth(name(language))), 20) + 16;
  const rows = report.accuracy_matrix;
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  panels(width, height, 34, labels).forEach(({ x0, x1, y0, y1 }, index) => {
    const metric = METRICS[index]!;
    const x = linear([0, Math.max(rows.length, 1)], [x0, x1], { count: Math.min(rows.length, 6) });
    const y = linear([0, 100], [y1, y0], { count: 4 });
    marks.push({ shape: 'text', x: x0, y: y0 - 12, text: `${t[metric]} %`, kind: 'title' });
    marks.push(
      ...yAxis(y, x0, x1, index === 0 || width < STACKED ? (value) => points(value, ui) : () => ''),
      ...xAxis(x, y0, y1, (value) => points(value, ui), false),
    );
    const ends: { language: string; y: number }[] = [];
    for (const language of languages) {
      const values = [report.languages[language]?.before[metric], ...rows.map((row) => row[language]?.[metric])];
      const line = values.map((value, step): [number, number] => [
        x(step),
        value === null || value === undefined ? Number.NaN : y(value),
      ]);
      marks.push({ shape: 'path', d: polyline(line), kind: 'line', language });
      // A mark where the language itself was edited.
      report.steps.forEach((step, at) => {
        const point = line[at + 1];
        if (step.language === language && point && Number.isFinite(point[1]))
          marks.push({ shape: 'symbol', x: point[0], y: point[1], size: 11, language });
      });
      line.forEach(([px, py], step) => {
        if (Number.isFinite(py))
          spots.push({
            x: px,
            y: py,
            label: t.accuracy.spotStep(name(language), t[metric], `${t.step} ${step}`, points(values[step], ui)),
          });
      });
      const end = line.at(-1);
      if (end && Number.isFinite(end[1])) ends.push({ language, y: end[1] });
    }
    if (index === 2 || width < STACKED) {
      const placed = spread(
        ends.map((end) => end.y),
        14,
        y0 + 4,
        y1,
      );
      ends.forEach((end, at) =>
        marks.push({ shape: 'text', x: x1 + 10, y: placed[at]! + 4, text: name(end.language), kind: 'label' }),
      );
    }
  });
  return { width, height, marks, spots };
}

export function accuracyFinding(report: Report, counted: Counted, t: FigureMessages, ui: string): string {
  const name = namerWithin(ui);
  const { before, after } = report.average;
  const average = [before, after].map((of) => points(measured(of, 'efficacy', counted), ui)) as [string, string];
  const ranked = languagesOf(report)
    .map((language) => ({ language, after: measured(report.languages[language]?.after, 'efficacy', counted) }))
    .filter((entry): entry is { language: string; after: number } => entry.after !== null)
    .sort((a, b) => b.after - a.after);
  const [best, worst] = [ranked[0], ranked.at(-1)];
  if (!best || !worst) return '';
  const [highest, lowest] = [points(best.after, ui), points(worst.after, ui)];
  /** Languages that are alike as far as the reader can see are named together. */
  const withValue = (value: string): string =>
    listed(
      ranked.filter(({ after }) => points(after, ui) === value).map(({ language }) => name(language)),
      ui,
    );
  if (ranked.length === 1) return t.accuracy.findingOne(...average, name(best.language));
  if (highest === lowest) return t.accuracy.findingSame(...average);
  return t.accuracy.finding(...average, withValue(highest), highest, withValue(lowest), lowest);
}

export function accuracyTable(report: Report, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  const wholes = METRICS.filter((metric) => metric !== 'specificity');
  const columns = [
    t.language,
    t.step,
    ...wholes.map((metric) => `${t[metric]}, ${t.counted.whole} %`),
    ...METRICS.map((metric) => `${t[metric]} %`),
  ];
  /** Whole answers are counted before the first step and after the last. */
  const row = (language: string, step: number, tokens: Partial<Accuracy> | undefined): Table['rows'][number] => {
    const { before, after } = report.languages[language] ?? {};
    const whole = step === 0 ? before : step === report.accuracy_matrix.length ? after : undefined;
    return [
      name(language),
      step,
      ...wholes.map((metric) => measured(whole, metric, 'whole')),
      ...METRICS.map((metric) => measured(tokens, metric, 'tokens')),
    ];
  };
  const rows = languagesOf(report).flatMap((language) => [
    row(language, 0, report.languages[language]?.before),
    ...report.accuracy_matrix.map((each, index) => row(language, index + 1, each[language])),
  ]);
  return { columns, rows };
}
