/** The figures in the languages of the interface. */

import { en, type FigureMessages } from './en';

const MESSAGES: Record<string, FigureMessages> = { en };

export type { FigureMessages };

/** The figures' texts in a language of the interface. */
export function figureMessages(ui: string): FigureMessages {
  return MESSAGES[ui] ?? en;
}
