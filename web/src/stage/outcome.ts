/** What came out of a recipe for the fact on the stage and the known facts beside it. */

import type { Accuracy, Answered, Language, Parts, PerLayer, Recipe, Report } from '../engine/types';
import { keyDimension } from '../charts/budget';
import { isAbout, keyOf, type Known, type Said, type Sentence } from './questions';

/** What the projector did to the last step's change, over all edited layers, and what is free at the layer that has least left. */
export interface Step {
  /** Share of the squared norm of R K^T that P removes. */
  removed: number;
  free: number;
  dimension: number;
  layer: string;
}

export interface Outcome {
  /** By language: what is said to the fact now. */
  answers: ReadonlyMap<Language, Answered>;
  /** By key: what is said to the known facts; those that have not been asked are missing. */
  others: ReadonlyMap<string, Answered>;
  step: Step | null;
}

export const NOTHING: Outcome = { answers: new Map(), others: new Map(), step: null };

/** What determines an outcome: the recipe, and the fact that is asked. */
export function outcomeKey(recipe: Recipe, fact: string, model: string): string {
  const { method, mode, projection, seed, order, batch, steps, settings, merge, facts } = recipe;
  const said = facts.map(({ language, prompt, subject, new_object }) => [language, prompt, subject, new_object]);
  return JSON.stringify([fact, model, method, mode, projection, seed, order, batch, steps, settings, merge, said]);
}

/** What the last step of a report shows of the projection. */
export function stepOf(report: Report | null): Step | null {
  const step = report?.steps.at(-1);
  const layers = Object.values(step?.figures?.layers ?? {});
  if (!report || !step || layers.length === 0) return null;
  return stepFrom(
    layers.map(({ parts }) => parts),
    step.null_dimension,
    keyDimension(report),
  );
}

/** The same from its parts at every layer, the directions that are free at each, and how many there are. */
export function stepFrom(
  parts: readonly Pick<Parts, 'total' | 'removed'>[],
  free: PerLayer<number>,
  dimension: number,
): Step {
  const squares = (of: 'total' | 'removed'): number => parts.reduce((sum, part) => sum + part[of] ** 2, 0);
  const total = squares('total');
  const [layer, least] = Object.entries(free).toSorted((a, b) => a[1] - b[1])[0] ?? ['', 0];
  return {
    removed: total > 0 ? squares('removed') / total : 0,
    free: least,
    dimension: Math.max(dimension, least),
    layer,
  };
}

export type State = 'asbefore' | 'edited' | 'followed' | 'changed';

/** A row of the stage. */
export interface Row {
  sentence: Sentence;
  state: State;
  now: Said | null;
  /** The recipe edits it in this language. */
  taught: boolean;
  /** Something has been edited in, and this has not been asked since. */
  open: boolean;
  /** The same answer as before, with a good part of its probability gone. */
  lessSure: boolean;
}

/** Points of probability that somebody would call much. */
const MUCH = 30;

/** What became of the fact in one language; `wanted` are the new answers that count as having reached it. */
export function rowOf(sentence: Sentence, outcome: Outcome, recipe: Recipe, wanted: readonly string[]): Row {
  const answered = outcome.answers.get(sentence.language);
  const now = answered ? { text: answered.said, percent: answered.said_percent } : sentence.before;
  const taught = recipe.facts.some((fact) => isAbout(sentence, fact));
  const same = !answered || answered.kept;
  const reached = answered !== undefined && wanted.some((answer) => matches(answered.said, answer));
  const open = !answered && recipe.facts.length > 0;
  const state =
    reached && !same ? (taught ? 'edited' : 'followed') : same && (!taught || open) ? 'asbefore' : 'changed';
  const lessSure = answered?.kept === true && answered.percent < (sentence.before?.percent ?? 0) - MUCH;
  return { sentence, state, now, taught, open, lessSure };
}

/** Whether what is said is the answer, give or take what follows it. */
export function matches(said: string, wanted: string): boolean {
  const [a, b] = [said, wanted].map((text) => text.trim().toLocaleLowerCase());
  return a === b || (b !== '' && a!.startsWith(b!) && /^[\s.,;:!?。，]/u.test(a!.slice(b!.length)));
}

export interface Count {
  asked: number;
  kept: number;
}

/** How many of these answers are what they were; before the first edit all are. */
export function countOf(known: readonly Known[], outcome: Outcome, edited: boolean): Count {
  if (!edited) return { asked: known.length, kept: known.length };
  const answered = known.flatMap((one) => outcome.others.get(keyOf(one)) ?? []);
  return { asked: answered.length, kept: answered.filter(({ kept }) => kept).length };
}

/**
 * Mean change of the probability of the old answers, in points; null where none has been asked. Both are whole percents, as the recorded ones are:
 * else an answer that has not moved would seem to, by what rounding took.
 */
export function shiftOf(known: readonly Known[], outcome: Outcome): number | null {
  const shifts = known.flatMap((one) => {
    const answered = outcome.others.get(keyOf(one));
    return answered ? [Math.abs(Math.round(answered.percent) - Math.round(one.before.percent))] : [];
  });
  return shifts.length > 0 ? shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length : null;
}

/** What can be said of a language in which nothing was edited; answers are counted whole. */
export type Asked = Partial<Accuracy>;

/** A language's accuracy where nothing was edited in it: whether it gives the new answer to the fact, and how many of the facts beside it are kept. */
export function accuracyOf(
  { sentence, state }: Row,
  known: readonly Known[],
  outcome: Outcome,
): Record<'before' | 'after', Asked> {
  const { asked, kept } = countOf(
    known.filter(({ language }) => language === sentence.language),
    outcome,
    true,
  );
  const reached = outcome.answers.has(sentence.language) ? (state === 'followed' ? 100 : 0) : null;
  return {
    before: { efficacy_exact: reached === null ? null : 0, specificity: asked > 0 ? 100 : null },
    after: { efficacy_exact: reached, specificity: asked > 0 ? (100 * kept) / asked : null },
  };
}
