//! The steps of a session with the weights that they make, as one thing that is taken out of it and put back.

use std::sync::Arc;

use super::memory::KnownStep;
use super::step_record::StepRecord;
use crate::edit::History;
use crate::model::Overlays;

/// Steps, what each changed, and the weights behind the last.
pub(super) struct Edits {
    pub(super) records: Vec<Arc<StepRecord>>,
    pub(super) history: History,
    pub(super) weights: Overlays,
}

impl Edits {
    /// The step with this fingerprint.
    pub(super) fn find(&self, fingerprint: &str) -> Option<KnownStep> {
        let at = self.records.iter().position(|record| record.fingerprint == fingerprint)?;
        Some(KnownStep { record: Arc::clone(self.records.get(at)?), changes: Arc::clone(self.history.step(at)?) })
    }
}
