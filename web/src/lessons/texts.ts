/** The lessons' words, loaded in the one language that is read. */

import type { UiLanguage } from '../i18n';
import type { LessonTexts } from './lesson';

const LOADERS: Partial<Record<UiLanguage, () => Promise<LessonTexts>>> = {
  en: async () => (await import('./en')).en,
};

export async function textsIn(ui: UiLanguage): Promise<{ language: UiLanguage; texts: LessonTexts }> {
  const language = LOADERS[ui] ? ui : 'en';
  return { language, texts: await LOADERS[language]!() };
}
