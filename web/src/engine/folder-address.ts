/** A folder in Hugging Face layout on any host: what it must have, and the weights that its index names. */

import type { OnBytes } from './download';
import { get, refusal } from './reach';
import { obtain } from './transfer';
import { ModelError } from './troubles';
import type { NamedBytes } from './types';

const INDEX = 'model.safetensors.index.json';

export async function fetchFolder(url: URL, onBytes: OnBytes, signal: AbortSignal): Promise<NamedBytes[]> {
  const folder = new URL(url);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const inside = (name: string): string => new URL(name + folder.search, folder).href;
  const fetchFile = async (name: string, onBytes: OnBytes): Promise<NamedBytes> => ({
    name,
    bytes: await obtain({ address: inside(name), name, bytes: 0, sha256: null }, onBytes, signal),
  });
  const files: NamedBytes[] = [];
  for (const name of ['config.json', 'tokenizer.json']) files.push(await fetchFile(name, () => undefined));
  const index = await fetchIndex(inside(INDEX), signal);
  if (index) files.push({ name: INDEX, bytes: index });
  const shards = index ? shardsOf(index) : ['model.safetensors'];
  let before = 0;
  for (const shard of shards) {
    const base = before;
    const file = await fetchFile(shard, (done, total, stage) =>
      onBytes(base + done, shards.length === 1 ? total : 0, stage),
    );
    before += file.bytes.byteLength;
    files.push(file);
  }
  return files;
}

/** The index, or nothing where the weights are in one file. */
async function fetchIndex(address: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | null> {
  const response = await get(address, signal);
  if (response.status === 404) return null;
  if (!response.ok) throw refusal(address, response);
  const bytes = new Uint8Array(await response.arrayBuffer());
  // Hosts of single-page apps answer any address with their page.
  return bytes[0] === '{'.charCodeAt(0) ? bytes : null;
}

/** The weight files that an index names. */
export function shardsOf(index: Uint8Array): string[] {
  try {
    const { weight_map: map } = JSON.parse(new TextDecoder().decode(index)) as { weight_map: Record<string, string> };
    return [...new Set(Object.values(map))].sort();
  } catch {
    throw new ModelError('standIn', { name: INDEX });
  }
}
