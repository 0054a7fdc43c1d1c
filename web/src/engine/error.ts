/** What goes wrong in the engine, or on the way to it. */

import type { Failure } from './types';

/** A failure as an exception. */
export class EngineError extends Error {
  readonly kind: string;
  readonly hint: string | undefined;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'EngineError';
    this.kind = failure.kind;
    this.hint = failure.hint;
  }

  /** Anything thrown, as an EngineError. */
  static from(error: unknown): EngineError {
    if (error instanceof EngineError) return error;
    return new EngineError({ kind: 'page', message: error instanceof Error ? error.message : String(error) });
  }
}
