/** Which step and layer of a report the tabs show: the same in all of them. */

import { layersOf } from '../charts/report';
import type { Report } from '../engine/types';

export class Place {
  /** The step that the reader chose; without a choice the figures follow the last one. */
  #chosenStep = $state<number | null>(null);
  chosenLayer = $state('');
  #report: () => Report | null;

  readonly #steps: number = $derived.by(() => this.#report()?.steps.length ?? 0);
  readonly step: number = $derived(Math.max(Math.min(this.#chosenStep ?? this.#steps - 1, this.#steps - 1), 0));
  readonly layers: string[] = $derived.by(() => {
    const report = this.#report();
    return report ? layersOf(report) : [];
  });
  readonly layer: string = $derived(
    this.layers.includes(this.chosenLayer) ? this.chosenLayer : (this.layers.at(-1) ?? ''),
  );

  constructor(report: () => Report | null) {
    this.#report = report;
  }

  choose(step: number): void {
    this.#chosenStep = step >= this.#steps - 1 ? null : Math.max(step, 0);
  }
}
