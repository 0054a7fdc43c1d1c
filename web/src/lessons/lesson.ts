/** What a lesson is: parts, each of prose, a formula, a live figure and a question. The outline is the same in every language; the words are not. */

import type { AloneMergedWords } from '../charts/alone-merged';
import type { PlaneWords } from '../charts/plane';
import type { RoomWords } from '../charts/room';
import type { ExperimentId } from './experiments';

export type LessonFigure = 'accuracy' | 'matrix' | 'plane' | 'geometry' | 'room' | 'merging';

/** Names that stand inside of formulas. */
export interface Symbols {
  old: string;
  new: string;
  disturbance: string;
  null: string;
  rank: string;
}

export interface PartOutline {
  /** TeX. */
  formula: (symbols: Symbols) => string;
  figure: LessonFigure;
  /** What runs on the open model; more than one where the reader chooses. None where the figure is played with by hand. */
  experiments: ExperimentId[];
  /** Which answer to the question is right, from 0. */
  right: number;
}

export interface PartText {
  heading?: string;
  /** Before the figure. `*...*` is emphasis. */
  prose: string[];
  /** The formula in words. */
  formula: string;
  /** What to look for in the figure. */
  look: string;
  question: { text: string; options: { text: string; why: string }[] };
}

/** Words of a figure that only the lessons have. */
interface FigureTitle {
  title: string;
  about: string;
}

/** All that the lessons say in one language. */
export interface LessonTexts {
  lessons: { title: string; parts: PartText[] }[];
  symbols: Symbols;
  /** Above the choice between experiments, and the experiments. */
  experiment: string;
  variants: Partial<Record<ExperimentId, string>>;
  /** Ways of merging, by the name of the run. */
  ways: Record<string, string>;
  /** What is shown was recorded when the page was made. */
  recorded: string;
  /** What is shown was computed by the reader on that model. */
  own: (model: string) => string;
  /** There is nothing to show before the reader runs it. */
  empty: string;
  runAt: (run: string, index: number, of: number) => string;
  plane: PlaneWords &
    FigureTitle & {
      projector: string;
      off: string;
      on: string;
      angles: string;
      right: string;
      near: string;
      parallel: string;
    };
  merging: AloneMergedWords & FigureTitle;
  room: RoomWords & FigureTitle;
}
