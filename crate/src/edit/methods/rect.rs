//! RECT: of MEMIT's update only the entries with the largest relative change `|Delta_ij / W_ij|` (editing.md 1.10).
//!
//! As in the published code, the layers are solved with whole updates and each is cut when all are there, W being the weights before the
//! step. Its `kthvalue` keeps one entry more than the share says, and all that tie with it; here the share is exact.

use super::{Reference, Restraint};
use crate::Result;
use crate::edit::settings::Settings;
use crate::linalg::{LowRank, MaskedUpdate, Update};

/// RECT's restraint.
pub(super) struct Rect {
    percent: f64,
}

impl Rect {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { percent: settings.rect_k }
    }
}

impl Restraint for Rect {
    fn reference(&self, _: usize) -> Reference {
        Reference::Current
    }

    fn restrain(&mut self, _: usize, delta: LowRank, weights: &[f32]) -> Result<Update> {
        MaskedUpdate::largest_relative(delta, weights, self.percent).map(Update::Masked)
    }
}
