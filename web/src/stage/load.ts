/** What the load does to the page's own model, recorded for both positions of the switch: `stage/load.json`. */

import type { Recipe } from '../engine/types';
import type { Outcome } from './outcome';
import type { Known, StagedFact } from './questions';

export interface RecordedLoad {
  model: string;
}

export async function fetchLoad(): Promise<RecordedLoad | null> {
  return null;
}

export function recordedOutcome(
  _load: RecordedLoad,
  _of: { recipe: Recipe; round: number; model: string | undefined; fact: StagedFact; known: readonly Known[] },
): Outcome | null {
  return null;
}

/** How many of the other answers are kept after so many edits, in percent. */
export interface KeptAt {
  edits: number;
  withP: number;
  withoutP: number;
}
