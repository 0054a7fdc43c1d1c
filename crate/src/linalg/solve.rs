//! Closed-form weight changes from `m x m` systems, `m` the number of keys in play.
//!
//! Every formula below is `R X^T`; they differ in the write directions `X` (`d_in x n`). With keys `B = [K, K_p]` mapped to
//! `W = S B`, where `S` is `P` or the whitening `L^-1`, the push-through identity gives `X = S^T W (ridge I_m + W^T W)^-1 E`,
//! `E` selecting the columns of `K`. The system is symmetric positive definite by construction.

use faer::Side;
use faer::prelude::Solve;

use super::dense::{add_symmetric_product, concat_columns, ensure_finite, ensure_rows, shape};
use super::{CovarianceFactor, LowRank, Matrix, MatrixRef, Projector};
use crate::{Error, ErrorKind, Result, ensure};

/// LangEdit as the paper states it: `Delta = R K^T P (K K^T P + ridge I)^-1`, with ridge 1 (arXiv 2506.10800).
///
/// `residual` is `d_out x n`, `keys` is `d_in x n`. Past keys act through `P` alone.
///
/// # Errors
/// Shapes do not fit, a value is not finite, the ridge is not positive.
pub fn langedit_update(residual: &Matrix, keys: &Matrix, projector: &Projector, ridge: f64) -> Result<LowRank> {
    alphaedit_update(residual, keys, &Matrix::zeros(keys.nrows(), 0), projector, ridge)
}

/// AlphaEdit, and the published LangEdit code: `Delta = R K^T P ((K K^T + K_p K_p^T) P + l2 I)^-1` (arXiv 2410.02355).
///
/// `past` (`d_in x p`, `p` may be 0) holds the keys of earlier edits, on which `Delta` is kept small.
///
/// # Errors
/// Shapes do not fit, a value is not finite, `l2` is not positive.
pub fn alphaedit_update(residual: &Matrix, keys: &Matrix, past: &Matrix, projector: &Projector, l2: f64) -> Result<LowRank> {
    projected_update(residual, keys, past, projector, l2).map(|(update, _)| update)
}

/// [`alphaedit_update`], and `P K` (`d_in x n`) beside it.
///
/// # Errors
/// As [`alphaedit_update`].
pub fn projected_update(residual: &Matrix, keys: &Matrix, past: &Matrix, projector: &Projector, l2: f64) -> Result<(LowRank, Matrix)> {
    let all = checked(residual, keys, past, projector.dim(), "the projector", l2)?;
    let projected = projector.project(all.as_ref());
    let mixing = ridge_columns(projected.as_ref(), keys.ncols(), l2)?;
    let of_keys = projected.subcols(0, keys.ncols()).to_owned();
    Ok((LowRank::new(residual.clone(), projected * mixing)?, of_keys))
}

/// MEMIT: `Delta = R K^T (lambda C + K K^T)^-1` (arXiv 2210.07229), with `lambda` its `mom2_update_weight`.
///
/// # Errors
/// Shapes do not fit, a value is not finite, `lambda` is not positive.
pub fn memit_update(residual: &Matrix, keys: &Matrix, covariance: &CovarianceFactor, lambda: f64) -> Result<LowRank> {
    memit_seq_update(residual, keys, &Matrix::zeros(keys.nrows(), 0), covariance, lambda)
}

/// MEMIT with memory: `Delta = R K^T (lambda C + K_p K_p^T + K K^T)^-1`, `past` (`d_in x p`) the keys of earlier edits.
///
/// # Errors
/// Shapes do not fit, a value is not finite, `lambda` is not positive.
pub fn memit_seq_update(residual: &Matrix, keys: &Matrix, past: &Matrix, covariance: &CovarianceFactor, lambda: f64) -> Result<LowRank> {
    let mut whitened = checked(residual, keys, past, covariance.dim(), "the covariance", lambda)?;
    covariance.whiten(&mut whitened);
    let mixing = ridge_columns(whitened.as_ref(), keys.ncols(), lambda)?;
    let mut directions = whitened * mixing;
    covariance.unwhiten(&mut directions);
    LowRank::new(residual.clone(), directions)
}

/// `[keys, past]` once everything about the arguments is known to fit.
pub(super) fn checked(residual: &Matrix, keys: &Matrix, past: &Matrix, dim: usize, of: &str, ridge: f64) -> Result<Matrix> {
    ensure!(ridge.is_finite() && ridge > 0.0, Numerics, "the regulariser of an update must be positive, not {ridge}");
    ensure_rows("keys", keys.as_ref(), dim, of)?;
    ensure_rows("past keys", past.as_ref(), dim, of)?;
    ensure!(
        residual.ncols() == keys.ncols(),
        Numerics,
        "residuals ({}) and keys ({}) must have one column per edit",
        shape(residual.as_ref()),
        shape(keys.as_ref())
    );
    ensure_finite("residuals", residual.as_ref())?;
    concat_columns(keys.as_ref(), past.as_ref())
}

/// The first `n` columns of `(W^T W + ridge I)^-1`, `W` being `d x m`.
pub(super) fn ridge_columns(mapped: MatrixRef<'_>, n: usize, ridge: f64) -> Result<Matrix> {
    let m = mapped.ncols();
    let mut gram = Matrix::zeros(m, m);
    if m > 0 {
        add_symmetric_product(gram.as_mut(), mapped.transpose(), mapped, 1.0);
    }
    inverse_columns(gram, n, ridge)
}

/// The first `n` columns of `(G + ridge I)^-1` for a Gram matrix of which the lower triangle is given.
pub(super) fn inverse_columns(mut gram: Matrix, n: usize, ridge: f64) -> Result<Matrix> {
    let m = gram.nrows();
    for i in 0..m {
        gram[(i, i)] += ridge;
    }
    let mut columns = Matrix::from_fn(m, n, |i, j| if i == j { 1.0 } else { 0.0 });
    if n == 0 {
        return Ok(columns);
    }
    let factor = gram.llt(Side::Lower).map_err(|_| {
        Error::new(ErrorKind::Numerics, format!("the {m}x{m} system of an update is not positive definite with regulariser {ridge:e}"))
            .hint("raise the regulariser: it is lost in the rounding of the keys' squared norms")
    })?;
    factor.solve_in_place(columns.as_mut());
    Ok(columns)
}
