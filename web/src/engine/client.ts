/** The page's side of the engine: typed calls that report progress and can be cancelled. */

import { EngineError } from './error';
import type { FromWorker, Kind, Parameters, Results, ToWorker } from './protocol';
import type { Progress } from './types';

export interface CallOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Buffers that the worker gets instead of a copy. */
  transfer?: Transferable[];
}

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: EngineError) => void;
  onProgress: ((progress: Progress) => void) | undefined;
}

export class Engine {
  #worker: Worker | null = null;
  #onLost: (error: EngineError) => void;
  #next = 1;
  #pending = new Map<number, Pending>();
  #dead: EngineError | null = null;

  /** `onLost` hears of an engine that broke down while nothing was asked of it. */
  constructor(onLost: (error: EngineError) => void = () => undefined) {
    this.#onLost = onLost;
    let worker: Worker;
    try {
      worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' });
    } catch {
      this.#dead = new EngineError({
        kind: 'engine',
        message: 'the frame that shows this page does not let it start its engine',
        hint: `what was recorded can be looked at; to edit, open ${location.href} in a tab of its own, or let the frame have allow-same-origin`,
      });
      return;
    }
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#die(new EngineError({ kind: 'engine', message: event.message || 'the engine could not be loaded' }));
    };
    worker.onmessageerror = () =>
      this.#die(new EngineError({ kind: 'engine', message: 'the engine sent something unreadable' }));
  }

  /** Whether it can still be used; a dead engine is replaced, not revived. */
  get alive(): boolean {
    return this.#dead === null;
  }

  call<K extends Kind>(kind: K, parameters: Parameters[K], options: CallOptions = {}): Promise<Results[K]> {
    const worker = this.#worker;
    if (this.#dead || !worker) return Promise.reject(this.#dead);
    const { onProgress, signal, transfer = [] } = options;
    if (signal?.aborted) return Promise.reject(new EngineError({ kind: 'cancelled', message: 'cancelled' }));
    const id = this.#next++;
    const cancel = (): void => worker.postMessage({ id, kind: 'cancel' } satisfies ToWorker);
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress });
      signal?.addEventListener('abort', cancel);
      worker.postMessage({ id, kind, parameters } as ToWorker, transfer);
    }).finally(() => signal?.removeEventListener('abort', cancel)) as Promise<Results[K]>;
  }

  /** Ends the worker with all that it holds. */
  close(): void {
    this.#onLost = () => undefined;
    this.#die(new EngineError({ kind: 'cancelled', message: 'the engine was closed' }));
  }

  #receive(message: FromWorker): void {
    if (!('id' in message)) {
      // What waits for an answer would wait for ever.
      this.#die(new EngineError({ kind: message.kind === 'gpu_lost' ? 'device' : 'engine', message: message.message }));
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if (message.kind === 'progress') {
      pending.onProgress?.(message.progress);
      return;
    }
    this.#pending.delete(message.id);
    if (message.kind === 'done') {
      pending.resolve(message.value);
    } else {
      const error = new EngineError(message.error);
      pending.reject(error);
      if (message.fatal) this.#die(error);
    }
  }

  #die(error: EngineError): void {
    if (this.#dead) return;
    this.#dead = error;
    this.#worker?.terminate();
    if (this.#pending.size === 0) this.#onLost(error);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
