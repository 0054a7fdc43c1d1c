//! What a method contributes to a closed form, and what it wants of a null space.

use super::null_space::NullSpace;
use crate::edit::statistics::StoredCovariance;
use crate::linalg::{CovarianceFactor, KeyCovariance, Matrix, Threshold, Weighing};

/// A closed form, but for the residuals `R` and the keys `K` of a step.
#[derive(Clone, Copy, Debug)]
pub enum System<'a> {
    /// `Delta = R K^T P ((K K^T + K_p K_p^T) P + ridge I)^-1`.
    NullSpace {
        /// `P`.
        space: &'a NullSpace,
        /// `K_p`, `[d_in, p]`.
        past: Option<&'a Matrix>,
        /// Above 0.
        ridge: f64,
    },
    /// `Delta = R K^T M (I + (K K^T + K_p K_p^T) M)^-1`, `M` being the inverse of a weighed covariance on a null space.
    Weighed {
        /// The null space.
        space: &'a NullSpace,
        /// `M`.
        weighing: &'a Weighing,
        /// `K_p`, `[d_in, p]`.
        past: &'a Matrix,
    },
    /// `Delta = R K^T (weight C + K_p K_p^T + K K^T)^-1`.
    Covariance {
        /// Of `C`.
        factor: &'a CovarianceFactor,
        /// `K_p`, `[d_in, p]`.
        past: Option<&'a Matrix>,
        /// Above 0.
        weight: f64,
    },
}

/// What has to be done at a layer before the next step is solved there: to its null space, or to the covariance that is inverted.
#[derive(Clone, Debug)]
pub enum Renewal {
    /// The covariance is factored with this ridge, a share of the mean variance, on its diagonal.
    Factor(StoredCovariance, f64),
    /// The null space becomes that of a covariance's eigenvalues below a threshold.
    Cut(KeyCovariance, Threshold),
    /// The spans of keys `[d_in, n]` leave it, one after the other, but for what is shorter than this share of a key.
    Remove(Vec<Matrix>, f64),
}
