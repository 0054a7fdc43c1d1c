//! Orthonormal bases of column spans, by rank-revealing QR.

use super::dense::{column_norms, ensure_finite};
use super::{Matrix, MatrixRef};
use crate::{Result, ensure};

/// An orthonormal basis of the span of the columns of `matrix` (`d x n`), `d x rank`.
///
/// Every column counts alike, whatever its norm: a column adds a direction if more than `relative_tolerance` of its norm
/// lies outside the span of the others.
///
/// # Errors
/// `matrix` or the tolerance is not finite.
pub fn orthonormal_basis(matrix: MatrixRef<'_>, relative_tolerance: f64) -> Result<Matrix> {
    ensure_tolerance(relative_tolerance)?;
    ensure_finite("the columns to orthonormalise", matrix)?;
    Ok(reveal(unit_columns(matrix).as_ref(), relative_tolerance))
}

/// Fails unless `tolerance` is a share of a norm.
pub(super) fn ensure_tolerance(tolerance: f64) -> Result<()> {
    ensure!((0.0..1.0).contains(&tolerance), Numerics, "a relative tolerance must be at least 0 and below 1, not {tolerance}");
    Ok(())
}

/// The columns of non-zero norm, scaled to norm one. Scaling by the largest entry first keeps squares from under- or overflowing.
pub(super) fn unit_columns(matrix: MatrixRef<'_>) -> Matrix {
    let columns: Vec<_> = matrix.col_iter().filter(|column| column.norm_max() > 0.0).collect();
    let mut unit = Matrix::zeros(matrix.nrows(), columns.len());
    for (target, column) in unit.col_iter_mut().zip(&columns) {
        let largest = column.norm_max();
        let norm = column.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
        for (x, y) in target.iter_mut().zip(column.iter()) {
            *x = y / largest / norm;
        }
    }
    unit
}

/// An orthonormal basis of the columns of `matrix`, leaving out what is shorter than `tolerance`.
///
/// A tall matrix is first reduced by blocked QR, so that the slow column pivoting runs on an `n x n` factor only.
pub(super) fn reveal(matrix: MatrixRef<'_>, tolerance: f64) -> Matrix {
    if matrix.ncols() == 0 || matrix.nrows() == 0 {
        return Matrix::zeros(matrix.nrows(), 0);
    }
    if matrix.nrows() <= matrix.ncols() {
        return pivoted(matrix, tolerance);
    }
    let qr = matrix.qr();
    let inner = pivoted(qr.thin_R(), tolerance);
    if inner.ncols() == 0 { Matrix::zeros(matrix.nrows(), 0) } else { qr.compute_thin_Q() * inner }
}

/// Orthonormal columns for the leading part of a column-pivoted QR.
fn pivoted(matrix: MatrixRef<'_>, tolerance: f64) -> Matrix {
    let qr = matrix.col_piv_qr();
    let triangle = qr.thin_R();
    let steps = triangle.nrows().min(triangle.ncols());
    // The last diagonal above the tolerance, not the first below: pivoting orders them only up to rounding.
    let rank = (0..steps).rev().find(|&i| triangle[(i, i)].abs() > tolerance).map_or(0, |last| last + 1);
    qr.compute_thin_Q().get(.., ..rank).to_owned()
}

/// `block - basis basis^T block`.
pub(super) fn reject(basis: MatrixRef<'_>, block: &mut Matrix) {
    if basis.ncols() == 0 || block.ncols() == 0 {
        return;
    }
    let coefficients = basis.transpose() * &*block;
    faer::linalg::matmul::matmul(block.as_mut(), faer::Accum::Add, basis, &coefficients, -1.0, faer::get_global_parallelism());
}

/// Norms of the columns of `part` over those of `whole`; 0 where the whole is 0.
pub(super) fn norm_ratios(part: MatrixRef<'_>, whole: MatrixRef<'_>) -> Vec<f64> {
    column_norms(part).into_iter().zip(column_norms(whole)).map(|(p, w)| if w > 0.0 { p / w } else { 0.0 }).collect()
}
