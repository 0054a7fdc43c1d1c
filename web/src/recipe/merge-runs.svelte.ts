/** The languages of a recipe edited alone and merged in several ways, beside the recipe itself; the model keeps the edits that it has. */

import type { MergeChoice, Method, Recipe, Report, SweepPoint } from '../engine/types';
import { withSettings } from './recipe';
import type { Store } from './store.svelte';

export class MergeRuns {
  rows = $state.raw<SweepPoint[]>([]);
  /** The recipe in the order of its steps, with its own method. */
  sequence = $state.raw<Report | null>(null);
  readonly running: boolean = $derived.by(() => this.#store.activity?.what === 'merge');
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Runs the recipe, then the merges of its languages' edits by `base`, a method that merges. What is done when it is stopped stays. */
  async run(base: Method, merges: readonly MergeChoice[], recipe: Recipe = this.#store.recipe): Promise<boolean> {
    this.rows = [];
    this.sequence = null;
    return this.#store.perform('merge', async (call, options) => {
      this.sequence = await call('trial', { recipe }, options);
      const [merge, ...sweep] = merges;
      if (!merge) return;
      const merged = { ...withSettings(recipe, { method: base }), merge };
      this.rows = pointsOf(await call('trial', { recipe: merged, sweep }, options));
    });
  }
}

/** What the model answers under the recipe's own merge, and under those of its sweep. */
function pointsOf({ merge, languages, average, sweep = [] }: Report): SweepPoint[] {
  if (!merge) return sweep;
  const after = Object.entries(languages).map(([language, accuracy]) => [language, accuracy.after] as const);
  return [{ merge: merge.settings, languages: Object.fromEntries(after), average: average.after }, ...sweep];
}
