/** The stage's texts in the languages of the interface, all at hand: the first view waits for none of them. */

import { isUiLanguage, type UiLanguage } from '..';
import { de } from './de';
import { en, type StageMessages } from './en';
import { es } from './es';
import { fr } from './fr';
import { nl } from './nl';
import { zh } from './zh';

const MESSAGES = { en, de, nl, fr, es, zh } satisfies Record<UiLanguage, StageMessages>;

export type { StageMessages };

export function stageMessages(ui: string): StageMessages {
  return isUiLanguage(ui) ? MESSAGES[ui] : en;
}
