/** The messages between the page and its one worker: every request has a number, answers carry it back. */

import type { handlers } from './handlers';
import type { Failure, Notice, Progress } from './types';

type Handlers = typeof handlers;

/** What can be asked. */
export type Kind = keyof Handlers;

/** What each kind of call is given beside the context. */
export type Parameters = {
  [K in Kind]: Handlers[K] extends (context: never, ...parameters: infer P) => unknown
    ? P extends [infer Only]
      ? Only
      : Record<string, never>
    : never;
};

/** What each kind of call answers. */
export type Results = { [K in Kind]: Awaited<ReturnType<Handlers[K]>> };

export type Request<K extends Kind = Kind> = { [P in K]: { id: number; kind: P; parameters: Parameters[P] } }[K];

/** A request, or the wish to stop the request of that number. */
export type ToWorker = Request | { id: number; kind: 'cancel' };

/** `fatal`: the module broke down and the worker is of no more use. The last two come unasked, from the module itself. */
export type FromWorker =
  | { id: number; kind: 'progress'; progress: Progress }
  | { id: number; kind: 'done'; value: unknown }
  | { id: number; kind: 'failed'; error: Failure; fatal: boolean }
  | Notice;
