/** Changes of the stream of edits that the stage makes; each gives a new recipe. */

import type { Fact, Recipe } from '../engine/types';
import { stepsOf, withSteps } from '../recipe/recipe';
import type { Work } from '../recipe/store.svelte';
import { isAbout, type Sentence } from './questions';

/** Facts in each language of a load. */
export const LOAD = 20;
const LANGUAGES = 6;

/** How many loads a recipe has. */
export function roundsOf({ steps }: Recipe): number {
  return Math.floor(steps.filter((count) => count >= LOAD).length / LANGUAGES);
}

/** Facts that were edited in by hand and not by the load. */
export function aloneIn(recipe: Recipe): Fact[] {
  return stepsOf(recipe)
    .filter((step) => step.length < LOAD)
    .flat();
}

/** The recipe with more facts at its end, in steps of at most `batch`. */
export function withFacts(call: Work['call'], recipe: Recipe, facts: Fact[], batch: number): Promise<Recipe> {
  return call('extend', { recipe, facts, batch, order: 'by-language' });
}

/** The recipe without what it says about that sentence; the same one where it says nothing. */
export function withoutFact(recipe: Recipe, sentence: Pick<Sentence, 'language' | 'prompt'>): Recipe {
  if (!recipe.facts.some((fact) => isAbout(sentence, fact))) return recipe;
  const steps = stepsOf(recipe).map((step) => step.filter((fact) => !isAbout(sentence, fact)));
  return withSteps(
    recipe,
    steps.filter((step) => step.length > 0),
  );
}
