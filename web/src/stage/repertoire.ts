/** The facts that can be put on the stage: the catalogue's, with what the page's own model is known to say to them. */

import type { CatalogueEntry, KnownScope, Language } from '../engine/types';
import { answerTo, type Answers } from '../recipe/answers';
import { alternatives } from '../recipe/draft';
import type { Store } from '../recipe/store.svelte';
import type { Known, Said, Sentence, StagedFact } from './questions';

/** A fact with the known facts that are asked beside it. */
export interface Staged {
  fact: StagedFact;
  known: Known[];
  /** Their answers are the recorded ones of the page's own model. */
  recorded: boolean;
}

/** Other facts' answers in one language, each once. */
function namedIn(facts: readonly CatalogueEntry[], language: Language): Sentence['others'] {
  const objects = new Map<string, string>();
  for (const { id, names } of facts) {
    const object = names[language]?.object;
    if (object && !objects.has(object)) objects.set(object, id);
  }
  return [...objects].map(([object, id]) => ({ id, object }));
}

export class Repertoire {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The fact of that id; null where the catalogue has none, or nothing else to say instead. */
  async staged(id: string, each: number): Promise<Staged | null> {
    const [catalogue, answers] = [await this.#store.catalogue(), await this.#store.knownAnswers()];
    const entry = catalogue.facts.find((fact) => fact.id === id);
    const others = entry ? alternatives(catalogue, entry) : [];
    const donor = others[0];
    if (!entry || !donor) return null;
    const choices = [{ fact: id, objects: [donor.id], languages: [...catalogue.languages] }];
    const facts = await this.#store.question('catalogue_facts', { choices });
    const sentences = facts.map(({ language, prompt, subject }): Sentence => {
      const object = entry.names[language]?.object ?? '';
      return {
        language,
        prompt,
        subject,
        object,
        others: namedIn(others, language),
        before: recorded(answers, id, language, object),
      };
    });
    const known = await this.#store.question('known_facts', scope(id, each, answers));
    const before = ({ id, language, object }: (typeof known)[number]): Said =>
      recorded(answers, id, language, object) ?? { text: object, percent: 0 };
    return {
      fact: { id, sentences },
      known: known.map((one) => ({ ...one, before: before(one) })),
      recorded: answers !== null,
    };
  }

  /** The fact with every other answer that the catalogue has. */
  async completed(fact: StagedFact): Promise<StagedFact> {
    const catalogue = await this.#store.catalogue().catch(() => null);
    const entry = catalogue?.facts.find(({ id }) => id === fact.id);
    if (!catalogue || !entry) return fact;
    const others = alternatives(catalogue, entry);
    return { ...fact, sentences: fact.sentences.map((one) => ({ ...one, others: namedIn(others, one.language) })) };
  }

  /** A fact at random, other than this one, that the model knows in every language. */
  async drawn(other: string): Promise<string | null> {
    const [catalogue, answers] = [await this.#store.catalogue(), await this.#store.knownAnswers()];
    const knows = (id: string): boolean =>
      !answers || catalogue.languages.every((language) => answerTo(answers, id, language)?.wrong === null);
    const all = catalogue.facts.filter(({ id, withheld }) => withheld.length === 0 && id !== other && knows(id));
    return all[Math.floor(Math.random() * all.length)]?.id ?? null;
  }
}

function recorded(answers: Answers | null, id: string, language: Language, object: string): Said | null {
  const answer = answers && answerTo(answers, id, language);
  return answer && { text: answer.wrong ?? object, percent: answer.percent };
}

/** Facts that the model does not know are not asked. */
function scope(fact: string, each: number, answers: Answers | null): KnownScope {
  const unknown = (answers?.languages ?? []).map((language, at): [Language, string[]] => {
    const wrong = answers?.wrong[at] ?? [];
    return [language, [...(answers?.places ?? [])].flatMap(([id, place]) => (wrong[place] == null ? [] : [id]))];
  });
  return { fact, each, avoid: [], unknown: Object.fromEntries(unknown) };
}
