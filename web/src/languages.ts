/** The languages of the playground: name, colour and mark of each. The colours are Okabe and Ito's, told apart in every common kind of colour blindness. */

/** LangEdit's six languages. */
export const LANGEDIT = ['en', 'de', 'nl', 'fr', 'es', 'zh'] as const;

/** Languages that the form offers. */
export const LANGUAGES = [...LANGEDIT, 'cs', 'pt', 'ru', 'th', 'tr', 'vi'] as const;

/** Outlines in a box of 16 by 16, so that no language is told by its colour alone. */
const MARKS: Record<(typeof LANGEDIT)[number], string> = {
  en: 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z',
  de: 'M3 3h10v10H3z',
  nl: 'M8 2l6.5 11.5h-13z',
  fr: 'M8 1l7 7-7 7-7-7z',
  es: 'M8 14L1.5 2.5h13z',
  zh: 'M6 2h4v4h4v4h-4v4H6v-4H2V6h4z',
};

const marked = (language: string): language is keyof typeof MARKS => Object.hasOwn(MARKS, language);

const OTHER = 'M5 2h6l4 6-4 6H5L1 8z';

/** The outline of a language's mark. */
export function markOf(language: string): string {
  return marked(language) ? MARKS[language] : OTHER;
}

/** The class that sets a language's colour. */
export function colourClass(language: string): string {
  return `language-${marked(language) ? language : 'other'}`;
}

/** A language's name in another, capitalised as the head of a row. */
export function languageName(language: string, ui: string): string {
  let name: string | undefined;
  try {
    name = new Intl.DisplayNames([ui], { type: 'language' }).of(language);
  } catch {
    // A code of the recipe that the browser takes for malformed stands for itself.
  }
  const [first = '', ...rest] = name ?? language;
  return first.toLocaleUpperCase(ui) + rest.join('');
}
