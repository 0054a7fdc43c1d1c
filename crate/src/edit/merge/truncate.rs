//! The singular value decomposition of a factored update, and its leading part.

use crate::linalg::{LowRank, Matrix};
use crate::{Error, ErrorKind, Result};

/// Singular values below this share of the largest are rounding of the factors' products.
const RANK_TOLERANCE: f64 = 1e-10;

/// `Delta = U diag(S) V^T` with as many columns as the numerical rank.
pub(super) struct FactoredSvd {
    /// `[d_out, r]`, orthonormal columns.
    pub(super) u: Matrix,
    /// Singular values, descending.
    pub(super) s: Vec<f64>,
    /// `[d_in, r]`, orthonormal columns.
    pub(super) v: Matrix,
}

impl FactoredSvd {
    /// Of `Delta = L R^T`: with `L = Q_L T_L` and `R = Q_R T_R`, the SVD of the core `T_L T_R^T` between the two bases.
    pub(super) fn of(delta: &LowRank) -> Result<Self> {
        let empty = || Self { u: Matrix::zeros(delta.left().nrows(), 0), s: Vec::new(), v: Matrix::zeros(delta.right().nrows(), 0) };
        if delta.rank() == 0 {
            return Ok(empty());
        }
        let (left, right) = (delta.left().qr(), delta.right().qr());
        let core = left.thin_R() * right.thin_R().transpose();
        let svd = core.thin_svd().map_err(|_| no_convergence(&core))?;
        let values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        let largest = values.first().copied().unwrap_or(0.0);
        let rank = values.iter().take_while(|&&value| value > RANK_TOLERANCE * largest).count();
        if rank == 0 {
            return Ok(empty());
        }
        Ok(Self {
            u: left.compute_thin_Q() * svd.U().get(.., ..rank),
            s: values.into_iter().take(rank).collect(),
            v: right.compute_thin_Q() * svd.V().get(.., ..rank),
        })
    }

    /// Keeps the leading `ratio` of the triples, rounded, at least one where there is one.
    pub(super) fn cut(mut self, ratio: f64) -> Self {
        let kept = ((ratio * self.s.len() as f64).round() as usize).clamp(self.s.len().min(1), self.s.len());
        if kept < self.s.len() {
            self.s.truncate(kept);
            self.u = self.u.get(.., ..kept).to_owned();
            self.v = self.v.get(.., ..kept).to_owned();
        }
        self
    }
}

/// The leading `ratio` of an update's singular triples; the update as it is where that is all of them.
pub(super) fn truncated(delta: &LowRank, ratio: f64) -> Result<LowRank> {
    if ratio >= 1.0 {
        return Ok(delta.clone());
    }
    let FactoredSvd { u, s, v } = FactoredSvd::of(delta)?.cut(ratio);
    LowRank::new(Matrix::from_fn(u.nrows(), s.len(), |i, j| u[(i, j)] * s[j]), v)
}

/// The error of an SVD that fails.
pub(super) fn no_convergence(matrix: &Matrix) -> Error {
    Error::new(ErrorKind::Numerics, format!("the SVD of a {}x{} matrix did not converge", matrix.nrows(), matrix.ncols()))
        .hint("its entries may span too many orders of magnitude; check the updates that are merged")
}
