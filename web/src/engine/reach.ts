/** A request for a file, or for the rest of it, with failures in words. */

import { ModelError } from './troubles';
import type { Mark } from './storage';

/** An answer whose body begins at `offset`; `total`: bytes of the whole file, 0 where the host does not say. */
export interface Reached {
  body: ReadableStream<Uint8Array> | null;
  offset: number;
  total: number;
  mark: Mark;
}

/**
 * Asks for a file from `offset` on. A host may send all of it nevertheless.
 *
 * If-Range would have the host compare, but it is a header that other origins must first allow, and the Hub's storage does not: Range alone is
 * allowed everywhere. So the caller compares marks and hashes itself.
 */
export async function reached(address: string, offset: number, signal: AbortSignal): Promise<Reached> {
  // What is kept here need not be in the browser's own cache as well.
  const response = await get(address, signal, {
    headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
    cache: 'no-store',
  });
  if (offset > 0 && response.status === 416) return { body: null, offset: 0, total: 0, mark: null };
  if (!response.ok) throw refusal(address, response);
  const { headers } = response;
  const mark = headers.get('etag') ?? headers.get('last-modified');
  // A compressed transfer's length is not that of the contents.
  const length = headers.has('content-encoding') ? 0 : Number(headers.get('content-length') ?? 0);
  if (response.status !== 206) return { body: response.body, offset: 0, total: length, mark };
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  // Where the host does not let pages read the range, it is the one that was asked for.
  const begins = from === undefined ? offset : Number(from);
  return { body: response.body, offset: begins, total: Number(total) || (length > 0 ? begins + length : 0), mark };
}

/** A response of any status; a host that cannot be reached is said to be. */
export async function get(
  address: string,
  signal: AbortSignal,
  { headers = {}, cache = 'default' }: { headers?: Record<string, string>; cache?: RequestCache } = {},
): Promise<Response> {
  try {
    return await fetch(address, { signal, headers, cache, referrerPolicy: 'no-referrer' });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ModelError(navigator.onLine ? 'unreachable' : 'offline', { address });
  }
}

/** What a status that is no success means. */
export function refusal(address: string, { status, headers }: Response): ModelError {
  const code = headers.get('x-error-code');
  if (code === 'GatedRepo') return new ModelError('gated', { name: repositoryOf(address) });
  if (code === 'RepoNotFound') return new ModelError('unknown', { name: repositoryOf(address) });
  if (status === 404 || status === 410) return new ModelError('missing', { address });
  if (status === 429) return new ModelError('crowded', { address });
  return new ModelError('refused', { address, status });
}

const repositoryOf = (address: string): string =>
  /^\w+:\/\/[^/]+\/(?:api\/models\/)?([^/]+\/[^/?]+)/.exec(address)?.[1] ?? address;
