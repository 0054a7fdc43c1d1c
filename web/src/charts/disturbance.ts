/** What a step did to every fact edited before it. */

import type { Report } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { points, share, significant } from './numbers';
import { mean, namer, namerWithin, pastFacts, stepAt } from './report';
import { linear } from './scale';
import { textWidth, yAxis, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

export interface Disturbed {
  id: string;
  language: string;
  predicted: number;
  /** Nothing where the change has not been made. */
  measured: number | null;
}

/** The watched facts, one language after the other. */
export function disturbed(report: Report, step: number): Disturbed[] {
  const data = stepAt(report, step)?.figures?.disturbance;
  if (!data) return [];
  const facts = pastFacts(report, step).filter((_, index) => index % data.every === 0);
  const all = facts.map((fact, i) => ({ ...fact, predicted: data.predicted[i] ?? 0, measured: data.measured[i] ?? 0 }));
  return grouped(all);
}

/** Facts in the order of their languages' first ones. */
export function grouped<Fact extends { language: string }>(facts: readonly Fact[]): Fact[] {
  const order = [...new Set(facts.map((fact) => fact.language))];
  return order.flatMap((language) => facts.filter((fact) => fact.language === language));
}

/** What the bars measure. */
export interface Measure {
  title: string;
  format: (value: number) => string;
  /** How far the change moves the facts that it is for, in the same unit. */
  own?: { size: number; label: string };
}

/** The watched facts' bars, one language after the other. */
export function disturbanceBars(
  facts: readonly Disturbed[],
  { title, format, own }: Measure,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const name = namer(ui);
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  const largest = Math.max(...facts.flatMap((fact) => [fact.predicted, fact.measured ?? 0]), 1e-9);
  // The change's own facts give the measure, unless past ones would then be too small to be seen.
  const measure = own && own.size < 6 * largest ? own : null;
  const y = linear([0, Math.max((measure?.size ?? 0) * 1.05, largest)], [height - 44, 34], { count: 4, nice: true });
  const languages = [...new Set(facts.map((fact) => fact.language))];
  const [left, right, gap] = [50, width - 4, 18];
  const pitch = (right - left - gap * languages.length) / facts.length;
  const bar = Math.min(Math.max(pitch * 0.72, 1), 26);
  marks.push({ shape: 'text', x: 0, y: 12, text: title, kind: 'tick' }, ...yAxis(y, left, right, format));
  if (measure) {
    marks.push({ shape: 'line', x1: left, x2: right, y1: y(measure.size), y2: y(measure.size), kind: 'line-dashed' });
    marks.push({
      shape: 'text',
      x: right,
      y: y(measure.size) - 6,
      text: measure.label,
      kind: 'note halo',
      anchor: 'end',
    });
  }
  facts.forEach(({ id, language, predicted, measured }, i) => {
    const x = left + gap * (languages.indexOf(language) + 0.5) + pitch * (i + 0.5);
    const top = y(measured ?? predicted);
    // What has only been predicted is pale.
    marks.push({
      shape: 'rect',
      x: x - bar / 2,
      y: top,
      width: bar,
      height: y(0) - top,
      kind: measured === null ? 'bar-soft' : 'bar',
      opacity: measured === null ? 0.5 : 0.85,
      language,
    });
    marks.push({
      shape: 'line',
      x1: x - bar / 2 - 2,
      x2: x + bar / 2 + 2,
      y1: y(predicted),
      y2: y(predicted),
      kind: 'line',
    });
    const said = [id, name(language), format(predicted)] as const;
    spots.push({
      x,
      y: top,
      label: measured === null ? t.foresight.spot(...said) : t.disturbance.spot(...said, format(measured)),
    });
  });
  languages.forEach((language, group) => {
    const of = facts.map((fact, i) => ({ fact, i })).filter(({ fact }) => fact.language === language);
    const middle = left + gap * (group + 0.5) + (pitch * (of[0]!.i + of.at(-1)!.i + 1)) / 2;
    const text = pitch * of.length + gap < textWidth(name(language)) + 20 ? language : name(language);
    marks.push(
      { shape: 'symbol', x: middle - textWidth(text) / 2 - 6, y: height - 24, size: 11, language },
      { shape: 'text', x: middle + 4, y: height - 20, text, kind: 'label', anchor: 'middle' },
    );
  });
  return { width, height, marks, spots };
}

export function disturbanceScene(report: Report, step: number, t: FigureMessages, { ui, width, height }: Frame): Scene {
  const facts = disturbed(report, step);
  const data = stepAt(report, step)?.figures?.disturbance;
  if (!data || facts.length === 0)
    return {
      width,
      height,
      marks: [{ shape: 'text', x: 0, y: 20, text: t.disturbance.first, kind: 'note' }],
      spots: [],
    };
  const own = { size: data.own_measured, label: t.disturbance.own };
  return disturbanceBars(facts, { title: t.disturbance.norm, format: (value) => significant(value, ui), own }, t, {
    ui,
    width,
    height,
  });
}

export function disturbanceFinding(report: Report, step: number, t: FigureMessages, ui: string): string {
  const facts = disturbed(report, step);
  const data = stepAt(report, step)?.figures?.disturbance;
  if (!data || facts.length === 0) return t.disturbance.first;
  const languages = [...new Set(facts.map((fact) => fact.language))].map((language) => {
    const of = facts.filter((fact) => fact.language === language);
    return {
      language,
      measured: mean(of.map((fact) => fact.measured ?? 0)),
      predicted: mean(of.map((fact) => fact.predicted)),
    };
  });
  const worst = languages.sort((a, b) => b.measured - a.measured)[0]!;
  const most = facts.reduce((far, fact) => ((fact.measured ?? 0) > (far.measured ?? 0) ? fact : far));
  const name = namerWithin(ui);
  const ofOwn = (measured: number): string => share(data.own_measured > 0 ? measured / data.own_measured : 0, ui);
  const lost = largestLoss(report, step);
  // An average hides the one fact that is overwritten, so that comes first.
  return (
    t.disturbance.finding(
      name(most.language),
      significant(most.measured ?? 0, ui),
      significant(data.own_measured, ui),
      ofOwn(most.measured ?? 0),
    ) +
    (facts.length > 1
      ? t.disturbance.findingMean(
          name(worst.language),
          significant(worst.measured, ui),
          ofOwn(worst.measured),
          significant(worst.predicted, ui),
        )
      : '') +
    (lost ? t.disturbance.findingLost(name(lost.language), points(lost.before, ui), points(lost.after, ui)) : '')
  );
}

/** The language edited before that lost most of its answers in a step, and what it had; null where none lost any. */
export function largestLoss(report: Report, step: number): { language: string; before: number; after: number } | null {
  const [earlier, later] = [report.accuracy_matrix[step - 1], report.accuracy_matrix[step]];
  const edited = new Set(report.steps.slice(0, step).map(({ language }) => language));
  const losses = [...edited].flatMap((language) => {
    const [before, after] = [earlier?.[language]?.efficacy, later?.[language]?.efficacy];
    return before != null && after != null && before - after >= 0.1 ? [{ language, before, after }] : [];
  });
  return losses.sort((one, other) => other.before - other.after - (one.before - one.after))[0] ?? null;
}

export function disturbanceTable(report: Report, step: number, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  return {
    columns: [t.disturbance.fact, t.language, t.disturbance.predicted, t.disturbance.measured],
    rows: disturbed(report, step).map((fact) => [fact.id, name(fact.language), fact.predicted, fact.measured]),
  };
}
