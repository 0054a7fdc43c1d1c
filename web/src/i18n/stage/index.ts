/** The stage's texts in the languages of the interface. */

import { en, type StageMessages } from './en';

const MESSAGES: Record<string, StageMessages> = { en };

export type { StageMessages };

export function stageMessages(ui: string): StageMessages {
  return MESSAGES[ui] ?? en;
}
