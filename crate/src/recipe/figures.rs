//! Data behind the pictures of a step: small, rounded, and computed from what the step has at hand anyway.
//!
//! * [`Spectrum`]: the key covariance's eigenvalues, and how much of each language's keys any threshold would expose.
//! * [`Parts`]: `R K^T` split into what the projector removes and what survives it, and what of it points at past keys.
//! * [`Terms`], [`HeatMap`]: the closed form's terms and the update itself.
//! * [`Disturbance`]: what the update does to facts edited before, predicted and measured.
//!
//! Numbers have four significant digits. Everything costs `O(d n^2)` a layer, `n` the keys in play, but for the spectrum's `O(d^2 n)`:
//! no eigendecomposition is made for a picture.

mod disturbance;
mod overlap;
mod session;
mod spectrum;
#[cfg(test)]
mod tests;
mod update;

use std::collections::BTreeMap;

use faer::ColRef;
use serde::{Deserialize, Serialize};

use super::per_layer::PerLayer;
use crate::Result;
use crate::edit::LayerOutcome;
use crate::linalg::{LowRank, Matrix, Projector, Threshold, concat_columns};

pub use disturbance::Disturbance;
pub use spectrum::Spectrum;
pub use update::{Along, HeatMap, Parts, Term, Terms};

/// Keys of one language that take part in pictures at most, the latest ones.
const MAX_KEYS: usize = 256;

/// The pictures of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct StepFigures {
    /// Of each edited layer.
    pub layers: PerLayer<LayerFigures>,
    /// What happened to the facts edited in before; absent in the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disturbance: Option<Disturbance>,
    /// Seconds that computing all this took.
    pub seconds: f64,
}

/// The pictures of a step at one layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct LayerFigures {
    /// `[d_out, d_in, n]`: the update is `d_out x d_in`, there are `n` keys.
    pub shape: [usize; 3],
    /// The spectrum behind the projector; absent for methods without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spectrum: Option<Spectrum>,
    /// What the projector does to `R K^T`.
    pub parts: Parts,
    /// `(s + l2) / l2`, `s` the largest eigenvalue of `P K K^T P` (past keys included where the method solves with them): the condition
    /// number of the system. Absent without a projector and where so many keys are in play that it would cost as much as the solve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<f64>,
    /// Matrices of the closed form.
    pub terms: Terms,
    /// The update, down-sampled.
    pub map: HeatMap,
    /// Principal angles in degrees between the keys of this step's language so far and those of another: least, quartiles, greatest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overlap: BTreeMap<String, [f64; 5]>,
}

/// What a layer's pictures are made from.
pub(super) struct LayerScene<'a> {
    pub(super) outcome: &'a LayerOutcome,
    pub(super) residuals: &'a Matrix,
    pub(super) delta: &'a LowRank,
    pub(super) projector: Option<&'a Projector>,
    /// The latest keys of earlier steps by language, as they were solved for.
    pub(super) past: &'a BTreeMap<String, Matrix>,
    /// Keys beside the step's own that the method's system holds.
    pub(super) solved_with: &'a [ColRef<'a, f64>],
    /// The step's language; none where its facts have several, which then have no angles.
    pub(super) language: Option<&'a str>,
    pub(super) threshold: Threshold,
    /// The multiple of the identity in the method's system, where that and the projected keys are all of it.
    pub(super) ridge: Option<f64>,
}

impl LayerFigures {
    /// Draws up the pictures of one layer.
    pub(super) fn of(scene: &LayerScene<'_>) -> Result<Self> {
        let LayerScene { outcome, residuals, delta, projector, past, .. } = *scene;
        let projected = outcome.projected.as_ref().unwrap_or(&outcome.keys);
        let of_step = |matrix: &Matrix| matrix.subcols(0, outcome.own_keys()).to_owned();
        let keys = of_step(&outcome.keys);
        let condition = match (projector, scene.ridge) {
            (Some(projector), Some(ridge)) => update::condition(projected, scene.solved_with, projector, ridge)?,
            _ => None,
        };
        let overlap = match scene.language {
            Some(language) => {
                let mut keys_by_language = past.clone();
                let own = keys_by_language.entry(language.to_owned()).or_insert_with(|| Matrix::zeros(keys.nrows(), 0));
                *own = concat_columns(own.as_ref(), keys.as_ref())?;
                overlap::angles(language, &keys_by_language)?
            }
            None => BTreeMap::new(),
        };
        let decomposition = projector.and_then(|projector| projector.eigen().zip(projector.spectrum_cut()));
        let spectrum = decomposition.map(|(eigen, cut)| Spectrum::of(eigen, cut, scene.threshold, &keys, past));
        Ok(Self {
            shape: [delta.left().nrows(), delta.right().nrows(), outcome.keys.ncols()],
            spectrum,
            parts: Parts::of(&of_step(residuals), &keys, &of_step(projected), past)?,
            condition: condition.map(rounded),
            terms: Terms::of(&outcome.keys, projected, residuals, delta),
            map: HeatMap::of(delta),
            overlap,
        })
    }
}

/// `value` with four significant digits. What is not finite, of which JSON knows nothing, becomes the largest number.
fn rounded(value: f64) -> f64 {
    if value.is_finite() { format!("{value:.3e}").parse().unwrap_or(value) } else { f64::MAX }
}
