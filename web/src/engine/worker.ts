/** The one worker: owns the wasm module and through it the device and the model, and does one request after another. */

import init, * as bindings from './pkg/langedit.js';
import address from './pkg/langedit_bg.wasm?url';
import type { FromWorker, Surface, ToWorker } from './protocol';
import type { Failure, Progress } from './types';

const module = bindings as object as Partial<Surface>;
const ready = init({ module_or_path: address });

/** Requests that wait for the one before; a cancelled one is dropped when its turn comes. */
let queue: Promise<void> = Promise.resolve();
let running: number | null = null;
const cancelled = new Set<number>();
const waiting = new Set<number>();

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** The exported function of that name, or a failure that says so. */
function exported<K extends keyof Surface>(name: K): Surface[K] {
  const found = module[name];
  if (found === undefined) {
    const failure: Failure = { kind: 'engine', message: `this build of the engine has no function "${name}"`, hint: 'run: cargo xtask web' };
    throw failure;
  }
  return found as Surface[K];
}

function perform(request: Exclude<ToWorker, { kind: 'cancel' }>): unknown {
  const report = (progress: Progress): void => post({ id: request.id, kind: 'progress', progress });
  switch (request.kind) {
    case 'start':
      return exported('start')(request.device);
    case 'open_gguf':
      return exported('open_gguf')(request.name, request.bytes);
    case 'open_files':
      return exported('open_files')(request.files);
    case 'generate':
      return exported('generate')({ prompt: request.prompt, max_tokens: request.max_tokens }, report);
    case 'edit':
      return exported('edit')(request.recipe, report);
    case 'undo_to':
      return exported('undo_to')(request.step);
    case 'digest':
      return exported('digest')(request.report);
    case 'verdict':
      return exported('verdict')(request.expected, request.report);
    case 'encode_link':
      return exported('encode_link')(request.recipe);
    case 'decode_link':
      return exported('decode_link')(request.text);
    case 'tokens':
      return exported('tokens')(request.text);
  }
}

/** Errors of the crate come as objects; anything else means that the module or the browser broke down. */
function describe(error: unknown): { failure: Failure; fatal: boolean } {
  if (typeof error === 'object' && error !== null && 'kind' in error && 'message' in error) {
    const { kind, message, hint } = error as Failure;
    return { failure: hint ? { kind, message, hint } : { kind, message }, fatal: false };
  }
  return { failure: { kind: 'engine', message: String(error) }, fatal: true };
}

async function serve(request: Exclude<ToWorker, { kind: 'cancel' }>): Promise<void> {
  waiting.delete(request.id);
  if (cancelled.delete(request.id)) {
    post({ id: request.id, kind: 'failed', error: { kind: 'cancelled', message: 'cancelled' }, fatal: false });
    return;
  }
  running = request.id;
  try {
    await ready;
    const value = await perform(request);
    post({ id: request.id, kind: 'done', value });
  } catch (error) {
    const { failure, fatal } = describe(error);
    post({ id: request.id, kind: 'failed', error: failure, fatal });
  } finally {
    running = null;
  }
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind !== 'cancel') {
    waiting.add(data.id);
    queue = queue.then(() => serve(data));
  } else if (data.id === running) {
    module.cancel?.();
  } else if (waiting.has(data.id)) {
    cancelled.add(data.id);
  }
};
