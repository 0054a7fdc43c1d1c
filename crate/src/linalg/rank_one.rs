//! ROME's change of one fact.

use super::dense::{ensure_finite, ensure_rows, shape};
use super::{CovarianceFactor, LowRank, Matrix};
use crate::{Result, ensure};

/// ROME: `Delta = r u^T / (k . u)`, so that `(W + Delta) k = W k + r` (arXiv 2202.05262).
///
/// `residual` `r` is `d_out x 1`, `key` `k` the bare prompt's key, `d_in x 1`, `mean_key` the mean over all templates. The direction `u` is
/// `C^-1 mean_key`, so that keys of other text are disturbed least, or `mean_key` where no covariance is given; of norm 1 either way.
///
/// # Errors
/// Shapes do not fit, a value is not finite, or `k` is orthogonal to `u`.
pub fn rome_update(residual: &Matrix, key: &Matrix, mean_key: &Matrix, covariance: Option<&CovarianceFactor>) -> Result<LowRank> {
    ensure!(
        [residual.ncols(), key.ncols(), mean_key.ncols()] == [1; 3],
        Numerics,
        "ROME edits one fact at a time: residual {}, key {}, mean key {}",
        shape(residual.as_ref()),
        shape(key.as_ref()),
        shape(mean_key.as_ref())
    );
    ensure_finite("the residual", residual.as_ref())?;
    ensure_rows("the mean key", mean_key.as_ref(), key.nrows(), "the key")?;
    ensure_rows("the key", key.as_ref(), mean_key.nrows(), "the mean key")?;
    let direction = match covariance {
        Some(covariance) => covariance.solve(mean_key)?,
        None => mean_key.clone(),
    };
    let length = direction.norm_l2();
    ensure!(length > 0.0 && length.is_finite(), Numerics, "the mean key of a fact is zero: there is no direction to edit");
    let direction = direction * faer::Scale(1.0 / length);
    let overlap = (key.transpose() * &direction)[(0, 0)];
    ensure!(
        overlap.abs() > f64::EPSILON * key.norm_l2(),
        Numerics,
        "the key of a fact is orthogonal to the direction of its edit, so that no change along it reaches the key"
    );
    LowRank::new(residual * faer::Scale(1.0 / overlap), direction)
}
