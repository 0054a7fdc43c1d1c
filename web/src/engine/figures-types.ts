/** What the figures read of a Report beside what the page's own types have. The shapes are those of crate/src/recipe/figures.rs; `SCHEMA.md`
 * there defines every number. Reports of older versions lack `figures`. */

import type { Language, PerLayer, Report, StepReport } from './types';

export interface Spectrum {
  ranks: number[];
  values: number[];
  energy: number[];
  trace: number;
  threshold: number;
  null: number;
  room: number[];
  exposed: Record<Language, number[]>;
}

export interface Parts {
  total: number;
  removed: number;
  surviving: number;
  along: Record<Language, { before: number; after: number }>;
}

export interface Term {
  norm: number;
  corner: number[][];
}

export interface Terms {
  keys: Term;
  projected: Term;
  residuals: Term;
  update: Term;
}

export interface HeatMap {
  rows: number;
  cols: number;
  largest: number;
  cells: string;
}

/** Least, quartiles and greatest. */
export type Quartiles = [number, number, number, number, number];

export interface LayerFigures {
  shape: [number, number, number];
  spectrum?: Spectrum;
  parts: Parts;
  condition?: number;
  terms: Terms;
  map: HeatMap;
  overlap?: Record<Language, Quartiles>;
}

export interface Disturbance {
  every: number;
  predicted: number[];
  measured: number[];
  own_predicted: number;
  own_measured: number;
}

export interface StepFigures {
  layers: PerLayer<LayerFigures>;
  disturbance?: Disturbance;
  seconds: number;
}

export interface FigureStep extends StepReport {
  z_error?: PerLayer<number>;
  figures?: StepFigures;
}

/** A Report as the figures read it; every `Report` is one. */
export interface FigureReport extends Omit<Report, 'steps'> {
  steps: FigureStep[];
  settings?: { l2?: number; nullspace_threshold?: { energy_share?: number; absolute?: number } };
}
