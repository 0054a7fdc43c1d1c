/** Bytes that arrive: from an address or a file, counted while they come. */

import { ADDRESSED } from './capacity';
import { EngineError } from './error';
import { get, refusal } from './reach';
import { ModelError } from './troubles';

/** Bytes so far, of how many (0 where unknown), and where from: the reader's disk, the network, or what the browser has kept. */
export type OnBytes = (done: number, total: number, stage: 'read' | 'download' | 'cache') => void;

/** A response with a body; failures name the address. */
export async function request(url: URL, signal: AbortSignal): Promise<Response & { body: ReadableStream<Uint8Array> }> {
  const response = await get(url.href, signal);
  if (!response.ok || !response.body) throw refusal(url.href, response);
  return response as Response & { body: ReadableStream<Uint8Array> };
}

/** An array of so many bytes; where the browser has no room for it, that is said. */
export function allocate(name: string, bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes > ADDRESSED) throw new ModelError('large', { name, bytes, most: ADDRESSED });
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new ModelError('noMemory', { name, bytes });
  }
}

/** The parts of a stream, until it is cancelled. */
export async function* chunks(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      if (signal.aborted) throw new EngineError({ kind: 'cancelled', message: 'cancelled' });
      const part = await reader.read();
      if (part.done) return;
      yield part.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Collects a stream into one array, made at once where the length is known. */
export async function drain(
  stream: ReadableStream<Uint8Array>,
  { name, length }: { name: string; length: number },
  onBytes: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  let buffer = allocate(name, length || 1 << 20);
  let done = 0;
  for await (const part of chunks(stream, signal)) {
    if (done + part.length > buffer.length) {
      const larger = allocate(name, Math.max(buffer.length * 2, done + part.length));
      larger.set(buffer.subarray(0, done));
      buffer = larger;
    }
    buffer.set(part, done);
    done += part.length;
    onBytes(done, length);
  }
  if (length && done < length) throw new ModelError('broken', { name, done, total: length });
  return done === buffer.length ? buffer : buffer.slice(0, done);
}
