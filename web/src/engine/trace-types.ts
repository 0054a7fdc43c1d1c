/** Causal tracing as it crosses the border: the Trace report of `langedit trace`, which crate/src/recipe/SCHEMA.md defines field by field. */

import type { Language } from './types';

/** What is put back to its clean value. */
export type Component = 'state' | 'mlp' | 'attention';
export const COMPONENTS: readonly Component[] = ['state', 'mlp', 'attention'];

export interface TracedFact {
  id: string;
  language: Language;
  subject: string;
  prompt: string;
  /** Text of the token whose probability is followed. */
  answer: string;
  /** Whether the fact's true object begins with it; null where there is none. */
  known: boolean | null;
  /** What each token covers of the prompt. */
  tokens: string[];
  subject_start: number;
  subject_end: number;
  /** Probability of the answer, 0 to 1, without noise and with it. */
  clean: number;
  corrupted: number;
  /** What restoring gives back of it, `[token][layer]`. */
  effects: Partial<Record<Component, number[][]>>;
}

export interface TraceReport {
  generator: string;
  model: string;
  model_sha256: string;
  device: string;
  layers: number;
  /** Layers whose MLP or attention outputs were restored together. */
  window: number;
  noise: { deviation: number; scale: number; samples: number; seed: number };
  facts: TracedFact[];
  seconds: number;
}
