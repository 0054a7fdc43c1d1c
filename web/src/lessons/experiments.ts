/** What the lessons run: facts of the catalogue, a step for each language, under one setting after the other. */

import type {
  CatalogueChoice,
  Fact,
  MergeSettings,
  Method,
  Projection,
  Recipe,
  Report,
  SettingName,
} from '../engine/types';
import { emptyRecipe, withStep } from '../recipe/recipe';
import { byLanguage } from '../recipe/schedule';
import type { Store } from '../recipe/store.svelte';
import list from './experiments.json';

export type ExperimentId = keyof typeof list;

export interface Setup {
  id: string;
  method: Method;
  projection?: Projection;
  settings?: Partial<Record<SettingName, string>>;
  merge?: MergeSettings;
}

export interface Experiment {
  languages: string[];
  /** A fact and the ones whose objects it is to get: one for all languages, or the first for the first language, and so on. */
  facts: string[][];
  runs: Setup[];
}

export interface Outcome {
  id: string;
  report: Report;
}

export const experiments: Record<ExperimentId, Experiment> = list as Record<ExperimentId, Experiment>;

function choices({ languages, facts }: Experiment): CatalogueChoice[] {
  return languages.flatMap((language, place) =>
    facts.map(([fact = '', ...objects]) => ({
      fact,
      object: objects[place % Math.max(objects.length, 1)] ?? fact,
      languages: [language],
    })),
  );
}

/** The recipe of one setting on the open model. */
export function recipeOf(
  facts: Fact[],
  { method, projection = 'exact', settings, merge }: Setup,
  model: Recipe['model'],
): Recipe {
  const recipe: Recipe = {
    ...emptyRecipe(model),
    method,
    projection,
    ...(settings && { settings }),
    ...(merge && { merge }),
  };
  return [...byLanguage(facts).values()].reduce(withStep, recipe);
}

export async function factsOf(id: ExperimentId, store: Store): Promise<Fact[]> {
  const response = await fetch('facts/catalogue.json');
  return store.question('catalogue_facts', { json: await response.text(), choices: choices(experiments[id]) });
}

/** What came out when the page was made; `null` where that was not kept. */
export async function recordedOf(id: ExperimentId): Promise<Outcome[] | null> {
  try {
    const response = await fetch(`lessons/${id}.json`);
    return response.ok ? ((await response.json()) as Outcome[]) : null;
  } catch {
    // The figure then waits for the reader to run it.
    return null;
  }
}
