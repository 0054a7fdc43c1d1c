/** Operations on a Recipe: each gives a new one. */

import type { Fact, Recipe } from '../engine/types';

/** A recipe without facts. */
export function emptyRecipe(model: Recipe['model'] = { name: 'builtin' }): Recipe {
  return {
    version: 1,
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

/** The recipe with one more step. */
export function withStep(recipe: Recipe, facts: Fact[]): Recipe {
  const { expected: _, templates, ...rest } = recipe;
  // Templates that were given hold for the languages that they name; with another one all are made anew.
  const kept = templates && facts.every((fact) => fact.language in templates) ? { templates } : {};
  const languages = [...new Set([...recipe.languages, ...facts.map((fact) => fact.language)])];
  return {
    ...rest,
    ...kept,
    languages,
    batch: Math.max(recipe.batch, facts.length),
    steps: [...recipe.steps, facts.length],
    facts: [...recipe.facts, ...facts],
  };
}

/** The recipe without its last step, and that step's facts. Languages without facts left go too. */
export function withoutLastStep(recipe: Recipe): { recipe: Recipe; facts: Fact[] } {
  const { expected: _, ...rest } = recipe;
  const count = recipe.steps.at(-1) ?? 0;
  const kept = recipe.facts.slice(0, recipe.facts.length - count);
  const used = new Set(kept.map((fact) => fact.language));
  return {
    recipe: { ...rest, steps: recipe.steps.slice(0, -1), facts: kept, languages: recipe.languages.filter((language) => used.has(language)) },
    facts: recipe.facts.slice(kept.length),
  };
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
export function freeId(recipe: Recipe): string {
  const taken = new Set(recipe.facts.map((fact) => fact.id));
  let number = recipe.facts.length + 1;
  while (taken.has(`fact-${number}`)) number += 1;
  return `fact-${number}`;
}
