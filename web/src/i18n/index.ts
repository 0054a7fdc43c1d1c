/** The languages of the interface. */

import { de } from './de';
import { en, type ListedSetting, type Messages } from './en';
import { es } from './es';
import { fr } from './fr';
import { nl } from './nl';
import { zh } from './zh';

export const MESSAGES = { en, de, nl, fr, es, zh } satisfies Record<string, Messages>;

export type UiLanguage = keyof typeof MESSAGES;
export type { ListedSetting, Messages };

export const UI_LANGUAGES = Object.keys(MESSAGES) as UiLanguage[];

export function isUiLanguage(text: string | null): text is UiLanguage {
  return text !== null && Object.hasOwn(MESSAGES, text);
}

/** The first of the reader's languages that the page speaks. */
export function preferredUi(languages: readonly string[]): UiLanguage {
  const codes = languages.map((language) => language.split('-')[0] ?? '');
  return codes.find(isUiLanguage) ?? 'en';
}
