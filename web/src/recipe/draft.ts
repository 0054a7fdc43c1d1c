/** A fact while it is being written: one row for each language in which it is to be edited in. */

import type { Catalogue, CatalogueEntry, Fact, Language } from '../engine/types';
import type { NewFact } from './recipe';

export interface Row {
  language: Language;
  subject: string;
  prompt: string;
  object: string;
  /** The fact of the catalogue that it was filled from, whose questions hold as long as subject and prompt are its. */
  source: Fact | null;
}

export function emptyRow(language: Language): Row {
  return { language, subject: '', prompt: '', object: '', source: null };
}

export function rowOf(fact: Fact): Row {
  return { language: fact.language, subject: fact.subject, prompt: fact.prompt, object: fact.new_object, source: fact };
}

export function isComplete({ subject, prompt, object }: Row): boolean {
  return [subject, prompt, object].every((text) => text.trim() !== '');
}

/** Whether the subject, which is to carry the edit, is missing in the prompt. */
export function lacksSubject(row: Row): boolean {
  return isComplete(row) && !row.prompt.toLowerCase().includes(row.subject.trim().toLowerCase());
}

export function factOf(row: Row): NewFact {
  const own = {
    language: row.language,
    subject: row.subject.trim(),
    prompt: row.prompt.trim(),
    new_object: row.object.trim(),
  };
  const { source } = row;
  const same =
    source && source.language === own.language && source.subject === own.subject && source.prompt === own.prompt;
  return same ? { ...source, ...own } : own;
}

/** Without case and accents: `Koln` finds Köln. */
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/**
 * The facts of a catalogue in which most of the query occurs, counted in letters of whole words: in subject, object or the relation's name, in the language in question
 * or in any. So `capital of egypt` finds what it means, although no name has an `of`.
 */
export function search(
  catalogue: Catalogue,
  query: string,
  filter: { relation: string; language: Language | '' },
  relationName: (name: string) => string,
  most: number,
): CatalogueEntry[] {
  const { relation, language } = filter;
  const words = plain(query)
    .split(/[\s?!.,;:、。？！，]+/u)
    .filter(Boolean);
  let [found, held]: [CatalogueEntry[], number] = [[], words.length > 0 ? 1 : 0];
  for (const fact of catalogue.facts) {
    if (relation && fact.relation !== relation) continue;
    if (language && (!(language in fact.names) || fact.withheld.includes(language))) continue;
    const names = language ? [fact.names[language]] : Object.values(fact.names);
    const text = plain(
      names.map((name) => `${name?.subject} ${name?.object}`).join(' ') + ` ${relationName(fact.relation)}`,
    );
    const letters = words.reduce((sum, word) => sum + (text.includes(word) ? word.length : 0), 0);
    if (letters > held) [found, held] = [[], letters];
    if (letters === held && found.length < most) found.push(fact);
  }
  return found;
}

/** The facts of the same relation whose objects differ from this one's in every language, those that follow it first. */
export function alternatives(catalogue: Catalogue, fact: CatalogueEntry): CatalogueEntry[] {
  const at = catalogue.facts.indexOf(fact);
  const others = [...catalogue.facts.slice(at + 1), ...catalogue.facts.slice(0, at)].filter(
    (other) => other.relation === fact.relation,
  );
  return others.filter((other) =>
    Object.entries(fact.names).every(([language, { object }]) => other.names[language]?.object !== object),
  );
}
