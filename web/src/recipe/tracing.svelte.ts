/** Causal tracing of one fact, and the last answer. The model keeps the edits that it has. */

import type { Fact, Recipe, TraceReport } from '../engine/types';
import type { Store } from './store.svelte';

/** What tracing needs of a fact. */
export type Traceable = Pick<Fact, 'language' | 'subject' | 'prompt'> & Partial<Fact>;

/** Noise and answers are the same each time. */
const SEED = 0;

export class Tracing {
  #traced = $state.raw<{ report: TraceReport; of: 'edited' | 'unedited'; recipe: Recipe } | null>(null);
  /** The last trace; one of an edited model goes with the edits that it was made under. */
  readonly report: TraceReport | null = $derived.by(() =>
    this.#traced && (this.#traced.of === 'unedited' || this.#traced.recipe === this.#store.recipe)
      ? this.#traced.report
      : null,
  );
  /** Which model `report` is of; null where there are no edits to tell them apart. */
  readonly of: 'edited' | 'unedited' | null = $derived.by(() =>
    this.#traced && this.#store.recipe.steps.length > 0 ? this.#traced.of : null,
  );
  readonly running: boolean = $derived.by(() => this.#store.activity?.what === 'trace');
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Traces a fact; the trace before stays until there is another. */
  async run(fact: Traceable, window: number, unedited = false): Promise<boolean> {
    const { recipe } = this.#store;
    return this.#store.perform('trace', async (call, options) => {
      const request = { fact: { id: '', new_object: '', ...fact }, seed: SEED, window, unedited };
      const report = await call('trace', request, options);
      this.#traced = { report, of: unedited || recipe.steps.length === 0 ? 'unedited' : 'edited', recipe };
    });
  }
}

/** How many layers are restored together where nobody says: a sixth of them, at most the command's five. In a shallow model more would be most of it. */
export function usualWindow(layers: number): number {
  return Math.min(5, Math.max(1, Math.floor(layers / 6)));
}

/** The layers of a setting such as `4-8` or `3,5,7`. */
export function layersIn(setting: string): number[] {
  return setting.split(',').flatMap((part) => {
    const [from = NaN, to = from] = part.split('-').map(Number);
    return Number.isInteger(from) && Number.isInteger(to) && to >= from
      ? Array.from({ length: to - from + 1 }, (_, i) => from + i)
      : [];
  });
}
