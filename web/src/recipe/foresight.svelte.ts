/** What an edit would do to the facts that were edited before it: the recipe with it is tried, and the model stays as it is. */

import type { Recipe, Report } from '../engine/types';
import type { NewFact } from './recipe';
import type { Store } from './store.svelte';

/** A prediction, and once the edit has been made what became of it. */
export interface Foreseen {
  /** The report of the trial, or of the edit itself. */
  report: Report;
  /** The first step that the edit adds. */
  from: number;
  applied: boolean;
}

interface Trial {
  facts: readonly NewFact[];
  /** The recipe before the edit and with it. */
  before: Recipe;
  after: Recipe;
  report: Report;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export class Foresight {
  /** Whether a trial is running. */
  running = $state(false);
  #trial = $state.raw<Trial | null>(null);
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Tries the edit; an edit of the same facts afterwards takes over what the trial has made. */
  async look(facts: readonly NewFact[]): Promise<void> {
    const before = this.#store.recipe;
    this.#trial = null;
    this.running = true;
    await this.#store.perform('foresee', async (call, options) => {
      const after = await this.#store.withFacts(facts);
      this.#trial = { facts, before, after, report: await call('trial', { recipe: after }, options) };
    });
    this.running = false;
  }

  /** What is known of the edit of these facts, or of the one that was made last; nothing once other things have happened. */
  of(facts: readonly NewFact[]): Foreseen | null {
    const trial = this.#trial;
    if (!trial) return null;
    const { recipe, report } = this.#store;
    const from = trial.before.steps.length;
    if (recipe === trial.before)
      return same(facts, trial.facts) ? { report: trial.report, from, applied: false } : null;
    return report && same(recipe, trial.after) ? { report, from, applied: true } : null;
  }
}
