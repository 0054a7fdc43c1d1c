/** The lessons' words, loaded in the one language that is read. */

import type { UiLanguage } from '../i18n';
import type { LessonTexts } from './lesson';

const LOADERS: Record<UiLanguage, () => Promise<LessonTexts>> = {
  en: async () => (await import('./en')).en,
  de: async () => (await import('./de')).de,
  nl: async () => (await import('./nl')).nl,
  fr: async () => (await import('./fr')).fr,
  es: async () => (await import('./es')).es,
  zh: async () => (await import('./zh')).zh,
};

export const textsIn = (ui: UiLanguage): Promise<LessonTexts> => LOADERS[ui]();
