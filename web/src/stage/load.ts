/** What the load does to the page's own model, recorded for both positions of the switch (`stage/load.json`). */

import type { Answered, Parts, PerLayer, Recipe } from '../engine/types';
import { stepFrom, type Outcome } from './outcome';
import { keyOf, type Known, type StagedFact } from './questions';

interface Answer {
  kept: boolean;
  percent: number;
  said?: string;
}

interface Round {
  edits: number;
  /** In the order of the fact's sentences. */
  fact: Answer[];
  /** In the order of the known facts. */
  known: Answer[];
  /** Of the last step, by layer. */
  null_dimension: PerLayer<number>;
  parts: PerLayer<Pick<Parts, 'total' | 'removed'>>;
}

export interface RecordedLoad {
  /** SHA-256 of the model. */
  model: string;
  /** The fact on the stage; the load does not edit it. */
  fact: string;
  positions: Partial<Record<Recipe['projection'], Round[]>>;
}

/** How many of the other answers are kept after so many edits, in percent. */
export interface KeptAt {
  edits: number;
  withP: number;
  withoutP: number;
}

export function keptAlong({ positions }: RecordedLoad): KeptAt[] {
  const share = ({ known }: Round): number => (100 * known.filter(({ kept }) => kept).length) / known.length;
  return (positions.exact ?? []).flatMap((round, at) => {
    const without = positions.none?.[at];
    return without ? [{ edits: round.edits, withP: share(round), withoutP: share(without) }] : [];
  });
}

/** What was recorded of a recipe that is nothing but the load, after the round of that number (from 0). */
export function recordedOutcome(
  { model, fact: of, positions }: RecordedLoad,
  here: {
    recipe: Recipe;
    round: number;
    model: string | undefined;
    fact: StagedFact;
    known: readonly Known[];
  },
): Outcome | null {
  const { recipe, fact, known } = here;
  const round = positions[recipe.projection]?.[here.round];
  if (!round || model !== here.model || of !== fact.id || recipe.facts.length !== round.edits) return null;
  if (round.known.length !== known.length || round.fact.length !== fact.sentences.length) return null;
  const answered = ({ kept, percent, said }: Answer, before: string): Answered => ({
    kept,
    percent,
    said: said ?? before,
    said_percent: kept ? percent : 0,
  });
  // Without a projection every direction is free.
  const dimension = Math.max(...Object.values(positions.none?.[0]?.null_dimension ?? {}), 0);
  return {
    answers: new Map(
      fact.sentences.map(({ language, before }, at) => [language, answered(round.fact[at]!, before?.text ?? '')]),
    ),
    others: new Map(known.map((one, at) => [keyOf(one), answered(round.known[at]!, one.before.text)])),
    step: stepFrom(Object.values(round.parts), round.null_dimension, dimension),
  };
}
