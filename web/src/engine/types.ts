/**
 * What crosses the border to the wasm module, as plain objects. The shapes are those of the Rust types of the same names
 * (crate/src/facts/fact.rs, crate/src/recipe/): a change there is a change here.
 */

export type Language = string;

export interface Probe {
  prompt: string;
  answer: string;
}

export interface Fact {
  id: string;
  /** ISO 639-1 code. */
  language: Language;
  subject: string;
  prompt: string;
  new_object: string;
  true_object?: string;
  rephrases?: string[];
  neighbours?: Probe[];
  same_subject?: Probe[];
  portability?: Probe[];
}

export interface Digest {
  templates: string;
  targets: number[];
  deltas: number[];
  metrics: Record<Language, [number | null, number | null, number | null]>;
}

export interface Recipe {
  version: number;
  model: { name: string; sha256?: string };
  method: string;
  mode: 'paper' | 'repo';
  projection: string;
  settings?: Record<string, string>;
  seed: number;
  languages: Language[];
  order: 'round-robin' | 'by-language';
  batch: number;
  /** How many facts each step takes from `facts`, in order. */
  steps: number[];
  facts: Fact[];
  templates?: Record<Language, string[]>;
  statistics?: { source: string; sha256?: string };
  expected?: Digest;
}

/** Percentages, or nothing where no fact has such a question. */
export interface Accuracy {
  facts: number;
  efficacy: number | null;
  generality: number | null;
  specificity: number | null;
  portability: number | null;
  /** Positions of the unrelated questions' answers at which the unedited model's choice is kept. */
  specificity_agreement?: number | null;
}

export interface BeforeAfter {
  before: Accuracy;
  after: Accuracy;
}

export type PerLayer<T> = Record<string, T>;

export interface StepReport {
  language: Language;
  facts: number;
  fact_ids: string[];
  null_dimension: PerLayer<number>;
  seconds: number;
  losses: number[][];
  delta_norm: PerLayer<number>;
  leak: Record<Language, PerLayer<number>>;
  subject_fallbacks: number;
  subject_partials: number;
}

export interface Report {
  generator: string;
  model: string;
  model_sha256: string;
  device: string;
  method: string;
  seed: number;
  steps: StepReport[];
  languages: Record<Language, BeforeAfter>;
  average: BeforeAfter;
  accuracy_matrix: Record<Language, { efficacy: number | null; generality: number | null; specificity: number | null }>[];
  skipped: { id: string; language: Language; reason: string }[];
  timing: { total_seconds: number };
  /** The recipe that gives this report again. */
  recipe?: Recipe;
}

export type Verdict =
  | { verdict: 'reproduced' | 'within tolerance' }
  | { verdict: 'differs'; stage: string; place: string; expected: string; found: string };

/** What a text is to a model that knows the catalogue and nothing else: asked so, meant, or not in it. */
export interface Question {
  kind: 'verbatim' | 'meant' | 'absent';
  /** How the catalogue asks it, where it is meant. */
  prompt?: string;
}

/** What can be read of a link that is refused, and why it is: a newer format, something unknown in it, or another catalogue of facts. */
export interface Outline {
  version: number;
  why: 'newer' | 'unknown' | 'catalogue';
  message: string;
  model: string | null;
  method: string | null;
  facts: Fact[];
  /** How many facts could not be read. */
  unread: number;
}

export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/** The device that was taken, why, and how far it lies from the CPU on the start-up self-check. */
export interface Started {
  device: 'webgpu' | 'cpu';
  reason: string;
  selfcheck: { maximum_difference: number; tolerance: number; passed: boolean } | null;
  /** Address of the module, for keeping it. */
  module: string;
}

/** Where key statistics come from, how many tokens are behind them, and which layers they have. */
export interface StatisticsSummary {
  source: string;
  count: number;
  layers: number[];
}

export interface ModelSummary {
  name: string;
  sha256: string;
  architecture: string;
  layers: number;
  hidden: number;
  parameters: number;
}

export interface NamedBytes {
  name: string;
  bytes: Uint8Array;
}

export interface Candidate {
  id: number;
  text: string;
  logit: number;
  /** 0 to 1. */
  probability: number;
}

export interface Token {
  id: number;
  text: string;
}

/** The tokens of a prompt; `subject` are the positions of the subject's, the last of which is edited. */
export interface Located {
  tokens: Token[];
  subject: [number, number];
  found: 'exact' | 'normalized' | 'partial' | 'prompt_end';
}

export interface Choices {
  methods: string[];
  modes: string[];
  projections: string[];
  fact_tokens: string[];
}

export interface CatalogueEntry {
  id: string;
  relation: string;
  names: Record<Language, { subject: string; object: string }>;
  /** Languages in which the model that the page brings along was not taught it. */
  withheld: Language[];
}

export interface Catalogue {
  languages: Language[];
  relations: string[];
  facts: CatalogueEntry[];
}

/** A fact, the one whose object it is to get, and in which languages. */
export interface CatalogueChoice {
  fact: string;
  object: string;
  languages: Language[];
}

/** A setting of a recipe on the open model. */
export interface Setting {
  name: string;
  legal: string;
  value: string;
  default: string;
}

export interface Generated {
  text: string;
  tokens: number[];
  /** The likeliest tokens at the first position. */
  top: Candidate[];
}

/** Where a request stands; `text` is the continuation so far, `report` what is known so far. */
export interface Progress {
  stage: string;
  done: number;
  total: number;
  /** Step of the recipe, from 1, and of how many. */
  step?: number;
  steps?: number;
  text?: string;
  report?: Report;
}

export interface Failure {
  /** `ErrorKind` of the crate in lower case, or `engine` where the module itself broke down. */
  kind: string;
  message: string;
  hint?: string;
}
