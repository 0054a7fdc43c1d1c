/** What became of an edit, told by what the model says now. */

import type { Answered, Fact } from '../engine/types';
import { likelihood, shortly } from '../format';
import type { Messages } from '../i18n';
import { alike } from '../stage/questions';

/** Letters of an answer that are shown. */
const LONGEST = 40;

/** Only the answer and no more is in effect: what goes on behind it is shown, with how likely all of it is. */
export function became({ new_object }: Fact, { said, said_percent, error }: Answered, t: Messages, ui: string): string {
  if (error) return t.applied;
  const now = alike(said, new_object) ? t.holds : t.saysNow(shortly(said, LONGEST));
  return `${t.applied} · ${now} (${likelihood(said_percent, ui)})`;
}
