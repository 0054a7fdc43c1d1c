/** The one store: the Recipe, the Report it gave, and where the engine stands. Panels read it and call its actions. */

import { Engine, EngineError } from '../engine/client';
import { read, type Source } from '../engine/source';
import type { DeviceChoice, Fact, Generated, ModelSummary, Progress, Recipe, Report, Started, StatisticsSummary, Verdict } from '../engine/types';
import { linkIn, showLink } from '../parameters';
import { emptyRecipe, freeId, withoutLastStep, withStep } from './recipe';

export type State = 'loading' | 'ready' | 'busy' | 'error';

/** What the page is doing; `model` counts bytes, the others steps. */
export interface Activity {
  what: 'engine' | 'model' | 'unpack' | 'generate' | 'edit';
  progress: Progress | null;
}

export class Store {
  recipe = $state.raw<Recipe>(emptyRecipe());
  report = $state.raw<Report | null>(null);
  verdict = $state.raw<Verdict | null>(null);
  /** Steps that were undone, the last one first in line to be redone. */
  undone = $state.raw<Fact[][]>([]);
  model = $state.raw<ModelSummary | null>(null);
  /** Key statistics that came with the model. */
  statistics = $state.raw<StatisticsSummary | null>(null);
  started = $state.raw<Started | null>(null);
  answer = $state.raw<(Generated & { prompt: string }) | null>(null);
  activity = $state.raw<Activity | null>({ what: 'engine', progress: null });
  failure = $state.raw<EngineError | null>(null);

  readonly state: State = $derived(this.activity ? (this.activity.what === 'engine' ? 'loading' : 'busy') : this.failure ? 'error' : 'ready');
  readonly busy: boolean = $derived(this.activity !== null);

  #engine = this.#newEngine();
  #source: Source | null = null;
  #abort: AbortController | null = null;
  #wanted: DeviceChoice;

  constructor(device: DeviceChoice) {
    this.#wanted = device;
  }

  /** Starts the engine and opens the link in the address. */
  async begin(): Promise<void> {
    await this.#during('engine', async () => {
      await this.#start(this.#wanted);
      await this.openLink(location.hash);
    });
  }

  /** Takes the recipe of a link, and replays it where a model is open. */
  async openLink(hash: string): Promise<void> {
    const text = linkIn(hash);
    if (text === null) return;
    this.recipe = await this.#engine.call('decode_link', { text });
    this.undone = [];
    this.report = null;
    this.verdict = null;
  }

  /** Follows a link that was put into the address of the open page. */
  async followLink(hash: string): Promise<void> {
    await this.#during('edit', async () => {
      await this.openLink(hash);
      if (this.model) await this.#replay(this.recipe);
    });
  }

  async openModel(source: Source): Promise<void> {
    await this.#during('model', async (signal) => {
      await this.#open(source, signal);
      await this.#replay(this.recipe);
    });
  }

  async generate(prompt: string, maxTokens: number): Promise<void> {
    await this.#during('generate', async (signal) => {
      const onProgress = (progress: Progress): void => {
        this.activity = { what: 'generate', progress };
        if (progress.text !== undefined) this.answer = { prompt, text: progress.text, tokens: [], top: [] };
      };
      const generated = await this.#engine.call('generate', { prompt, max_tokens: maxTokens }, { onProgress, signal });
      this.answer = { prompt, ...generated };
    });
  }

  /** Edits one more fact in. */
  async apply(fact: Omit<Fact, 'id'>): Promise<boolean> {
    return this.#change(() => ({ recipe: withStep(this.recipe, [{ id: freeId(this.recipe), ...fact }]), undone: [] }));
  }

  async undo(): Promise<boolean> {
    return this.#change(() => {
      const { recipe, facts } = withoutLastStep(this.recipe);
      return { recipe, undone: [facts, ...this.undone] };
    });
  }

  async redo(): Promise<boolean> {
    const [facts, ...undone] = this.undone;
    return facts ? this.#change(() => ({ recipe: withStep(this.recipe, facts), undone })) : false;
  }

  /** Undoes every step; redoing brings them back one by one. */
  async reset(): Promise<boolean> {
    return this.#change(() => {
      let recipe = this.recipe;
      let undone = this.undone;
      while (recipe.steps.length > 0) {
        const without = withoutLastStep(recipe);
        recipe = without.recipe;
        undone = [without.facts, ...undone];
      }
      return { recipe, undone };
    });
  }

  /** The address that opens this experiment, with what came out, so that whoever opens it sees whether it comes out again. */
  async share(): Promise<string | null> {
    const fragment = await this.#link();
    if (fragment === null) return null;
    showLink(fragment);
    return new URL(fragment, location.href).href;
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

  async #change(next: () => { recipe: Recipe; undone: Fact[][] }): Promise<boolean> {
    return this.#during('edit', async (signal) => {
      const { recipe, undone } = next();
      await this.#replay(recipe, signal);
      this.undone = undone;
    });
  }

  /** Runs the recipe from the base weights (the engine keeps what it shares with the last one) and takes it over. */
  async #replay(recipe: Recipe, signal?: AbortSignal): Promise<void> {
    const { expected } = recipe;
    if (recipe.facts.length === 0) {
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
    this.recipe = recipe;
    this.answer = null;
    showLink(recipe.facts.length > 0 ? await this.#link() : null);
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

  #newEngine(): Engine {
    return new Engine((error) => {
      // The recovery is all that there is to do: it tries again what failed, and that then is nothing.
      let told = false;
      void this.#during('edit', async () => {
        if (told) return;
        told = true;
        throw error;
      });
    });
  }

  async #start(device: DeviceChoice): Promise<void> {
    if (!this.#engine.alive) this.#engine = this.#newEngine();
    this.started = await this.#engine.call('start', { device });
  }

  async #open(source: Source, signal: AbortSignal): Promise<void> {
    this.model = null;
    this.statistics = null;
    this.answer = null;
    const contents = await read(source, (done, total) => (this.activity = { what: 'model', progress: { stage: 'read', done, total } }), signal);
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
    if (this.recipe.facts.length === 0) this.recipe = emptyRecipe({ name: this.model.name, sha256: this.model.sha256 });
  }

  /** Does one thing at a time; shows what went wrong. A lost GPU, or an engine that broke down, is answered by a new
   * engine on the CPU with the same model and the same edits. */
  async #during(what: Activity['what'], work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    if (this.busy && what !== 'engine') return false;
    const abort = new AbortController();
    this.#abort = abort;
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
      await this.#start('cpu');
      this.started = { device: 'cpu', selfcheck: null, reason: before.device === 'webgpu' ? error.message : before.reason };
      const source = this.#source;
      if (source && this.model) {
        await this.#open(source, signal);
        if (this.recipe.facts.length > 0) await this.#replay(this.recipe, signal);
      }
      // What broke down on the CPU would break down there again.
      if (before.device === 'cpu') throw error;
      await work(signal);
    }
  }
}
