//! Orthonormal bases of column spans, by rank-revealing orthogonalisation.

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
/// A tall matrix is first reduced by blocked QR, so that the pivoting, which cannot be blocked, runs on an `n x n` factor only.
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

/// Gram-Schmidt that always takes the longest column left, until none exceeds `tolerance`.
///
/// The norms of what is left are measured anew at every step: downdating them, as the column-pivoted QR of faer 0.24 does, loses
/// directions fainter than the square root of the precision. Each direction is orthogonalised twice against those before it.
fn pivoted(matrix: MatrixRef<'_>, tolerance: f64) -> Matrix {
    let mut rest: Vec<Vec<f64>> = matrix.col_iter().map(|column| column.iter().copied().collect()).collect();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    while basis.len() < matrix.nrows() {
        let lengths = rest.iter().map(|column| dot(column, column)).enumerate();
        let Some((longest, squared)) = lengths.max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        if squared.sqrt() <= tolerance || squared == 0.0 {
            break;
        }
        let mut direction = rest.swap_remove(longest);
        normalise(&mut direction);
        for _ in 0..2 {
            for earlier in &basis {
                remove_along(&mut direction, earlier);
            }
            normalise(&mut direction);
        }
        for column in &mut rest {
            remove_along(column, &direction);
        }
        basis.push(direction);
    }
    Matrix::from_fn(matrix.nrows(), basis.len(), |i, j| basis[j][i])
}

/// `a^T b`, in eight partial sums so that it vectorises.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_blocks, a_tail) = a.as_chunks::<8>();
    let (b_blocks, b_tail) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f64>() + a_tail.iter().zip(b_tail).map(|(x, y)| x * y).sum::<f64>()
}

/// `target <- target - unit (unit^T target)`.
fn remove_along(target: &mut [f64], unit: &[f64]) {
    let along = dot(unit, target);
    for (x, y) in target.iter_mut().zip(unit) {
        *x -= along * y;
    }
}

/// Scales to norm one.
fn normalise(column: &mut [f64]) {
    let scale = 1.0 / dot(column, column).sqrt();
    for x in column {
        *x *= scale;
    }
}

/// `sum <- sum + sign basis basis^T block`.
pub(super) fn add_span(basis: MatrixRef<'_>, block: MatrixRef<'_>, sign: f64, sum: &mut Matrix) {
    if basis.ncols() == 0 || block.ncols() == 0 {
        return;
    }
    let coefficients = basis.transpose() * block;
    faer::linalg::matmul::matmul(sum.as_mut(), faer::Accum::Add, basis, &coefficients, sign, faer::get_global_parallelism());
}

/// Norms of the columns of `part` over those of `whole`; 0 where the whole is 0.
pub(super) fn norm_ratios(part: MatrixRef<'_>, whole: MatrixRef<'_>) -> Vec<f64> {
    column_norms(part).into_iter().zip(column_norms(whole)).map(|(p, w)| if w > 0.0 { p / w } else { 0.0 }).collect()
}
