//! Names of files in the folder of an experiment.
//!
//! * `experiment.json`: the definition at the scale and with the models and data that were asked for.
//! * `cells/<id>.json`: the report of a cell, under a temporary name until it is whole.
//! * `cells/<id>.failed`: why a cell failed; the next run tries it again.

/// Name of the definition.
pub(in crate::cli) const DEFINITION: &str = "experiment.json";
/// Name of the folder of reports.
pub(in crate::cli) const CELLS: &str = "cells";
/// Extension of the files that say why a cell failed.
pub(in crate::cli) const FAILED: &str = "failed";
