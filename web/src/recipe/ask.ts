/** What the model says to a prompt: as it is edited, and as it was before. */

import type { Engine } from '../engine/client';
import type { Generated, Progress, Question as Meaning } from '../engine/types';

/** Without edits there is only the one. */
export interface Answer {
  prompt: string;
  edited: Generated;
  unedited: Generated | null;
  /** What the prompt is to the model that the page brings along; nothing of other models. */
  meaning: Meaning | null;
}

interface Question {
  prompt: string;
  maxTokens: number;
  /** Whether to ask the unedited model too. */
  both: boolean;
  /** Whether the model knows the catalogue and nothing else. */
  limited: boolean;
}

/** Asks, showing the text as it grows. */
export async function ask(
  call: Engine['call'],
  { prompt, maxTokens, both, limited }: Question,
  show: (answer: Answer) => void,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<void> {
  const generate = (unedited: boolean, grow: (so: Generated) => void): Promise<Generated> =>
    call(
      'generate',
      { prompt, max_tokens: maxTokens, unedited },
      {
        signal,
        onProgress: (progress) => {
          onProgress(progress);
          if (progress.text !== undefined) grow({ text: progress.text, tokens: [], top: [], control_tokens: [] });
        },
      },
    );
  const meaning = limited ? await call('question', { text: prompt }, { signal }) : null;
  const edited = await generate(false, (so) => show({ prompt, edited: so, unedited: null, meaning }));
  show({ prompt, edited, unedited: null, meaning });
  if (both)
    show({
      prompt,
      edited,
      unedited: await generate(true, (so) => show({ prompt, edited, unedited: so, meaning })),
      meaning,
    });
}
