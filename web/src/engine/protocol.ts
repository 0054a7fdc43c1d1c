/** The messages between the page and its one worker: every request has a number, answers carry it back. */

import type {
  Catalogue,
  CatalogueChoice,
  Choices,
  DeviceChoice,
  Digest,
  Fact,
  Failure,
  Generated,
  Language,
  Located,
  ModelSummary,
  NamedBytes,
  Outline,
  Progress,
  Recipe,
  Report,
  Setting,
  Started,
  StatisticsSummary,
  Token,
  Verdict,
} from './types';

/** What can be asked: arguments and result of each kind. */
export interface Calls {
  start: { arguments: { device: DeviceChoice }; result: Started };
  open_gguf: { arguments: NamedBytes; result: ModelSummary };
  open_files: { arguments: { files: NamedBytes[] }; result: ModelSummary };
  use_statistics: { arguments: { bytes: Uint8Array }; result: StatisticsSummary };
  generate: { arguments: { prompt: string; max_tokens: number; unedited?: boolean }; result: Generated };
  edit: { arguments: { recipe: Recipe }; result: Report };
  /** As `edit`, but the model stays as it is. */
  trial: { arguments: { recipe: Recipe }; result: Report };
  undo_to: { arguments: { step: number }; result: void };
  digest: { arguments: { report: Report }; result: Digest };
  verdict: { arguments: { expected: Digest; report: Report }; result: Verdict };
  /** `catalogue`: where the catalogue is fetched from, for links that name its facts; without it they are written out. */
  encode_link: { arguments: { recipe: Recipe; catalogue?: string }; result: string };
  decode_link: { arguments: { text: string; catalogue?: string }; result: Recipe };
  /** What can be read of a link that is refused. */
  outline_link: { arguments: { text: string; catalogue?: string }; result: Outline };
  tokens: { arguments: { text: string }; result: Token[] };
  locate: { arguments: { prompt: string; subject: string }; result: Located };
  methods: { arguments: object; result: Choices };
  settings: { arguments: { recipe: Recipe }; result: Setting[] };
  catalogue: { arguments: { json: string }; result: Catalogue };
  catalogue_facts: { arguments: { json: string; choices: CatalogueChoice[] }; result: Fact[] };
  read_facts: { arguments: { text: string }; result: { facts: Fact[]; languages: Record<Language, number> } };
}

export type Kind = keyof Calls;

/** A request, or the wish to stop the request of that number. */
export type ToWorker = { [K in Kind]: { id: number; kind: K } & Calls[K]['arguments'] }[Kind] | { id: number; kind: 'cancel' };

/** `fatal`: the module broke down and the worker is of no more use. The last two come unasked, from the module itself. */
export type FromWorker =
  | { id: number; kind: 'progress'; progress: Progress }
  | { id: number; kind: 'done'; value: unknown }
  | { id: number; kind: 'failed'; error: Failure; fatal: boolean }
  | { kind: 'panicked' | 'gpu_lost'; message: string };

/** What the wasm module exports. */
export interface Surface {
  start(device: DeviceChoice): Promise<Omit<Started, 'module'>>;
  open_gguf(name: string, bytes: Uint8Array): Promise<ModelSummary>;
  open_files(files: NamedBytes[]): Promise<ModelSummary>;
  use_statistics(bytes: Uint8Array): Promise<StatisticsSummary>;
  generate(request: { prompt: string; max_tokens: number; unedited: boolean }, on_progress: (progress: Progress) => void): Promise<Generated>;
  edit(recipe: Recipe, on_progress: (progress: Progress) => void): Promise<Report>;
  trial(recipe: Recipe, on_progress: (progress: Progress) => void): Promise<Report>;
  undo_to(step: number): Promise<void>;
  digest(report: Report): Digest;
  verdict(expected: Digest, report: Report): Verdict;
  encode_link(recipe: Recipe): string;
  decode_link(text: string): Recipe;
  outline_link(text: string): Outline;
  link_refers(text: string): boolean;
  use_catalogue(json: string): void;
  tokens(text: string): Token[];
  locate(prompt: string, subject: string): Located;
  methods(): Choices;
  settings(recipe: Recipe): Setting[];
  catalogue(json: string): Catalogue;
  catalogue_facts(json: string, choices: CatalogueChoice[]): Fact[];
  read_facts(text: string): Calls['read_facts']['result'];
  cancel(): void;
}
