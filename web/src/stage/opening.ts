/** The stage as it stands before engine and model are there: recorded from the model that the page brings along. */

import type { KnownFact } from '../engine/types';
import type { Known, StagedFact } from './questions';

export interface Opening {
  fact: StagedFact;
  known: readonly Known[];
}

interface Recorded {
  fact: string;
  languages: {
    language: string;
    prompt: string;
    subject: string;
    object: string;
    percent: number;
    others: { id: string; object: string }[];
  }[];
  known: (KnownFact & { percent: number })[];
}

/** Reads it; nothing where it is missing: then the stage waits for the model. */
export async function fetchOpening(): Promise<Opening | null> {
  try {
    const response = await fetch('stage/opening.json');
    if (!response.ok) return null;
    const { fact, languages, known } = (await response.json()) as Recorded;
    return {
      fact: {
        id: fact,
        sentences: languages.map(({ percent, ...rest }) => ({ ...rest, before: { text: rest.object, percent } })),
      },
      known: known.map(({ percent, ...rest }) => ({ ...rest, before: { text: rest.object, percent } })),
    };
  } catch {
    return null;
  }
}
