/** The link that carries an experiment, and whether it is one of the model at hand. */

import type { Engine } from '../engine/client';
import type { ModelSummary, Recipe, Report } from '../engine/types';

/** The fragment that opens a recipe; with what came out of it, so that whoever opens it sees whether it comes out again. */
export async function fragmentOf(call: Engine['call'], recipe: Recipe, model: ModelSummary | null, report: Report | null): Promise<string | null> {
  if (recipe.facts.length === 0) return null;
  if (!report || !model) return call('encode_link', { recipe });
  const expected = await call('digest', { report });
  const statistics = report.recipe?.statistics;
  const carried = { ...recipe, model: { name: model.name, sha256: model.sha256 }, expected, ...(statistics && { statistics }) };
  return call('encode_link', { recipe: carried });
}

/** The model that a recipe's facts were edited into, where it is not the one of that hash. */
export function otherModel({ model, facts }: Recipe, sha256: string): Recipe['model'] | null {
  return facts.length > 0 && model.sha256 !== undefined && model.sha256 !== sha256 ? model : null;
}
