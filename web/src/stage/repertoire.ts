/** The facts that can be put on the stage: the catalogue's, with what the page's own model is known to say to them. */

import type { KnownScope, Language } from '../engine/types';
import { answerTo, type Answers } from '../recipe/answers';
import type { Store } from '../recipe/store.svelte';
import type { Known, Said, StagedFact } from './questions';

/** A fact with the known facts that are asked beside it. */
export interface Staged {
  fact: StagedFact;
  known: Known[];
  /** Their answers are the recorded ones of the page's own model. */
  recorded: boolean;
}

export class Repertoire {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The fact of that id, with so many known facts in each language beside it. */
  async staged(id: string, each: number): Promise<Staged> {
    const answers = await this.#store.knownAnswers();
    const languages = await this.#store.question('fact_in_languages', { fact: id });
    const known = await this.#store.question('known_facts', scope(id, each, answers));
    return {
      fact: {
        id,
        sentences: languages.map((one) => ({ ...one, before: recorded(answers, id, one.language, one.object) })),
      },
      known: known.map((one) => ({
        ...one,
        before: recorded(answers, one.id, one.language, one.object) ?? { text: one.object, percent: 0 },
      })),
      recorded: answers !== null,
    };
  }

  /** The fact with every other answer that the catalogue has. */
  async completed(fact: StagedFact): Promise<StagedFact> {
    const languages = await this.#store.question('fact_in_languages', { fact: fact.id }).catch(() => []);
    const others = new Map(languages.map(({ language, others }) => [language, others]));
    return {
      ...fact,
      sentences: fact.sentences.map((one) => ({ ...one, others: others.get(one.language) ?? one.others })),
    };
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
