/** What a run fell back on, in the reader's language, the gravest first. */

import type { NamedFact, Report, Warning } from '../engine/types';
import { localised, percent } from '../format';
import type { Messages } from '../i18n';
import type { Said } from '../i18n/warnings';
import { languageName } from '../languages';
import { isNumbered } from '../recipe/recipe';
import { settingLabel } from '../recipe/settings';

/** Facts that are named; the report has them all. */
const NAMED = 8;

/** What makes results worthless, what makes some of them so, and what is to be known of them. */
const GRAVITY: readonly (Warning['kind'] | 'skipped')[] = [
  ...(['answers_lost', 'nothing_protected', 'no_null_space'] as const),
  ...(['skipped', 'subject_not_in_prompt', 'subject_in_part', 'control_tokens', 'unlike_ids'] as const),
  ...(['unread_settings', 'few_tokens', 'part_of_statistics', 'stand_in_corpus'] as const),
  ...(['singular_covariance', 'tf32_products'] as const),
];

/** Each with what to do about it. */
export function warningsOf(report: Report, t: Messages, ui: string): Said[] {
  const { warnings: w } = t;
  const listed = (names: string[]): string =>
    names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ` … (${localised(names.length, ui)})` : '');
  const named = (facts: readonly NamedFact[]): string =>
    listed(
      facts.map(({ id, language, subject }) => `${(isNumbered(id) && subject) || id} (${languageName(language, ui)})`),
    );

  function said(warning: Warning): Said {
    switch (warning.kind) {
      case 'few_tokens':
        return w.few_tokens(localised(warning.tokens, ui), localised(warning.dimension, ui));
      case 'stand_in_corpus':
        return w.stand_in_corpus(localised(warning.tokens, ui));
      case 'singular_covariance':
      case 'nothing_protected':
      case 'no_null_space':
        return w[warning.kind](warning.layers.join(', '));
      case 'answers_lost':
        return w.answers_lost(percent(warning.agreement, ui));
      case 'subject_not_in_prompt':
      case 'subject_in_part':
        return w[warning.kind](named(warning.facts));
      case 'control_tokens':
        return w.control_tokens(named(warning.facts), warning.tokens.join(', '));
      case 'unread_settings':
        return w.unread_settings(warning.settings.map((name) => settingLabel(name, t)).join(', '));
      case 'part_of_statistics':
        return w.part_of_statistics(listed(warning.missing));
      case 'unlike_ids': {
        const [a, b] = warning.languages;
        return w.unlike_ids([languageName(a, ui), languageName(b, ui)], warning.examples);
      }
      case 'tf32_products':
        return w.tf32_products(warning.device);
    }
  }

  const left = report.skipped.map(({ id, language, reason }) =>
    language ? `${id} (${languageName(language, ui)}: ${reason})` : `${id} (${reason})`,
  );
  const all = (report.warnings ?? []).map((warning) => ({ kind: warning.kind, said: said(warning) }));
  return [...(left.length > 0 ? [{ kind: 'skipped' as const, said: w.skipped(listed(left)) }] : []), ...all]
    .toSorted((a, b) => GRAVITY.indexOf(a.kind) - GRAVITY.indexOf(b.kind))
    .map(({ said }) => said);
}
