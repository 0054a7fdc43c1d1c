/** The catalogue of facts in the module, which links that name its facts are written and read with: fetched when the first one comes. */

import { drain, request } from './transfer';
import type { Failure, Progress, Surface } from './types';

/** The module that has it. */
let holder: Surface | null = null;

export async function giveCatalogue(
  module: Surface,
  address: string | undefined,
  report: (progress: Progress) => void,
): Promise<void> {
  if (holder === module) return;
  try {
    if (address === undefined) throw new Error('its address is not known');
    const { signal } = new AbortController();
    const response = await request(new URL(address), signal);
    // A compressed transfer's length is not that of the contents.
    const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
    const bytes = await drain(
      response.body,
      length,
      (done, total) => report({ stage: 'catalogue', done, total }),
      signal,
    );
    module.use_catalogue(new TextDecoder().decode(bytes));
  } catch (error) {
    const why = error instanceof Error ? error.message : String((error as Failure).message ?? error);
    throw {
      kind: 'link',
      message: `the link names facts of the catalogue, which cannot be read: ${why}`,
      hint: 'try again with a network',
    } satisfies Failure;
  }
  holder = module;
}
