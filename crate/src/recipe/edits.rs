//! The steps made so far with their changes of the weights, as one thing that is taken out of a session and put back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::step_record::StepRecord;
use crate::edit::History;
use crate::linalg::Update;

/// Steps and what each changed.
#[derive(Debug, Default)]
pub(super) struct Edits {
    pub(super) records: Vec<Arc<StepRecord>>,
    pub(super) history: History,
}

impl Edits {
    /// The step with this fingerprint, and its changes by layer.
    pub(super) fn find(&self, fingerprint: &str) -> Option<(&Arc<StepRecord>, &BTreeMap<usize, Update>)> {
        let at = self.records.iter().position(|record| record.fingerprint == fingerprint)?;
        Some((self.records.get(at)?, self.history.step(at)?))
    }

    /// What these steps add to `first`; nothing where they do not begin with it.
    pub(super) fn behind(mut self, first: &Self) -> Self {
        let begins = first.records.len() <= self.records.len()
            && first.records.iter().zip(&self.records).all(|(one, other)| one.fingerprint == other.fingerprint);
        if !begins {
            return Self::default();
        }
        Self { history: self.history.split_off(first.records.len()), records: self.records.split_off(first.records.len()) }
    }
}
