/** Runs the experiments of the lessons, one after the other, on the open model, which keeps the edits that it has. */

import type { Store } from '../recipe/store.svelte';
import { experiments, factsOf, recipeOf, recordedOf, type ExperimentId, type Outcome } from './experiments';

export class Runs {
  /** What the reader ran. */
  own = $state.raw<Partial<Record<ExperimentId, Outcome[]>>>({});
  /** What was recorded when the page was made; `null` where that cannot be had. */
  recorded = $state.raw<Partial<Record<ExperimentId, Outcome[] | null>>>({});
  /** The run at work. */
  at = $state.raw<{ experiment: ExperimentId; run: string; index: number; of: number } | null>(null);
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** One's own results as far as they go, or else the recorded ones. */
  of(experiment: ExperimentId): Outcome[] {
    return this.own[experiment] ?? this.recorded[experiment] ?? [];
  }

  async fetch(experiment: ExperimentId): Promise<void> {
    if (experiment in this.recorded) return;
    const outcomes = await recordedOf(experiment);
    this.recorded = { ...this.recorded, [experiment]: outcomes };
  }

  /** What is done when it is stopped stays. */
  async run(experiment: ExperimentId): Promise<void> {
    try {
      const facts = await factsOf(experiment, this.#store);
      const { runs } = experiments[experiment];
      await this.#store.perform('compare', async (call, options) => {
        const done: Outcome[] = [];
        for (const [index, setup] of runs.entries()) {
          this.at = { experiment, run: setup.id, index: index + 1, of: runs.length };
          const recipe = await recipeOf(experiment, setup, facts, this.#store.recipe.model, this.#store);
          const report = await call('trial', { recipe }, options);
          done.push({ id: setup.id, report });
          this.own = { ...this.own, [experiment]: [...done] };
        }
      });
    } catch (error) {
      this.#store.fail(error);
    } finally {
      this.at = null;
    }
  }

  /** Takes the last run's recipe over into the playground. */
  async take(experiment: ExperimentId): Promise<void> {
    try {
      const facts = await factsOf(experiment, this.#store);
      const setup = experiments[experiment].runs.at(-1);
      if (setup) await this.#store.change(({ model }) => recipeOf(experiment, setup, facts, model, this.#store));
    } catch (error) {
      this.#store.fail(error);
    }
  }
}
