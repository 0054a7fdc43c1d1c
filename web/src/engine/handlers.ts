/** What the worker can be asked, one entry a call. The messages of `protocol.ts` are derived from this table. */

import type { CatalogueSource } from './catalogue-source';
import type { Loaded } from './module';
import type {
  AnswersRequest,
  CatalogueChoice,
  ClosedFormQuestion,
  Composition,
  DeviceChoice,
  Digest,
  EvaluationChoice,
  Fact,
  GenerateRequest,
  KnownScope,
  LoadRound,
  MergeChoice,
  NamedBytes,
  Progress,
  Recipe,
  Report,
  Solver,
  Started,
  TraceRequest,
} from './types';

/** What every handler gets beside the parameters of the call. */
export interface Context extends Loaded {
  report: (progress: Progress) => void;
  catalogue: CatalogueSource;
}

export const handlers = {
  /** Takes a device. `catalogue`: where the catalogue of facts is fetched from once a call needs it. */
  async start(
    { module, webgpu, address, report, catalogue }: Context,
    { device, solver, catalogue: source }: { device: DeviceChoice; solver?: Solver | undefined; catalogue?: string },
  ): Promise<Started> {
    catalogue.address = source;
    if (webgpu) report({ stage: 'selfcheck', done: 0, total: 0 });
    return { ...(await module.start(device, solver)), module: address };
  },

  open_gguf: ({ module }: Context, { name, bytes }: NamedBytes) => module.open_gguf(name, bytes),
  open_files: ({ module }: Context, { files }: { files: NamedBytes[] }) => module.open_files(files),
  /** `own`: they must not be of other weights, which whoever chose them by hand may have meant. */
  use_statistics: ({ module }: Context, { bytes, own = false }: { bytes: Uint8Array; own?: boolean }) =>
    module.use_statistics(bytes, own),
  /** What an edit in one of these languages would begin with. What it had when it is cancelled is kept. */
  prepare_ahead: ({ module, report }: Context, { recipe, languages }: { recipe: Recipe; languages: string[] }) =>
    module.prepare_ahead(recipe, languages, report),

  generate: ({ module, report }: Context, question: GenerateRequest) => module.generate(question, report),
  edit: (
    { module, report }: Context,
    { recipe, evaluation = 'every' }: { recipe: Recipe; evaluation?: EvaluationChoice },
  ) => module.edit(recipe, evaluation, report),
  /** As `edit`, but the model stays as it is. `sweep`: other merges of a merging recipe's edits, for the report to hold as well. */
  trial: (
    { module, report }: Context,
    {
      recipe,
      sweep = [],
      evaluation = 'every',
    }: { recipe: Recipe; sweep?: MergeChoice[]; evaluation?: EvaluationChoice },
  ) => module.trial(recipe, sweep, evaluation, report),
  /** Where the model keeps a fact, as it is or as it was before every edit; the model stays as it is. */
  trace: ({ module, report }: Context, question: TraceRequest) => module.trace(question, report),
  /** What the model says to many questions beside what it said before: as it is, as it was before every edit, or under a recipe's edits. */
  answers: ({ module, report }: Context, request: AnswersRequest) => module.answers(request, report),
  undo_to: ({ module }: Context, { step }: { step: number }) => module.undo_to(step),

  /** The recipe of these facts under these settings. */
  compose: ({ module }: Context, { composition, facts }: { composition: Composition; facts: Fact[] }) =>
    module.compose(composition, facts),
  /** The recipe with more facts, in steps of at most `batch` facts of one language. */
  extend: (
    { module }: Context,
    { recipe, facts, batch, order }: { recipe: Recipe; facts: Fact[]; batch: number; order: Recipe['order'] },
  ) => module.extend(recipe, facts, batch, order),
  settings: ({ module }: Context, { recipe }: { recipe: Recipe }) => module.settings(recipe),
  methods: ({ module }: Context) => module.methods(),
  digest: ({ module }: Context, { report }: { report: Report }) => module.digest(report),
  verdict: ({ module }: Context, { expected, report }: { expected: Digest; report: Report }) =>
    module.verdict(expected, report),

  async encode_link({ module, report, catalogue }: Context, { recipe }: { recipe: Recipe }) {
    // Its ids say that a fact may be the catalogue's. Without the catalogue the link is longer, and as good.
    if (recipe.facts.some(({ id }) => id.includes('/'))) await catalogue.offer(module, report);
    return module.encode_link(recipe);
  },
  async decode_link({ module, report, catalogue }: Context, { text }: { text: string }) {
    if (module.link_refers(text)) await catalogue.require(module, 'the link names facts of the catalogue', report);
    return module.decode_link(text);
  },
  /** What can be read of a link that is refused. */
  async outline_link({ module, report, catalogue }: Context, { text }: { text: string }) {
    if (module.link_refers(text)) await catalogue.offer(module, report);
    return module.outline_link(text);
  },

  async catalogue({ module, report, catalogue }: Context) {
    await catalogue.require(module, 'this needs the catalogue of facts', report);
    return module.catalogue();
  },
  async catalogue_facts({ module, report, catalogue }: Context, { choices }: { choices: CatalogueChoice[] }) {
    await catalogue.require(module, 'this needs the catalogue of facts', report);
    return module.catalogue_facts(choices);
  },
  /** One fact in every language, with other objects that it could get. */
  async fact_in_languages({ module, report, catalogue }: Context, { fact }: { fact: string }) {
    await catalogue.require(module, 'this needs the catalogue of facts', report);
    return module.fact_in_languages(fact);
  },
  /** Known facts to ask about beside one that is edited, language by language. */
  async known_facts({ module, report, catalogue }: Context, scope: KnownScope) {
    await catalogue.require(module, 'this needs the catalogue of facts', report);
    return module.known_facts(scope);
  },
  /** The edits of a round of the load, from 0, in all languages. */
  async load_facts({ module, report, catalogue }: Context, round: LoadRound) {
    await catalogue.require(module, 'this needs the catalogue of facts', report);
    return module.load_facts(round);
  },
  /** Whether the catalogue asks that; null where there is no catalogue. */
  async question({ module, report, catalogue }: Context, { text }: { text: string }) {
    await catalogue.offer(module, report);
    return module.question(text);
  },
  /** With the questions that the catalogue has for them; as they are where it has none, or cannot be fetched. */
  async complete_facts({ module, report, catalogue }: Context, { facts }: { facts: Fact[] }) {
    await catalogue.offer(module, report);
    return module.complete_facts(facts);
  },
  read_facts: ({ module }: Context, { text }: { text: string }) => module.read_facts(text),

  tokens: ({ module }: Context, { text }: { text: string }) => module.tokens(text),
  locate: ({ module }: Context, { prompt, subject }: { prompt: string; subject: string }) =>
    module.locate(prompt, subject),
  closed_form: ({ module }: Context, question: ClosedFormQuestion) => module.closed_form(question),
};
