/** What the first bytes of a file tell: whether it is a model, and of which family, before the rest has come. */

import { opens } from './families';
import { ModelError } from './troubles';

const MAGIC = [0x47, 0x47, 0x55, 0x46];
/** A short text in place of a file: a web page, an error in XML, a pointer of Git LFS. */
const STAND_IN = /^\s*(?:<|version https:\/\/git-lfs|Entry not found|\{"error")/i;
/** GGUF's number for values that are strings. */
const STRING = 8;
const ARCHITECTURE = 'general.architecture';

export function isGguf(head: Uint8Array): boolean {
  return head.length >= MAGIC.length && MAGIC.every((byte, index) => head[index] === byte);
}

/** Refuses what is no model, or one that cannot be computed; says nothing while too few bytes have come. */
export function checkHead(name: string, head: Uint8Array): void {
  if (/\.(gguf|safetensors)$/i.test(name) && STAND_IN.test(new TextDecoder().decode(head.subarray(0, 64))))
    throw new ModelError('standIn', { name });
  if (!isGguf(head)) return;
  const family = architecture(head);
  if (family !== null && !opens(family, 'gguf')) throw new ModelError('family', { name, family });
}

/** A GGUF file's architecture, where it is the first of its metadata, as every writer has it; null where it is not or has not come yet. */
function architecture(head: Uint8Array): string | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  // Magic and version, the numbers of tensors and of entries, the entry's name with its length, the kind of its value, the value with its length.
  const name = 24 + 8;
  const kind = name + ARCHITECTURE.length;
  const value = kind + 4 + 8;
  if (head.length < value) return null;
  const read = (from: number, length: number): string => new TextDecoder().decode(head.subarray(from, from + length));
  if (read(name, ARCHITECTURE.length) !== ARCHITECTURE || view.getUint32(kind, true) !== STRING) return null;
  const length = view.getUint32(kind + 4, true);
  return head.length < value + length ? null : read(value, length);
}
