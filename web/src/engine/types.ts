/**
 * What crosses the border to the wasm module. The shapes are derived from the Rust types when the module is built, so that the page is checked
 * against what the crate really takes and gives; here is what the page adds.
 */

import type * as Module from './pkg/cpu/langedit';

export type * from './pkg/cpu/langedit';

/** ISO 639-1 code. */
export type Language = string;

/** What the module exports; both modules have the same. */
export type Surface = Omit<typeof Module, 'default' | 'initSync'>;

/** The device that was taken, why, and how far it lies from the CPU on the start-up self-check. */
export interface Started extends Omit<Module.Started, 'why'> {
  /** A GPU may be lost after the module has taken it. */
  why: Module.Started['why'] | 'gpu_lost';
  /** Address of the module, for keeping it. */
  module: string;
}

/** What happens before the module can be called, or before a model is there. */
export type OpeningStage = 'module' | 'compile' | 'selfcheck' | 'download' | 'cache' | 'read' | 'catalogue';

/** Where a request stands; `text` is the continuation so far, `report` what is known so far. */
export type Progress = Module.Progress<OpeningStage | Module.CallStage>;
