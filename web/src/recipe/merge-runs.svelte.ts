/** The languages of a recipe edited alone and merged in several ways, beside the recipe itself; the model keeps the edits that it has. */

import type { Merge, MergeRow, Recipe, Report } from '../engine/types';
import { withSettings } from './recipe';
import type { Store } from './store.svelte';

/** Methods whose edits can be merged. */
export const BASES = ['memit', 'alphaedit'] as const;
export type Base = (typeof BASES)[number];

/** All merges, in the order of tables. */
export const MERGES = ['sum', 'mean', 'tsvm', 'ties', 'dare'] as const satisfies Merge['method'][];

export class MergeRuns {
  rows = $state.raw<MergeRow[]>([]);
  /** The recipe in the order of its steps, with its own method. */
  sequence = $state.raw<Report | null>(null);
  readonly running: boolean = $derived.by(() => this.#store.activity?.what === 'merge');
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Runs the recipe, then the merges of its languages' edits by `base`. What is done when it is stopped stays. */
  async run(base: Base, merges: readonly Merge[], recipe: Recipe = this.#store.recipe): Promise<boolean> {
    this.rows = [];
    this.sequence = null;
    return this.#store.perform('merge', async (call, options) => {
      this.sequence = await call('trial', { recipe }, options);
      this.rows = await call('merge', { recipe: withSettings(recipe, { method: base }), merges: [...merges] }, options);
    });
  }
}
