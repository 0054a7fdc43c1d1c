//! A finished step, as a session keeps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use faer::ColRef;

use super::report::{LanguageAccuracy, StepReport};
use crate::linalg::{Matrix, Resting};

/// The keys that a step edited at one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct StepKeys {
    /// The language of the fact of each of the step's own keys.
    pub languages: Vec<String>,
    /// Keys of the solve, `[d_in, n]`: one a fact, or one a token of its new object (`fact_token=answer`); behind the step's own those of `rehearsed`.
    pub solved: Matrix,
    /// Which keys of earlier steps, all own ones in order, those behind the step's own stand in for: what the model did not say any more was written again.
    pub rehearsed: Vec<usize>,
    /// Keys under the weights after the step, where the method recomputes them.
    pub recomputed: Option<Matrix>,
}

/// A key of the steps so far.
pub(super) struct HeldKey<'a> {
    /// The language of its fact.
    pub(super) language: &'a str,
    /// The index of the step that wrote its fact last, and which of that step's keys it is.
    pub(super) at: (usize, usize),
    /// The key of the solve.
    pub(super) solved: ColRef<'a, f64>,
    /// What methods with a memory remember.
    pub(super) remembered: ColRef<'a, f64>,
}

/// The keys of the steps so far at `layer`, in the order of their facts, each as it was when its fact was written last.
pub(super) fn held_keys(records: &[Arc<StepRecord>], layer: usize) -> Vec<HeldKey<'_>> {
    let mut held: Vec<HeldKey<'_>> = Vec::new();
    for (index, keys) in records.iter().enumerate().filter_map(|(index, record)| Some((index, record.keys.get(&layer)?))) {
        let remembered = keys.recomputed.as_ref().unwrap_or(&keys.solved);
        let key = |language, column| HeldKey {
            language,
            at: (index, column),
            solved: keys.solved.col(column),
            remembered: remembered.col(column),
        };
        let own = keys.solved.ncols().saturating_sub(keys.rehearsed.len());
        for (column, &place) in (own..).zip(&keys.rehearsed) {
            if let Some(before) = held.get_mut(place) {
                *before = key(before.language, column);
            }
        }
        held.extend(keys.languages.iter().take(own).enumerate().map(|(column, language)| key(language, column)));
    }
    held
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
