//! Small pieces shared by the layer: checks that name shapes, conversions, and symmetric products.

use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, get_global_parallelism};

use super::{Matrix, MatrixRef};
use crate::{Result, ensure};

/// A matrix from `rows x cols` values in row-major order, the layout of tensors.
///
/// # Errors
/// The number of values is not `rows * cols`.
pub fn matrix_from_rows<T: Copy + Into<f64>>(rows: usize, cols: usize, values: &[T]) -> Result<Matrix> {
    ensure!(rows.checked_mul(cols) == Some(values.len()), Numerics, "a {rows}x{cols} matrix was built from {} values", values.len());
    Ok(Matrix::from_fn(rows, cols, |i, j| values[i * cols + j].into()))
}

/// The values of `matrix` in row-major order, the layout of tensors.
pub fn rows_from_matrix(matrix: MatrixRef<'_>) -> Vec<f64> {
    let mut values = Vec::with_capacity(matrix.nrows() * matrix.ncols());
    for row in matrix.row_iter() {
        values.extend(row.iter().copied());
    }
    values
}

/// `[left, right]`, side by side.
///
/// # Errors
/// The numbers of rows differ.
pub fn concat_columns(left: MatrixRef<'_>, right: MatrixRef<'_>) -> Result<Matrix> {
    side_by_side([left, right])
}

/// The columns of all of `parts`, in order; an empty matrix of none.
///
/// # Errors
/// The numbers of rows differ.
pub fn side_by_side<'a>(parts: impl IntoIterator<Item = MatrixRef<'a>>) -> Result<Matrix> {
    let parts: Vec<MatrixRef<'_>> = parts.into_iter().collect();
    let rows = parts.first().map_or(0, MatrixRef::nrows);
    let mut all = Matrix::zeros(rows, parts.iter().map(MatrixRef::ncols).sum());
    let mut start = 0;
    for part in parts {
        ensure!(part.nrows() == rows, Numerics, "cannot put {} beside {rows}x{start}: the numbers of rows differ", shape(part));
        all.as_mut().subcols_mut(start, part.ncols()).copy_from(part);
        start += part.ncols();
    }
    Ok(all)
}

/// `ROWSxCOLS`, for messages.
pub(super) fn shape(matrix: MatrixRef<'_>) -> String {
    format!("{}x{}", matrix.nrows(), matrix.ncols())
}

/// Fails unless every entry is finite.
pub(super) fn ensure_finite(what: &str, matrix: MatrixRef<'_>) -> Result<()> {
    ensure!(matrix.is_all_finite(), Numerics, "{what} ({}) holds values that are not finite", shape(matrix));
    Ok(())
}

/// Fails unless `matrix` is finite and has `rows` rows.
pub(super) fn ensure_rows(what: &str, matrix: MatrixRef<'_>, rows: usize, of: &str) -> Result<()> {
    ensure!(matrix.nrows() == rows, Numerics, "{what} are {} but {of} has dimension {rows}", shape(matrix));
    ensure_finite(what, matrix)
}

/// Lower triangle of `target <- target + weight * a b`, where the caller knows the sum to be symmetric.
pub(super) fn add_symmetric_product<T: ComplexField>(target: MatMut<'_, T>, a: MatRef<'_, T>, b: MatRef<'_, T>, weight: T) {
    triangular_matmul(
        target,
        BlockStructure::TriangularLower,
        Accum::Add,
        a,
        BlockStructure::Rectangular,
        b,
        BlockStructure::Rectangular,
        weight,
        get_global_parallelism(),
    );
}

/// Copies the lower triangle over the upper one, in tiles that fit the first-level cache.
pub(super) fn mirror_lower(matrix: &mut Matrix) {
    const TILE: usize = 32;
    let n = matrix.nrows();
    for rows in (0..n).step_by(TILE) {
        for cols in (0..=rows).step_by(TILE) {
            for j in cols..(cols + TILE).min(n) {
                for i in rows.max(j + 1)..(rows + TILE).min(n) {
                    matrix[(j, i)] = matrix[(i, j)];
                }
            }
        }
    }
}

/// Euclidean norms of the columns.
pub(super) fn column_norms(matrix: MatrixRef<'_>) -> Vec<f64> {
    matrix.col_iter().map(|column| column.norm_l2()).collect()
}
