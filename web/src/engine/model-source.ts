/** Where a model's bytes come from: a file, a folder, an address, the Hub or a manifest. A source can be read again, for another device takes a new engine. */

import { checkRoom } from './capacity';
import { drain, type OnBytes } from './download';
import { fetchFolder } from './folder-address';
import { placeOf, type Place } from './hub';
import { plan } from './hub-model';
import { readManifest, type Manifest } from './manifest';
import type { Contents } from './model-contents';
import { checkHead } from './model-head';
import { partsOf } from './quantisations';
import { obtain, type RemoteFile } from './transfer';
import { ModelError } from './troubles';
import type { NamedBytes } from './types';

/**
 * `statistics`: a file of `langedit stats` that was chosen along with the model. `anyway`: the reader knows that the device may have too little
 * memory.
 */
export type Source = (
  | { kind: 'gguf'; file: File }
  | { kind: 'folder'; files: File[] }
  | { kind: 'url'; url: string }
  | { kind: 'hub'; place: Place }
  | { kind: 'remote'; file: RemoteFile }
  | { kind: 'manifest'; address: string; manifest: Manifest }
) & { statistics?: File; anyway?: boolean };

/** The source that a text means: `owner/name` or an address on the Hub, or any other address. */
export function sourceAt(text: string): Source {
  const place = placeOf(text);
  return place ? { kind: 'hub', place } : { kind: 'url', url: text.trim() };
}

/** Reads it all. */
export async function read(source: Source, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  const contents = await readModel(source, onBytes, signal);
  const { statistics } = source;
  return statistics ? { ...contents, statistics: await readFile(statistics, () => undefined, signal) } : contents;
}

async function readModel(source: Source, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  const anyway = source.anyway ?? false;
  switch (source.kind) {
    case 'gguf': {
      const { file } = source;
      checkRoom(file.name, file.size, anyway);
      return {
        kind: 'gguf',
        file: { name: file.name, bytes: await readFile(file, (done, total) => onBytes(done, total, 'read'), signal) },
      };
    }
    case 'folder':
      return readFolder(source.files, anyway, onBytes, signal);
    case 'manifest':
      return readManifest(source.address, source.manifest, onBytes, signal);
    case 'remote':
      checkRoom(source.file.name, source.file.bytes, anyway);
      return { kind: 'gguf', file: { name: source.file.name, bytes: await obtain(source.file, onBytes, signal) } };
    case 'hub': {
      const { kind, files } = await plan(source.place, anyway, signal);
      const read = await obtainAll(files, onBytes, signal);
      const [first] = read;
      return kind === 'gguf' && first ? { kind, file: first } : { kind: 'files', files: read };
    }
    case 'url':
      return fetchModel(source.url, onBytes, signal);
  }
}

async function readFile(
  file: File,
  onBytes: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  checkHead(file.name, new Uint8Array(await file.slice(0, 4096).arrayBuffer()));
  return drain(file.stream(), { name: file.name, length: file.size }, onBytes, signal);
}

async function readFolder(
  chosen: readonly File[],
  anyway: boolean,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Contents> {
  const total = chosen.reduce((sum, file) => sum + file.size, 0);
  checkRoom(chosen[0]?.webkitRelativePath.split('/')[0] || 'model', total, anyway);
  let before = 0;
  const files: NamedBytes[] = [];
  for (const file of chosen) {
    const base = before;
    const bytes = await readFile(file, (done) => onBytes(base + done, total, 'read'), signal);
    files.push({ name: file.name, bytes });
    before += file.size;
  }
  return { kind: 'files', files };
}

async function obtainAll(files: readonly RemoteFile[], onBytes: OnBytes, signal: AbortSignal): Promise<NamedBytes[]> {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  const read: NamedBytes[] = [];
  for (const file of files) {
    const base = before;
    const bytes = await obtain(file, (done, _, stage) => onBytes(base + done, total, stage), signal);
    read.push({ name: file.name, bytes });
    before += bytes.byteLength;
  }
  return read;
}

/** An address of no place that we know: a GGUF file by its ending, a folder otherwise. */
async function fetchModel(address: string, onBytes: OnBytes, signal: AbortSignal): Promise<Contents> {
  if (!URL.canParse(address, document.baseURI)) throw new ModelError('missing', { address });
  const url = new URL(address, document.baseURI);
  const name = decodeURIComponent(url.pathname.split('/').pop() ?? '');
  if (!name.toLowerCase().endsWith('.gguf')) return { kind: 'files', files: await fetchFolder(url, onBytes, signal) };
  if (partsOf(name) > 1) throw new ModelError('parts', { name, count: partsOf(name) });
  const file = { address: url.href, name, bytes: 0, sha256: null };
  return { kind: 'gguf', file: { name, bytes: await obtain(file, onBytes, signal) } };
}
