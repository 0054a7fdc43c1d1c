/** A model of the Hub: which of its repository's files are opened. */

import { checkRoom } from './capacity';
import { opens } from './families';
import { fileAddress, list, type HubFile, type Listing, type Place } from './hub';
import { partsOf, preferred } from './quantisations';
import type { RemoteFile } from './transfer';
import { ModelError } from './troubles';

const CONFIG = 'config.json';
const TOKENIZER = 'tokenizer.json';
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;

/** Whether one GGUF file is the whole model, or several files in Hugging Face layout. */
export interface Plan {
  kind: 'gguf' | 'files';
  files: RemoteFile[];
}

/** The files to open, checked for room before the first of them is fetched; `anyway`: also where the device may have too little memory. */
export async function plan(place: Place, anyway: boolean, signal: AbortSignal): Promise<Plan> {
  const listing = await list(place, signal);
  const remote = (file: HubFile): RemoteFile => ({
    ...file,
    name: file.name.split('/').pop() ?? file.name,
    address: fileAddress({ ...place, revision: listing.commit }, file.name),
  });
  const gguf = place.file === undefined ? preferred(listing.files, place.repository, anyway) : named(listing, place);
  if (gguf) {
    checkFamily(place, listing.gguf, 'gguf');
    checkRoom(gguf.name, gguf.bytes, anyway);
    return { kind: 'gguf', files: [remote(gguf)] };
  }
  const files = layout(listing, place);
  checkFamily(place, listing.type, 'safetensors');
  checkRoom(
    place.repository,
    files.reduce((sum, file) => sum + file.bytes, 0),
    anyway,
  );
  return { kind: 'files', files: files.map(remote) };
}

function checkFamily({ repository }: Place, family: string | null, format: 'gguf' | 'safetensors'): void {
  if (family !== null && !opens(family, format)) throw new ModelError('family', { name: repository, family });
}

/** The one file that the address named. */
function named(listing: Listing, place: Place): HubFile {
  const file = listing.files.find(({ name }) => name === place.file);
  if (!file) throw new ModelError('missing', { address: fileAddress(place, place.file ?? '') });
  if (partsOf(file.name) > 1) throw new ModelError('parts', { name: file.name, count: partsOf(file.name) });
  return file;
}

/** The files of Hugging Face layout, at the top of the repository. */
function layout({ files }: Listing, { repository }: Place): HubFile[] {
  const at = (name: string): HubFile[] => files.filter((file) => file.name === name);
  const shards = files.filter(({ name }) => SHARD.test(name));
  const weights = at(INDEX).length > 0 && shards.length > 0 ? [...at(INDEX), ...shards] : at(WEIGHTS);
  const all = [...at(CONFIG), ...at(TOKENIZER), ...weights];
  if (at(CONFIG).length === 0 || at(TOKENIZER).length === 0 || weights.length === 0)
    throw new ModelError('nothing', { name: repository, found: foundInstead(files) });
  return all;
}

/** What a repository has instead, by the endings of its large files. */
function foundInstead(files: readonly HubFile[]): string {
  const known = ['.safetensors', 'config.json', '.bin', '.onnx', '.pth', '.h5', '.gguf', '.msgpack'];
  return known.filter((ending) => files.some(({ name }) => name.endsWith(ending))).join(', ');
}
