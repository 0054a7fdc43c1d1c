/** The figures in the languages of the interface. */

import { de } from './de';
import { en, type FigureMessages } from './en';
import { es } from './es';
import { fr } from './fr';
import { nl } from './nl';
import { zh } from './zh';

const MESSAGES: Record<string, FigureMessages> = { en, de, nl, fr, es, zh };

export type { FigureMessages };

/** The figures' texts in a language of the interface. */
export function figureMessages(ui: string): FigureMessages {
  return MESSAGES[ui] ?? en;
}
