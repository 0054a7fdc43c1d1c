/** The one worker: owns the wasm module and through it the device and the model, and does one request after another. */

import { CatalogueSource } from './catalogue-source';
import { handlers, type Context } from './handlers';
import { load, type Loaded } from './module';
import type { FromWorker, Kind, Parameters, Request, ToWorker } from './protocol';
import type { Failure, Progress } from './types';

/** The module, once `start` has chosen one. */
let loaded: Loaded | null = null;
const catalogue = new CatalogueSource();

/** Requests that wait for the one before; a cancelled one is dropped when its turn comes. */
let queue: Promise<void> = Promise.resolve();
let running: number | null = null;
const cancelled = new Set<number>();
const waiting = new Set<number>();

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** The table as a call of any one kind sees it. */
const table: { [K in Kind]: (context: Context, parameters: Parameters[K]) => unknown } = handlers;

function handle<K extends Kind>({ kind, parameters }: Request<K>, context: Context): unknown {
  return table[kind](context, parameters);
}

async function perform(request: Request): Promise<unknown> {
  const { id } = request;
  const report = (progress: Progress): void => post({ id, kind: 'progress', progress });
  if (request.kind === 'start' || !loaded)
    loaded = await load(request.kind === 'start' ? request.parameters.device : 'cpu', loaded, report);
  return handle(request, { ...loaded, report, catalogue });
}

const OUT_OF_MEMORY: Failure = {
  kind: 'memory',
  message: 'the engine has run out of memory',
  hint: 'take a smaller model or one that is quantised more, edit fewer facts in a step, or close other tabs',
};

/** Errors of the crate come as objects; anything else means that the module or the browser broke down. */
function describe(error: unknown): { failure: Failure; fatal: boolean } {
  // A panic announces itself before it stops the module; what stops it unannounced is an allocation that failed.
  if (error instanceof WebAssembly.RuntimeError && /unreachable/i.test(error.message))
    return { failure: OUT_OF_MEMORY, fatal: true };
  if (error instanceof RangeError && /memory|allocat/i.test(error.message))
    return { failure: OUT_OF_MEMORY, fatal: true };
  if (typeof error === 'object' && error !== null && 'kind' in error && 'message' in error) {
    const { kind, message, hint } = error as Failure;
    return { failure: hint ? { kind, message, hint } : { kind, message }, fatal: false };
  }
  return { failure: { kind: 'engine', message: String(error) }, fatal: true };
}

async function serve(request: Request): Promise<void> {
  waiting.delete(request.id);
  if (cancelled.delete(request.id)) {
    post({ id: request.id, kind: 'failed', error: { kind: 'cancelled', message: 'cancelled' }, fatal: false });
    return;
  }
  running = request.id;
  await answer(request);
  running = null;
}

async function answer(request: Request): Promise<void> {
  try {
    const value = await perform(request);
    post({ id: request.id, kind: 'done', value });
  } catch (error) {
    const { failure, fatal } = describe(error);
    post({ id: request.id, kind: 'failed', error: failure, fatal });
  }
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'closed_form' && loaded) {
    // It touches neither device nor model, so that a figure need not wait for an edit: it is answered where the edit pauses.
    void answer(data);
  } else if (data.kind !== 'cancel') {
    waiting.add(data.id);
    queue = queue.then(() => serve(data));
  } else if (data.id === running) {
    loaded?.module.cancel();
  } else if (waiting.has(data.id)) {
    cancelled.add(data.id);
  }
};
