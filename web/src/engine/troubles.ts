/** What can go wrong on the way to a model, in English: what happened, and what to do about it. The interface's other languages have the same. */

import { bytes } from '../format';
import { EngineError } from './error';

/** The sentence, and the way on. */
export type Said = readonly [message: string, hint: string];

const size = (count: number): string => bytes(count, 'en');

export const TROUBLES = {
  offline: ({ address }: { address: string }): Said => [
    `There is no network, so ${address} cannot be fetched.`,
    'What is stored in this browser opens without one, and so does a file of your own. What has arrived of a download is kept.',
  ],
  unreachable: ({ address }: { address: string }): Said => [
    `${address} cannot be fetched: its host cannot be reached, or does not let other pages read it.`,
    'Try again later; or download the file in a tab of its own and choose it here.',
  ],
  missing: ({ address }: { address: string }): Said => [
    `${address}: 404, there is no such file.`,
    'Check the address. On the Hugging Face Hub, owner/name is enough.',
  ],
  unknown: ({ name }: { name: string }): Said => [
    `The Hub shows no model ${name}: there is none of that name, or it is private.`,
    'Check the spelling. The name is on top of the model’s page, as in Qwen/Qwen3-0.6B-GGUF.',
  ],
  gated: ({ name }: { name: string }): Said => [
    `${name} is only for those who have accepted its terms on the Hub, and this page does not sign in.`,
    'Download its files from the Hub with your account and choose them here, or look for a copy that is free to all.',
  ],
  crowded: ({ address }: { address: string }): Said => [
    `${address}: the host has had too many requests from your network.`,
    'Wait five minutes and try again. What has arrived is kept.',
  ],
  refused: ({ address, status }: { address: string; status: number }): Said => [
    `${address}: the host refuses it (${status}).`,
    status >= 500
      ? 'Try again later; what has arrived is kept.'
      : 'Download the file in a tab of its own and choose it here.',
  ],
  standIn: ({ name }: { name: string }): Said => [
    `${name} is no model but a web page or another short text.`,
    'The file’s own address has /resolve/ where that of its page has /blob/. Behind a log-in, download it yourself and choose it here.',
  ],
  altered: ({ name }: { name: string }): Said => [
    `${name} is not the file that was announced: its length or its SHA-256 differs. It was deleted.`,
    'Try again. If that does not help, something on the way changes it, or the host has another version.',
  ],
  broken: ({ name, done, total }: { name: string; done: number; total: number }): Said => [
    `The download of ${name} broke off after ${size(done)}${total ? ` of ${size(total)}` : ''}.`,
    'Try again: it continues where it stopped.',
  ],
  nothing: ({ name, found }: { name: string; found: string }): Said => [
    `${name} has no model that can be opened here.${found ? ` It has ${found}.` : ''}`,
    'A .gguf file is needed, or .safetensors with config.json and tokenizer.json. Many models have a copy whose name ends in -GGUF.',
  ],
  family: ({ name, family }: { name: string; family: string }): Said => [
    `${name} is of the family ${family}, which cannot be computed here.`,
    'Choose a model of another family.',
  ],
  parts: ({ name, count }: { name: string; count: number }): Said => [
    `${name} is one part of ${count}: a GGUF file that was split is not read.`,
    'Join the parts with llama-gguf-split --merge, or choose a smaller quantisation, which comes in one file.',
  ],
  large: ({ name, bytes, most }: { name: string; bytes: number; most: number }): Said => [
    `${name} has ${size(bytes)}; a page can hold a model of ${size(most)} at most.`,
    'Choose a smaller model or one that is quantised more, or the langedit command, which has no such limit.',
  ],
  memory: ({ name, need, have }: { name: string; need: number; have: number }): Said => [
    `${name} takes about ${size(need)} of memory while it opens, and this device has about ${size(have)} for everything.`,
    'The browser may end the page. Close other tabs and programs first, or choose a smaller model.',
  ],
  noMemory: ({ name, bytes }: { name: string; bytes: number }): Said => [
    `The browser has no memory left for ${name} (${size(bytes)}).`,
    'Close other tabs and programs and try again, or choose a smaller model.',
  ],
  notKept: ({ name }: { name: string }): Said => [
    `${name} is not in this browser’s storage any more.`,
    'Open it where it came from.',
  ],
};

export type Troubles = typeof TROUBLES;
export type TroubleKind = keyof Troubles;
export type TroubleValues<K extends TroubleKind> = Parameters<Troubles[K]>[0];

/** Such a trouble as an error, which the interface says in the reader's language. */
export class ModelError<K extends TroubleKind = TroubleKind> extends EngineError {
  readonly trouble: K;
  readonly values: TroubleValues<K>;

  constructor(trouble: K, values: TroubleValues<K>) {
    const [message, hint] = (TROUBLES[trouble] as (values: TroubleValues<K>) => Said)(values);
    super({ kind: 'model', message, hint });
    this.trouble = trouble;
    this.values = values;
  }

  /** What it says in another language. */
  in(troubles: Troubles): Said {
    return (troubles[this.trouble] as (values: TroubleValues<K>) => Said)(this.values);
  }
}

/** An error as a reader of that language is told it; what comes from the engine is in English. */
export function told(error: EngineError, troubles: Troubles): { message: string; hint: string; english: boolean } {
  if (error instanceof ModelError) {
    const [message, hint] = error.in(troubles);
    return { message, hint, english: false };
  }
  return { message: error.message, hint: error.hint ?? '', english: true };
}
