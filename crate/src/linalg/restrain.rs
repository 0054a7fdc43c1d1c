//! PRUNE's bound on the singular values of a weight change (arXiv 2405.16821), without ever decomposing a `d_out x d_in` matrix.

use super::dense::ensure_finite;
use super::{LowRank, Matrix, MatrixRef, symmetric_eigen};
use crate::{Error, ErrorKind, Result, ensure};

/// What to add to `total` so that each of its singular values `s` becomes `restrain(s)`; its rank is the number of values that change.
///
/// With `left = Q_l T_l` and `right = Q_r T_r`, the singular values of `left right^T` are those of the small core `T_l T_r^T`.
///
/// # Errors
/// A value is not finite, or the core's decomposition does not converge.
pub fn restrain_spectrum(total: &LowRank, restrain: impl Fn(f64) -> f64) -> Result<LowRank> {
    let (left, right) = (total.left(), total.right());
    ensure_finite("a weight change", left.as_ref())?;
    ensure_finite("a weight change", right.as_ref())?;
    if total.rank() == 0 {
        return Ok(total.clone());
    }
    let (left, right) = (left.qr(), right.qr());
    let core = left.thin_R() * right.thin_R().transpose();
    let svd = core.thin_svd().map_err(|_| {
        Error::new(ErrorKind::Numerics, format!("the singular values of a change of rank {} did not converge", total.rank()))
    })?;
    let values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let changed: Vec<usize> = (0..values.len()).filter(|&i| (restrain(values[i]) - values[i]).abs() > 0.0).collect();
    let of_left = Matrix::from_fn(core.nrows(), changed.len(), |row, i| {
        let value = values[changed[i]];
        svd.U()[(row, changed[i])] * (restrain(value) - value)
    });
    let of_right = Matrix::from_fn(core.ncols(), changed.len(), |row, i| svd.V()[(row, changed[i])]);
    let expand = |q: Matrix, inner: MatrixRef<'_>| if changed.is_empty() { Matrix::zeros(q.nrows(), 0) } else { q * inner };
    LowRank::new(expand(left.compute_thin_Q(), of_left.as_ref()), expand(right.compute_thin_Q(), of_right.as_ref()))
}

/// The largest singular value of a `rows x cols` matrix in row-major order, to about ten digits: Lanczos' iteration on `W W^T` from a fixed
/// start, every new direction made orthogonal to all before it.
///
/// # Errors
/// The number of values is not `rows * cols`, or one is not finite.
pub fn largest_singular_value(rows: usize, cols: usize, values: &[f32]) -> Result<f64> {
    /// Far more than well-separated and clustered spectra need; a spectrum that needs more is flat to the digits that are left.
    const MOST_STEPS: usize = 300;
    /// Residual of the Ritz vector, relative to its value: the value's own error is its square.
    const TOLERANCE: f64 = 1e-6;
    ensure!(rows.checked_mul(cols) == Some(values.len()), Numerics, "a {rows}x{cols} matrix of {} values", values.len());
    ensure!(values.iter().all(|value| value.is_finite()), Numerics, "a {rows}x{cols} matrix holds values that are not finite");
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let (mut diagonal, mut beside): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    // Any start will do that is orthogonal to no likely singular vector.
    let mut next: Vec<f64> = (0..rows).map(|i| 1.0 + (i as f64 * 0.754_877_666).fract()).collect();
    let mut length = norm(&next);
    let mut largest = 0.0_f64;
    for step in 0..MOST_STEPS.min(rows) {
        if length <= f64::EPSILON * largest.max(f64::MIN_POSITIVE) {
            break;
        }
        next.iter_mut().for_each(|x| *x /= length);
        basis.push(next);
        let current = &basis[step];
        let mut image = gram(cols, values, current);
        diagonal.push(dot(&image, current));
        for _ in 0..2 {
            for direction in &basis {
                let along = dot(&image, direction);
                image.iter_mut().zip(direction).for_each(|(x, d)| *x -= along * d);
            }
        }
        length = norm(&image);
        next = image;
        let size = diagonal.len();
        let tridiagonal = Matrix::from_fn(size, size, |i, j| match i.abs_diff(j) {
            0 => diagonal[i],
            1 => beside[i.min(j)],
            _ => 0.0,
        });
        let eigen = symmetric_eigen(&tridiagonal)?;
        largest = eigen.values.last().copied().unwrap_or(0.0);
        let residual = length * eigen.vectors[(size - 1, size - 1)].abs();
        if residual <= TOLERANCE * largest {
            break;
        }
        beside.push(length);
    }
    Ok(largest.max(0.0).sqrt())
}

/// `W W^T x`.
fn gram(cols: usize, values: &[f32], x: &[f64]) -> Vec<f64> {
    let mut across = vec![0.0; cols];
    for (row, &weight) in values.chunks_exact(cols.max(1)).zip(x) {
        across.iter_mut().zip(row).for_each(|(sum, &value)| *sum += weight * f64::from(value));
    }
    values.chunks_exact(cols.max(1)).map(|row| row.iter().zip(&across).map(|(&value, &y)| f64::from(value) * y).sum()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}
