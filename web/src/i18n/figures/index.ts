/** The figures in the languages of the interface. */

import type { UiLanguage } from '..';
import { de } from './de';
import { en, type FigureMessages } from './en';
import { es } from './es';
import { fr } from './fr';
import { nl } from './nl';
import { zh } from './zh';

const MESSAGES = { en, de, nl, fr, es, zh } satisfies Record<UiLanguage, FigureMessages>;

const has = (ui: string): ui is UiLanguage => Object.hasOwn(MESSAGES, ui);

export type { FigureMessages };

/** The figures' texts in a language of the interface. */
export function figureMessages(ui: string): FigureMessages {
  return has(ui) ? MESSAGES[ui] : en;
}
