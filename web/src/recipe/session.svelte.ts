/** The engine as the page holds it: started, with a model open, doing one thing at a time, and replaced where it breaks down. */

import { Engine, type CallOptions } from '../engine/client';
import type { OnBytes } from '../engine/download';
import { EngineError } from '../engine/error';
import { findStatistics } from '../engine/found-statistics';
import type { Kind, Parameters, Results } from '../engine/protocol';
import { read, type Source } from '../engine/model-source';
import type {
  Choices,
  DeviceChoice,
  ModelSummary,
  Progress,
  Recipe,
  Solver,
  Started,
  StatisticsSummary,
} from '../engine/types';
import { LANGEDIT } from '../languages';
import { catalogueAddress } from '../parameters';
import { Ahead } from './ahead.svelte';

export type State = 'loading' | 'ready' | 'busy' | 'error';

/** How long a download may go on before it is spoken of. */
const UNNOTICED = 500;

/** What is asked of the model, where that takes a while: the facts beside the answers, all of them under the other position of the switch, what was
 * edited in. */
export type Asking = 'others' | 'turned' | 'edits';

/** What the page is doing; `model` and `statistics` count bytes, the others steps. */
export interface Activity {
  what:
    | 'engine'
    | 'model'
    | 'unpack'
    | 'statistics'
    | 'generate'
    | 'edit'
    | 'measure'
    | 'foresee'
    | 'compare'
    | 'trace'
    | 'merge';
  asking?: Asking | undefined;
  progress: Progress | null;
}

const isReaders = (language: string): boolean => language === document.documentElement.lang;

export abstract class Session {
  started = $state.raw<Started | null>(null);
  choices = $state.raw<Choices | null>(null);
  model = $state.raw<ModelSummary | null>(null);
  /** Key statistics that came with the model, or lie beside the page for it. */
  statistics = $state.raw<StatisticsSummary | null>(null);
  /** Why those beside the page could not be used. */
  unusable = $state.raw<EngineError | null>(null);
  activity = $state.raw<Activity | null>({ what: 'engine', progress: null });
  failure = $state.raw<EngineError | null>(null);
  /** What failed, where it was an activity: a panel shows what went wrong beside its own button. */
  failed = $state.raw<Activity['what'] | null>(null);
  /** Whether the page is still opening: the engine, the link, the model that it brings along. */
  opening = $state(true);

  readonly state: State = $derived(
    this.activity ? (this.opening ? 'loading' : 'busy') : this.failure ? 'error' : 'ready',
  );
  readonly busy: boolean = $derived(this.activity !== null);
  /** What is going on gives way to whatever is wanted next: it only completes what is there. */
  readonly yielding: boolean = $derived(this.activity?.what === 'measure');

  /** What an edit begins with is prepared while its reader reads. */
  readonly ahead = new Ahead(() => {
    const { model, started } = this;
    const recipe = this.planned;
    // A GPU makes short work of it, and what has been given to it cannot be stopped.
    if (!model || this.busy || started?.device !== 'cpu') return null;
    // All but what the facts change, and whether there are any: null spaces are prepared for the first.
    const begins = { ...recipe, facts: recipe.facts.length > 0, languages: null, steps: null, expected: null };
    const name = JSON.stringify([model.sha256, this.statistics?.source, begins]);
    return { name, run: (options) => this.#prepare(recipe, options) };
  });

  #engine = this.#newEngine();
  #source: Source | null = null;
  #abort: AbortController | null = null;
  /** Of an extra that can be stopped alone: the rest of what is going on goes on without it. */
  #extra: AbortController | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #wanted: DeviceChoice;
  #solver: Solver | undefined;
  /** Why the GPU is no longer used, once it was lost. */
  #lostBecause: string | null = null;

  constructor(device: DeviceChoice, solver?: Solver) {
    this.#wanted = device;
    this.#solver = solver;
  }

  /** The recipe that the next edit extends. */
  protected abstract get planned(): Recipe;

  /** Opens the model again in an engine that took another's place, with the work that had been done on it. */
  protected abstract restore(source: Source, signal: AbortSignal): Promise<void>;

  /** A question in the background: it shows no activity, and gives nothing where it comes at a bad time or has no answer. */
  async inquire<K extends Kind>(kind: K, parameters: Parameters[K]): Promise<Results[K] | null> {
    return this.busy && !this.yielding ? null : this.question(kind, parameters).catch(() => null);
  }

  /** A question whose failure the asker shows. */
  async question<K extends Kind>(kind: K, parameters: Parameters[K]): Promise<Results[K]> {
    try {
      return await this.call(kind, parameters);
    } catch (thrown) {
      if (!this.#engine.alive) this.#lost(EngineError.from(thrown));
      throw thrown;
    }
  }

  /** Something longer with the engine, shown as an activity that can be stopped. */
  async perform(
    what: Activity['what'],
    work: (call: Engine['call'], options: Required<Pick<CallOptions, 'signal' | 'onProgress'>>) => Promise<void>,
  ): Promise<boolean> {
    return this.during(what, (signal) => {
      const onProgress = (progress: Progress): void => void (this.activity = { what, progress });
      return work((kind, parameters, options) => this.call(kind, parameters, options), { signal, onProgress });
    });
  }

  cancel(): void {
    (this.#extra ?? this.#abort)?.abort();
  }

  /** Shows what was thrown outside an action, or on the way to one. */
  fail(thrown: unknown, what: Activity['what'] | null = null): void {
    this.failure = EngineError.from(thrown);
    this.failed = what;
  }

  dismiss(): void {
    this.failure = null;
  }

  /** Asks the engine, whichever one it is by then. */
  protected call<K extends Kind>(kind: K, parameters: Parameters[K], options?: CallOptions): Promise<Results[K]> {
    const call = (): Promise<Results[K]> => this.#engine.call(kind, parameters, options);
    // The closed form of a figure is answered beside anything else.
    return kind === 'closed_form' ? call() : this.ahead.around(call);
  }

  /** The language of the page first: it is the likeliest to be edited. */
  async #prepare(recipe: Recipe, options: CallOptions): Promise<void> {
    const languages = [...LANGEDIT].sort((a, b) => Number(isReaders(b)) - Number(isReaders(a)));
    try {
      await this.#engine.call('prepare_ahead', { recipe, languages }, options);
    } catch (thrown) {
      if (!this.#engine.alive) this.#lost(EngineError.from(thrown));
      throw thrown;
    }
  }

  /** Starts the engine on the device that was wished for. */
  protected start(): Promise<void> {
    return this.#start(this.#wanted);
  }

  /** Stops what is going on, so that something else can be done. */
  protected async interrupt(): Promise<void> {
    this.#extra?.abort();
    this.#abort?.abort();
    await this.#running;
  }

  /** Reads a model and gives it to the engine, in place of the one that was open. */
  protected async load(source: Source, signal: AbortSignal): Promise<ModelSummary> {
    const contents = await read(
      source,
      (done, total, stage) => (this.activity = { what: 'model', progress: { stage, done, total } }),
      signal,
    );
    // Until the engine gets the new one, the one before stays: a download that fails costs nothing.
    this.model = null;
    this.statistics = this.unusable = null;
    this.activity = { what: 'unpack', progress: null };
    let model: ModelSummary;
    if (contents.kind === 'gguf') {
      model = await this.call('open_gguf', contents.file, { signal, transfer: [contents.file.bytes.buffer] });
    } else {
      const transfer = contents.files.map((file) => file.bytes.buffer);
      model = await this.call('open_files', { files: contents.files }, { signal, transfer });
    }
    this.model = model;
    this.ahead.reset();
    if (contents.statistics) {
      const { statistics: bytes } = contents;
      this.statistics = await this.call('use_statistics', { bytes }, { transfer: [bytes.buffer] });
    }
    this.#source = source;
    if (!contents.statistics) await this.#findStatistics(model);
    return model;
  }

  /** Takes the statistics that lie beside the page for this model. They are only an extra: without them an edit collects its own. */
  async #findStatistics({ sha256 }: ModelSummary): Promise<void> {
    const { signal } = (this.#extra = new AbortController());
    let progress: Progress | null = null;
    let noticed = false;
    const show = (): void => {
      noticed = true;
      this.activity = { what: 'statistics', progress };
    };
    const onBytes: OnBytes = (done, total, stage) => {
      progress = { stage, done, total };
      if (noticed) show();
    };
    const timer = setTimeout(show, UNNOTICED);
    try {
      const bytes = await findStatistics(sha256, onBytes, signal);
      if (!bytes) return;
      this.statistics = await this.call('use_statistics', { bytes, own: true }, { transfer: [bytes.buffer] });
    } catch (thrown) {
      if (!this.#engine.alive) throw thrown;
      if (!signal.aborted) this.unusable = EngineError.from(thrown);
    } finally {
      clearTimeout(timer);
      this.#extra = null;
    }
  }

  /** Opens another model in place of the one that is open; where that fails, the one before is opened again. */
  protected async exchange(open: () => Promise<void>): Promise<void> {
    const held = this.#source;
    try {
      await open();
    } catch (error) {
      // An engine that broke down is replaced first, and the model with it.
      if (held && !this.model && this.#engine.alive) await this.restore(held, new AbortController().signal);
      throw error;
    }
  }

  /** Does one thing at a time; shows what went wrong. A lost GPU, or an engine that broke down, is answered by a new
   * engine on the CPU with the same model and the same edits. */
  protected async during(what: Activity['what'], work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    if (this.yielding) await this.interrupt();
    if (this.busy && what !== 'engine') return false;
    const abort = new AbortController();
    this.#abort = abort;
    let ended: () => void = () => undefined;
    this.#running = new Promise<void>((resolve) => (ended = resolve));
    this.activity = { what, progress: null };
    this.failure = null;
    try {
      await this.#recovering(work, abort.signal);
      return true;
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (!abort.signal.aborted && error.kind !== 'cancelled') this.fail(error, what);
      return false;
    } finally {
      this.activity = null;
      this.#abort = null;
      ended();
    }
  }

  #newEngine(): Engine {
    return new Engine((error) => this.#lost(error));
  }

  async #start(device: DeviceChoice): Promise<void> {
    if (!this.#engine.alive) this.#engine = this.#newEngine();
    const onProgress = (progress: Progress): void => void (this.activity = { what: 'engine', progress });
    const started = await this.call(
      'start',
      { device, solver: this.#solver, catalogue: catalogueAddress() },
      { onProgress },
    );
    const lost = this.#lostBecause;
    this.started = lost === null ? started : { ...started, selfcheck: null, why: 'gpu_lost', reason: lost };
    this.choices ??= await this.call('methods', {});
  }

  /** Recovers from an engine that broke down while nothing was asked of it. */
  #lost(error: EngineError): void {
    // The recovery is all that there is to do: it tries again what failed, and that then is nothing.
    let told = false;
    void this.during('edit', async () => {
      if (told) return;
      told = true;
      throw error;
    });
  }

  async #recovering(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await work(signal);
    } catch (thrown) {
      const error = EngineError.from(thrown);
      const before = this.started;
      const lost = error.kind === 'device' || !this.#engine.alive;
      // Before it has started, an engine that breaks down without having lost a GPU would do so again.
      const again = before !== null || (error.kind === 'device' && this.#wanted !== 'cpu');
      if (signal.aborted || !lost || !again) throw error;
      this.#engine.close();
      this.activity = { what: 'engine', progress: null };
      this.model = null;
      this.statistics = this.unusable = null;
      this.#wanted = 'cpu';
      if (before?.device !== 'cpu') this.#lostBecause = error.message;
      await this.#start('cpu');
      if (this.started && before?.device === 'cpu')
        this.started = { ...this.started, why: before.why, reason: before.reason };
      // To its end, also where somebody cancels: half of it would be edits without a model, or a model without its edits.
      if (this.#source) await this.restore(this.#source, new AbortController().signal);
      // What broke down on the CPU would break down there again.
      if (before?.device === 'cpu') throw error;
      await work(signal);
    }
  }
}
