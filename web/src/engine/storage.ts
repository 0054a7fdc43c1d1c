/** Files kept in the browser between visits, by the hash of their contents: the same file under two addresses is kept once. */

export interface KeptFile {
  sha256: string;
  name: string;
  bytes: number;
}

/** What the page needs of a place to keep files; nothing else of the page knows what it is made of. */
export interface Storage {
  /** The file with that hash, where it is kept. */
  read(sha256: string): Promise<Blob | null>;
  /** Keeps a file; where there is no room it is not kept, which is no failure. */
  write(file: { sha256: string; name: string; contents: Uint8Array }): Promise<void>;
  list(): Promise<KeptFile[]>;
  delete(sha256: string): Promise<void>;
}

const NAME = 'langedit-files-1';
const NAME_HEADER = 'x-file-name';

/** The browser's Cache: in every current browser, holds large files on disk, and asks nobody. */
class CacheStorageFiles implements Storage {
  #cache = caches.open(NAME);

  /** An address that nothing is ever served from. */
  #address(sha256: string): string {
    return new URL(`kept/sha256/${sha256}`, location.origin).href;
  }

  async read(sha256: string): Promise<Blob | null> {
    const response = await (await this.#cache).match(this.#address(sha256));
    return response ? response.blob() : null;
  }

  async write({
    sha256,
    name,
    contents,
  }: {
    sha256: string;
    name: string;
    contents: Uint8Array<ArrayBuffer>;
  }): Promise<void> {
    const headers = { [NAME_HEADER]: encodeURIComponent(name), 'content-length': String(contents.byteLength) };
    try {
      await (await this.#cache).put(this.#address(sha256), new Response(contents, { headers }));
    } catch (error) {
      console.info(`${name} is not kept: ${String(error)}`);
    }
  }

  async list(): Promise<KeptFile[]> {
    const cache = await this.#cache;
    const files: KeptFile[] = [];
    for (const request of await cache.keys()) {
      const response = await cache.match(request);
      files.push({
        sha256: request.url.split('/').pop() ?? '',
        name: decodeURIComponent(response?.headers.get(NAME_HEADER) ?? ''),
        bytes: Number(response?.headers.get('content-length') ?? 0),
      });
    }
    return files;
  }

  async delete(sha256: string): Promise<void> {
    await (await this.#cache).delete(this.#address(sha256));
  }
}

/** Where the browser gives no storage, which is so on pages without https. */
const nothing: Storage = {
  read: async () => null,
  write: async () => undefined,
  list: async () => [],
  delete: async () => undefined,
};

export const storage: Storage = 'caches' in globalThis ? new CacheStorageFiles() : nothing;

/** Hex SHA-256; nothing where the browser does not compute it (pages without https). */
export async function sha256(contents: Uint8Array<ArrayBuffer>): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', contents));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
