/** Undo and redo: the recipes that led here, and where among them one stands. A recipe is a value, so going back is running an earlier one. */

import type { Recipe } from '../engine/types';
import { withoutLastStep, withSteps } from './recipe';

export interface Timeline {
  readonly states: readonly Recipe[];
  readonly at: number;
}

/** A timeline that begins with a recipe. The steps of one that came as a whole, from a link say, can be undone nevertheless. */
export function timelineOf(recipe: Recipe): Timeline {
  return { states: [recipe], at: 0 };
}

export function current({ states, at }: Timeline): Recipe {
  const recipe = states[at];
  if (!recipe) throw new RangeError(`no state ${at} among ${states.length}`);
  return recipe;
}

/** The timeline after a change. What was undone before is forgotten, as everywhere. */
export function changed(timeline: Timeline, recipe: Recipe): Timeline {
  // Choosing a method for no facts changes where one starts, not what one did.
  if (recipe.steps.length === 0 && current(timeline).steps.length === 0) return replaced(timeline, recipe);
  const before = timeline.states.slice(0, timeline.at + 1);
  return { states: [...before, recipe], at: before.length };
}

/** The timeline with another recipe in place of the current one. */
export function replaced({ states, at }: Timeline, recipe: Recipe): Timeline {
  return { states: states.with(at, recipe), at };
}

export function undone(timeline: Timeline): Timeline | null {
  if (timeline.at > 0) return { ...timeline, at: timeline.at - 1 };
  const recipe = current(timeline);
  return recipe.steps.length > 0 ? { states: [withoutLastStep(recipe), ...timeline.states], at: 0 } : null;
}

export function redone(timeline: Timeline): Timeline | null {
  return timeline.at + 1 < timeline.states.length ? { ...timeline, at: timeline.at + 1 } : null;
}

/** As it was before the first step, with the method that it had then: a change like any other, which undoing takes back at once. */
export function restarted(timeline: Timeline): Timeline | null {
  const recipe = current(timeline);
  if (recipe.steps.length === 0) return null;
  const before = timeline.states.slice(0, timeline.at).findLast(({ steps }) => steps.length === 0);
  return changed(timeline, before ?? withSteps(recipe, []));
}
