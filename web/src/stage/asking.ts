/** What the model says to the stage's questions. */

import type { Asking } from '../recipe/session.svelte';
import type { Work } from '../recipe/store.svelte';
import type { Answered, Recipe } from '../engine/types';
import type { Said } from './questions';

interface Question {
  prompt: string;
  before: Said | null;
}

/** Work that is told as part of asking `of` questions, of which so many have been asked. */
export function askingFor(work: Work, asking: Asking, from: number, of: number): Work {
  const onProgress: Work['onProgress'] = ({ done, ...rest }) =>
    work.onProgress({ ...rest, done: from + done, total: of }, asking);
  return { ...work, onProgress };
}

/** Asks them in one pass of the model as it is, or under another recipe; what is said to each is compared with what was said before. */
export async function answersTo(
  questions: readonly Question[],
  { call, signal, onProgress }: Work,
  recipe: Recipe | null = null,
): Promise<Answered[]> {
  if (questions.length === 0) return [];
  const asked = questions.map(({ prompt, before }) => ({ prompt, answer: before?.text ?? '' }));
  return call('answers', { questions: asked, recipe, unedited: false }, { signal, onProgress });
}

/** The questions with what the unedited model says to them. */
export async function unedited<Asked extends Question>(
  questions: readonly Asked[],
  { call, signal }: Work,
): Promise<(Asked & { before: Said })[]> {
  const open = questions.map(({ prompt }) => ({ prompt, answer: '' }));
  const answered = await call('answers', { questions: open, recipe: null, unedited: true }, { signal });
  return questions.map((question, at) => {
    const { said, said_percent } = answered[at]!;
    return { ...question, before: { text: said, percent: said_percent } };
  });
}
