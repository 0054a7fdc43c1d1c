/**
 * Key statistics that whoever hosts the page has collected of models: a folder beside the page with a file a model, named by the model's hash, and a
 * list of them (`langedit stats --out FOLDER` writes both). What is not listed is not asked for: the host need not learn which models are opened.
 */

import { type OnBytes } from './download';
import { isManifestFile, type ManifestFile } from './manifest';
import { get } from './reach';
import { list } from './storage';
import { obtain, type RemoteFile } from './transfer';
import { ModelError } from './troubles';

const FOLDER = 'statistics/';
const LIST = 'list.json';

/** The statistics of the model with that hash, from what is kept where they are there; null where there are none. */
export async function findStatistics(
  model: string,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const file = await find(`${model}.safetensors`, signal);
  return file && obtain(file, onBytes, signal);
}

async function find(name: string, signal: AbortSignal): Promise<RemoteFile | null> {
  const folder = new URL(FOLDER, document.baseURI);
  const listed = await fetchList(new URL(LIST, folder).href, signal);
  if (listed) {
    const file = listed.find(({ path }) => path === name);
    return file ? { ...file, name, address: new URL(name, folder).href } : null;
  }
  const kept = (await list().catch(() => [])).find((file) => file.name === name);
  return kept ? { ...kept, address: null } : null;
}

/** What the folder has: nothing where there is no such folder, or where the host answers with its page instead; null where it cannot be reached. */
async function fetchList(address: string, signal: AbortSignal): Promise<ManifestFile[] | null> {
  let response: Response;
  try {
    response = await get(address, signal);
  } catch (error) {
    if (error instanceof ModelError && (error.trouble === 'offline' || error.trouble === 'unreachable')) return null;
    throw error;
  }
  const value: unknown = response.ok ? await response.json().catch(() => null) : null;
  const { files } = (value ?? {}) as { files?: unknown };
  return Array.isArray(files) ? files.filter(isManifestFile) : [];
}
