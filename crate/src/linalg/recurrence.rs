//! The covariance update of the published LangEdit code, for its `repo` mode only.

use super::dense::{add_symmetric_product, ensure_finite, ensure_rows, mirror_lower, shape};
use super::{Matrix, MatrixRef};
use crate::{Result, ensure};

/// `cache <- cache + K K^T`, the code's `cache_c`: a plain sum over all keys so far, neither averaged nor reset.
///
/// # Errors
/// `keys` (`d x n`) does not fit `cache` (`d x d`) or is not finite.
pub fn accumulate_outer(cache: &mut Matrix, keys: MatrixRef<'_>) -> Result<()> {
    ensure!(cache.nrows() == cache.ncols(), Numerics, "a sum of outer products must be square, not {}", shape(cache.as_ref()));
    ensure_rows("keys", keys, cache.nrows(), "the sum of outer products")?;
    if keys.ncols() > 0 {
        add_symmetric_product(cache.as_mut(), keys, keys.transpose(), 1.0);
        mirror_lower(cache);
    }
    Ok(())
}

/// `cov <- (N_0 cov + b cache) / (N_0 + b t)` before step `t >= 1`; nothing happens at step 0. Of the earlier `cov` there is left what
/// [`recurrence_keeps`] says.
///
/// As published: `cov` compounds from step to step while `cache` is the sum over all earlier batches, so keys are added again at
/// every later step and the pre-trained part shrinks faster than a mean would. There `b` is 100 and `N_0` is 100,000.
///
/// # Errors
/// The matrices are not square of one size, a value is not finite, `N_0` is not positive.
pub fn repo_recurrence(covariance: &mut Matrix, cache: &Matrix, step: usize, batch: usize, initial: f64) -> Result<()> {
    ensure!(
        covariance.nrows() == covariance.ncols() && covariance.shape() == cache.shape(),
        Numerics,
        "covariance ({}) and sum of outer products ({}) must be square and of one size",
        shape(covariance.as_ref()),
        shape(cache.as_ref())
    );
    ensure!(initial.is_finite() && initial > 0.0, Numerics, "the weight of the pre-trained keys must be positive, not {initial}");
    ensure_finite("the covariance", covariance.as_ref())?;
    ensure_finite("the sum of outer products", cache.as_ref())?;
    if step == 0 {
        return Ok(());
    }
    let kept = recurrence_keeps(step, batch, initial);
    let added = batch as f64 / (initial + batch as f64 * step as f64);
    for (target, source) in covariance.col_iter_mut().zip(cache.col_iter()) {
        for (x, y) in target.iter_mut().zip(source.iter()) {
            *x = kept * *x + added * y;
        }
    }
    Ok(())
}

/// `N_0 / (N_0 + b t)`: what [`repo_recurrence`] leaves of the covariance before step `t`.
pub fn recurrence_keeps(step: usize, batch: usize, initial: f64) -> f64 {
    initial / (initial + batch as f64 * step as f64)
}
