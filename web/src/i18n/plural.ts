/** Words that change with a number, by the language's own rules. */

import { localised } from '../format';

/** A text for each plural category that the language tells apart; `#` stands for the number. */
export type Forms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

/** How a language counts: `counter('en')(2, { one: '# fact', other: '# facts' })` is `2 facts`. */
export function counter(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace('#', localised(count, language));
}
