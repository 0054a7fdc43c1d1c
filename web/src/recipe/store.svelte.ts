/** The one store: the Recipe, the Report it gave, and where the engine stands. Panels read it and call its actions. */

import type { Engine } from '../engine/client';
import { fetchManifest, type Manifest } from '../engine/manifest';
import type { Source } from '../engine/model-source';
import type {
  Answered,
  Catalogue,
  EvaluationChoice,
  Fact,
  Progress,
  Recipe,
  Report,
  Setting,
  Verdict,
} from '../engine/types';
import { linkIn, showLink } from '../parameters';
import { readAnswers, type Answers } from './answers';
import { ask, type Answer } from './ask';
import { fragmentOf, otherModel, recipeOf, unreadOf, type Unread } from './link';
import { emptyRecipe, named, type NewFact } from './recipe';
import { fetchRecorded } from './recorded';
import { Session, type Asking } from './session.svelte';
import { changed, current, redone, replaced, restarted, timelineOf, undone, type Timeline } from './timeline';

/** So many facts are asked after every step; more of them once, at the end. */
const FEW = 60;
/** Of so many edits it is asked what the model says to them now. */
export const MOST_ASKED = 120;

/** Where a change leads, and by way of what. */
interface Move {
  timeline: Timeline;
  through: readonly Recipe[];
}

const alone = (timeline: Timeline | null): Move | null => timeline && { timeline, through: [] };

/** What a follower can ask of the engine, and when it is to stop. */
export interface Work {
  call: Engine['call'];
  signal: AbortSignal;
  /** How far it is, with what. */
  onProgress: (progress: Progress, asking?: Asking) => void;
}

/** Somebody who looks at the model whenever its edits have changed, before they are measured. */
export interface Follower {
  /** A recipe is about to be run. */
  comes(recipe: Recipe): void;
  /** It has been edited in; unless it is the last one, more comes at once. */
  arrived(recipe: Recipe, report: Report | null, last: boolean, work: Work): Promise<void>;
  /** It did not come to its end: the recipe before it is in force again. */
  failed(recipe: Recipe): void;
  /** All that is wanted has been done. */
  rests(recipe: Recipe, work: Work): Promise<void>;
}

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
  /** The report has yet to get its accuracy. */
  unmeasured = $state(false);
  /** What the model says now to the first facts that were edited in, in their order, as soon as they have been asked. */
  said = $state.raw<readonly Answered[] | null>(null);
  follower: Follower | null = null;
  #catalogue: Catalogue | null = null;
  #answers: Answers | null = null;
  /** Undo and redo that were pressed and not gone yet. */
  #pressed: ((timeline: Timeline) => Timeline | null)[] = [];

  readonly editable: boolean = $derived(
    (!this.busy || this.yielding) && this.model !== null && this.foreign === null && this.unread === null,
  );
  /** The report to draw: one's own, the recorded one until there are facts of one's own. */
  readonly shown: Report | null = $derived(
    this.report ?? (this.recipe.facts.length === 0 && this.timeline.states.length === 1 ? this.recorded : null),
  );

  /** Starts the engine, opens the link in the address, and the model at `builtin`. */
  async begin(builtin: string | null): Promise<void> {
    void fetchRecorded<Report>('demo/report.json').then((report) => (this.recorded = report));
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

  /** The catalogue of facts, which does not change, asked for once. */
  async catalogue(): Promise<Catalogue> {
    return (this.#catalogue ??= await this.question('catalogue', {}));
  }

  /** What the open model was recorded to say to the catalogue's facts; null of any but the page's own. */
  async knownAnswers(): Promise<Answers | null> {
    const { builtin, model } = this;
    if (!builtin || model?.sha256 !== this.builtinHash) return null;
    if (!builtin.manifest.files.some(({ path }) => path === 'known.json')) return null;
    return (this.#answers ??= await readAnswers(builtin.address));
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
    return this.changeThrough(async (recipe) => [await next(recipe)]);
  }

  /** As `change`, by way of recipes that lead to the last one and are looked at on the way. */
  async changeThrough(next: (recipe: Recipe) => Promise<Recipe[]>): Promise<boolean> {
    return this.#move(async (timeline) => {
      const recipes = await next(current(timeline));
      const last = recipes.at(-1);
      return last ? { timeline: changed(timeline, last), through: recipes.slice(0, -1) } : null;
    });
  }

  get undoable(): boolean {
    return undone(this.timeline) !== null;
  }

  get redoable(): boolean {
    return redone(this.timeline) !== null;
  }

  async undo(): Promise<boolean> {
    return this.#go(undone);
  }

  async redo(): Promise<boolean> {
    return this.#go(redone);
  }

  /** Takes every step back; undoing brings them all back at once. */
  async reset(): Promise<boolean> {
    return this.#move((timeline) => alone(restarted(timeline)));
  }

  /** The address that opens this experiment, with what came out, so that whoever opens it sees whether it comes out again. */
  async share(): Promise<string | null> {
    await this.complete();
    const fragment = await this.#link();
    if (fragment === null) return null;
    showLink(fragment);
    return new URL(fragment, location.href).href;
  }

  /** Lets the follower look at the model as it is. */
  async look(): Promise<void> {
    const { recipe } = this;
    if (!this.model) return;
    await this.during('measure', async (signal) => {
      const work = this.#work(signal);
      await this.follower?.arrived(recipe, this.report, true, work);
      await this.follower?.rests(recipe, work);
    });
    void this.complete();
  }

  /** Measures what was edited in and has not been measured, as something else was wanted meanwhile. */
  async complete(): Promise<void> {
    const open = this.unmeasured || (this.said === null && this.recipe.facts.length > 0);
    if (!open || (this.busy && !this.yielding) || !this.model || this.foreign) return;
    await this.during('measure', async (signal) => {
      const work = this.#work(signal);
      if (this.unmeasured) await this.#measure(this.recipe, work);
      await this.#askEdits(this.recipe, work);
    });
  }

  override async perform(...parameters: Parameters<Session['perform']>): Promise<boolean> {
    const done = await super.perform(...parameters);
    void this.complete();
    return done;
  }

  protected get planned(): Recipe {
    return this.recipe;
  }

  protected async restore(source: Source, signal: AbortSignal): Promise<void> {
    await this.#open(source, signal);
    if (this.recipe.facts.length > 0) await this.#replay(this.timeline, signal);
  }

  /** Goes along the timeline. What was pressed while something was being interrupted for an earlier press is done with that. */
  async #go(next: (timeline: Timeline) => Timeline | null): Promise<boolean> {
    this.#pressed.push(next);
    return this.#move((timeline) => {
      const pressed = this.#pressed.splice(0);
      const reached = pressed.reduce((at, next) => next(at) ?? at, timeline);
      return alone(reached === timeline ? null : reached);
    }).finally(() => (this.#pressed = []));
  }

  async #move(next: (timeline: Timeline) => Move | null | Promise<Move | null>): Promise<boolean> {
    // Done again after the engine was replaced, it must lead to the same place.
    let move: Move | null | undefined;
    return this.during('edit', async (signal) => {
      move ??= await next(this.timeline);
      if (move) await this.#replay(move.timeline, signal, move.through);
    });
  }

  /** Runs a recipe from the base weights (the engine keeps what it shares with the last one) and takes it over. Then, giving way to whatever is wanted
   * next, it is measured. */
  async #replay(timeline: Timeline, signal: AbortSignal, through: readonly Recipe[] = []): Promise<void> {
    const recipe = current(timeline);
    const work = this.#work(signal);
    const { model } = this;
    const held = this.report;
    if (model) {
      // Where the engine stands by now.
      let reached: { recipe: Recipe; report: Report | null } | null = null;
      try {
        for (const step of [...through, recipe]) {
          await this.#edit(step, recipe.steps.length, work);
          reached = { recipe: step, report: this.report };
          // The unedited model can be looked at once everything else is done: somebody else may want it first.
          if (step.facts.length > 0) await this.follower?.arrived(step, this.report, step === recipe, work);
        }
      } catch (error) {
        this.report = held;
        if (reached && signal.aborted) {
          // What was finished before somebody stopped it stays.
          this.report = reached.report;
          await this.#stand(replaced(timeline, reached.recipe), work.call);
        } else if (reached) {
          await this.call('edit', { recipe: this.recipe, evaluation: 'nothing' }).catch(() => null);
        }
        this.follower?.failed(this.recipe);
        throw error;
      }
    } else {
      this.report = null;
    }
    await this.#stand(timeline, work.call);
    if (!model) return;
    this.activity = { what: 'measure', progress: null };
    if (this.unmeasured) await this.#measure(recipe, work);
    else await this.follower?.arrived(recipe, null, true, work);
    this.activity = { what: 'measure', progress: null };
    await this.follower?.rests(recipe, work);
    await this.#askEdits(recipe, work);
  }

  /** Takes a timeline over whose recipe has been edited in and not been measured. */
  async #stand(timeline: Timeline, call: Engine['call']): Promise<void> {
    const recipe = current(timeline);
    this.timeline = timeline;
    this.answer = null;
    this.verdict = null;
    this.said = null;
    this.unmeasured = this.model !== null && recipe.facts.length > 0;
    await this.#resolve();
    if (!this.unread) showLink(await fragmentOf(call, recipe, this.model, null));
  }

  /** Asks the facts that were edited in: what became of each is told by what the model says. */
  async #askEdits({ facts }: Recipe, { call, signal, onProgress }: Work): Promise<void> {
    const questions = facts.slice(0, MOST_ASKED).map(({ prompt, new_object: answer }) => ({ prompt, answer }));
    if (questions.length === 0) return;
    const request = { questions, recipe: null, unedited: false };
    this.said = await call('answers', request, { signal, onProgress: (progress) => onProgress(progress, 'edits') });
  }

  /** Edits a recipe in, on the way to one of so many steps. */
  async #edit(recipe: Recipe, steps: number, work: Work): Promise<void> {
    this.follower?.comes(recipe);
    if (recipe.facts.length > 0) this.report = await this.#run(recipe, steps, 'nothing', work);
    else {
      await this.call('undo_to', { step: 0 });
      this.report = null;
    }
  }

  /** Asks what the recipe's facts are measured by, and says so in the link. */
  async #measure(recipe: Recipe, work: Work): Promise<void> {
    const evaluation = recipe.facts.length > FEW ? 'end' : 'every';
    const report = (this.report = await this.#run(recipe, recipe.steps.length, evaluation, work));
    this.unmeasured = false;
    const { expected } = recipe;
    this.verdict = expected ? await this.call('verdict', { expected, report }) : null;
    if (!this.unread) showLink(await this.#link());
  }

  /** Shows the report as it grows. */
  #run(recipe: Recipe, steps: number, evaluation: EvaluationChoice, { signal }: Work): Promise<Report> {
    const onProgress = (progress: Progress): void => {
      this.activity = { what: evaluation === 'nothing' ? 'edit' : 'measure', progress: { ...progress, steps } };
      if (progress.report && evaluation === 'nothing') this.report = progress.report;
    };
    return this.call('edit', { recipe, evaluation }, { onProgress, signal });
  }

  /** What the recipe's settings are on the open model. */
  async #resolve(): Promise<void> {
    this.settings = this.model ? await this.call('settings', { recipe: this.recipe }) : [];
  }

  #link(): Promise<string | null> {
    return fragmentOf(this.#caller(), this.recipe, this.model, this.unmeasured ? null : this.report);
  }

  #work(signal: AbortSignal): Work {
    const onProgress: Work['onProgress'] = (progress, asking) => {
      if (this.activity) this.activity = { what: this.activity.what, asking, progress };
    };
    return { call: this.#caller(), signal, onProgress };
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
