/** What an edit of one or more steps does to all facts edited before it: predicted, and measured once it has been made. */

import type { Report } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { disturbanceBars, grouped, type Disturbed } from './disturbance';
import { share } from './numbers';
import { namer, pastFacts } from './report';
import type { Scene, Frame } from './scene';

/** A fact counts as moved from this share of what the edit moves its own facts by. */
const MOVED = 0.01;

/**
 * How far the steps from `from` on move each fact edited before them, as a share of how far they move their own facts. Steps add up: a sum
 * of norms, which bounds the norm of the sum. `applied`: with what was measured.
 */
export function effectOf(report: Report, from: number, applied: boolean): Disturbed[] {
  const steps = report.steps.slice(from).flatMap(({ figures }) => figures?.disturbance ?? []);
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  const shareOf = (which: 'predicted' | 'measured', index: number): number => {
    const own = sum(steps.map((step) => step[`own_${which}`])) / steps.length;
    return own > 0 ? sum(steps.map((step) => step[which][index / step.every] ?? 0)) / own : 0;
  };
  // Long recipes watch every so manieth fact: those are shown that all steps have watched.
  const facts = pastFacts(report, from).flatMap((fact, index) =>
    steps.length > 0 && steps.every(({ every }) => index % every === 0)
      ? [{ ...fact, predicted: shareOf('predicted', index), measured: applied ? shareOf('measured', index) : null }]
      : [],
  );
  return grouped(facts);
}

/** The effect in one sentence, or two. */
export function effectFinding(facts: readonly Disturbed[], t: FigureMessages, ui: string): string {
  if (facts.length === 0) return t.disturbance.first;
  const applied = facts.some(({ measured }) => measured !== null);
  const size = ({ predicted, measured }: Disturbed): number => measured ?? predicted;
  const most = (sizes: number[]): string => share(Math.max(...sizes), ui);
  const moved = facts.filter((fact) => size(fact) >= MOVED);
  const text = t.foresight[applied ? 'did' : 'would'];
  const foreseen = applied ? t.foresight.foreseen(most(facts.map(({ predicted }) => predicted))) : '';
  if (moved.length === 0) return text.none(share(MOVED, ui)) + foreseen;
  const name = namer(ui);
  const counts = [...new Set(moved.map(({ language }) => language))].map(
    (language) => `${name(language)} ${localised(moved.filter((fact) => fact.language === language).length, ui)}`,
  );
  return text.some(moved.length, counts.join(', '), most(moved.map(size))) + foreseen;
}

/** The effect as bars. */
export function effectScene(facts: readonly Disturbed[], t: FigureMessages, frame: Frame): Scene {
  const format = (value: number): string => share(value, frame.ui);
  return disturbanceBars(facts, { title: t.foresight.unit, format }, t, frame);
}
