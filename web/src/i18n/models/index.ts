/** The panel of models in the languages of the interface. */

import type { UiLanguage } from '..';
import { de } from './de';
import { en, type ModelMessages } from './en';
import { es } from './es';
import { fr } from './fr';
import { nl } from './nl';
import { zh } from './zh';

const MESSAGES = { en, de, nl, fr, es, zh } satisfies Record<UiLanguage, ModelMessages>;

const has = (ui: string): ui is UiLanguage => Object.hasOwn(MESSAGES, ui);

export type { ModelMessages };

/** The panel's texts in a language of the interface. */
export function modelMessages(ui: string): ModelMessages {
  return has(ui) ? MESSAGES[ui] : en;
}
