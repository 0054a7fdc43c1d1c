//! Residuals where a norm stands behind the MLP, so that a block adds N(W k) and not W k.
//!
//! `N(x) = g * x / s(x)` with the gain g and `s(x) = sqrt(mean(x^2) + eps)`. For a change delta of the residual stream the values must move
//! from x to `x + r` with `N(x + r) - N(x) = delta`. With the length that x has, `r = s delta / g` entry by entry is the solution wherever there
//! is one; the length itself is lost in N. Gains differ a thousandfold, and an entry that hardly reaches the stream would change most:
//! what is taken is the least squares solution of `g q = delta` with a penalty, `min |g q - delta|^2 + mu |q|^2`,
//!
//! ```text
//! r = s g delta / (g^2 + mu),    mu = (rms(delta) / 10)^2,
//! ```
//!
//! in which an entry that moves by its own usual size must at least bring a tenth of the usual change. What a layer leaves undone the layers
//! behind it see in the hidden states, as everything else.

use crate::linalg::Matrix;

/// The share of the root mean square of what is wanted below which an entry's part of it is not worth a move by its own size.
const WORTHWHILE: f64 = 0.1;

/// The changes r `[d_out, n]` of `values` W k `[d_out, n]` for which the norm with `gains` adds `wanted` `[d_out, n]` to the stream, about.
pub(super) fn in_front_of_norm(gains: &[f64], epsilon: f64, values: &Matrix, wanted: &Matrix) -> Matrix {
    let mean_square = |matrix: &Matrix, column: usize| matrix.col(column).squared_norm_l2() / matrix.nrows().max(1) as f64;
    let of_columns: Vec<(f64, f64)> = (0..wanted.ncols())
        .map(|column| ((mean_square(values, column) + epsilon).sqrt(), WORTHWHILE.powi(2) * mean_square(wanted, column)))
        .collect();
    Matrix::from_fn(wanted.nrows(), wanted.ncols(), |row, column| {
        let (scale, penalty) = of_columns[column];
        let (gain, delta) = (gains[row], wanted[(row, column)]);
        // No gain and nothing wanted is nothing to do, not 0 / 0.
        if delta == 0.0 { 0.0 } else { scale * gain * delta / (gain * gain + penalty) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPSILON: f64 = 1e-6;

    fn noise(seed: usize) -> f64 {
        ((seed * 7919 + 13) as f64).sin()
    }

    fn normed(gains: &[f64], values: &Matrix) -> Matrix {
        let scale = (values.col(0).squared_norm_l2() / values.nrows() as f64 + EPSILON).sqrt();
        Matrix::from_fn(values.nrows(), 1, |row, _| gains[row] * values[(row, 0)] / scale)
    }

    /// A change that some values bring about is brought about, but for entries whose gain lets nothing through; those stay where they were.
    #[test]
    fn what_is_wanted_behind_the_norm_arrives() {
        let size = 64;
        let mut gains: Vec<f64> = (0..size).map(|row| 2.0 + noise(row)).collect();
        gains[5] = 1e-6;
        let values = Matrix::from_fn(size, 1, |row, _| 3.0 * noise(row + 100));
        let other = Matrix::from_fn(size, 1, |row, _| values[(row, 0)] + 1.5 * noise(row + 300));
        let before = normed(&gains, &values);
        let wanted = normed(&gains, &other) - &before;
        let moved = in_front_of_norm(&gains, EPSILON, &values, &wanted);
        let left = (normed(&gains, &(&values + &moved)) - &before - &wanted).norm_l2() / wanted.norm_l2();
        assert!(left < 0.05, "{left} of the change is missing");
        assert!(moved[(5, 0)].abs() < 1e-3, "an entry without effect moved by {}", moved[(5, 0)]);
    }

    #[test]
    fn nothing_wanted_moves_nothing() {
        let moved = in_front_of_norm(&[0.0, 1.0], EPSILON, &Matrix::zeros(2, 1), &Matrix::zeros(2, 1));
        assert_eq!((moved[(0, 0)], moved[(1, 0)]), (0.0, 0.0));
    }
}
