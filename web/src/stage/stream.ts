/** Changes of the stream of edits that the stage makes; each gives a new recipe. */

import type { Work } from '../recipe/store.svelte';
import type { Fact, Recipe } from '../engine/types';
import { isAbout, type Sentence } from './questions';

/** Facts in each language of a load. */
export const LOAD = 20;
const LANGUAGES = 6;

/** How many loads a recipe has. */
export function roundsOf({ steps }: Recipe): number {
  return Math.floor(steps.filter((count) => count >= LOAD).length / LANGUAGES);
}

/** Facts that were edited in by hand and not by the load. */
export function aloneIn({ steps, facts }: Recipe): Fact[] {
  let at = 0;
  return steps.flatMap((count) => {
    const step = facts.slice(at, (at += count));
    return count < LOAD ? step : [];
  });
}

/** The recipe with more facts at its end, in steps of at most `batch`. */
export function withFact(call: Work['call'], recipe: Recipe, facts: Fact[], batch: number): Promise<Recipe> {
  return call('extend', { recipe, facts, batch, order: 'by-language' });
}

/** The recipe without what it says about that sentence; the same one where it says nothing. */
export function withoutFact(recipe: Recipe, sentence: Pick<Sentence, 'language' | 'prompt'>): Recipe {
  if (!recipe.facts.some((fact) => isAbout(sentence, fact))) return recipe;
  let at = 0;
  const steps = recipe.steps
    .map((count) => recipe.facts.slice(at, (at += count)).filter((fact) => !isAbout(sentence, fact)))
    .filter((facts) => facts.length > 0);
  const { expected: _, ...rest } = recipe;
  const facts = steps.flat();
  const used = new Set(facts.map(({ language }) => language));
  return {
    ...rest,
    facts,
    steps: steps.map(({ length }) => length),
    languages: recipe.languages.filter((language) => used.has(language)),
  };
}
