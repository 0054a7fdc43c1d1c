//! The Cholesky factor of a key covariance, which MEMIT and ROME solve with.

use std::sync::Arc;

use faer::Side;
use faer::get_global_parallelism;
use faer::linalg::solvers::Llt;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::prelude::Solve;

use super::dense::ensure_rows;
use super::{KeyCovariance, Matrix};
use crate::{Error, ErrorKind, Result, ensure};

/// Ridges tried in turn on a singular covariance, relative to the mean variance `tr C / d`.
const RELATIVE_RIDGES: [f64; 5] = [0.0, 1e-10, 1e-8, 1e-6, 1e-4];

/// `C + ridge I = L L^T`: `d^3 / 3` operations once per covariance, then `d^2` per key. Copies share it.
#[derive(Clone, Debug)]
pub struct CovarianceFactor {
    factor: Arc<Llt<f64>>,
    ridge: f64,
}

impl CovarianceFactor {
    /// Factors a covariance. One that is singular in f64 (fewer keys than dimensions, a coordinate that never fires) gets the
    /// smallest ridge of a short list that makes it definite; [`ridge`](Self::ridge) tells.
    ///
    /// # Errors
    /// The covariance is zero, or indefinite beyond repair.
    pub fn new(covariance: &KeyCovariance) -> Result<Self> {
        let dim = covariance.dim();
        let scale = covariance.trace() / dim as f64;
        ensure!(scale.is_finite() && scale > 0.0, Numerics, "a key covariance of dimension {dim} with trace 0 cannot be factored");
        for relative in RELATIVE_RIDGES {
            let ridge = relative * scale;
            let mut shifted = covariance.mean().clone();
            for i in 0..dim {
                shifted[(i, i)] += ridge;
            }
            let Ok(factor) = shifted.llt(Side::Lower) else { continue };
            if definite(&factor, &shifted) {
                return Ok(Self { factor: Arc::new(factor), ridge });
            }
        }
        Err(Error::new(ErrorKind::Numerics, format!("the key covariance of dimension {dim} is not positive definite"))
            .hint("its statistics may be damaged; compute them again"))
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        self.factor.L().nrows()
    }

    /// What was added to the diagonal; 0 unless the covariance is singular.
    pub fn ridge(&self) -> f64 {
        self.ridge
    }

    /// `C^-1 B`.
    ///
    /// # Errors
    /// `rhs` has another number of rows or is not finite.
    pub fn solve(&self, rhs: &Matrix) -> Result<Matrix> {
        ensure_rows("right-hand sides", rhs.as_ref(), self.dim(), "the covariance")?;
        let mut solution = rhs.clone();
        self.factor.solve_in_place(solution.as_mut());
        Ok(solution)
    }

    /// `B <- L^-1 B`, so that `B^T C^-1 B` becomes a Gram matrix.
    pub(super) fn whiten(&self, block: &mut Matrix) {
        solve_lower_triangular_in_place(self.factor.L(), block.as_mut(), get_global_parallelism());
    }

    /// `B <- L^-T B`.
    pub(super) fn unwhiten(&self, block: &mut Matrix) {
        solve_upper_triangular_in_place(self.factor.L().transpose(), block.as_mut(), get_global_parallelism());
    }
}

/// Whether every pivot is more than the rounding of the diagonal entry that it came from.
fn definite(factor: &Llt<f64>, matrix: &Matrix) -> bool {
    let lower = factor.L();
    let rounding = f64::EPSILON * matrix.nrows() as f64;
    (0..matrix.nrows()).all(|i| lower[(i, i)].powi(2) > rounding * matrix[(i, i)])
}
