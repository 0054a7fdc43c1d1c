/** The messages between the page and its one worker: every request has a number, answers carry it back. */

import type { TraceReport } from './trace-types';
import type {
  Accuracy,
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
  Question,
  Recipe,
  Report,
  Setting,
  Started,
  StatisticsSummary,
  Token,
  Verdict,
} from './types';

/** One way to put the languages' separate edits together; what is left out has the default of its method. */
export interface Merge {
  method: 'sum' | 'mean' | 'tsvm' | 'ties' | 'dare';
  /** Whether each language's solve has the keys of all languages in its inverse. */
  shared_covariance?: boolean;
  scale?: number;
  /** Share of each edit's singular triples that is merged, above 0, at most 1. */
  rank_ratio?: number;
  /** Share of each edit's entries that `ties` and `dare` keep. */
  density?: number;
}

/** Accuracy under one merge. */
export interface MergeRow {
  /** Method of the separate edits and merge in one word, such as `memit+tsvm+shared`. */
  label: string;
  merge: Required<Merge>;
  languages: Record<Language, Accuracy>;
  average: Accuracy;
}

/** A handful of keys, a vector each, for the closed form: what is to stay, what is to change by the residuals. */
export interface ClosedFormQuestion {
  past: number[][];
  fresh: number[][];
  residuals: number[][];
  /** Share of the past keys' energy that their null space may hold. */
  threshold: number;
  ridge: number;
}

/** A change of the weights, as rows, and what it does. */
export interface ClosedFormChange {
  delta: number[][];
  /** `|Delta k|` of each past key. */
  moved: number[];
  /** `|Delta k - r|` of each new key. */
  lacking: number[];
}

export interface ClosedForm {
  /** Orthonormal vectors: what the past keys span, and the null space. */
  discarded_basis: number[][];
  null_basis: number[][];
  /** `P k` and `|P k| / |k|` of each new key. */
  projected_keys: number[][];
  room: number[];
  /** With the projector, and with P = I. */
  projected: ClosedFormChange;
  plain: ClosedFormChange;
}

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
  /** Where the model keeps a fact, as it is or as it was before every edit; the model stays as it is. */
  trace: { arguments: { fact: Fact; seed: number; window: number; samples?: number; unedited?: boolean }; result: TraceReport };
  /** Each language of the recipe edited alone and merged in each of these ways; the recipe's method is memit or alphaedit. The model stays as it is. */
  merge: { arguments: { recipe: Recipe; merges: Merge[] }; result: MergeRow[] };
  undo_to: { arguments: { step: number }; result: void };
  digest: { arguments: { report: Report }; result: Digest };
  verdict: { arguments: { expected: Digest; report: Report }; result: Verdict };
  /** `catalogue`: where the catalogue is fetched from, for links that name its facts; without it they are written out. */
  encode_link: { arguments: { recipe: Recipe; catalogue?: string }; result: string };
  decode_link: { arguments: { text: string; catalogue?: string }; result: Recipe };
  /** What can be read of a link that is refused. */
  outline_link: { arguments: { text: string; catalogue?: string }; result: Outline };
  /** Whether the catalogue asks that; nothing where it cannot be fetched. */
  question: { arguments: { text: string; catalogue: string }; result: Question | null };
  /** With the questions that the catalogue has for them; as they are where it has none, or cannot be fetched. */
  complete_facts: { arguments: { facts: Fact[]; catalogue: string }; result: Fact[] };
  tokens: { arguments: { text: string }; result: Token[] };
  locate: { arguments: { prompt: string; subject: string }; result: Located };
  closed_form: { arguments: ClosedFormQuestion; result: ClosedForm };
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
  trace(request: Calls['trace']['arguments'], on_progress: (progress: Progress) => void): Promise<TraceReport>;
  merge(recipe: Recipe, merges: Merge[], on_progress: (progress: Progress) => void): Promise<MergeRow[]>;
  undo_to(step: number): Promise<void>;
  digest(report: Report): Digest;
  verdict(expected: Digest, report: Report): Verdict;
  encode_link(recipe: Recipe): string;
  decode_link(text: string): Recipe;
  outline_link(text: string): Outline;
  link_refers(text: string): boolean;
  use_catalogue(json: string): void;
  question(text: string): Question | null;
  complete_facts(facts: Fact[]): Fact[];
  tokens(text: string): Token[];
  locate(prompt: string, subject: string): Located;
  closed_form(question: ClosedFormQuestion): ClosedForm;
  methods(): Choices;
  settings(recipe: Recipe): Setting[];
  catalogue(json: string): Catalogue;
  catalogue_facts(json: string, choices: CatalogueChoice[]): Fact[];
  read_facts(text: string): Calls['read_facts']['result'];
  cancel(): void;
}
