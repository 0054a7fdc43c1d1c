/** Operations on a Recipe that the page alone has: each gives a new one. Facts are scheduled by the engine. */

import type { Fact, Recipe, SettingName } from '../engine/types';

/** A recipe without facts. */
export function emptyRecipe(model: Recipe['model'] = { name: 'builtin' }): Recipe {
  return {
    version: 4,
    model,
    method: 'langedit',
    mode: 'paper',
    projection: 'exact',
    seed: 0,
    languages: [],
    order: 'round-robin',
    batch: 1,
    steps: [],
    facts: [],
  };
}

/** A fact that has yet to get its id. */
export type NewFact = Omit<Fact, 'id'> & { id?: string };

/** The facts with an id that no fact of the recipe has: in several languages they are one fact. */
export function named(recipe: Recipe, facts: readonly NewFact[]): Fact[] {
  const id = freeId(recipe);
  return facts.map((fact) => ({ id, ...fact }));
}

/** The recipe without its last step. Languages without facts left go too. */
export function withoutLastStep(recipe: Recipe): Recipe {
  return withSteps(recipe, stepsOf(recipe).slice(0, -1));
}

/** The facts of each step. */
export function stepsOf(recipe: Recipe): Fact[][] {
  let at = 0;
  return recipe.steps.map((count) => recipe.facts.slice(at, (at += count)));
}

/** The recipe with these steps instead of its own. */
export function withSteps(recipe: Recipe, steps: Fact[][]): Recipe {
  const { expected: _, ...rest } = recipe;
  const facts = steps.flat();
  const used = new Set(facts.map((fact) => fact.language));
  return {
    ...rest,
    steps: steps.map((step) => step.length),
    facts,
    languages: recipe.languages.filter((language) => used.has(language)),
  };
}

/** The recipe with the step at `from` moved to `to`. */
export function withStepMoved(recipe: Recipe, from: number, to: number): Recipe {
  const steps = stepsOf(recipe);
  const [step] = steps.splice(from, 1);
  if (step) steps.splice(to, 0, step);
  return withSteps(recipe, steps);
}

/** The recipe without the step at `index`. */
export function withoutStep(recipe: Recipe, index: number): Recipe {
  return withSteps(recipe, stepsOf(recipe).toSpliced(index, 1));
}

/** The recipe with another method or other settings; a setting without a value takes the model's default. */
export function withSettings(
  recipe: Recipe,
  change: Partial<Pick<Recipe, 'method' | 'mode' | 'projection' | 'seed'>>,
  settings: Partial<Record<SettingName, string | null>> = {},
): Recipe {
  const { expected: _, settings: before, ...rest } = recipe;
  const all = Object.entries({ ...before, ...settings }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return { ...rest, ...change, ...(all.length > 0 && { settings: Object.fromEntries(all) }) };
}

/** The facts, each with the number of its step from 1. */
export function numbered(recipe: Recipe): { step: number; fact: Fact }[] {
  const rows: { step: number; fact: Fact }[] = [];
  let at = 0;
  recipe.steps.forEach((count, index) => {
    for (const fact of recipe.facts.slice(at, at + count)) rows.push({ step: index + 1, fact });
    at += count;
  });
  return rows;
}

/** An id that no fact of the recipe has. */
function freeId(recipe: Recipe): string {
  const taken = new Set(recipe.facts.map((fact) => fact.id));
  let number = recipe.facts.length + 1;
  while (taken.has(`fact-${number}`)) number += 1;
  return `fact-${number}`;
}

/** Whether the page gave a fact its id: such a number says nothing to whoever typed it. */
export const isNumbered = (id: string): boolean => /^fact-\d+$/.test(id);
