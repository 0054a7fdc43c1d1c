//! A covariance that edited keys are added to.

use std::sync::Arc;

use crate::Result;
use crate::edit::statistics::StoredCovariance;
use crate::linalg::{KeyCovariance, Matrix};

/// `Cov_t = (N Cov + w K K^T) / (N + w n)` over the steps so far. A small one is kept up to date, with its decomposition. Of a large one the keys
/// are kept, and it is made of them where it is decomposed: that takes a thousandth of the decomposition, the matrix 1.6 GB at 14,336 dimensions.
#[derive(Clone)]
pub(super) enum RunningCovariance {
    Kept(KeyCovariance),
    Made { first: StoredCovariance, first_count: f64, added: Vec<(Arc<Matrix>, f64)>, count: f64 },
}

impl RunningCovariance {
    /// `first`, whose keys weigh `count` together.
    ///
    /// # Errors
    /// `count` is negative or not finite.
    pub(super) fn new(first: &StoredCovariance, count: f64) -> Result<Self> {
        Ok(if KeyCovariance::is_small(first.dim()) {
            Self::Kept(first.load()?.with_count(count)?)
        } else {
            Self::Made { first: first.clone(), first_count: count, added: Vec::new(), count }
        })
    }

    /// Total weight of the keys.
    pub(super) fn count(&self) -> f64 {
        match self {
            Self::Kept(covariance) => covariance.count(),
            Self::Made { count, .. } => *count,
        }
    }

    /// Adds keys, each as `weight` samples.
    ///
    /// # Errors
    /// Those of [`KeyCovariance::add_keys`].
    pub(super) fn add(&mut self, keys: &Matrix, weight: f64) -> Result<()> {
        match self {
            Self::Kept(covariance) => covariance.add_keys(keys.as_ref(), weight)?,
            Self::Made { added, count, .. } => {
                added.push((Arc::new(keys.clone()), weight));
                *count += weight * keys.ncols() as f64;
            }
        }
        Ok(())
    }

    /// The covariance as it is.
    ///
    /// # Errors
    /// It cannot be loaded, or keys are not finite.
    pub(super) fn now(&self) -> Result<KeyCovariance> {
        match self {
            Self::Kept(covariance) => Ok(covariance.clone()),
            Self::Made { first, first_count, added, .. } => {
                let mut covariance = first.load()?.with_count(*first_count)?;
                for (keys, weight) in added {
                    covariance.add_keys(keys.as_ref().as_ref(), *weight)?;
                }
                Ok(covariance)
            }
        }
    }
}
