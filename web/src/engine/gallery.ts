/** The models that the panel offers at one press: a list beside the page, which whoever hosts a copy can change. */

import { hubAddress } from './hub';
import { get, refusal } from './reach';
import type { RemoteFile } from './transfer';
import { ModelError } from './troubles';

export interface GalleryModel {
  name: string;
  file: RemoteFile & { address: string; sha256: string };
  licence: string;
  /** Languages that the model's card names, by their codes; and how many it speaks in all, where the card says so. */
  languages: string[];
  of?: number;
  /** The page on which the model is described. */
  card: string;
}

const ADDRESS = 'models/gallery.json';

/** `hub:` in front of an address stands for the Hub; any other is taken from the page's own. */
function resolve(address: string): string {
  return address.startsWith('hub:')
    ? `${hubAddress()}/${address.slice('hub:'.length)}`
    : new URL(address, document.baseURI).href;
}

function modelOf(value: unknown): GalleryModel[] {
  const { name, address, bytes, sha256, licence, languages, of, card } = (value ?? {}) as Record<string, unknown>;
  const texts = [name, address, licence, card].every((text) => typeof text === 'string');
  const listed = Array.isArray(languages) && languages.every((language) => typeof language === 'string');
  const whole = Number.isSafeInteger(bytes) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  if (!texts || !listed || !whole) return [];
  const from = resolve(String(address));
  return [
    {
      name: String(name),
      file: { address: from, name: decodeURIComponent(from.split('/').pop() ?? ''), bytes: Number(bytes), sha256 },
      licence: String(licence),
      languages: languages as string[],
      ...(typeof of === 'number' && { of }),
      card: resolve(String(card)),
    },
  ];
}

/** The list; an entry that says too little is left out. */
export async function fetchGallery(): Promise<GalleryModel[]> {
  const address = new URL(ADDRESS, document.baseURI).href;
  const response = await get(address, new AbortController().signal);
  if (!response.ok) throw refusal(address, response);
  const value: unknown = await response.json().catch(() => null);
  if (!Array.isArray(value)) throw new ModelError('standIn', { name: address });
  return value.flatMap(modelOf);
}
