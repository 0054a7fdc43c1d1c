/** The Hugging Face Hub: what its addresses mean, and which files a model's repository has. */

import { get, refusal } from './reach';
import { ModelError } from './troubles';

const HUB = 'https://huggingface.co';

/** A repository, or one file of it. */
export interface Place {
  repository: string;
  revision: string;
  file?: string;
}

export interface HubFile {
  name: string;
  bytes: number;
  /** Of large files only. */
  sha256: string | null;
}

export interface Listing {
  /** The commit that is listed, so that all files are of one state. */
  commit: string;
  files: HubFile[];
  /** Architecture by the Hub's own reading of the GGUF files, and of config.json. */
  gguf: string | null;
  type: string | null;
}

/**
 * Where the Hub is. `?hub=` names another, for a mirror in the school's house or a test: the page's own host, or this machine where the page
 * itself is served from it. Any other would let a link choose where a reader's models come from.
 */
export function hubAddress(): string {
  const asked = new URLSearchParams(location.search).get('hub');
  if (asked === null || !URL.canParse(asked, document.baseURI)) return HUB;
  const { origin, hostname, href } = new URL(asked, document.baseURI);
  const local = (host: string): boolean => host === 'localhost' || host === '127.0.0.1';
  const allowed = origin === location.origin || (local(hostname) && local(location.hostname));
  return allowed ? href.replace(/[/]+$/, '') : HUB;
}

/** What the reader means by `owner/name` or by an address on the Hub; null where it is something else. */
export function placeOf(text: string): Place | null {
  const trimmed = text.trim();
  const name = /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/;
  if (name.test(trimmed) && !/\.(gguf|safetensors|json)$/i.test(trimmed))
    return { repository: trimmed, revision: 'main' };
  const rest = [HUB, 'https://hf.co', 'https://www.huggingface.co', hubAddress()].flatMap((hub) =>
    trimmed.startsWith(`${hub}/`) ? [trimmed.slice(hub.length + 1)] : [],
  )[0];
  const [path = ''] = rest?.split(/[?#]/) ?? [];
  const [owner, model, kind, revision, ...file] = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (!owner || !model || !name.test(`${owner}/${model}`) || ['datasets', 'spaces', 'api'].includes(owner)) return null;
  if (kind !== undefined && !['blob', 'resolve', 'tree', 'raw'].includes(kind)) return null;
  const inside = file.join('/');
  const gguf = /\.gguf$/i.test(inside);
  return { repository: `${owner}/${model}`, revision: revision ?? 'main', ...(gguf && { file: inside }) };
}

/** The address of a file. */
export function fileAddress({ repository, revision }: Place, file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${hubAddress()}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/** Which files the repository has. */
export async function list({ repository, revision }: Place, signal: AbortSignal): Promise<Listing> {
  const at = revision === 'main' ? '' : `/revision/${encodeURIComponent(revision)}`;
  const address = `${hubAddress()}/api/models/${repository}${at}?blobs=true`;
  const response = await get(address, signal);
  // The Hub answers 401 for what does not exist, so as not to tell what is private.
  if ([401, 403, 404].includes(response.status) && response.headers.get('x-error-code') !== 'GatedRepo')
    throw new ModelError('unknown', { name: repository });
  if (!response.ok) throw refusal(address, response);
  const value: unknown = await response.json().catch(() => null);
  const listing = listingOf(value);
  if (listing === null) throw new ModelError('standIn', { name: address });
  // The Hub lists the files of a model whose terms must be accepted, and refuses them one by one.
  if ((value as { gated?: unknown }).gated) throw new ModelError('gated', { name: repository });
  return listing;
}

function listingOf(value: unknown): Listing | null {
  if (typeof value !== 'object' || value === null) return null;
  const { sha, siblings, gguf, config } = value as Record<string, unknown>;
  if (typeof sha !== 'string' || !Array.isArray(siblings)) return null;
  const files = siblings.flatMap((sibling: unknown): HubFile[] => {
    const { rfilename, size, lfs } = (sibling ?? {}) as Record<string, unknown>;
    if (typeof rfilename !== 'string') return [];
    const hash = (lfs as { sha256?: unknown } | null | undefined)?.sha256;
    return [
      {
        name: rfilename,
        bytes: typeof size === 'number' ? size : 0,
        sha256: typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) ? hash : null,
      },
    ];
  });
  const field = (of: unknown, name: string): string | null => {
    const found = (of as Record<string, unknown> | null | undefined)?.[name];
    return typeof found === 'string' ? found : null;
  };
  return { commit: sha, files, gguf: field(gguf, 'architecture'), type: field(config, 'model_type') };
}
