/** What the lessons run: facts of the catalogue, a step for each language, under one setting after the other. */

import type { Composition, Fact, Recipe, Report } from '../engine/types';
import { fetchRecorded } from '../recipe/recorded';
import type { Store } from '../recipe/store.svelte';
import list from './experiments.json';

export type ExperimentId = keyof typeof list;

/** One setting: what its recipe has that those of the other settings have not. */
export interface Setup extends Pick<Composition, 'method' | 'settings' | 'merge'> {
  id: string;
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

/** The facts of an experiment, with their questions. */
export function factsOf(id: ExperimentId, store: Store): Promise<Fact[]> {
  const { languages, facts } = experiments[id];
  const choices = facts.map(([fact = '', ...objects]) => ({ fact, objects, languages }));
  return store.question('catalogue_facts', { choices });
}

/** The recipe of one setting: the facts of a language are one step. */
export function recipeOf(
  experiment: ExperimentId,
  { id: _, ...setup }: Setup,
  facts: Fact[],
  model: Recipe['model'],
  store: Store,
): Promise<Recipe> {
  const composition = { ...setup, model, batch: experiments[experiment].facts.length };
  return store.question('compose', { composition, facts });
}

/** What came out when the page was made; `null` where that was not kept: then the figure waits for the reader to run it. */
export function recordedOf(id: ExperimentId): Promise<Outcome[] | null> {
  return fetchRecorded(`lessons/${id}.json`);
}
