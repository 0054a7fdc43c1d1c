//! The steps made so far with their changes of the weights, as one thing that is taken out of a session and put back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::session::{Session, StepRecord};
use crate::Result;
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
    fn behind(mut self, first: &Self) -> Self {
        let begins = first.records.len() <= self.records.len()
            && first.records.iter().zip(&self.records).all(|(one, other)| one.fingerprint == other.fingerprint);
        if !begins {
            return Self::default();
        }
        Self { history: self.history.split_off(first.records.len()), records: self.records.split_off(first.records.len()) }
    }
}

impl Session {
    /// Takes the edits out: the model is the unedited one.
    pub(super) fn take_edits(&mut self) -> Edits {
        let edits = Edits { records: std::mem::take(&mut self.records), history: std::mem::take(&mut self.history) };
        for layer in edits.history.layers() {
            self.model.set_down(layer, None);
        }
        edits
    }

    /// Puts `edits` in place of those of the model; the weights have the bits that they had with them.
    pub(super) fn put_back(&mut self, edits: Edits) {
        self.take_edits();
        (self.records, self.history) = (edits.records, edits.history);
        let layers: Vec<usize> = self.history.layers().into_iter().collect();
        self.history.rebuild(&mut self.model, &layers);
    }

    /// [`Session::put_back`] of the edits that were in force before a run, keeping aside what the run added to them: a later run that comes to
    /// the same steps does not make them again.
    pub(super) fn put_back_keeping(&mut self, before: Edits) {
        let made = self.take_edits();
        self.aside = made.behind(&before);
        self.put_back(before);
    }

    /// Asks something of the model as it was before every edit, and puts the edits back, whatever comes of it.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn unedited<T>(&mut self, ask: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        let edits = self.take_edits();
        let answer = ask(self).await;
        self.put_back(edits);
        answer
    }
}
