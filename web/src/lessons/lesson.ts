/** What a lesson is: prose, one formula, an experiment that runs on the open model, a figure of what came out, and a question. */

import type { CatalogueChoice } from '../engine/types';

export type LessonFigure = 'accuracy' | 'matrix' | 'geometry' | 'projection' | 'budget';

/** An experiment of a lesson: facts of the catalogue, each language of each choice a step, with one or more methods side by side. */
export interface Experiment {
  choices: CatalogueChoice[];
  methods: string[];
}

export interface Lesson {
  title: string;
  /** Before the figure. `*...*` is emphasis. */
  prose: string[];
  /** MathML, and the same in words. */
  formula: { mathml: string; words: string };
  figure: LessonFigure;
  /** What to look for in the figure. */
  look: string;
  /** None where the figure is to be played with by hand. */
  experiment: Experiment | null;
  question: {
    text: string;
    options: { text: string; why: string }[];
    right: number;
  };
}
