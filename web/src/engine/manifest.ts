/** A model described by a manifest: which files, how many bytes, which hashes. What is kept is not fetched again; what arrives is checked. */

import { EngineError } from './error';
import type { Contents } from './model-contents';
import { request, type OnBytes } from './download';
import { obtain } from './transfer';

export interface ManifestFile {
  path: string;
  bytes: number;
  sha256: string;
}

export interface Manifest {
  name: string;
  version: string;
  files: ManifestFile[];
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { name, version, files } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof version === 'string' && Array.isArray(files) && files.every(isManifestFile);
}

/** Whether this says of a file what has to be known. */
export function isManifestFile(value: unknown): value is ManifestFile {
  const file = value as Partial<ManifestFile> | null;
  return (
    typeof file?.path === 'string' &&
    Number.isSafeInteger(file.bytes) &&
    (file.bytes ?? -1) >= 0 &&
    /^[0-9a-f]{64}$/.test(file.sha256 ?? '')
  );
}

/** Fetches a manifest. */
export async function fetchManifest(address: string, signal: AbortSignal): Promise<Manifest> {
  const response = await request(new URL(address, document.baseURI), signal);
  const value: unknown = await response.json().catch(() => null);
  if (!isManifest(value))
    throw new EngineError({ kind: 'checkpoint', message: `${address} is not a model's manifest` });
  return value;
}

/** Files of a manifest that an opened model needs: the weights, and the statistics of its keys. */
function wanted({ path }: ManifestFile): boolean {
  return path.endsWith('.gguf') || path.endsWith('.safetensors');
}

/** Reads the model of a manifest, from what is kept where it is there. */
export async function readManifest(
  address: string,
  manifest: Manifest,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Contents> {
  const files = manifest.files.filter(wanted);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  const read = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of files) {
    const base = before;
    const url = new URL(file.path, new URL(address, document.baseURI));
    const remote = { ...file, address: url.href, name: url.pathname.split('/').pop() ?? file.path };
    read.set(file.path, await obtain(remote, (done, _, stage) => onBytes(base + done, total, stage), signal));
    before += file.bytes;
  }
  const weights = files.find(({ path }) => path.endsWith('.gguf'));
  const statistics = files.find(({ path }) => path.endsWith('.safetensors'));
  const bytes = weights && read.get(weights.path);
  if (!weights || !bytes) throw new EngineError({ kind: 'checkpoint', message: `${address} names no .gguf file` });
  const kept = statistics && read.get(statistics.path);
  return { kind: 'gguf', file: { name: weights.path, bytes }, ...(kept && { statistics: kept }) };
}
