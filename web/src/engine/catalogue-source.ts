/** Where the module gets the catalogue of facts from: it is fetched when a call first needs it, and then the module holds it. */

import { drain, request } from './download';
import type { Failure, Progress, Surface } from './types';

export class CatalogueSource {
  /** Nothing until `start` has told it; then the module does without. */
  address: string | undefined;
  /** The module that holds it; starting on another device may take another. */
  #holder: Surface | null = null;

  /** Sees to it that the module has the catalogue, where that can be done: it is only an extra. */
  async offer(module: Surface, report: (progress: Progress) => void): Promise<void> {
    await this.#supply(module, report).catch(() => undefined);
  }

  /** The same for what cannot do without it; `need` is what that is, in words. A fetch that has failed is tried again by the next call. */
  async require(module: Surface, need: string, report: (progress: Progress) => void): Promise<void> {
    try {
      await this.#supply(module, report);
    } catch (error) {
      const why = error instanceof Error ? error.message : String((error as Failure).message ?? error);
      throw {
        kind: 'io',
        message: `${need}, which cannot be read: ${why}`,
        hint: 'try again with a network',
      } satisfies Failure;
    }
  }

  async #supply(module: Surface, report: (progress: Progress) => void): Promise<void> {
    if (this.#holder === module) return;
    if (this.address === undefined) throw new Error('its address is not known');
    const { signal } = new AbortController();
    const response = await request(new URL(this.address), signal);
    // A compressed transfer's length is not that of the contents.
    const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
    const bytes = await drain(
      response.body,
      { name: this.address, length },
      (done, total) => report({ stage: 'catalogue', done, total }),
      signal,
    );
    module.use_catalogue(new TextDecoder().decode(bytes));
    this.#holder = module;
  }
}
