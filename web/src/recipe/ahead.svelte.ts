/** What is done with the engine while nobody asks anything of it: every call stops it, and when nothing has been asked for a moment it goes on. */

import type { CallOptions } from '../engine/client';
import { EngineError } from '../engine/error';
import type { Progress } from '../engine/types';

/** Milliseconds without a call before it goes on. */
const REST = 1000;

/** Milliseconds before it shows: what is done in a moment would only flicker. */
const MOMENT = 500;

/** Work by a name under which it is done once. */
interface Work {
  name: string;
  run: (options: CallOptions) => Promise<unknown>;
}

export class Ahead {
  progress = $state.raw<Progress | null>(null);
  /** What there is to do; null for nothing. */
  readonly #next: () => Work | null;
  #done = new Set<string>();
  /** What went wrong, and would again in the engine that takes the place of one that broke down. */
  #failed = new Set<string>();
  #calls = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(next: () => Work | null) {
    this.#next = next;
  }

  /** Makes way for a call. */
  async around<T>(call: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    try {
      return await call();
    } finally {
      this.#calls -= 1;
      if (this.#calls === 0) this.#timer = setTimeout(() => void this.#work(), REST);
    }
  }

  /** A model has been opened: what was done before is gone. */
  reset(): void {
    this.#done.clear();
  }

  async #work(): Promise<void> {
    const next = this.#next();
    if (!next || this.#done.has(next.name) || this.#failed.has(next.name)) return;
    const abort = (this.#abort = new AbortController());
    const began = performance.now();
    const onProgress = (progress: Progress): void => {
      if (performance.now() - began > MOMENT) this.progress = progress;
    };
    try {
      await next.run({ signal: abort.signal, onProgress });
      this.#done.add(next.name);
    } catch (thrown) {
      // It is told where it is needed.
      if (EngineError.from(thrown).kind !== 'cancelled') this.#failed.add(next.name);
    }
    if (this.#abort === abort) this.progress = this.#abort = null;
  }
}
