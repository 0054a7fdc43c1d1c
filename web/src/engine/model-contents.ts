/** A model as it was read, wherever from. */

import type { NamedBytes } from './types';

export type Contents = ({ kind: 'gguf'; file: NamedBytes } | { kind: 'files'; files: NamedBytes[] }) & {
  statistics?: Uint8Array;
};
