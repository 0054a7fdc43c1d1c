//! RECT: of MEMIT's update only the entries with the largest relative change `|Delta_ij / W_ij|` (arXiv 2401.04700;
//! ARCHITECTURE, Methods).
//!
//! As in the published code, the layers are solved with whole updates and each is cut when all are there, W being the weights before the
//! step. Its `kthvalue` keeps one entry more than the share says, and all that tie with it; here the share is exact.

use super::memit::{COVARIANCE, MEMIT, Memit};
use super::restrained::Restrained;
use super::spec::{Kind, LAYERS, MethodSpec, TARGET_VALUE};
use crate::Result;
use crate::edit::settings::{SettingName, Settings};
use crate::edit::solver::{Reference, Restraint};
use crate::linalg::{LowRank, MaskedUpdate, Update};

/// RECT's declaration.
pub(super) const RECT: MethodSpec = MethodSpec {
    label: "RECT",
    merges: false,
    settings: &[LAYERS, TARGET_VALUE, COVARIANCE, &[SettingName::RectK]],
    kind: Kind::ClosedForm(|layers, settings| Ok(Box::new(Restrained::new(Memit::new(layers, settings, false), Rect::new(settings))))),
    ..MEMIT
};

/// RECT's restraint.
#[derive(Clone)]
struct Rect {
    percent: f64,
}

impl Rect {
    fn new(settings: &Settings) -> Self {
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
