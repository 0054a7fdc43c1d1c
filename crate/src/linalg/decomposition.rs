//! The eigendecomposition of a covariance that keys are added to.

use std::sync::{Arc, OnceLock};

use super::{Matrix, MatrixRef, SymmetricEigen, symmetric_eigen};
use crate::Result;

/// Keys that come at a time up to which the decomposition is brought up to date; more are decomposed anew, which takes as long as five.
const FEW_KEYS: usize = 3;
/// Keys in a row by which it is brought up to date, before it is made anew: what a copy has to repeat that was not asked in between.
const MOST_KEYS: usize = 16;

/// The eigendecomposition of a covariance, once it was asked for: that of the covariance as it was, and what was added since. It is a function
/// of the keys and the order in which they came, to the last bit, whenever it is asked for. Copies share what is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Decomposition {
    /// The covariance that things were added to, where it was not decomposed before.
    start: Option<Arc<Start>>,
    /// What was added, key by key.
    added: Vec<Arc<Addition>>,
    /// That behind so many of these.
    latest: Option<(usize, Arc<SymmetricEigen>)>,
    /// That of the covariance as it is.
    now: Arc<OnceLock<Arc<SymmetricEigen>>>,
}

#[derive(Debug)]
struct Start {
    mean: Arc<Matrix>,
    eigen: OnceLock<Arc<SymmetricEigen>>,
}

/// `C <- shrink C + weight k k^T`.
#[derive(Debug)]
struct Addition {
    key: Vec<f64>,
    shrink: f64,
    weight: f64,
}

impl Decomposition {
    /// That of a covariance to which nothing was added.
    pub(super) fn known(eigen: Arc<SymmetricEigen>) -> Self {
        Self { now: Arc::new(OnceLock::from(eigen)), ..Self::default() }
    }

    /// Takes note of `keys` that are added to `mean`, each with `weight`, after it was multiplied by `shrink`.
    pub(super) fn follow(&mut self, mean: &Arc<Matrix>, keys: MatrixRef<'_>, shrink: f64, weight: f64) {
        if keys.ncols() > FEW_KEYS || self.added.len() + keys.ncols() > MOST_KEYS {
            *self = Self::default();
            return;
        }
        if let Some(now) = self.now.get() {
            self.latest = Some((self.added.len(), Arc::clone(now)));
        } else if self.added.is_empty() {
            self.start = Some(Arc::new(Start { mean: Arc::clone(mean), eigen: OnceLock::new() }));
        }
        self.now = Arc::default();
        self.added.extend(keys.col_iter().enumerate().map(|(at, key)| {
            Arc::new(Addition { key: key.iter().copied().collect(), shrink: if at == 0 { shrink } else { 1.0 }, weight })
        }));
    }

    /// The decomposition of `mean`, to which all this led.
    ///
    /// # Errors
    /// It does not converge.
    pub(super) fn eigen(&self, mean: &Matrix) -> Result<Arc<SymmetricEigen>> {
        if let Some(now) = self.now.get() {
            return Ok(Arc::clone(now));
        }
        let (done, mut eigen) = match (&self.latest, &self.start) {
            (Some((done, eigen)), _) => (*done, Arc::clone(eigen)),
            (None, Some(start)) => (0, start.eigen()?),
            (None, None) => (0, Arc::new(symmetric_eigen(mean)?)),
        };
        for addition in self.added.iter().skip(done) {
            let mut next = eigen.add_outer(&addition.key, addition.weight / addition.shrink);
            next.values.iter_mut().for_each(|value| *value *= addition.shrink);
            eigen = Arc::new(next);
        }
        // Where another copy was faster, its result has the same bits.
        let _ = self.now.set(Arc::clone(&eigen));
        Ok(eigen)
    }
}

impl Start {
    fn eigen(&self) -> Result<Arc<SymmetricEigen>> {
        if let Some(eigen) = self.eigen.get() {
            return Ok(Arc::clone(eigen));
        }
        let eigen = Arc::new(symmetric_eigen(&self.mean)?);
        let _ = self.eigen.set(Arc::clone(&eigen));
        Ok(eigen)
    }
}
