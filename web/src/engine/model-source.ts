/** Where a model's bytes come from: a file, a folder, an address or a manifest. A source can be read again, for another device takes a new engine. */

import { EngineError } from './error';
import { readManifest, type Manifest } from './manifest';
import type { Contents } from './model-contents';
import { checkSize, drain, request, type OnBytes } from './download';
import type { NamedBytes } from './types';

/** `statistics`: a file of `langedit stats` that was chosen along with the model. */
export type Source = (
  | { kind: 'gguf'; file: File }
  | { kind: 'folder'; files: File[] }
  | { kind: 'url'; url: string }
  | { kind: 'manifest'; address: string; manifest: Manifest }
) & { statistics?: File };

/** Files of a Hugging Face folder that the engine reads. */
const WANTED =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|model\.safetensors\.index)\.json$|^merges\.txt$|\.safetensors$/;

/** The name that key statistics have in such a folder. */
const STATISTICS = /^(stats|statistics)\.safetensors$/;

/** The source that a choice of files is. */
export function sourceOf(files: File[]): Source {
  const gguf = files.find((file) => file.name.toLowerCase().endsWith('.gguf'));
  if (gguf) {
    const statistics = files.find((file) => file.name.toLowerCase().endsWith('.safetensors'));
    return { kind: 'gguf', file: gguf, ...(statistics && { statistics }) };
  }
  const statistics = files.find((file) => STATISTICS.test(file.name));
  const wanted = files.filter((file) => WANTED.test(file.name) && file !== statistics);
  if (
    !wanted.some((file) => file.name.endsWith('.safetensors')) ||
    !wanted.some((file) => file.name === 'config.json')
  ) {
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
  return statistics
    ? { ...contents, statistics: await drain(statistics.stream(), statistics.size, () => undefined, signal) }
    : contents;
}

async function readModel(source: Source, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  switch (source.kind) {
    case 'gguf':
      return {
        kind: 'gguf',
        file: {
          name: source.file.name,
          bytes: await drain(
            source.file.stream(),
            source.file.size,
            (done, total) => onBytes(done, total, 'read'),
            signal,
          ),
        },
      };
    case 'folder': {
      const total = source.files.reduce((sum, file) => sum + file.size, 0);
      checkSize(total);
      let before = 0;
      const files: NamedBytes[] = [];
      for (const file of source.files) {
        const base = before;
        files.push({
          name: file.name,
          bytes: await drain(file.stream(), file.size, (done) => onBytes(base + done, total, 'read'), signal),
        });
        before += file.size;
      }
      return { kind: 'files', files };
    }
    case 'manifest':
      return readManifest(source.address, source.manifest, onBytes, signal);
    case 'url':
      return fetchModel(source.url, onBytes, signal);
  }
}

async function fetchModel(address: string, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  const url = new URL(address, document.baseURI);
  const name = decodeURIComponent(url.pathname.split('/').pop() ?? '');
  if (name.toLowerCase().endsWith('.gguf'))
    return { kind: 'gguf', file: { name, bytes: await download(url, onBytes, signal) } };
  const folder = new URL(url);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const inside = (file: string): URL => new URL(file + folder.search, folder);
  const silent: OnBytes = () => undefined;
  const files: NamedBytes[] = [];
  for (const file of ['config.json', 'tokenizer.json'])
    files.push({ name: file, bytes: await download(inside(file), silent, signal) });
  const shards = await shardsOf(inside('model.safetensors.index.json'), signal, files);
  let before = 0;
  for (const shard of shards) {
    const base = before;
    const bytes = await download(
      inside(shard),
      (done, total) => onBytes(base + done, shards.length === 1 ? total : 0, 'download'),
      signal,
    );
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

async function download(url: URL, onBytes: OnBytes, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request(url, signal);
  // A compressed transfer's length is not that of the contents.
  const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  return drain(response.body, length, (done, total) => onBytes(done, total, 'download'), signal);
}
