/** The one store: the Recipe, the Report it gave, and where the engine stands. Panels read it and call its actions. */

import type { Engine } from '../engine/client';
import { fetchManifest, type Manifest } from '../engine/manifest';
import type { Source } from '../engine/model-source';
import type { Fact, Progress, Recipe, Report, Setting, Verdict } from '../engine/types';
import { linkIn, showLink } from '../parameters';
import { ask, type Answer } from './ask';
import { fragmentOf, otherModel, recipeOf, unreadOf, type Unread } from './link';
import { emptyRecipe, named, type NewFact } from './recipe';
import { fetchRecorded } from './recorded';
import { Session } from './session.svelte';
import { changed, current, redone, replaced, restarted, timelineOf, undone, type Timeline } from './timeline';

export class Store extends Session {
  timeline = $state.raw<Timeline>(timelineOf(emptyRecipe()));
  readonly recipe: Recipe = $derived(current(this.timeline));
  report = $state.raw<Report | null>(null);
  verdict = $state.raw<Verdict | null>(null);
  /** A run that was recorded when the page was built, to look at until there is one of one's own. */
  recorded = $state.raw<Report | null>(null);
  /** The model that the page brings along, where it does. */
  builtin = $state.raw<{ address: string; manifest: Manifest } | null>(null);
  /** The hash of its weights. */
  readonly builtinHash: string | null = $derived(
    this.builtin?.manifest.files.find(({ path }) => path.endsWith('.gguf'))?.sha256 ?? null,
  );
  /** The model that a link was made with, where it is not the one at hand: then nothing is run until the reader says so. */
  foreign = $state.raw<Recipe['model'] | null>(null);
  /** The link in the address, where it is whole but not for this version or this catalogue: it is shown, and stays until it is put aside. */
  unread = $state.raw<Unread | null>(null);
  /** The settings that the recipe means on the open model. */
  settings = $state.raw<Setting[]>([]);
  answer = $state.raw<Answer | null>(null);

  readonly editable: boolean = $derived(
    !this.busy && this.model !== null && this.foreign === null && this.unread === null,
  );
  /** The report to draw: one's own, the recorded one until there are facts of one's own. */
  readonly shown: Report | null = $derived(
    this.report ?? (this.recipe.facts.length === 0 && this.timeline.states.length === 1 ? this.recorded : null),
  );

  /** Starts the engine, opens the link in the address, and the model at `builtin`. */
  async begin(builtin: string | null): Promise<void> {
    void fetchRecorded().then((report) => (this.recorded = report));
    await this.during('engine', async (signal) => {
      await this.start();
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
    const call = this.#caller();
    const onProgress = (progress: Progress): void => void (this.activity = { what: 'engine', progress });
    this.unread = null;
    try {
      this.timeline = timelineOf(await recipeOf(call, text, onProgress));
    } catch (error) {
      this.unread = await unreadOf(call, text);
      throw error;
    }
    this.report = null;
    this.verdict = null;
  }

  /** Follows a link that was put into the address of the open page. */
  async followLink(hash: string): Promise<void> {
    await this.during('edit', async (signal) => {
      await this.openLink(hash);
      if (!this.model) return;
      this.foreign = otherModel(this.recipe, this.model.sha256);
      if (!this.foreign) await this.#replay(this.timeline, signal);
    });
  }

  /** Opens a model, in place of one that is being opened; a recipe is replayed on it, whichever model it was made with. */
  async openModel(source: Source): Promise<void> {
    if (this.opening) await this.interrupt();
    await this.during('model', async (signal) => {
      this.foreign = null;
      await this.exchange(async () => {
        await this.#open(source, signal);
        await this.#replay(this.timeline, signal);
      });
    });
  }

  /** Opens the model that the page brings along, though the recipe was made with another. */
  async openBuiltin(): Promise<void> {
    if (this.builtin) await this.openModel({ kind: 'manifest', ...this.builtin });
  }

  /** Runs a recipe that was made with another model on the one at hand. */
  async replayHere(): Promise<void> {
    await this.during('edit', async (signal) => {
      this.foreign = null;
      await this.#replay(this.timeline, signal);
    });
  }

  /** Goes on without the link that cannot be run here. */
  async putAside(): Promise<void> {
    this.unread = null;
    this.dismiss();
    showLink(await this.#link());
  }

  async generate(prompt: string, maxTokens: number): Promise<void> {
    const both = this.recipe.steps.length > 0;
    // What was edited in is known, whether the catalogue asks it or not.
    const limited =
      this.model !== null &&
      this.model.sha256 === this.builtinHash &&
      !this.recipe.facts.some((fact) => fact.prompt === prompt.trim());
    await this.perform('generate', (call, options) =>
      ask(call, { prompt, maxTokens, both, limited }, (answer) => (this.answer = answer), options),
    );
  }

  /** Edits one more fact in, or the same fact in several languages, a step each. */
  async apply(...facts: NewFact[]): Promise<boolean> {
    return this.change(() => this.withFacts(facts));
  }

  /** Edits many facts in, in steps of at most `batch` of one language. */
  async extend(facts: readonly Fact[], batch: number, order: Recipe['order']): Promise<boolean> {
    return this.change((recipe) => this.call('extend', { recipe, facts: [...facts], batch, order }));
  }

  /** The recipe with that fact, a step in each of its languages, and with the questions that the catalogue has for it where it was written by hand. */
  async withFacts(written: readonly NewFact[]): Promise<Recipe> {
    const { recipe } = this;
    const facts = await this.call('complete_facts', { facts: named(recipe, written) });
    return this.call('extend', { recipe, facts, batch: 1, order: 'by-language' });
  }

  /** Makes another recipe of the current one and runs it; without a model, what is left to do waits for one. */
  async change(next: (recipe: Recipe) => Recipe | Promise<Recipe>): Promise<boolean> {
    return this.#move(async (timeline) => changed(timeline, await next(current(timeline))));
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

  protected async restore(source: Source, signal: AbortSignal): Promise<void> {
    await this.#open(source, signal);
    if (this.recipe.facts.length > 0) await this.#replay(this.timeline, signal);
  }

  async #move(next: (timeline: Timeline) => Timeline | null | Promise<Timeline>): Promise<boolean> {
    return this.during('edit', async (signal) => {
      const timeline = await next(this.timeline);
      if (timeline) await this.#replay(timeline, signal);
    });
  }

  /** Runs a recipe from the base weights (the engine keeps what it shares with the last one) and takes it over. */
  async #replay(timeline: Timeline, signal: AbortSignal): Promise<void> {
    const recipe = current(timeline);
    const { expected } = recipe;
    if (!this.model) {
      this.report = null;
    } else if (recipe.facts.length === 0) {
      await this.call('undo_to', { step: 0 });
      this.report = null;
      this.verdict = null;
    } else {
      const report = await this.#run(recipe, signal);
      this.verdict = expected ? await this.call('verdict', { expected, report }) : null;
    }
    this.timeline = timeline;
    this.answer = null;
    await this.#resolve();
    if (!this.unread) showLink(await this.#link());
  }

  /** Shows the report as it grows; an edit that does not come to its end leaves everything as it was. */
  async #run(recipe: Recipe, signal: AbortSignal): Promise<Report> {
    const held = this.report;
    const onProgress = (progress: Progress): void => {
      this.activity = { what: 'edit', progress };
      if (progress.report) this.report = progress.report;
    };
    try {
      return (this.report = await this.call('edit', { recipe }, { onProgress, signal }));
    } catch (error) {
      this.report = held;
      throw error;
    }
  }

  /** What the recipe's settings are on the open model. */
  async #resolve(): Promise<void> {
    this.settings = this.model ? await this.call('settings', { recipe: this.recipe }) : [];
  }

  #link(): Promise<string | null> {
    return fragmentOf(this.#caller(), this.recipe, this.model, this.report);
  }

  #caller(): Engine['call'] {
    return (kind, parameters, options) => this.call(kind, parameters, options);
  }

  /** Opens the model that the page brings along, unless the link was made with another. */
  async #openBuiltin(address: string, signal: AbortSignal): Promise<void> {
    this.activity = { what: 'model', progress: null };
    const manifest = await fetchManifest(address, signal);
    this.builtin = { address, manifest };
    this.foreign = otherModel(this.recipe, manifest.files.find(({ path }) => path.endsWith('.gguf'))?.sha256 ?? '');
    if (this.foreign) return;
    await this.#open({ kind: 'manifest', address, manifest }, signal);
    await this.#replay(this.timeline, signal);
  }

  async #open(source: Source, signal: AbortSignal): Promise<void> {
    this.answer = null;
    const { name, sha256 } = await this.load(source, signal);
    if (this.recipe.facts.length === 0)
      this.timeline = replaced(this.timeline, { ...this.recipe, model: { name, sha256 } });
    await this.#resolve();
  }
}
