/** Bytes that arrive: from an address or a file, counted while they come. */

import { EngineError } from './error';

/** Bytes so far, of how many (0 where unknown), and where from: the reader's disk, the network, or what the browser has kept. */
export type OnBytes = (done: number, total: number, stage: 'read' | 'download' | 'cache') => void;

/** A browser holds no array longer than this, and wasm addresses no more. */
const MAXIMUM = 2 ** 32 - 2 ** 24;

function tooLarge(bytes: number): EngineError {
  return new EngineError({
    kind: 'checkpoint',
    message: `the model has ${(bytes / 2 ** 30).toFixed(1)} GiB; a page can hold less than 4 GiB`,
    hint: 'take a smaller or a quantised one, or the langedit command',
  });
}

/** Refuses what no page can hold. */
export function checkSize(bytes: number): void {
  if (bytes > MAXIMUM) throw tooLarge(bytes);
}

/** A response with a body; failures name the address. */
export async function request(url: URL, signal: AbortSignal): Promise<Response & { body: ReadableStream<Uint8Array> }> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new EngineError({
      kind: 'io',
      message: `${url.href} cannot be fetched`,
      hint: 'its host may be unreachable or not allow other pages to read it: download the file and choose it here',
    });
  }
  if (!response.ok || !response.body)
    throw new EngineError({ kind: 'io', message: `${url.href}: ${response.status} ${response.statusText}` });
  return response as Response & { body: ReadableStream<Uint8Array> };
}

/** Collects a stream into one array, made at once where the length is known. */
export async function drain(
  stream: ReadableStream<Uint8Array>,
  length: number,
  onBytes: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  checkSize(length);
  const reader = stream.getReader();
  let buffer = new Uint8Array(length || 1 << 20);
  let done = 0;
  for (;;) {
    if (signal.aborted) {
      await reader.cancel();
      throw new EngineError({ kind: 'cancelled', message: 'cancelled' });
    }
    const part = await reader.read();
    if (part.done) break;
    if (done + part.value.length > buffer.length) {
      checkSize(buffer.length * 2);
      const larger = new Uint8Array(Math.max(buffer.length * 2, done + part.value.length));
      larger.set(buffer.subarray(0, done));
      buffer = larger;
    }
    buffer.set(part.value, done);
    done += part.value.length;
    onBytes(done, length);
  }
  if (length && done < length) {
    throw new EngineError({
      kind: 'io',
      message: `the transfer ended after ${done} of ${length} bytes`,
      hint: 'try again',
    });
  }
  return done === buffer.length ? buffer : buffer.slice(0, done);
}
