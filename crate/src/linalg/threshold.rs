//! Which part of a spectrum is null.

use serde::{Deserialize, Serialize};

use crate::{Result, ensure};

/// Where to cut the spectrum of a key covariance: the directions below are null and may be edited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// Eigenvalues below this are null. AlphaEdit and LangEdit publish 2e-2, which has meaning only at the scale of their models.
    Absolute(f64),
    /// The most eigenvalues, smallest first, that together hold at most this share (0 to 1) of the trace.
    EnergyShare(f64),
}

/// How a [`Threshold`] divided a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpectrumCut {
    /// Number of null eigenvalues: the rank of the projector.
    pub null: usize,
    /// Number of the others.
    pub discarded: usize,
    /// Largest null eigenvalue, if any is null.
    pub largest_null: Option<f64>,
    /// Smallest eigenvalue that is not null, if any is left.
    pub smallest_discarded: Option<f64>,
    /// Share of the trace that the null eigenvalues hold: the mean energy of keys that the projector lets through.
    pub null_energy: f64,
}

impl SpectrumCut {
    /// Whether what is discarded is the smaller of the two complementary bases, and so the one that a projector is stored as.
    pub fn stores_discarded(&self) -> bool {
        self.discarded <= self.null
    }

    /// An eigenvalue between the largest null and the smallest discarded one (their geometric mean), so that rounding of either does not
    /// change sides; infinite where everything is null.
    pub fn boundary(&self) -> f64 {
        match (self.largest_null, self.smallest_discarded) {
            (_, None) => f64::INFINITY,
            (Some(below), Some(above)) if below > 0.0 => (below * above).sqrt(),
            (_, Some(above)) => above / 2.0,
        }
    }
}

impl Threshold {
    /// Cuts ascending eigenvalues. Negative ones, rounding of zero, hold no energy.
    ///
    /// # Errors
    /// An absolute threshold is negative or not finite, a share lies outside 0 to 1.
    pub fn cut(self, ascending: &[f64]) -> Result<SpectrumCut> {
        let energy = |value: &f64| value.max(0.0);
        let trace: f64 = ascending.iter().map(energy).sum();
        let null = match self {
            Self::Absolute(limit) => {
                ensure!(limit.is_finite() && limit >= 0.0, Numerics, "the null-space threshold must be at least 0, not {limit}");
                ascending.partition_point(|&value| value < limit)
            }
            Self::EnergyShare(share) => {
                ensure!((0.0..=1.0).contains(&share), Numerics, "the share of key energy must lie between 0 and 1, not {share}");
                let mut held = 0.0;
                let budget = share * trace;
                let fits = |value: &&f64| {
                    held += energy(value);
                    held <= budget
                };
                // Adding in another order than `trace` did must not lose the last eigenvalue of a full share.
                if share == 1.0 { ascending.len() } else { ascending.iter().take_while(fits).count() }
            }
        };
        let (below, above) = ascending.split_at(null);
        let held: f64 = below.iter().map(energy).sum();
        Ok(SpectrumCut {
            null,
            discarded: above.len(),
            largest_null: below.last().copied(),
            smallest_discarded: above.first().copied(),
            null_energy: if trace > 0.0 { held / trace } else { 0.0 },
        })
    }
}
