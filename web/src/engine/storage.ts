/**
 * Files kept in the browser between visits, by the hash of their contents: the same file under two addresses is kept once. They are kept in
 * pieces, as they arrived, so that a download that broke off continues and a whole file need not be written twice.
 *
 * Storage is a convenience: browsers refuse it to private windows, to frames and to pages without https, and then nothing is kept.
 */

export interface KeptFile {
  sha256: string;
  name: string;
  bytes: number;
}

/** A download that has not come to its end. `key`: the hash that it is to have, or that of its address where none was announced. */
export interface Unfinished {
  key: string;
  name: string;
  /** Of how many bytes; 0 where the host does not say. */
  total: number;
  done: number;
}

/** What tells two states of a file under one address apart. */
export type Mark = string | null;

const NAME = 'langedit-files-1';
const HEADERS = {
  name: 'x-file-name',
  bytes: 'x-file-bytes',
  pieces: 'x-file-pieces',
  mark: 'x-file-mark',
  sha256: 'x-file-sha256',
} as const;

/** Addresses that nothing is ever served from. */
const address = (path: string): string => new URL(`kept/${path}`, location.origin).href;
const whole = (sha256: string): string => address(`sha256/${sha256}`);
const begun = (key: string): string => address(`unfinished/${key}`);
const piece = (key: string, index: number): string => address(`pieces/${key}/${index}`);

/** The browser's Cache: in every current browser, holds large files on disk, and asks nobody. Null where it is refused. */
async function open(): Promise<Cache | null> {
  try {
    return await caches.open(NAME);
  } catch {
    return null;
  }
}

const text = (response: Response, header: string): string => decodeURIComponent(response.headers.get(header) ?? '');
const number = (response: Response, header: string): number => Number(response.headers.get(header) ?? 0);

/** The pieces under a key, in their order. */
async function pieces(cache: Cache, key: string): Promise<Blob[]> {
  const found: Blob[] = [];
  for (;;) {
    const response = await cache.match(piece(key, found.length));
    if (!response) return found;
    found.push(await response.blob());
  }
}

async function deletePieces(cache: Cache, key: string): Promise<void> {
  for (let index = 0; await cache.delete(piece(key, index)); index += 1);
}

const total = (blobs: readonly Blob[]): number => blobs.reduce((sum, { size }) => sum + size, 0);

/** The file with that hash, where it is kept. */
export async function read(sha256: string): Promise<Blob | null> {
  const cache = await open();
  const response = await cache?.match(whole(sha256));
  if (!cache || !response) return null;
  const key = response.headers.get(HEADERS.pieces);
  // Earlier versions of the page kept a file in one.
  return key === null ? response.blob() : new Blob(await pieces(cache, key));
}

/** All files that are kept whole. */
export async function list(): Promise<KeptFile[]> {
  const cache = await open();
  const files: KeptFile[] = [];
  for (const request of (await cache?.keys()) ?? []) {
    const [, sha256] = /\/kept\/sha256\/(\w+)$/.exec(request.url) ?? [];
    const response = sha256 && (await cache?.match(request));
    if (!sha256 || !response) continue;
    const bytes = number(response, HEADERS.bytes) || number(response, 'content-length');
    files.push({ sha256, name: text(response, HEADERS.name), bytes });
  }
  return files;
}

/** All downloads that have not come to their end. */
export async function unfinished(): Promise<Unfinished[]> {
  const cache = await open();
  const found: Unfinished[] = [];
  for (const request of (await cache?.keys()) ?? []) {
    const [, key] = /\/kept\/unfinished\/(\w+)$/.exec(request.url) ?? [];
    const response = key && (await cache?.match(request));
    if (!cache || !key || !response || response.headers.has(HEADERS.sha256)) continue;
    const done = total(await pieces(cache, key));
    if (done > 0) found.push({ key, name: text(response, HEADERS.name), total: number(response, HEADERS.bytes), done });
  }
  return found;
}

/** Forgets a file, or a download that has not come to its end. */
export async function remove(key: string): Promise<void> {
  const cache = await open();
  if (!cache) return;
  const held = (await cache.match(whole(key)))?.headers.get(HEADERS.pieces) ?? key;
  await cache.delete(whole(key));
  await cache.delete(begun(held));
  await deletePieces(cache, held);
}

/** A download that is kept while it runs. Where there is no room it goes on, and nothing of it is kept. */
export class Keeping {
  readonly #cache: Cache;
  readonly #key: string;
  readonly #about: { name: string; total: number; mark: Mark };
  #count: number;

  private constructor(cache: Cache, key: string, count: number, about: { name: string; total: number; mark: Mark }) {
    this.#cache = cache;
    this.#key = key;
    this.#count = count;
    this.#about = about;
  }

  /** What has arrived before, the mark that the host gave it, and whether it is all. */
  static async begun(key: string): Promise<{ held: Blob[]; mark: Mark; complete: boolean }> {
    const cache = await open();
    const response = await cache?.match(begun(key));
    if (!cache || !response) return { held: [], mark: null, complete: false };
    return {
      held: await pieces(cache, key),
      mark: text(response, HEADERS.mark) || null,
      complete: response.headers.has(HEADERS.sha256),
    };
  }

  /** Goes on after `count` pieces, or begins anew with 0. */
  static async start(
    key: string,
    count: number,
    about: { name: string; total: number; mark: Mark },
  ): Promise<Keeping | null> {
    try {
      const cache = await open();
      if (!cache) return null;
      if (count === 0) await deletePieces(cache, key);
      const keeping = new Keeping(cache, key, count, about);
      await keeping.#note({});
      return keeping;
    } catch (error) {
      console.info(`${about.name} is not kept: ${String(error)}`);
      return null;
    }
  }

  #note(more: Record<string, string>): Promise<void> {
    const headers = {
      [HEADERS.name]: encodeURIComponent(this.#about.name),
      [HEADERS.bytes]: String(this.#about.total),
      [HEADERS.mark]: encodeURIComponent(this.#about.mark ?? ''),
      ...more,
    };
    return this.#cache.put(begun(this.#key), new Response(null, { headers }));
  }

  /** Keeps the next piece; false where there is no room, and then nothing of the file is kept. */
  async add(part: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      await this.#cache.put(piece(this.#key, this.#count), new Response(part));
      this.#count += 1;
      return true;
    } catch (error) {
      console.info(`a download is not kept: ${String(error)}`);
      await this.drop();
      return false;
    }
  }

  /** All of it has come, and it is the file with that hash. */
  async finish(sha256: string, bytes: number): Promise<void> {
    const headers = {
      [HEADERS.name]: encodeURIComponent(this.#about.name),
      [HEADERS.bytes]: String(bytes),
      [HEADERS.pieces]: this.#key,
    };
    try {
      await this.#cache.put(whole(sha256), new Response(null, { headers }));
      // Under the hash of an address stays a note, by which the file is found again.
      if (this.#key === sha256) await this.#cache.delete(begun(this.#key));
      else await this.#note({ [HEADERS.sha256]: sha256 });
    } catch {
      await this.drop();
    }
  }

  async drop(): Promise<void> {
    await remove(this.#key).catch(() => undefined);
  }
}

/** Hex SHA-256; nothing where the browser does not compute it (pages without https). */
export async function sha256(contents: Uint8Array<ArrayBuffer>): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', contents));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
