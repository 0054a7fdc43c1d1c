/** What the model that the page brings along answers to the facts of the catalogue, asked when it was made (`known.json` beside its manifest). */

import type { Language } from '../engine/types';

export interface Answers {
  languages: Language[];
  /** Places of the facts, by id. */
  places: Map<string, number>;
  /** By language, by fact: null where the answer is right, else what it says instead. */
  wrong: (string | null)[][];
  /** By language, by fact: probability of the right answer in percent. */
  percent: number[][];
}

/** Reads them; nothing where they are missing or of another shape, for they are no more than a help in choosing. */
export async function readAnswers(manifest: string): Promise<Answers | null> {
  try {
    const response = await fetch(new URL('known.json', new URL(manifest, document.baseURI)));
    const { languages, facts, wrong, percent } = (await response.json()) as Record<string, unknown>;
    const lists = [languages, facts, wrong, percent];
    if (!response.ok || !lists.every(Array.isArray)) return null;
    const places = new Map((facts as string[]).map((id, index) => [id, index]));
    return {
      languages: languages as string[],
      places,
      wrong: wrong as Answers['wrong'],
      percent: percent as number[][],
    };
  } catch {
    return null;
  }
}

/** The answer to a fact in a language, where there is one. */
export function answerTo(
  answers: Answers,
  fact: string,
  language: Language,
): { wrong: string | null; percent: number } | null {
  const at = answers.languages.indexOf(language);
  const place = answers.places.get(fact);
  const percent = place === undefined ? undefined : answers.percent[at]?.[place];
  return place === undefined || percent === undefined ? null : { wrong: answers.wrong[at]?.[place] ?? null, percent };
}
