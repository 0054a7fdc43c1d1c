/** The link that carries an experiment, and whether it is one of the model at hand. */

import type { Engine } from '../engine/client';
import type { ModelSummary, Outline, Progress, Recipe, Report } from '../engine/types';

/** The fragment that opens a recipe; with what came out of it, so that whoever opens it sees whether it comes out again. */
export async function fragmentOf(
  call: Engine['call'],
  recipe: Recipe,
  model: ModelSummary | null,
  report: Report | null,
): Promise<string | null> {
  if (recipe.facts.length === 0) return null;
  const encode = (recipe: Recipe): Promise<string> => call('encode_link', { recipe });
  if (!report || !model) return encode(recipe);
  const expected = await call('digest', { report });
  const statistics = report.recipe?.statistics;
  return encode({
    ...recipe,
    model: { name: model.name, sha256: model.sha256 },
    expected,
    ...(statistics && { statistics }),
  });
}

/** The model that a recipe's facts were edited into, where it is not the one of that hash. */
export function otherModel({ model, facts }: Recipe, sha256: string): Recipe['model'] | null {
  return facts.length > 0 && model.sha256 !== undefined && model.sha256 !== sha256 ? model : null;
}

/** A link that cannot be run here, and what can be read of it. */
export interface Unread {
  link: string;
  outline: Outline;
}

/** The recipe of a link. */
export function recipeOf(
  call: Engine['call'],
  text: string,
  onProgress: (progress: Progress) => void,
): Promise<Recipe> {
  return call('decode_link', { text }, { onProgress });
}

/** What there is to see of a link that was refused; null of one that is damaged. */
export async function unreadOf(call: Engine['call'], text: string): Promise<Unread | null> {
  return call('outline_link', { text }).then(
    (outline) => ({ link: text, outline }),
    () => null,
  );
}
