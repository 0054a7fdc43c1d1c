/** What the stage asks: one fact in six languages, and the known facts beside it, with what the unedited model says to each. */

import type { Fact, KnownFact, Language } from '../engine/types';

/** An answer and its probability in percent. */
export interface Said {
  text: string;
  percent: number;
}

/** The fact in one language. */
export interface Sentence {
  language: Language;
  prompt: string;
  subject: string;
  /** What is right. */
  object: string;
  /** What the unedited model says; nothing until it has been asked. */
  before: Said | null;
  /** Answers of other facts of the relation, by the facts' ids. */
  others: readonly { id: string; object: string }[];
}

export interface StagedFact {
  id: string;
  sentences: readonly Sentence[];
}

/** A known fact with what the unedited model says to it. */
export interface Known extends KnownFact {
  before: Said;
}

export const keyOf = ({ language, id, prompt }: Pick<Known, 'language' | 'id' | 'prompt'>): string =>
  `${language} ${id} ${prompt}`;

/** Most interesting first: the same relation in every language, then the same subject, then others. */
export function byInterest(known: readonly Known[]): Known[] {
  const order = ['relation', 'subject', 'other'] as const;
  return order.flatMap((about) => known.filter((one) => one.about === about));
}

/** The same words, whatever their case. */
export const alike = (one: string, other: string): boolean =>
  one.trim().toLocaleLowerCase() === other.trim().toLocaleLowerCase();

/** The fact of another answer in that language, where the catalogue has one. */
export function donorOf(sentence: Sentence, text: string): string | null {
  return sentence.others.find(({ object }) => alike(object, text))?.id ?? null;
}

/** An answer of one language by its name in another, where the catalogue has one, else as it is. */
export function nameIn(there: Sentence, here: Sentence, answer: string): string {
  const donor = donorOf(here, answer);
  return there.others.find(({ id }) => id === donor)?.object ?? answer;
}

/** The sentence cut at its subject, so that this can be set off. */
export function aroundSubject({ prompt, subject }: Pick<Sentence, 'prompt' | 'subject'>): [string, string, string] {
  const at = prompt.toLocaleLowerCase().indexOf(subject.toLocaleLowerCase());
  if (at < 0 || !subject) return [prompt, '', ''];
  return [prompt.slice(0, at), prompt.slice(at, at + subject.length), prompt.slice(at + subject.length)];
}

/** Whether a fact of a recipe is the sentence's. */
export const isAbout = (sentence: Pick<Sentence, 'language' | 'prompt'>, fact: Fact): boolean =>
  fact.language === sentence.language && fact.prompt === sentence.prompt;
