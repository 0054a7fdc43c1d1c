/** The stage: one fact in six languages, what the edits made of it, and what else they moved. It follows the store and changes its recipe. */

import { withSettings } from '../recipe/recipe';
import type { Follower, Store, Work } from '../recipe/store.svelte';
import type { Fact, Language, Method, Progress, Recipe, Report } from '../engine/types';
import { answersTo, askingFor, unedited } from './asking';
import { fetchRecorded } from '../recipe/recorded';
import { keptAlong, recordedOutcome, type KeptAt, type RecordedLoad } from './load';
import type { Opening } from './opening';
import { countOf, NOTHING, outcomeKey, rowOf, stepOf, type Count, type Outcome, type Row } from './outcome';
import {
  alike,
  byInterest,
  donorOf,
  isAbout,
  keyOf,
  nameIn,
  type Known,
  type Sentence,
  type StagedFact,
} from './questions';
import { Repertoire } from './repertoire';
import { aloneIn, LOAD, roundsOf, withFacts, withoutFact } from './stream';

/** Methods that are one press away: the published one with a null space, the one that spares other facts of the same subject most, and one
 * without a null space. The settings have all. */
export const OFFERED: readonly Method[] = ['langedit', 'answeredit', 'memit'];
/** Known facts that are asked in each language. */
const EACH = 20;
/** Questions that are asked at once: so often one sees them come, and can stop them. */
const AT_ONCE = 24;
/** Outcomes that are remembered, so that going back to one is at once. */
const REMEMBERED = 64;

export class Stage implements Follower {
  fact = $state.raw<StagedFact | null>(null);
  known = $state.raw<readonly Known[]>([]);
  /** The recipe whose outcome is on show: while an edit is made, the one that it leads to as soon as there is something to see of it. */
  shown = $state.raw<Recipe>() as Recipe;
  /** New answers that are being written, by language. */
  coming = $state.raw<ReadonlyMap<Language, string>>(new Map());
  /** What the load on show was recorded as, not run here yet. */
  recorded = $state(false);

  readonly repertoire: Repertoire;

  /** Whose answer is to be taught, of the fact on the stage, where the reader has chosen one. */
  #chosen = $state.raw<{ fact: string; donor: string } | null>(null);
  #store: Store;
  #outcomes = $state.raw<ReadonlyMap<string, Outcome>>(new Map());
  /** Null where none was recorded; undefined while it is on its way. */
  #load = $state.raw<RecordedLoad | null>();
  /** The model that the answers before every edit are of, and whether they are the recorded ones. */
  #model = $state.raw('');
  #recorded = true;
  /** How the switch stood when LangEdit was left for another method. */
  #switched: Recipe['projection'] = 'exact';
  /** The fact whose other answers are all there: the opening has but a few, the catalogue has all. */
  #completed = '';
  /** Facts that were edited in by hand when the model was last looked at. */
  #seen: ReadonlySet<string> = new Set();

  readonly #key = $derived(this.#keyOf(this.shown));
  readonly outcome: Outcome = $derived(this.#outcomes.get(this.#key) ?? NOTHING);
  /** Of the same facts under the other position of the switch, where that is known. */
  readonly other: Outcome | null = $derived(this.#outcomes.get(this.#keyOf(this.#turned(this.shown))) ?? null);
  /** Whether what is written is projected onto a null space. */
  readonly projecting: boolean = $derived.by(() => {
    const { method, projection } = this.shown;
    const choice = this.#store.choices?.methods.find(({ name }) => name === method);
    return projection !== 'none' && (choice?.projects ?? true);
  });
  /** How many other answers the same edits change by the other methods, as far as they have been tried. */
  readonly elsewhere: readonly { method: Method; changed: number }[] = $derived(
    OFFERED.filter((method) => method !== this.shown.method).flatMap((method) => {
      const outcome = this.#outcomes.get(this.#keyOf(withSettings(this.shown, { method, projection: 'exact' })));
      const { asked, kept } = countOf(this.known, outcome ?? NOTHING, this.edited);
      return outcome && asked === this.known.length ? [{ method, changed: asked - kept }] : [];
    }),
  );
  readonly edited: boolean = $derived(this.shown.facts.length > 0);
  readonly rows: readonly Row[] = $derived(
    (this.fact?.sentences ?? []).map((sentence) => rowOf(sentence, this.outcome, this.shown, this.#wantedIn(sentence))),
  );
  readonly count: Count = $derived(countOf(this.known, this.outcome, this.edited));
  /** What was recorded of growing loads, where it is of the fact on the stage and of the model that is open; null while that is on its way. */
  readonly keptAlong: readonly KeptAt[] | null = $derived.by(() => {
    if (this.#load === undefined || !this.fact) return null;
    const { model } = this.#store;
    const isOfThese = this.#load?.fact === this.fact.id && (!model || model.sha256 === this.#load.model);
    return this.#load && isOfThese ? keptAlong(this.#load) : [];
  });
  /** Whether everything that can be asked has been. */
  readonly askedAll: boolean = $derived(this.count.asked >= this.known.length);

  /** `follows`: whether somebody sees it; a stage that nobody sees asks nothing. */
  constructor(store: Store, opening: Promise<Opening | null>, follows: boolean) {
    this.#store = store;
    this.shown = store.recipe;
    this.repertoire = new Repertoire(store);
    if (follows) store.follower = this;
    void opening.then((found) => {
      if (found && !this.fact) [this.fact, this.known] = [found.fact, found.known];
    });
    void fetchRecorded<RecordedLoad>('stage/load.json').then((load) => (this.#load = load));
  }

  /** The fact in the reader's language, where it is one of the catalogue's. */
  spoken(ui: Language): Sentence | undefined {
    return this.#sentence(ui) ?? this.fact?.sentences[0];
  }

  /** Answers that “Teach all six” can write, in the reader's language: those of other facts of the relation, by their ids. */
  lessons(ui: Language): { chosen: string; answers: readonly { id: string; object: string }[] } {
    const answers = this.spoken(ui)?.others ?? [];
    return { chosen: this.#lesson(ui)?.donor ?? '', answers };
  }

  /** Chooses among them. */
  chooseLesson(donor: string): void {
    this.#chosen = this.fact && { fact: this.fact.id, donor };
  }

  /** What “Teach all six” would write, in the reader's language. */
  lesson(ui: Language): string {
    const sentence = this.spoken(ui);
    const lesson = this.#lesson(ui);
    return sentence && lesson ? lesson.named(sentence) : '';
  }

  /** The sentences that “Teach all six” would write to: those that have not got its answer. */
  untaught(ui: Language): readonly Sentence[] {
    const lesson = this.#lesson(ui);
    if (!lesson) return [];
    return (this.fact?.sentences ?? []).filter(
      (sentence) =>
        !this.shown.facts.some((fact) => isAbout(sentence, fact) && alike(fact.new_object, lesson.named(sentence))),
    );
  }

  /** What it would write to that sentence; null where there is nothing to write. */
  lessonIn(sentence: Sentence, ui: Language): string | null {
    return this.untaught(ui).includes(sentence) ? (this.#lesson(ui)?.named(sentence) ?? null) : null;
  }

  /** Writes another answer in one language; the right one takes the edit back. */
  async edit(language: Language, text: string): Promise<void> {
    const sentence = this.#sentence(language);
    const answer = text.trim();
    if (!sentence || !answer) return;
    this.coming = new Map([[language, answer]]);
    this.#chosen = null;
    await this.#store.changeThrough(async (recipe) => {
      const base = withoutFact(recipe, sentence);
      if (sentence.before && alike(sentence.before.text, answer)) return base === recipe ? [] : [base];
      if (donorOf(sentence, answer) === null) await this.#complete();
      const donor = donorOf(this.#sentence(language) ?? sentence, answer);
      const facts = await this.#facts([sentence], donor, answer);
      return [await withFacts(this.#ask, base, facts, 1)];
    });
    this.coming = new Map();
  }

  /** Writes the new answer in every language that has not got it, one after the other. */
  async teach(ui: Language): Promise<void> {
    const lesson = this.#lesson(ui);
    if (!lesson) return;
    const { answer, donor, named } = lesson;
    const left = this.untaught(ui);
    this.coming = new Map(left.map((sentence) => [sentence.language, named(sentence)]));
    await this.#store.changeThrough(async (recipe) => {
      const facts = await this.#facts(left, donor, answer);
      let now = left.reduce(withoutFact, recipe);
      const recipes: Recipe[] = [];
      for (const fact of facts) recipes.push((now = await withFacts(this.#ask, now, [fact], 1)));
      return recipes;
    });
    this.coming = new Map();
  }

  /** Twenty more facts in every language, one language after the other. */
  async addLoad(): Promise<void> {
    await this.#store.changeThrough(async (recipe) => {
      const round = roundsOf(recipe);
      const avoid = [...new Set([this.fact?.id ?? '', ...aloneIn(recipe).map(({ id }) => id)])];
      const facts = await this.#ask('load_facts', { round, avoid });
      const languages = [...new Set(facts.map(({ language }) => language))];
      let now = recipe;
      const recipes: Recipe[] = [];
      for (const language of languages) {
        const own = facts.filter((fact) => fact.language === language);
        recipes.push((now = await withFacts(this.#ask, now, own, LOAD)));
      }
      this.#recall(recipe, now, round);
      return recipes;
    });
    this.recorded = false;
  }

  /** Turns the projection on or off, for all steps. */
  async project(on: boolean): Promise<void> {
    await this.#store.change((recipe) => withSettings(recipe, { projection: on ? 'exact' : 'none' }));
  }

  /** Makes all edits by that method: LangEdit as the switch stood when it was left, the others projected as they are meant to be. */
  async useMethod(method: Method): Promise<void> {
    await this.#store.change((recipe) => {
      if (recipe.method === 'langedit') this.#switched = recipe.projection;
      return withSettings(recipe, { method, projection: method === 'langedit' ? this.#switched : 'exact' });
    });
  }

  /** Puts another fact of the catalogue on the stage. */
  async choose(id: string): Promise<void> {
    await this.#put(id);
    await this.#store.look();
  }

  /** A fact at random that the model knows everywhere. */
  async roll(): Promise<void> {
    const id = await this.repertoire.drawn(this.fact?.id ?? '');
    if (id !== null) await this.choose(id);
  }

  /** How many of the known facts are answered as before under another recipe; nothing where it is not known what was said before. */
  async keptUnder(recipe: Recipe, work: Work): Promise<(Count & { languages: Record<Language, Count> }) | null> {
    const { known } = this;
    if (known.length === 0 || this.#store.model?.sha256 !== this.#model) return null;
    const answered = await answersTo(known, work, recipe);
    const outcome = { ...NOTHING, others: new Map(known.map((one, at) => [keyOf(one), answered[at]!])) };
    const languages = [...new Set(known.map(({ language }) => language))];
    const countIn = (language: Language): Count =>
      countOf(
        known.filter((one) => one.language === language),
        outcome,
        true,
      );
    return {
      ...countOf(known, outcome, true),
      languages: Object.fromEntries(languages.map((language) => [language, countIn(language)])),
    };
  }

  comes(recipe: Recipe): void {
    if (recipe.facts.length === 0 || this.#outcomes.has(this.#keyOf(recipe))) this.shown = recipe;
  }

  failed(recipe: Recipe): void {
    this.shown = recipe;
    this.coming = new Map();
    this.recorded = false;
  }

  async arrived(recipe: Recipe, report: Report | null, last: boolean, work: Work): Promise<void> {
    if (last) await this.#follow(recipe);
    // An answer that a link or a lesson brought is known in the other languages by the catalogue's names.
    if (this.#writtenIn(recipe).some(({ sentence, fact }) => donorOf(sentence, fact.new_object) === null))
      await this.#complete();
    this.#seen = new Set(aloneIn(recipe).map(({ id }) => id));
    await this.#baseline(work);
    // What was recorded stays on show until all of it has been run.
    if (this.recorded && !last) return;
    if (!this.fact || recipe.facts.length === 0) {
      this.shown = recipe;
      return;
    }
    const key = this.#keyOf(recipe);
    if (this.recorded) {
      const everything = askingFor(work, 'others', 0, this.known.length + this.fact.sentences.length);
      this.#note(key, { ...(await this.#askEverything(everything, null)), step: stepOf(report) });
      this.recorded = false;
      return;
    }
    await this.#askRows(key, report, work);
    this.shown = recipe;
    const done = this.rows.filter(({ open, taught }) => taught && !open).map(({ sentence }) => sentence.language);
    this.coming = new Map([...this.coming].filter(([language]) => !done.includes(language)));
    if (last || (recipe.steps.at(-1) ?? 0) >= LOAD) await this.#askOthers(key, work);
  }

  async rests(recipe: Recipe, work: Work): Promise<void> {
    const turned = this.#turned(recipe);
    const key = this.#keyOf(turned);
    if (!this.fact || recipe.facts.length === 0 || recipe.method !== 'langedit' || recipe.merge) return;
    const held = this.#outcomes.get(key);
    const asked = held !== undefined && held.others.size >= this.known.length;
    const measured = held?.step || turned.projection === 'none';
    if (asked && measured) return;
    const { call, signal } = work;
    const onProgress = (progress: Progress): void => work.onProgress(progress, 'turned');
    // What the projector takes is told by a run with it; the steps that it makes are those that are asked then.
    const step = measured
      ? (held?.step ?? null)
      : stepOf(await call('trial', { recipe: turned, evaluation: 'nothing' }, { signal, onProgress }));
    const { answers, others } = asked ? held : await this.#askEverything({ ...work, onProgress }, turned);
    this.#note(key, { answers, others, step });
  }

  #ask: Work['call'] = (kind, parameters) => this.#store.question(kind, parameters);

  async #put(id: string): Promise<void> {
    const { fact, known, recorded } = await this.repertoire.staged(id, EACH);
    [this.fact, this.known, this.#recorded, this.#model] = [fact, known, recorded, ''];
    this.#completed = id;
  }

  /** A recipe about another fact of the catalogue, a link's say, brings that fact with it. */
  async #follow(recipe: Recipe): Promise<void> {
    const alone = aloneIn(recipe);
    const here = alone.some((fact) => this.fact?.sentences.some((sentence) => isAbout(sentence, fact)));
    // Ids of the catalogue have a stroke; written facts have none.
    const other = alone.findLast(({ id }) => id.includes('/') && !this.#seen.has(id));
    if (!here && other && other.id !== this.fact?.id) await this.#put(other.id).catch(() => undefined);
  }

  async #complete(): Promise<void> {
    const { fact } = this;
    if (!fact || fact.id === this.#completed) return;
    this.fact = await this.repertoire.completed(fact);
    this.#completed = fact.id;
  }

  /** What another model than the page's own says before it is edited has to be asked first. */
  async #baseline(work: Work): Promise<void> {
    const { model, builtinHash } = this.#store;
    const { fact } = this;
    if (!model || !fact || model.sha256 === this.#model) return;
    if (!this.#recorded || model.sha256 !== builtinHash) {
      this.#recorded = false;
      const sentences = await unedited(fact.sentences, work);
      this.known = await unedited(this.known, work);
      this.fact = { ...fact, sentences };
    }
    this.#model = model.sha256;
  }

  /** The answer that was chosen, or the newest that was written, or else the first that one could write, with the fact whose answer it is and its name
   * in each language. */
  #lesson(ui: Language): { answer: string; donor: string | null; named: (sentence: Sentence) => string } | null {
    const spoken = this.spoken(ui);
    const chosen =
      this.#chosen?.fact === this.fact?.id ? spoken?.others.find(({ id }) => id === this.#chosen?.donor) : undefined;
    const written = chosen ? undefined : this.#written().at(-1);
    const sentence = written?.sentence ?? spoken;
    const answer = chosen?.object ?? written?.fact.new_object ?? sentence?.others[0]?.object;
    if (!sentence || answer === undefined) return null;
    return { answer, donor: donorOf(sentence, answer), named: (other) => nameIn(other, sentence, answer) };
  }

  /** The answers that count in a language: its own where it is taught one, else those that were taught elsewhere, by their names there. */
  #wantedIn(sentence: Sentence): string[] {
    const taught = this.shown.facts.findLast((fact) => isAbout(sentence, fact));
    if (taught) return [taught.new_object];
    return this.#written().map((written) => nameIn(sentence, written.sentence, written.fact.new_object));
  }

  /** The edits of the fact on the stage, in whichever language, in their order. */
  #written(): { sentence: Sentence; fact: Fact }[] {
    return this.#writtenIn(this.shown);
  }

  #writtenIn(recipe: Recipe): { sentence: Sentence; fact: Fact }[] {
    return recipe.facts.flatMap((fact) => {
      const sentence = this.fact?.sentences.find((one) => isAbout(one, fact));
      return sentence ? [{ sentence, fact }] : [];
    });
  }

  #sentence(language: Language): Sentence | undefined {
    return this.fact?.sentences.find((one) => one.language === language);
  }

  #keyOf(recipe: Recipe): string {
    return outcomeKey(recipe, this.fact?.id ?? '', this.#model);
  }

  #turned(recipe: Recipe): Recipe {
    const projection = recipe.projection === 'none' ? 'exact' : 'none';
    return withSettings(recipe, { projection });
  }

  #note(key: string, outcome: Outcome): void {
    const outcomes = new Map(this.#outcomes);
    outcomes.delete(key);
    outcomes.set(key, outcome);
    for (const old of outcomes.keys()) {
      if (outcomes.size <= REMEMBERED) break;
      outcomes.delete(old);
    }
    this.#outcomes = outcomes;
  }

  /** The fact with that answer in these languages: the catalogue's, where it has one. */
  async #facts(sentences: readonly Sentence[], donor: string | null, answer: string): Promise<Fact[]> {
    const { fact } = this;
    if (!fact) return [];
    const languages = sentences.map(({ language }) => language);
    if (donor !== null)
      return this.#ask('catalogue_facts', { choices: [{ fact: fact.id, objects: [donor], languages }] });
    return this.#ask('complete_facts', {
      facts: sentences.map(({ language, subject, prompt, object }) => ({
        id: `${fact.id}/${answer}`,
        language,
        subject,
        prompt,
        new_object: answer,
        true_object: object,
      })),
    });
  }

  async #askRows(key: string, report: Report | null, work: Work): Promise<void> {
    const held = this.#outcomes.get(key);
    const rows = (this.fact?.sentences ?? []).filter(({ language }) => !held?.answers.has(language));
    const asked = await answersTo(rows, work);
    const answers = rows.flatMap(({ language }, at) => (asked[at] ? [[language, asked[at]] as const] : []));
    this.#note(key, {
      answers: new Map([...(held?.answers ?? []), ...answers]),
      others: held?.others ?? new Map(),
      step: stepOf(report),
    });
  }

  /** All at once, of the model as it is or under another recipe. */
  async #askEverything(work: Work, recipe: Recipe | null): Promise<Pick<Outcome, 'answers' | 'others'>> {
    const sentences = this.fact?.sentences ?? [];
    const asked = await answersTo([...sentences, ...this.known], work, recipe);
    return {
      answers: new Map(sentences.map(({ language }, at) => [language, asked[at]!])),
      others: new Map(this.known.map((one, at) => [keyOf(one), asked[sentences.length + at]!])),
    };
  }

  async #askOthers(key: string, work: Work): Promise<void> {
    const open = byInterest(this.known).filter((one) => !this.#outcomes.get(key)?.others.has(keyOf(one)));
    for (let at = 0; at < open.length; at += AT_ONCE) {
      const some = open.slice(at, at + AT_ONCE);
      const answered = await answersTo(some, askingFor(work, 'others', at, open.length));
      const held = this.#outcomes.get(key) ?? NOTHING;
      const others = new Map(held.others);
      some.forEach((one, index) => others.set(keyOf(one), answered[index]!));
      this.#note(key, { ...held, others });
    }
  }

  /** Shows what was recorded of this load, where it is all there is, until it has been run here. */
  #recall(before: Recipe, after: Recipe, round: number): void {
    const [load, fact, model] = [this.#load, this.fact, this.#store.model];
    const alone = before.facts.length === round * LOAD * (fact?.sentences.length ?? 0);
    if (!load || !fact || !alone || after.method !== 'langedit' || after.settings || after.mode !== 'paper') return;
    for (const recipe of [after, this.#turned(after)]) {
      const outcome = recordedOutcome(load, { recipe, round, model: model?.sha256, fact, known: this.known });
      if (!outcome) return;
      this.#note(this.#keyOf(recipe), outcome);
    }
    this.recorded = true;
    this.shown = after;
  }
}
