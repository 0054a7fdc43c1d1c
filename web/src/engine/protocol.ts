/** The messages between the page and its one worker: every request has a number, answers carry it back. */

import type {
  Catalogue,
  CatalogueChoice,
  Choices,
  ClosedForm,
  ClosedFormQuestion,
  DeviceChoice,
  Digest,
  Fact,
  FactsRead,
  Failure,
  Generated,
  GenerateRequest,
  Located,
  Merge,
  MergeRow,
  ModelSummary,
  NamedBytes,
  Notice,
  Outline,
  Progress,
  Question,
  Recipe,
  Report,
  Setting,
  Started,
  StatisticsSummary,
  Token,
  TraceReport,
  TraceRequest,
  Verdict,
} from './types';

/** What can be asked: arguments and result of each kind. */
export interface Calls {
  start: { arguments: { device: DeviceChoice }; result: Started };
  open_gguf: { arguments: NamedBytes; result: ModelSummary };
  open_files: { arguments: { files: NamedBytes[] }; result: ModelSummary };
  use_statistics: { arguments: { bytes: Uint8Array }; result: StatisticsSummary };
  generate: { arguments: GenerateRequest; result: Generated };
  edit: { arguments: { recipe: Recipe }; result: Report };
  /** As `edit`, but the model stays as it is. */
  trial: { arguments: { recipe: Recipe }; result: Report };
  /** Where the model keeps a fact, as it is or as it was before every edit; the model stays as it is. */
  trace: { arguments: TraceRequest; result: TraceReport };
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
  read_facts: { arguments: { text: string }; result: FactsRead };
}

export type Kind = keyof Calls;

/** A request, or the wish to stop the request of that number. */
export type ToWorker =
  { [K in Kind]: { id: number; kind: K } & Calls[K]['arguments'] }[Kind] | { id: number; kind: 'cancel' };

/** `fatal`: the module broke down and the worker is of no more use. The last two come unasked, from the module itself. */
export type FromWorker =
  | { id: number; kind: 'progress'; progress: Progress }
  | { id: number; kind: 'done'; value: unknown }
  | { id: number; kind: 'failed'; error: Failure; fatal: boolean }
  | Notice;
