/** What a model takes, and whether this device and this browser have it: asked before anything is downloaded. */

import { ModelError } from './troubles';

/** A browser holds no array longer than this, and wasm addresses no more. */
export const ADDRESSED = 2 ** 32 - 2 ** 24;

/** What is left to the engine beside the weights: the tokenizer, the keys and statistics of an edit. */
const WORK = 400 * 2 ** 20;

/** The largest model that leaves the engine that much. */
export const LARGEST = ADDRESSED - WORK;

/**
 * What opening takes: the file is there twice, as it was read and in the engine's memory. SmolLM2-135M in Q4_1, 94 MiB, was measured to take
 * 302 MiB in Chromium, and 525 MiB with an edit in one language.
 */
export function memoryFor(bytes: number): number {
  return 2 * bytes + 128 * 2 ** 20;
}

/** What the device has, where the browser says so: in powers of two, 8 GiB standing for any more. */
function deviceMemory(): number | null {
  const { deviceMemory: gibibytes } = navigator as Navigator & { deviceMemory?: number };
  return gibibytes ? gibibytes * 2 ** 30 : null;
}

/** Whether so large a model can be held; with `anyway` the reader has been told that it may not. */
export function fits(bytes: number, anyway = false): boolean {
  const have = deviceMemory();
  return bytes <= LARGEST && (anyway || have === null || have >= 8 * 2 ** 30 || memoryFor(bytes) <= have / 2);
}

/** Refuses what this page cannot hold. */
export function checkRoom(name: string, bytes: number, anyway = false): void {
  if (bytes > LARGEST) throw new ModelError('large', { name, bytes, most: LARGEST });
  if (!fits(bytes, anyway)) throw new ModelError('memory', { name, need: memoryFor(bytes), have: deviceMemory() ?? 0 });
}

/** Bytes that the browser would still keep; null where it does not say. */
export async function freeStorage(): Promise<number | null> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota !== undefined && usage !== undefined ? Math.max(0, quota - usage) : null;
  } catch {
    return null;
  }
}
