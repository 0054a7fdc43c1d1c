/** A file from an address: continued where it broke off, checked against its hash, and kept. */

import { chunks, type OnBytes } from './download';
import { Resumable } from './resumable';
import { read as readKept, remove, sha256 } from './storage';
import { ModelError } from './troubles';

export interface RemoteFile {
  /** Null for a file that is only to be read from what is kept. */
  address: string | null;
  name: string;
  /** 0 where it is not known before the host says so. */
  bytes: number;
  /** Null where it was not announced. */
  sha256: string | null;
}

/** The file's contents, from what is kept where it is there whole. */
export async function obtain(
  file: RemoteFile,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const held = file.sha256 === null ? null : await readKept(file.sha256).catch(() => null);
  if (held && file.sha256 !== null) {
    const contents = await collect(held, onBytes, signal);
    if (await isWhole(contents, file)) return contents;
    await remove(file.sha256);
  }
  if (file.address === null) throw new ModelError('notKept', { name: file.name });
  const key = file.sha256 ?? (await sha256(new TextEncoder().encode(file.address) as Uint8Array<ArrayBuffer>));
  // Two tabs that keep the same pieces would mix them up: the second one does without.
  if (key === null) return new Resumable(file, file.address, null, onBytes, signal).run();
  return alone(key, (mine) => new Resumable(file, file.address ?? '', mine ? key : null, onBytes, signal).run());
}

async function alone<T>(key: string, work: (mine: boolean) => Promise<T>): Promise<T> {
  let begun = false;
  try {
    return await navigator.locks.request(`langedit ${key}`, { ifAvailable: true }, (lock) => {
      begun = true;
      return work(lock !== null);
    });
  } catch (error) {
    // Pages without https have no locks, and frames without an origin of their own are refused one.
    if (begun) throw error;
    return work(true);
  }
}

async function collect(blob: Blob, onBytes: OnBytes, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const contents = new Uint8Array(blob.size);
  let done = 0;
  for await (const part of chunks(blob.stream(), signal)) {
    contents.set(part, done);
    done += part.length;
    onBytes(done, blob.size, 'cache');
  }
  return contents;
}

/** Whether these are the bytes that were announced; where the browser computes no hash, whether they are as many. */
export async function isWhole(contents: Uint8Array<ArrayBuffer>, file: RemoteFile): Promise<boolean> {
  if (file.bytes > 0 && contents.byteLength !== file.bytes) return false;
  const found = file.sha256 === null ? null : await sha256(contents);
  return found === null || found === file.sha256;
}
