//! The LangEdit and AlphaEdit update on a device.

use burn::tensor::{DType, Device, Tensor};

use super::copies::{download, upload};
use crate::linalg::solve::inverse_columns;
use crate::linalg::{LowRank, Projector};
use crate::{Result, ensure};

/// A null-space projector whose matrices live on a device.
#[derive(Clone, Debug)]
pub enum DeviceProjector {
    /// `P` itself, `d x d`, as [`sign_projector`](super::sign_projector) makes it.
    Dense(Tensor<2>),
    /// `Q` of `P = I - Q Q^T`.
    Discarded(Tensor<2>),
    /// `U` of `P = U U^T`.
    Null(Tensor<2>),
}

impl DeviceProjector {
    /// Uploads the stored basis of a host projector.
    pub fn upload(projector: &Projector, device: &Device, dtype: DType) -> Self {
        let (basis, null) = projector.stored_basis();
        if basis.ncols() == 0 {
            // Devices refuse empty tensors: a zero column spans nothing either.
            let zero = Tensor::zeros([basis.nrows(), 1], (device, dtype));
            return if null { Self::Null(zero) } else { Self::Discarded(zero) };
        }
        let basis = upload(basis.as_ref(), device, dtype);
        if null { Self::Null(basis) } else { Self::Discarded(basis) }
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        let (Self::Dense(m) | Self::Discarded(m) | Self::Null(m)) = self;
        let [rows, _] = m.dims();
        rows
    }

    /// `P K`.
    pub fn apply(&self, keys: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Dense(p) => p.clone().matmul(keys),
            Self::Discarded(q) => keys.clone() - q.clone().matmul(q.clone().transpose().matmul(keys)),
            Self::Null(u) => u.clone().matmul(u.clone().transpose().matmul(keys)),
        }
    }
}

/// `Delta = left right^T` on a device, `left` `d_out x n`, `right` `d_in x n`.
#[derive(Clone, Debug)]
pub struct DeviceLowRank {
    /// The residuals.
    pub left: Tensor<2>,
    /// The write directions.
    pub right: Tensor<2>,
}

impl DeviceLowRank {
    /// `Delta`, `d_out x d_in`.
    pub fn dense(&self) -> Tensor<2> {
        self.left.clone().matmul(self.right.clone().transpose())
    }

    /// Both factors on the host.
    ///
    /// # Errors
    /// The device fails or returns values that are not finite.
    pub async fn download(self) -> Result<LowRank> {
        LowRank::new(download(self.left).await?, download(self.right).await?)
    }
}

/// `Delta = R K^T P ((K K^T + K_p K_p^T) P + ridge I)^-1`: LangEdit without past keys, AlphaEdit with them.
///
/// `P K` and its Gram matrix are formed on the device; the `m x m` Gram matrix is factored on the host in f64.
///
/// # Errors
/// Shapes do not fit, the ridge is not positive or is lost in the rounding of the keys, the device fails.
pub async fn low_rank_solve(
    residual: Tensor<2>,
    keys: Tensor<2>,
    past: Option<Tensor<2>>,
    projector: &DeviceProjector,
    ridge: f64,
) -> Result<DeviceLowRank> {
    let ([d_out, n], [d_in, m]) = (residual.dims(), keys.dims());
    ensure!(n == m && n > 0, Numerics, "residuals ({d_out}x{n}) and keys ({d_in}x{m}) must have one column per edit, and at least one");
    ensure!(d_in == projector.dim(), Numerics, "keys are {d_in}x{m} but the projector has dimension {}", projector.dim());
    ensure!(ridge.is_finite() && ridge > 0.0, Numerics, "the regulariser of an update must be positive, not {ridge}");
    let (device, dtype) = (keys.device(), keys.dtype());
    let all = match past {
        Some(past) => {
            let [rows, count] = past.dims();
            ensure!(rows == d_in, Numerics, "past keys are {rows}x{count} but the projector has dimension {d_in}");
            Tensor::cat(vec![keys, past], 1)
        }
        None => keys,
    };
    let projected = projector.apply(all);
    let gram = download(projected.clone().transpose().matmul(projected.clone())).await?;
    let mixing = inverse_columns(gram, n, ridge)?;
    let right = projected.matmul(upload(mixing.as_ref(), &device, dtype));
    Ok(DeviceLowRank { left: residual, right })
}
