//! A finished step, as a session keeps it.

use std::collections::BTreeMap;

use super::report::{LanguageAccuracy, StepReport};
use crate::linalg::{Matrix, Resting};

/// The keys that a step edited at one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct StepKeys {
    /// The language of each key's fact.
    pub languages: Vec<String>,
    /// Keys of the solve, `[d_in, n]`: one a fact, or one a token of its new object (`fact_token=answer`).
    pub solved: Matrix,
    /// Keys under the weights after the step, where the method recomputes them.
    pub recomputed: Option<Matrix>,
}

/// One finished step: everything needed to go on behind it without doing it again.
#[derive(Clone, Debug)]
pub struct StepRecord {
    /// Which step of its run it is, from 0.
    pub index: usize,
    /// Fingerprint of everything up to and including this step that determines it.
    pub fingerprint: String,
    /// Target values of the last stage, `[keys][hidden]`.
    pub targets: Vec<Vec<f32>>,
    /// Keys by layer.
    pub keys: BTreeMap<usize, StepKeys>,
    /// Of a merge, instead of `keys`: those of each language's edit, in the order of the languages; shared with the separate edits.
    pub separate_keys: BTreeMap<usize, Vec<Resting>>,
    /// Its part of the report.
    pub report: StepReport,
    /// Accuracy by language after it, with the fingerprint of the facts that were asked.
    pub accuracy: Option<(String, BTreeMap<String, LanguageAccuracy>)>,
}
