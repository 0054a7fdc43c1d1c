/** The one store: the Recipe, the Report it gave, and where the engine stands. Panels read it and call its actions. */

import { Engine, EngineError, type CallOptions } from '../engine/client';
import { fetchManifest, type Manifest } from '../engine/manifest';
import type { Calls, Kind } from '../engine/protocol';
import { read, type Source } from '../engine/source';
import type { Choices, DeviceChoice, Fact, Generated, ModelSummary, Progress, Recipe, Report, Setting, Started, StatisticsSummary, Verdict } from '../engine/types';
import { linkIn, showLink } from '../parameters';
import { emptyRecipe, freeId, withStep } from './recipe';
import { changed, current, redone, replaced, restarted, timelineOf, undone, type Timeline } from './timeline';

export type State = 'loading' | 'ready' | 'busy' | 'error';

/** What the page is doing; `model` counts bytes, the others steps. */
export interface Activity {
  what: 'engine' | 'model' | 'unpack' | 'generate' | 'edit' | 'compare';
  progress: Progress | null;
}

/** A question to the model, edited and as it was before; without edits there is only the one. */
export interface Answer {
  prompt: string;
  edited: Generated;
  unedited: Generated | null;
}

export class Store {
  timeline = $state.raw<Timeline>(timelineOf(emptyRecipe()));
  readonly recipe: Recipe = $derived(current(this.timeline));
  report = $state.raw<Report | null>(null);
  verdict = $state.raw<Verdict | null>(null);
  /** A run that was recorded when the page was built, to look at until there is one of one's own. */
  recorded = $state.raw<Report | null>(null);
  model = $state.raw<ModelSummary | null>(null);
  /** The model that the page brings along, where it does. */
  builtin = $state.raw<{ address: string; manifest: Manifest } | null>(null);
  /** The model that a link was made with, where it is not the one at hand: then nothing is run until the reader says so. */
  foreign = $state.raw<Recipe['model'] | null>(null);
  /** Key statistics that came with the model. */
  statistics = $state.raw<StatisticsSummary | null>(null);
  started = $state.raw<Started | null>(null);
  choices = $state.raw<Choices | null>(null);
  /** The settings that the recipe means on the open model. */
  settings = $state.raw<Setting[]>([]);
  answer = $state.raw<Answer | null>(null);
  activity = $state.raw<Activity | null>({ what: 'engine', progress: null });
  failure = $state.raw<EngineError | null>(null);
  /** Whether the page is still opening: the engine, the link, the model that it brings along. */
  opening = $state(true);

  readonly state: State = $derived(this.activity ? (this.opening ? 'loading' : 'busy') : this.failure ? 'error' : 'ready');
  readonly busy: boolean = $derived(this.activity !== null);
  readonly editable: boolean = $derived(!this.busy && this.model !== null && this.foreign === null);
  /** The report to draw: one's own, the recorded one until there are facts of one's own. */
  readonly shown: Report | null = $derived(this.report ?? (this.recipe.facts.length === 0 && this.timeline.states.length === 1 ? this.recorded : null));

  #engine = this.#newEngine();
  #source: Source | null = null;
  #abort: AbortController | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #wanted: DeviceChoice;

  constructor(device: DeviceChoice) {
    this.#wanted = device;
  }

  /** Starts the engine, opens the link in the address, and the model at `builtin`. */
  async begin(builtin: string | null): Promise<void> {
    void this.#fetchRecorded();
    await this.#during('engine', async (signal) => {
      await this.#start(this.#wanted);
      let damaged: unknown = null;
      // A link that cannot be read is no reason to have no model.
      await this.openLink(location.hash).catch((error: unknown) => (damaged = error));
      if (builtin !== null) await this.#openBuiltin(builtin, signal);
      if (damaged !== null) throw damaged;
    });
    this.opening = false;
  }

  /** Takes the recipe of a link over, without running it. */
  async openLink(hash: string): Promise<void> {
    const text = linkIn(hash);
    if (text === null) return;
    this.timeline = timelineOf(await this.#engine.call('decode_link', { text }));
    this.report = null;
    this.verdict = null;
  }

  /** Follows a link that was put into the address of the open page. */
  async followLink(hash: string): Promise<void> {
    await this.#during('edit', async (signal) => {
      await this.openLink(hash);
      if (!this.model) return;
      this.#judgeModel(this.model.sha256);
      if (!this.foreign) await this.#replay(this.timeline, signal);
    });
  }

  /** Opens a model, in place of one that is being opened; a recipe is replayed on it, whichever model it was made with. */
  async openModel(source: Source): Promise<void> {
    if (this.opening) {
      this.cancel();
      await this.#running;
    }
    await this.#during('model', async (signal) => {
      this.foreign = null;
      await this.#open(source, signal);
      await this.#replay(this.timeline, signal);
    });
  }

  /** Opens the model that the page brings along, though the recipe was made with another. */
  async openBuiltin(): Promise<void> {
    if (this.builtin) await this.openModel({ kind: 'manifest', ...this.builtin });
  }

  /** Runs a recipe that was made with another model on the one at hand. */
  async replayHere(): Promise<void> {
    await this.#during('edit', async (signal) => {
      this.foreign = null;
      await this.#replay(this.timeline, signal);
    });
  }

  async generate(prompt: string, maxTokens: number): Promise<void> {
    await this.#during('generate', async (signal) => {
      const edits = this.recipe.steps.length > 0;
      const ask = (unedited: boolean, show: (so: Generated) => void): Promise<Generated> => {
        const onProgress = (progress: Progress): void => {
          this.activity = { what: 'generate', progress };
          if (progress.text !== undefined) show({ text: progress.text, tokens: [], top: [] });
        };
        return this.#engine.call('generate', { prompt, max_tokens: maxTokens, unedited }, { onProgress, signal });
      };
      const edited = await ask(false, (so) => (this.answer = { prompt, edited: so, unedited: null }));
      this.answer = { prompt, edited, unedited: null };
      if (edits) this.answer = { prompt, edited, unedited: await ask(true, (so) => (this.answer = { prompt, edited, unedited: so })) };
    });
  }

  /** Edits one more fact in, or the same fact in several languages, a step each. */
  async apply(...facts: (Omit<Fact, 'id'> & { id?: string })[]): Promise<boolean> {
    return this.change((recipe) => {
      const id = freeId(recipe);
      return facts.reduce((so, fact) => withStep(so, [{ id, ...fact }]), recipe);
    });
  }

  /** Makes another recipe of the current one and runs it; without a model, what is left to do waits for one. */
  async change(next: (recipe: Recipe) => Recipe): Promise<boolean> {
    return this.#move((timeline) => changed(timeline, next(current(timeline))));
  }

  get undoable(): boolean {
    return undone(this.timeline) !== null;
  }

  get redoable(): boolean {
    return redone(this.timeline) !== null;
  }

  async undo(): Promise<boolean> {
    return this.#move(undone);
  }

  async redo(): Promise<boolean> {
    return this.#move(redone);
  }

  /** Takes every step back; redoing brings them back one by one. */
  async reset(): Promise<boolean> {
    return this.#move(restarted);
  }

  /** The address that opens this experiment, with what came out, so that whoever opens it sees whether it comes out again. */
  async share(): Promise<string | null> {
    const fragment = await this.#link();
    if (fragment === null) return null;
    showLink(fragment);
    return new URL(fragment, location.href).href;
  }

  /** A question in the background: it shows no activity, and gives nothing where it comes at a bad time or has no answer. */
  async inquire<K extends Kind>(kind: K, parameters: Calls[K]['arguments']): Promise<Calls[K]['result'] | null> {
    return this.busy ? null : this.question(kind, parameters).catch(() => null);
  }

  /** A question whose failure the asker shows. */
  async question<K extends Kind>(kind: K, parameters: Calls[K]['arguments']): Promise<Calls[K]['result']> {
    try {
      return await this.#engine.call(kind, parameters);
    } catch (thrown) {
      if (!this.#engine.alive) this.#lost(EngineError.from(thrown));
      throw thrown;
    }
  }

  /** Something longer with the engine, shown as an activity that can be stopped. */
  async perform(what: Activity['what'], work: (call: Engine['call'], options: Required<Pick<CallOptions, 'signal' | 'onProgress'>>) => Promise<void>): Promise<boolean> {
    return this.#during(what, (signal) => {
      const onProgress = (progress: Progress): void => void (this.activity = { what, progress });
      return work((kind, parameters, options) => this.#engine.call(kind, parameters, options), { signal, onProgress });
    });
  }

  cancel(): void {
    this.#abort?.abort();
  }

  /** Shows what was thrown outside an action. */
  fail(thrown: unknown): void {
    this.failure = EngineError.from(thrown);
  }

  dismiss(): void {
    this.failure = null;
  }

  async #move(next: (timeline: Timeline) => Timeline | null): Promise<boolean> {
    return this.#during('edit', async (signal) => {
      const timeline = next(this.timeline);
      if (timeline) await this.#replay(timeline, signal);
    });
  }

  /** Runs a recipe from the base weights (the engine keeps what it shares with the last one) and takes it over. */
  async #replay(timeline: Timeline, signal?: AbortSignal): Promise<void> {
    const recipe = current(timeline);
    const { expected } = recipe;
    if (!this.model) {
      this.report = null;
    } else if (recipe.facts.length === 0) {
      await this.#engine.call('undo_to', { step: 0 });
      this.report = null;
      this.verdict = null;
    } else {
      const held = this.report;
      const onProgress = (progress: Progress): void => {
        this.activity = { what: 'edit', progress };
        if (progress.report) this.report = progress.report;
      };
      try {
        this.report = await this.#engine.call('edit', { recipe }, signal ? { onProgress, signal } : { onProgress });
      } catch (error) {
        // An edit that does not come to its end leaves everything as it was.
        this.report = held;
        throw error;
      }
      const { report } = this;
      this.verdict = expected ? await this.#engine.call('verdict', { expected, report }) : null;
    }
    this.timeline = timeline;
    this.answer = null;
    await this.#resolve();
    showLink(recipe.facts.length > 0 ? await this.#link() : null);
  }

  /** What the recipe's settings are on the open model. */
  async #resolve(): Promise<void> {
    this.settings = this.model ? await this.#engine.call('settings', { recipe: this.recipe }) : [];
  }

  async #link(): Promise<string | null> {
    if (this.recipe.facts.length === 0) return null;
    let recipe = this.recipe;
    if (this.report && this.model) {
      const expected = await this.#engine.call('digest', { report: this.report });
      const statistics = this.report.recipe?.statistics;
      recipe = { ...recipe, model: { name: this.model.name, sha256: this.model.sha256 }, expected, ...(statistics && { statistics }) };
    }
    return this.#engine.call('encode_link', { recipe });
  }

  async #fetchRecorded(): Promise<void> {
    try {
      const response = await fetch('demo/report.json');
      if (response.ok) this.recorded = (await response.json()) as Report;
    } catch {
      // It is there to be looked at while nothing else is; without it the page is as it would be without it.
    }
  }

  #newEngine(): Engine {
    return new Engine((error) => this.#lost(error));
  }

  /** Recovers from an engine that broke down while nothing was asked of it. */
  #lost(error: EngineError): void {
    // The recovery is all that there is to do: it tries again what failed, and that then is nothing.
    let told = false;
    void this.#during('edit', async () => {
      if (told) return;
      told = true;
      throw error;
    });
  }

  async #start(device: DeviceChoice): Promise<void> {
    if (!this.#engine.alive) this.#engine = this.#newEngine();
    const onProgress = (progress: Progress): void => void (this.activity = { what: 'engine', progress });
    this.started = await this.#engine.call('start', { device }, { onProgress });
    this.choices ??= await this.#engine.call('methods', {});
  }

  /** Opens the model that the page brings along, unless the link was made with another. */
  async #openBuiltin(address: string, signal: AbortSignal): Promise<void> {
    this.activity = { what: 'model', progress: null };
    const manifest = await fetchManifest(address, signal);
    this.builtin = { address, manifest };
    this.#judgeModel(manifest.files.find(({ path }) => path.endsWith('.gguf'))?.sha256 ?? '');
    if (this.foreign) return;
    await this.#open({ kind: 'manifest', address, manifest }, signal);
    await this.#replay(this.timeline, signal);
  }

  /** Whether the recipe was made with a model of another hash than that one. */
  #judgeModel(sha256: string): void {
    const { model, facts } = this.recipe;
    this.foreign = facts.length > 0 && model.sha256 !== undefined && model.sha256 !== sha256 ? model : null;
  }

  async #open(source: Source, signal: AbortSignal): Promise<void> {
    this.model = null;
    this.statistics = null;
    this.answer = null;
    const contents = await read(source, (done, total, stage) => (this.activity = { what: 'model', progress: { stage, done, total } }), signal);
    this.activity = { what: 'unpack', progress: null };
    if (contents.kind === 'gguf') {
      this.model = await this.#engine.call('open_gguf', contents.file, { signal, transfer: [contents.file.bytes.buffer] });
    } else {
      const transfer = contents.files.map((file) => file.bytes.buffer);
      this.model = await this.#engine.call('open_files', { files: contents.files }, { signal, transfer });
    }
    if (contents.statistics) {
      const { statistics: bytes } = contents;
      this.statistics = await this.#engine.call('use_statistics', { bytes }, { transfer: [bytes.buffer] });
    }
    this.#source = source;
    const model = { name: this.model.name, sha256: this.model.sha256 };
    if (this.recipe.facts.length === 0) this.timeline = replaced(this.timeline, { ...this.recipe, model });
    await this.#resolve();
  }

  /** Does one thing at a time; shows what went wrong. A lost GPU, or an engine that broke down, is answered by a new
   * engine on the CPU with the same model and the same edits. */
  async #during(what: Activity['what'], work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
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
      if (!abort.signal.aborted && error.kind !== 'cancelled') this.failure = error;
      return false;
    } finally {
      this.activity = null;
      this.#abort = null;
      ended();
    }
  }

  async #recovering(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await work(signal);
    } catch (thrown) {
      const error = EngineError.from(thrown);
      const before = this.started;
      const lost = error.kind === 'device' || !this.#engine.alive;
      if (signal.aborted || !before || !lost) throw error;
      this.#engine.close();
      this.#wanted = 'cpu';
      await this.#start('cpu');
      const reason = before.device === 'webgpu' ? error.message : before.reason;
      if (this.started) this.started = { ...this.started, selfcheck: null, reason };
      const source = this.#source;
      if (source && this.model) {
        await this.#open(source, signal);
        if (this.recipe.facts.length > 0) await this.#replay(this.timeline, signal);
      }
      // What broke down on the CPU would break down there again.
      if (before.device === 'cpu') throw error;
      await work(signal);
    }
  }
}
