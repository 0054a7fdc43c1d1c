/** Several methods on the same facts and seed, one after the other; the model keeps the edits that it has. */

import type { Method, Recipe, Report } from '../engine/types';
import type { Store } from './store.svelte';
import { withSettings } from './recipe';

/** More side by side cannot be told apart on a screen. */
export const MOST_METHODS = 4;

export interface Trial {
  method: Method;
  report: Report;
}

export class Comparison {
  trials = $state.raw<Trial[]>([]);
  /** The method at work, and how many there are. */
  at = $state.raw<{ method: Method; index: number; of: number } | null>(null);
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Runs them; what is done when it is stopped stays. */
  async run(methods: readonly Method[], recipe: Recipe = this.#store.recipe): Promise<void> {
    this.trials = [];
    await this.#store.perform('compare', async (call, options) => {
      for (const [index, method] of methods.slice(0, MOST_METHODS).entries()) {
        this.at = { method, index: index + 1, of: methods.length };
        const report = await call('trial', { recipe: withSettings(recipe, { method }) }, options);
        this.trials = [...this.trials, { method, report }];
      }
    });
    this.at = null;
  }
}
