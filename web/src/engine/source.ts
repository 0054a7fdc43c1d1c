/** Where a model's bytes come from: a file, a folder or an address. A source can be read again, for another device takes a new engine. */

import { EngineError } from './client';
import type { NamedBytes } from './types';

/** Bytes so far, and of how many (0 where unknown). */
export type OnBytes = (done: number, total: number) => void;

/** `statistics`: a file of `langedit stats` that was chosen along with the model. */
export type Source = ({ kind: 'gguf'; file: File } | { kind: 'folder'; files: File[] } | { kind: 'url'; url: string }) & { statistics?: File };

export type Contents = ({ kind: 'gguf'; file: NamedBytes } | { kind: 'files'; files: NamedBytes[] }) & { statistics?: Uint8Array };

/** Files of a Hugging Face folder that the engine reads. */
const WANTED = /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|model\.safetensors\.index)\.json$|^merges\.txt$|\.safetensors$/;

/** The name that key statistics have in such a folder. */
const STATISTICS = /^(stats|statistics)\.safetensors$/;

/** A browser holds no array longer than this, and wasm addresses no more. */
const MAXIMUM = 2 ** 32 - 2 ** 24;

function tooLarge(bytes: number): EngineError {
  return new EngineError({
    kind: 'checkpoint',
    message: `the model has ${(bytes / 2 ** 30).toFixed(1)} GiB; a page can hold less than 4 GiB`,
    hint: 'take a smaller or a quantised one, or the langedit command',
  });
}

/** The source that a choice of files is. */
export function sourceOf(files: File[]): Source {
  const gguf = files.find((file) => file.name.toLowerCase().endsWith('.gguf'));
  if (gguf) {
    const statistics = files.find((file) => file.name.toLowerCase().endsWith('.safetensors'));
    return { kind: 'gguf', file: gguf, ...(statistics && { statistics }) };
  }
  const statistics = files.find((file) => STATISTICS.test(file.name));
  const wanted = files.filter((file) => WANTED.test(file.name) && file !== statistics);
  if (!wanted.some((file) => file.name.endsWith('.safetensors')) || !wanted.some((file) => file.name === 'config.json')) {
    throw new EngineError({
      kind: 'checkpoint',
      message: 'there is no model among these files',
      hint: 'choose a .gguf file, or a folder with config.json, tokenizer.json and .safetensors files',
    });
  }
  return { kind: 'folder', files: wanted, ...(statistics && { statistics }) };
}

/** Reads it all. */
export async function read(source: Source, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  const contents = await readModel(source, onBytes, signal);
  const { statistics } = source;
  return statistics ? { ...contents, statistics: await drain(statistics.stream(), statistics.size, () => undefined, signal) } : contents;
}

async function readModel(source: Source, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  switch (source.kind) {
    case 'gguf':
      return { kind: 'gguf', file: { name: source.file.name, bytes: await drain(source.file.stream(), source.file.size, onBytes, signal) } };
    case 'folder': {
      const total = source.files.reduce((sum, file) => sum + file.size, 0);
      if (total > MAXIMUM) throw tooLarge(total);
      let before = 0;
      const files: NamedBytes[] = [];
      for (const file of source.files) {
        const base = before;
        files.push({ name: file.name, bytes: await drain(file.stream(), file.size, (done) => onBytes(base + done, total), signal) });
        before += file.size;
      }
      return { kind: 'files', files };
    }
    case 'url':
      return fetchModel(source.url, onBytes, signal);
  }
}

async function fetchModel(address: string, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  const url = new URL(address, document.baseURI);
  const name = decodeURIComponent(url.pathname.split('/').pop() ?? '');
  if (name.toLowerCase().endsWith('.gguf')) return { kind: 'gguf', file: { name, bytes: await download(url, onBytes, signal) } };
  const folder = new URL(url);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const inside = (file: string): URL => new URL(file + folder.search, folder);
  const silent: OnBytes = () => undefined;
  const files: NamedBytes[] = [];
  for (const file of ['config.json', 'tokenizer.json']) files.push({ name: file, bytes: await download(inside(file), silent, signal) });
  const shards = await shardsOf(inside('model.safetensors.index.json'), signal, files);
  let before = 0;
  for (const shard of shards) {
    const base = before;
    const bytes = await download(inside(shard), (done, total) => onBytes(base + done, shards.length === 1 ? total : 0), signal);
    before += bytes.byteLength;
    files.push({ name: shard, bytes });
  }
  return { kind: 'files', files };
}

/** The weight files that an index names; the one usual file where there is no index. */
async function shardsOf(index: URL, signal: AbortSignal, files: NamedBytes[]): Promise<string[]> {
  const response = await fetch(index, { signal });
  if (!response.ok) return ['model.safetensors'];
  const bytes = new Uint8Array(await response.arrayBuffer());
  const map = (JSON.parse(new TextDecoder().decode(bytes)) as { weight_map?: Record<string, string> }).weight_map ?? {};
  files.push({ name: 'model.safetensors.index.json', bytes });
  return [...new Set(Object.values(map))].sort();
}

async function download(url: URL, onBytes: OnBytes, signal: AbortSignal): Promise<Uint8Array> {
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
  if (!response.ok || !response.body) throw new EngineError({ kind: 'io', message: `${url.href}: ${response.status} ${response.statusText}` });
  // A compressed transfer's length is not that of the contents.
  const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  return drain(response.body, length, onBytes, signal);
}

/** Collects a stream into one array, made at once where the length is known. */
async function drain(stream: ReadableStream<Uint8Array>, length: number, onBytes: OnBytes, signal: AbortSignal): Promise<Uint8Array> {
  if (length > MAXIMUM) throw tooLarge(length);
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
      if (buffer.length * 2 > MAXIMUM) throw tooLarge(buffer.length * 2);
      const larger = new Uint8Array(Math.max(buffer.length * 2, done + part.value.length));
      larger.set(buffer.subarray(0, done));
      buffer = larger;
    }
    buffer.set(part.value, done);
    done += part.value.length;
    onBytes(done, length);
  }
  if (length && done < length) {
    throw new EngineError({ kind: 'io', message: `the transfer ended after ${done} of ${length} bytes`, hint: 'try again' });
  }
  return done === buffer.length ? buffer : buffer.slice(0, done);
}
