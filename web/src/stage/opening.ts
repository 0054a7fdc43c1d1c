/** The stage as it stands before engine and model are there: recorded from the model that the page brings along. */

import type { KnownFact } from '../engine/types';
import { fetchRecorded } from '../recipe/recorded';
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
  const recorded = await fetchRecorded<Recorded>('stage/opening.json');
  if (!recorded) return null;
  return {
    fact: {
      id: recorded.fact,
      sentences: recorded.languages.map(({ percent, ...rest }) => ({
        ...rest,
        before: { text: rest.object, percent },
      })),
    },
    known: recorded.known.map(({ percent, ...rest }) => ({ ...rest, before: { text: rest.object, percent } })),
  };
}
