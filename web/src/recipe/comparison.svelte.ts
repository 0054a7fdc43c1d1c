/** Several methods on the same facts and seed, one after the other; the model keeps the edits that it has. */

import type { Compared } from '../charts/comparison';
import type { Method, Recipe } from '../engine/types';
import type { Store, Work } from './store.svelte';
import { withSettings } from './recipe';

/** More side by side cannot be told apart on a screen. */
export const MOST_METHODS = 4;

export type Trial = Omit<Compared, 'name'>;

/** Asks them under a recipe; nothing where there are none to ask. */
export type AskOthers = (recipe: Recipe, work: Work) => Promise<Compared['others']>;

export class Comparison {
  trials = $state.raw<Trial[]>([]);
  /** The method at work, and how many there are. */
  at = $state.raw<{ method: Method; index: number; of: number } | null>(null);
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Runs them, and asks each the other facts; what is done when it is stopped stays. */
  async run(methods: readonly Method[], askOthers: AskOthers): Promise<void> {
    const { recipe } = this.#store;
    this.trials = [];
    await this.#store.perform('compare', async (call, options) => {
      for (const [index, method] of methods.slice(0, MOST_METHODS).entries()) {
        this.at = { method, index: index + 1, of: methods.length };
        const tried = withSettings(recipe, { method });
        const report = await call('trial', { recipe: tried }, options);
        // Its steps are remembered, so that this makes none.
        const others = await askOthers(tried, { call, ...options });
        this.trials = [...this.trials, { method, report, others }];
      }
    });
    this.at = null;
  }
}
