/** The one worker: owns the wasm module and through it the device and the model, and does one request after another. */

import { giveCatalogue } from './catalogue';
import { load, type Loaded } from './module';
import type { FromWorker, ToWorker } from './protocol';
import type { Failure, Progress } from './types';

/** The module, once `start` has chosen one. */
let loaded: Loaded | null = null;

/** Requests that wait for the one before; a cancelled one is dropped when its turn comes. */
let queue: Promise<void> = Promise.resolve();
let running: number | null = null;
const cancelled = new Set<number>();
const waiting = new Set<number>();

function post(message: FromWorker): void {
  self.postMessage(message);
}

async function perform(request: Exclude<ToWorker, { kind: 'cancel' }>): Promise<unknown> {
  const report = (progress: Progress): void => post({ id: request.id, kind: 'progress', progress });
  if (request.kind === 'start' || !loaded)
    loaded = await load(request.kind === 'start' ? request.device : 'cpu', loaded, report);
  const { module } = loaded;
  switch (request.kind) {
    case 'start': {
      if (loaded.webgpu) report({ stage: 'selfcheck', done: 0, total: 0 });
      return { ...(await module.start(request.device)), module: loaded.address };
    }
    case 'open_gguf':
      return module.open_gguf(request.name, request.bytes);
    case 'open_files':
      return module.open_files(request.files);
    case 'use_statistics':
      return module.use_statistics(request.bytes);
    case 'generate':
      return module.generate(
        { prompt: request.prompt, max_tokens: request.max_tokens, unedited: request.unedited ?? false },
        report,
      );
    case 'edit':
      return module.edit(request.recipe, report);
    case 'trial':
      return module.trial(request.recipe, report);
    case 'trace': {
      const { fact, seed, window, samples, unedited } = request;
      return module.trace(
        { fact, seed, window, ...(samples !== undefined && { samples }), unedited: unedited ?? false },
        report,
      );
    }
    case 'merge':
      return module.merge(request.recipe, request.merges, report);
    case 'undo_to':
      return module.undo_to(request.step);
    case 'digest':
      return module.digest(request.report);
    case 'verdict':
      return module.verdict(request.expected, request.report);
    case 'encode_link':
      // Its ids say that a fact may be the catalogue's. Without the catalogue the link is longer, and as good.
      if (request.catalogue && request.recipe.facts.some(({ id }) => id.includes('/')))
        await giveCatalogue(module, request.catalogue, report).catch(() => undefined);
      return module.encode_link(request.recipe);
    case 'decode_link':
      if (module.link_refers(request.text)) await giveCatalogue(module, request.catalogue, report);
      return module.decode_link(request.text);
    case 'outline_link':
      if (module.link_refers(request.text))
        await giveCatalogue(module, request.catalogue, report).catch(() => undefined);
      return module.outline_link(request.text);
    case 'question':
      await giveCatalogue(module, request.catalogue, report).catch(() => undefined);
      return module.question(request.text);
    case 'complete_facts':
      await giveCatalogue(module, request.catalogue, report).catch(() => undefined);
      return module.complete_facts(request.facts);
    case 'tokens':
      return module.tokens(request.text);
    case 'locate':
      return module.locate(request.prompt, request.subject);
    case 'closed_form': {
      const { past, fresh, residuals, threshold, ridge } = request;
      return module.closed_form({ past, fresh, residuals, threshold, ridge });
    }
    case 'methods':
      return module.methods();
    case 'settings':
      return module.settings(request.recipe);
    case 'catalogue':
      return module.catalogue(request.json);
    case 'catalogue_facts':
      return module.catalogue_facts(request.json, request.choices);
    case 'read_facts':
      return module.read_facts(request.text);
  }
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

async function serve(request: Exclude<ToWorker, { kind: 'cancel' }>): Promise<void> {
  waiting.delete(request.id);
  if (cancelled.delete(request.id)) {
    post({ id: request.id, kind: 'failed', error: { kind: 'cancelled', message: 'cancelled' }, fatal: false });
    return;
  }
  running = request.id;
  await answer(request);
  running = null;
}

async function answer(request: Exclude<ToWorker, { kind: 'cancel' }>): Promise<void> {
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
