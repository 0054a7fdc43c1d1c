//! A null space whose projector lives on a device.

use burn::tensor::{DType, Device, Tensor};

use super::copies::{download, upload};
use super::products::Factor;
use super::sign::{SignReport, sign_projector};
use crate::linalg::{Matrix, Projector, symmetric_eigen};
use crate::{Result, ensure};

/// The part of a unit key below which it counts as removed. Keys are computed in f32.
const REMOVED: f64 = 1e-4;
/// The part of the largest direction below which a direction of unit keys waits for another round: the Gram matrix of f32 vectors knows
/// squares to seven digits.
const FAINT: f64 = 1e-2;

/// `P` on a device, in the form in which it was found, and what was removed from it since.
#[derive(Clone, Debug)]
pub struct DeviceNullSpace {
    form: Form,
    /// Orthonormal rows, mutually orthogonal, within the null space of `form`.
    removed: Vec<Factor>,
    dim: usize,
    null_dimension: usize,
    device: Device,
    dtype: DType,
}

#[derive(Clone, Debug)]
enum Form {
    /// `P = I`.
    Everything,
    /// `P = 0`.
    Nothing,
    /// `P` itself, `d x d`.
    Dense(Factor),
    /// The rows of `Q^T`, `P = I - Q Q^T`.
    Discarded(Factor),
    /// The rows of `U^T`, `P = U U^T`.
    Null(Factor),
}

impl DeviceNullSpace {
    /// The null space that `projector` projects onto.
    pub fn upload(projector: &Projector, device: &Device, dtype: DType) -> Self {
        let (basis, null) = projector.stored_basis();
        let form = match (basis.ncols(), null) {
            // Devices refuse empty tensors.
            (0, false) => Form::Everything,
            (0, true) => Form::Nothing,
            (_, false) => Form::Discarded(Factor::new(upload(basis.transpose(), device, dtype))),
            (_, true) => Form::Null(Factor::new(upload(basis.transpose(), device, dtype))),
        };
        let (dim, null_dimension) = (projector.dim(), projector.null_dimension());
        Self { form, removed: Vec::new(), dim, null_dimension, device: device.clone(), dtype }
    }

    /// The null space of a covariance, by [`sign_projector`].
    ///
    /// # Errors
    /// Those of [`sign_projector`].
    pub async fn of_covariance(covariance: &Matrix, threshold: f64, device: &Device, dtype: DType) -> Result<(Self, SignReport)> {
        let (projector, report) = sign_projector(covariance, threshold, device, dtype).await?;
        let (dim, null_dimension) = (covariance.nrows(), report.null_dimension());
        let form = Form::Dense(Factor::new(projector));
        Ok((Self { form, removed: Vec::new(), dim, null_dimension, device: device.clone(), dtype }, report))
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Dimension of the null space.
    pub fn null_dimension(&self) -> usize {
        self.null_dimension
    }

    /// Whether anything was removed since it was made.
    pub fn has_removed(&self) -> bool {
        !self.removed.is_empty()
    }

    /// The device, and the precision there.
    pub(super) fn place(&self) -> (&Device, DType) {
        (&self.device, self.dtype)
    }

    fn check(&self, keys: &Matrix) -> Result<()> {
        let ((rows, cols), dim) = (keys.shape(), self.dim);
        ensure!(rows == dim, Numerics, "keys are {rows}x{cols} but the projector has dimension {dim}");
        Ok(())
    }

    /// `(P K)^T` for keys as rows, `[n, d]`.
    pub(super) fn project_rows(&self, keys: Tensor<2>) -> Tensor<2> {
        let projected = match &self.form {
            Form::Everything => keys,
            Form::Nothing => keys.zeros_like(),
            Form::Dense(p) => p.behind(keys, None),
            Form::Discarded(q) => q.reject(keys),
            Form::Null(u) => u.behind(u.transposed_behind(keys), None),
        };
        self.removed.iter().fold(projected, |rest, q| q.reject(rest))
    }

    /// `P K` for keys `[d, n]`.
    ///
    /// # Errors
    /// The keys have another number of rows than `P`, or the device fails.
    pub async fn project(&self, keys: &Matrix) -> Result<Matrix> {
        self.check(keys)?;
        if keys.ncols() == 0 {
            return Ok(keys.clone());
        }
        let [rows] = download([self.project_rows(upload(keys.transpose(), &self.device, self.dtype))]).await?;
        Ok(rows.transpose().to_owned())
    }

    /// Removes the span of `keys` (`[d, n]`) from the null space, `P <- P - Q Q^T` with `Q` an orthonormal basis of `P K`; returns its rank.
    ///
    /// `Q^T = L^-1/2 W^T (P K)^T` from the eigenvectors of the Gram matrix of what is left of the keys, in rounds: each takes the directions
    /// that the precision tells well from rounding, and scales what they leave of the keys to norm one for the next. Afterwards a ten
    /// thousandth of each key is left at most.
    ///
    /// # Errors
    /// The keys have another number of rows than `P`, or the device fails.
    pub async fn remove_span(&mut self, keys: &Matrix) -> Result<usize> {
        self.check(keys)?;
        let lengths: Vec<f64> = keys.col_iter().map(|key| key.norm_l2()).collect();
        let (mut rank, n) = (0, keys.ncols());
        for _ in 0..n {
            let rest = self.project_rows(upload(keys.transpose(), &self.device, self.dtype));
            let [gram] = download([Factor::new(rest.clone()).transposed_behind(rest.clone())]).await?;
            let left: Vec<f64> = (0..n).map(|i| gram[(i, i)].max(0.0).sqrt()).collect();
            let scales: Vec<f64> =
                left.iter().zip(&lengths).map(|(&left, &length)| if left > REMOVED * length { 1.0 / left } else { 0.0 }).collect();
            if scales.iter().all(|&scale| scale == 0.0) {
                break;
            }
            let eigen = symmetric_eigen(&Matrix::from_fn(n, n, |i, j| 0.5 * (gram[(i, j)] + gram[(j, i)]) * scales[i] * scales[j]))?;
            let largest = eigen.values.last().copied().unwrap_or(0.0);
            let taken: Vec<usize> = (0..n).filter(|&i| eigen.values[i] > FAINT * largest).collect();
            let mixing = Matrix::from_fn(taken.len(), n, |row, key| {
                eigen.vectors[(key, taken[row])] * scales[key] / eigen.values[taken[row]].sqrt()
            });
            let fresh = Factor::new(rest).behind(upload(mixing.as_ref(), &self.device, self.dtype), None);
            // What rounding left of the span that was removed before would be removed twice.
            let fresh = self.project_rows(fresh);
            self.removed.push(Factor::new(fresh));
            self.null_dimension = self.null_dimension.saturating_sub(taken.len());
            rank += taken.len();
        }
        Ok(rank)
    }
}
