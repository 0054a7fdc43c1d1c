//! The update within a null space on a device.

use burn::tensor::Tensor;

use super::copies::{download, upload};
use super::null_space::DeviceNullSpace;
use super::products::Factor;
use crate::Result;
use crate::linalg::solve::{checked, inverse_columns};
use crate::linalg::{LowRank, Matrix};

/// An update that a device worked out.
#[derive(Clone, Debug)]
pub struct DeviceSolution {
    /// `Delta`.
    pub update: LowRank,
    /// `P K`, `d_in x n`.
    pub projected: Matrix,
    /// The larger of two relative residuals, in f64 and along a vector: of the Gram matrix against `P K`, and of the write directions against
    /// `P K` and the solution of the system.
    pub residual: f64,
}

/// `Delta = R K^T P ((K K^T + K_p K_p^T) P + ridge I)^-1`: LangEdit without past keys, AlphaEdit with them.
///
/// `residuals` is `d_out x n`, `keys` `d_in x n`, `past` `d_in x p`. `P K`, its Gram matrix and the write directions are products on the
/// device; the Gram matrix, of order `n + p`, is factored on the host in f64.
///
/// # Errors
/// Shapes do not fit, a value is not finite, the ridge is not positive or is lost in the rounding of the keys, the device fails.
pub async fn device_update(
    residuals: &Matrix,
    keys: &Matrix,
    past: &Matrix,
    space: &DeviceNullSpace,
    ridge: f64,
) -> Result<DeviceSolution> {
    let all = checked(residuals, keys, past, space.dim(), "the projector", ridge)?;
    let n = keys.ncols();
    if n == 0 {
        return Ok(DeviceSolution { update: LowRank::new(residuals.clone(), keys.clone())?, projected: keys.clone(), residual: 0.0 });
    }
    let (device, dtype) = space.place();
    let rows: Tensor<2> = space.project_rows(upload(all.transpose(), device, dtype));
    let factor = Factor::new(rows.clone());
    let [projected, gram] = download([rows.clone(), factor.transposed_behind(rows)]).await?;
    let mixing = inverse_columns(gram.clone(), n, ridge)?;
    let [directions] = download([factor.behind(upload(mixing.transpose(), device, dtype), None)]).await?;

    let along = |count: usize| Matrix::from_fn(count, 1, |i, _| 1.0 + (i % 7) as f64 / 7.0);
    let of_gram = relative(&(&gram * along(all.ncols())), &(&projected * (projected.transpose() * along(all.ncols()))));
    let of_directions = relative(&(directions.transpose() * along(n)), &(projected.transpose() * (&mixing * along(n))));
    let projected = projected.transpose().subcols(0, n).to_owned();
    let update = LowRank::new(residuals.clone(), directions.transpose().to_owned())?;
    Ok(DeviceSolution { update, projected, residual: of_gram.max(of_directions) })
}

/// `||found - expected|| / ||expected||`; 0 where both are.
fn relative(found: &Matrix, expected: &Matrix) -> f64 {
    let (distance, length) = ((found - expected).norm_l2(), expected.norm_l2());
    if distance > 0.0 { distance / length } else { 0.0 }
}
