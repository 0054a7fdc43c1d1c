//! The Cholesky factor of a key covariance, which MEMIT and ROME solve with.

use std::sync::Arc;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, MatMut, Spec, get_global_parallelism};

use super::dense::{add_symmetric_product, ensure_rows};
use super::staircase::Staircase;
use super::{KeyCovariance, Matrix};
use crate::{Error, ErrorKind, Result, ensure};

/// Ridges tried in turn on a singular covariance, relative to the mean variance `tr C / d`.
const RELATIVE_RIDGES: [f64; 5] = [0.0, 1e-10, 1e-8, 1e-6, 1e-4];

/// `C + ridge I = L L^T`: `d^3 / 3` operations once per covariance, then `d^2` per key, and `d^2 / 2` numbers to keep. Copies share it.
#[derive(Clone, Debug)]
pub struct CovarianceFactor {
    lower: Arc<Staircase<f64>>,
    ridge: f64,
}

impl CovarianceFactor {
    /// Factors a covariance. One that is singular in f64 (fewer keys than dimensions, a coordinate that never fires) gets the
    /// smallest ridge of a short list that makes it definite; [`ridge`](Self::ridge) tells.
    ///
    /// # Errors
    /// The covariance is zero, or indefinite beyond repair.
    pub fn new(covariance: &KeyCovariance) -> Result<Self> {
        Self::with_ridge(covariance, 0.0)
    }

    /// Of `C + share tr C / d I`: a share of the mean variance lies below every direction, so that none that the keys hardly use takes an
    /// update of unbounded length. A sum that is singular all the same is treated as by [`CovarianceFactor::new`].
    ///
    /// # Errors
    /// As there.
    pub fn with_ridge(covariance: &KeyCovariance, share: f64) -> Result<Self> {
        Self::of_lower(share, || {
            let mut lower = Staircase::zeros(covariance.dim());
            for (rows, panel) in lower.panels_mut() {
                panel.copy_from(covariance.mean().get(rows.clone(), ..rows.end));
            }
            Ok(lower)
        })
    }

    /// As [`CovarianceFactor::with_ridge`], of the triangle that `covariance` gives, as often as it is asked: it is factored in place.
    ///
    /// # Errors
    /// As there, and those of `covariance`.
    pub fn of_lower(share: f64, covariance: impl Fn() -> Result<Staircase<f64>>) -> Result<Self> {
        let mut dim = 0;
        for relative in RELATIVE_RIDGES {
            let mut lower = covariance()?;
            dim = lower.dim();
            let scale = (0..dim).map(|i| lower[(i, i)]).sum::<f64>() / dim as f64;
            ensure!(scale.is_finite() && scale > 0.0, Numerics, "a key covariance of dimension {dim} with trace 0 cannot be factored");
            let ridge = relative * scale;
            for i in 0..dim {
                lower[(i, i)] += share * scale + ridge;
            }
            let variances: Vec<f64> = (0..dim).map(|i| lower[(i, i)]).collect();
            if factored(&mut lower).is_some() && definite(&lower, &variances) {
                return Ok(Self { lower: Arc::new(lower), ridge });
            }
        }
        Err(Error::new(ErrorKind::Numerics, format!("the key covariance of dimension {dim} is not positive definite"))
            .hint("its statistics may be damaged; compute them again"))
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        self.lower.dim()
    }

    /// What was added to the diagonal since the sum with the share that was asked for is singular; 0 unless it is.
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
        self.whiten(&mut solution);
        self.unwhiten(&mut solution);
        Ok(solution)
    }

    /// `B <- L^-1 B`, so that `B^T C^-1 B` becomes a Gram matrix.
    pub(super) fn whiten(&self, block: &mut Matrix) {
        let parallelism = get_global_parallelism();
        for (rows, panel) in self.lower.panels() {
            let (left, diagonal) = panel.split_at_col(rows.start);
            let (above, mut own) = block.as_mut().subrows_mut(0, rows.end).split_at_row_mut(rows.start);
            if rows.start > 0 {
                matmul(own.as_mut(), Accum::Add, left, above.as_ref(), -1.0, parallelism);
            }
            solve_lower_triangular_in_place(diagonal, own, parallelism);
        }
    }

    /// `B <- L^-T B`.
    pub(super) fn unwhiten(&self, block: &mut Matrix) {
        let parallelism = get_global_parallelism();
        for (rows, panel) in self.lower.panels().rev() {
            let (left, diagonal) = panel.split_at_col(rows.start);
            let (above, mut own) = block.as_mut().subrows_mut(0, rows.end).split_at_row_mut(rows.start);
            solve_upper_triangular_in_place(diagonal.transpose(), own.as_mut(), parallelism);
            if rows.start > 0 {
                matmul(above, Accum::Add, left.transpose(), own.as_ref(), -1.0, parallelism);
            }
        }
    }
}

/// Factors in place, panel by panel: what a panel has left of its diagonal block is solved for with the panels above, and taken from the block.
/// `None` where a pivot is not positive.
fn factored(lower: &mut Staircase<f64>) -> Option<()> {
    let parallelism = get_global_parallelism();
    for number in 0..lower.count() {
        let (above, panel) = lower.split_at(number)?;
        for done in above {
            let (start, end) = (done.ncols() - done.nrows(), done.ncols());
            let (before, mut own) = panel.as_mut().subcols_mut(0, end).split_at_col_mut(start);
            let (left, diagonal) = done.split_at_col(start);
            if start > 0 {
                matmul(own.as_mut(), Accum::Add, before.as_ref(), left.transpose(), -1.0, parallelism);
            }
            // X L^T = B, as L X^T = B^T.
            solve_lower_triangular_in_place(diagonal, own.transpose_mut(), parallelism);
        }
        let start = panel.ncols() - panel.nrows();
        let (left, mut diagonal) = panel.as_mut().split_at_col_mut(start);
        if start > 0 {
            add_symmetric_product(diagonal.as_mut(), left.as_ref(), left.as_ref().transpose(), -1.0);
        }
        cholesky(diagonal)?;
    }
    Some(())
}

/// Factors a block in place, of which only the lower triangle is read and written.
fn cholesky(block: MatMut<'_, f64>) -> Option<()> {
    let parallelism = get_global_parallelism();
    let scratch = cholesky_in_place_scratch::<f64>(block.nrows(), parallelism, Spec::default());
    let mut memory = MemBuffer::new(scratch);
    cholesky_in_place(block, LltRegularization::default(), parallelism, MemStack::new(&mut memory), Spec::default()).ok().map(drop)
}

/// Whether every pivot is more than the rounding of the diagonal entry that it came from.
fn definite(lower: &Staircase<f64>, variances: &[f64]) -> bool {
    let rounding = f64::EPSILON * variances.len() as f64;
    variances.iter().enumerate().all(|(i, variance)| lower[(i, i)].powi(2) > rounding * variance)
}
