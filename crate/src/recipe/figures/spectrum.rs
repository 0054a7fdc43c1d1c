//! The spectrum of the key covariance, sampled, with what each cut of it would expose.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rounded;
use crate::linalg::{Matrix, SpectrumCut, SymmetricEigen, Threshold};

/// Samples evenly spaced in rank, and as many again evenly spaced in the logarithm of the eigenvalue.
const SAMPLES: usize = 28;
/// Eigenvalues below this share of the largest are rounding, and drawn as if they were this.
const FLOOR: f64 = 1e-14;

/// A spectrum at sampled ranks. Rank `r` (from 1) stands for the cut that discards the `r` largest directions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Spectrum {
    /// Ranks, ascending, the first 1 and the last `d_in`.
    pub ranks: Vec<usize>,
    /// The eigenvalue of each rank, descending.
    pub values: Vec<f64>,
    /// Share (0 to 1) of the keys' energy, the trace, in the eigenvalues behind the rank.
    pub energy: Vec<f64>,
    /// The trace.
    pub trace: f64,
    /// The eigenvalue below which directions were null.
    pub threshold: f64,
    /// Directions below it: the null space's dimension before directions of edited keys are removed from it.
    pub null: usize,
    /// Share of the energy of this step's keys in the directions behind the rank: what an edit has to work with.
    pub room: Vec<f64>,
    /// The same of the keys of earlier steps, by language: what an edit could disturb.
    pub exposed: BTreeMap<String, Vec<f64>>,
}

impl Spectrum {
    /// Samples `eigen`, which was cut at `cut` because of the setting `asked`, and measures `own` and `past` keys (`d x n`) in its basis.
    pub(super) fn of(eigen: &SymmetricEigen, cut: &SpectrumCut, asked: Threshold, own: &Matrix, past: &BTreeMap<String, Matrix>) -> Self {
        let descending: Vec<f64> = eigen.values.iter().rev().map(|value| value.max(0.0)).collect();
        let ranks = sample(&descending, cut.discarded);
        let trace: f64 = descending.iter().sum();
        let at = |behind: &[f64]| ranks.iter().map(|&rank| rounded(behind.get(rank - 1).copied().unwrap_or(0.0))).collect();
        let exposure = |keys: &Matrix| at(&shares_behind(&coordinates(eigen, keys)));
        Self {
            values: ranks.iter().map(|&rank| rounded(descending.get(rank - 1).copied().unwrap_or(0.0))).collect(),
            energy: at(&shares_behind(&descending)),
            trace: rounded(trace),
            threshold: rounded(match asked {
                Threshold::Absolute(limit) => limit,
                // Where everything is null, any eigenvalue above the largest is a boundary.
                Threshold::EnergyShare(_) => cut.boundary().min(2.0 * descending.first().copied().unwrap_or(1.0)),
            }),
            null: cut.null,
            room: exposure(own),
            exposed: past.iter().map(|(language, keys)| (language.clone(), exposure(keys))).collect(),
            ranks,
        }
    }
}

/// Energy of `keys` along each eigenvector, that of the largest eigenvalue first.
fn coordinates(eigen: &SymmetricEigen, keys: &Matrix) -> Vec<f64> {
    if keys.ncols() == 0 {
        return vec![0.0; eigen.values.len()];
    }
    let along = eigen.vectors.transpose() * keys;
    along.row_iter().rev().map(|row| row.squared_norm_l2()).collect()
}

/// For each entry the share of the sum that comes after it. Summed from the end, so that small tails keep their digits.
fn shares_behind(descending: &[f64]) -> Vec<f64> {
    let total: f64 = descending.iter().sum();
    let mut held = 0.0;
    let mut shares: Vec<f64> = descending
        .iter()
        .rev()
        .map(|energy| {
            let behind = held;
            held += energy;
            if total > 0.0 { behind / total } else { 0.0 }
        })
        .collect();
    shares.reverse();
    shares
}

/// Ranks worth drawing of a descending spectrum: both ends, both sides of the cut, and in between by rank and by logarithm.
fn sample(descending: &[f64], cut: usize) -> Vec<usize> {
    let d = descending.len();
    let Some((&largest, &smallest)) = descending.first().zip(descending.last()) else { return Vec::new() };
    let mut ranks = vec![1, d, cut.clamp(1, d), (cut + 1).min(d)];
    let steps = SAMPLES as f64;
    ranks.extend((0..SAMPLES).map(|i| 1 + (i as f64 / steps * (d - 1) as f64).round() as usize));
    let floor = (largest * FLOOR).max(f64::MIN_POSITIVE);
    let (top, bottom) = (largest.max(floor).ln(), smallest.max(floor).ln());
    ranks.extend((0..SAMPLES).map(|i| {
        let level = (top + (bottom - top) * i as f64 / steps).exp();
        descending.partition_point(|&value| value > level).clamp(1, d)
    }));
    ranks.sort_unstable();
    ranks.dedup();
    ranks
}
