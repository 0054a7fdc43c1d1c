/** The order in which many facts are edited in: steps of one language each. */

import type { Fact, Language, Recipe } from '../engine/types';

/** The facts of each language, the languages in the order in which they first appear. */
export function byLanguage(facts: Fact[]): Map<Language, Fact[]> {
  const groups = new Map<Language, Fact[]>();
  for (const fact of facts) {
    const group = groups.get(fact.language);
    if (group) group.push(fact);
    else groups.set(fact.language, [fact]);
  }
  return groups;
}

/** Facts in steps of at most `batch`, each step in one language: the languages in turn, or one after the other. */
export function schedule(facts: Fact[], batch: number, order: Recipe['order']): Fact[][] {
  const chunks = [...byLanguage(facts).values()].map((own) =>
    Array.from({ length: Math.ceil(own.length / batch) }, (_, index) => own.slice(index * batch, (index + 1) * batch)),
  );
  if (order === 'by-language') return chunks.flat();
  const rounds = Math.max(0, ...chunks.map((own) => own.length));
  return Array.from({ length: rounds }, (_, round) => chunks.flatMap((own) => own.slice(round, round + 1))).flat();
}
