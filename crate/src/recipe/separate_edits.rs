//! The languages' separate edits, each from the unedited weights, as a session keeps them to merge them in many ways.

use std::collections::BTreeMap;

use super::report::StepReport;
use crate::edit::Target;
use crate::linalg::{Resting, RestingUpdate};

/// The languages' edits of a recipe. A session keeps the last ones, so that merging them in another way costs no edit.
pub(super) struct SeparateEdits {
    /// Of everything that determines them but whether the covariance is shared.
    pub(super) fingerprint: String,
    /// Target values on the unedited model and the seconds they took, by language.
    pub(super) targets: Vec<(Vec<Target>, f64)>,
    pub(super) own: Option<Vec<LanguageEdit>>,
    pub(super) shared: Option<Vec<LanguageEdit>>,
}

/// What editing one language alone does.
pub(super) struct LanguageEdit {
    pub(super) language: String,
    pub(super) report: StepReport,
    pub(super) keys: BTreeMap<usize, Resting>,
    pub(super) deltas: BTreeMap<usize, RestingUpdate>,
}

impl SeparateEdits {
    /// The edits with or without shared covariance, made or not.
    pub(super) fn slot(&mut self, shared: bool) -> &mut Option<Vec<LanguageEdit>> {
        if shared { &mut self.shared } else { &mut self.own }
    }

    /// The edits with or without shared covariance; none where they are not made.
    pub(super) fn of(&self, shared: bool) -> &[LanguageEdit] {
        if shared { self.shared.as_deref() } else { self.own.as_deref() }.unwrap_or_default()
    }
}
