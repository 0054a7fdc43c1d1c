/** The order in which many facts are edited in: steps of one language each. */

import type { Fact, Recipe } from '../engine/types';

/** Facts in steps of at most `batch`, each step in one language: the languages in turn, or one after the other. */
export function schedule(facts: Fact[], batch: number, order: Recipe['order']): Fact[][] {
  const chunks = [...Map.groupBy(facts, (fact) => fact.language).values()].map((own) =>
    Array.from({ length: Math.ceil(own.length / batch) }, (_, index) => own.slice(index * batch, (index + 1) * batch)),
  );
  if (order === 'by-language') return chunks.flat();
  const rounds = Math.max(0, ...chunks.map((own) => own.length));
  return Array.from({ length: rounds }, (_, round) => chunks.flatMap((own) => own.slice(round, round + 1))).flat();
}
