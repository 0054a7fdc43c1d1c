/** The messages between the page and its one worker: every request has a number, answers carry it back. */

import type { handlers } from './handlers';
import type { Failure, Notice, Progress } from './types';

type Handlers = typeof handlers;

/** What can be asked. */
export type Kind = keyof Handlers;

/** Parameters and result of each kind of call. */
export type Calls = {
  [K in Kind]: {
    parameters: Parameters<Handlers[K]> extends [unknown, infer P] ? P : Record<string, never>;
    result: Awaited<ReturnType<Handlers[K]>>;
  };
};

export type Request<K extends Kind = Kind> = {
  [P in K]: { id: number; kind: P; parameters: Calls[P]['parameters'] };
}[K];

/** A request, or the wish to stop the request of that number. */
export type ToWorker = Request | { id: number; kind: 'cancel' };

/** `fatal`: the module broke down and the worker is of no more use. The last two come unasked, from the module itself. */
export type FromWorker =
  | { id: number; kind: 'progress'; progress: Progress }
  | { id: number; kind: 'done'; value: unknown }
  | { id: number; kind: 'failed'; error: Failure; fatal: boolean }
  | Notice;
