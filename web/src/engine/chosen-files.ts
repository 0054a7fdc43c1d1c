/** What a choice of files or of a folder is: people choose by hand, and folders hold more than one model needs. */

import { EngineError } from './error';
import { shardsOf } from './folder-address';
import { isGguf } from './model-head';
import type { Source } from './model-source';
import { partsOf, preferred } from './quantisations';
import { ModelError } from './troubles';

/** Files of Hugging Face layout that the engine reads beside the weights. */
const WANTED =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|model\.safetensors\.index)\.json$|^merges\.txt$/;
const WEIGHTS = /\.safetensors$/;
const INDEX = 'model.safetensors.index.json';
/** Changes to another model's weights, and copies in a layout of their own. */
const BESIDE = /^(adapter_model|consolidated).*\.safetensors$/;
/** The name that key statistics have in such a folder. */
const STATISTICS = /^(stats|statistics)\.safetensors$/;

/** The source that a choice of files is. */
export async function sourceOf(files: File[]): Promise<Source> {
  const gguf = await ggufOf(files);
  if (gguf) {
    const statistics = files.find((file) => (file.webkitRelativePath ? STATISTICS : WEIGHTS).test(file.name));
    return { kind: 'gguf', file: gguf, ...(statistics && { statistics }) };
  }
  const folder = topOf(files);
  const statistics = folder.find((file) => STATISTICS.test(file.name));
  const weights = await weightsOf(folder.filter((file) => file !== statistics));
  if (weights.length === 0 || !folder.some((file) => file.name === 'config.json')) {
    throw new EngineError({
      kind: 'checkpoint',
      message: 'there is no model among these files',
      hint: 'choose a .gguf file, or a folder with config.json, tokenizer.json and .safetensors files',
    });
  }
  const described = folder.filter((file) => WANTED.test(file.name));
  return { kind: 'folder', files: [...described, ...weights], ...(statistics && { statistics }) };
}

/** The GGUF file to open: by its first bytes, for Ollama and others give it names of their own. */
async function ggufOf(files: readonly File[]): Promise<File | null> {
  const found: { name: string; bytes: number; file: File }[] = [];
  for (const file of files) {
    if (WANTED.test(file.name) || WEIGHTS.test(file.name)) continue;
    // A file that is called one and is none must be refused by what it is.
    const called = /\.gguf$/i.test(file.name);
    if (called || isGguf(new Uint8Array(await file.slice(0, 4).arrayBuffer())))
      found.push({ name: called ? file.name : `${file.name}.gguf`, bytes: file.size, file });
  }
  const [only] = found;
  if (found.length < 2) {
    if (only && partsOf(only.name) > 1) throw new ModelError('parts', { name: only.name, count: partsOf(only.name) });
    return only?.file ?? null;
  }
  return preferred(found, found[0]?.file.webkitRelativePath.split('/')[0] ?? '', true)?.file ?? null;
}

/** The files of the uppermost folder that describes a model: copies for other programs lie in folders of their own below. */
function topOf(files: readonly File[]): File[] {
  const folder = (file: File): string => file.webkitRelativePath.split('/').slice(0, -1).join('/');
  const depth = (path: string): number => path.split('/').length;
  const described = files.filter((file) => file.name === 'config.json').map(folder);
  const [top = ''] = described.sort((a, b) => depth(a) - depth(b));
  return files.filter((file) => folder(file) === top);
}

/** The weights: those that an index names, or the one usual file, or whatever there is. */
async function weightsOf(folder: readonly File[]): Promise<File[]> {
  const weights = folder.filter((file) => WEIGHTS.test(file.name) && !BESIDE.test(file.name));
  const index = folder.find((file) => file.name === INDEX);
  if (index) {
    const named = new Set(shardsOf(new Uint8Array(await index.arrayBuffer())));
    return weights.filter((file) => named.has(file.name));
  }
  const usual = weights.filter((file) => file.name === 'model.safetensors');
  return usual.length > 0 ? usual : weights;
}
