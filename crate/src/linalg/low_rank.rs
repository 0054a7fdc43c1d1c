//! A weight change as two thin factors.

use super::dense::{ensure_rows, shape};
use super::{Matrix, MatrixRef};
use crate::{Result, ensure};

/// `Delta = left right^T`, `d_out x d_in`, never formed unless asked for.
#[derive(Clone, Debug)]
pub struct LowRank {
    left: Matrix,
    right: Matrix,
}

impl LowRank {
    /// `left` is `d_out x n`, `right` is `d_in x n`.
    ///
    /// # Errors
    /// The numbers of columns differ.
    pub fn new(left: Matrix, right: Matrix) -> Result<Self> {
        ensure!(
            left.ncols() == right.ncols(),
            Numerics,
            "the factors {} and {} of a weight change have different ranks",
            shape(left.as_ref()),
            shape(right.as_ref())
        );
        Ok(Self { left, right })
    }

    /// `d_out x n`: for every update of this module the residuals.
    pub fn left(&self) -> &Matrix {
        &self.left
    }

    /// `d_in x n`: the directions that a key must have to be answered with the residuals.
    pub fn right(&self) -> &Matrix {
        &self.right
    }

    /// `(left, right)` without a copy.
    pub fn into_factors(self) -> (Matrix, Matrix) {
        (self.left, self.right)
    }

    /// Number of columns of the factors, an upper bound of the rank.
    pub fn rank(&self) -> usize {
        self.left.ncols()
    }

    /// `Delta`, `d_out x d_in`.
    pub fn dense(&self) -> Matrix {
        product(self.left.as_ref(), self.right.transpose())
    }

    /// `Delta K = left (right^T K)`.
    ///
    /// # Errors
    /// `keys` has another number of rows than `Delta` has columns, or is not finite.
    pub fn apply(&self, keys: &Matrix) -> Result<Matrix> {
        ensure_rows("keys", keys.as_ref(), self.right.nrows(), "the weight change")?;
        Ok(product(self.left.as_ref(), product(self.right.transpose(), keys.as_ref()).as_ref()))
    }

    /// `||Delta||_F` from the triangular factors of both sides: `||L R^T||_F = ||T_L T_R^T||_F`.
    pub fn frobenius_norm(&self) -> f64 {
        if self.rank() == 0 {
            return 0.0;
        }
        let (left, right) = (self.left.qr(), self.right.qr());
        product(left.thin_R(), right.thin_R().transpose()).norm_l2()
    }
}

/// `a b`, also where the inner dimension is 0.
fn product(a: MatrixRef<'_>, b: MatrixRef<'_>) -> Matrix {
    if a.ncols() == 0 { Matrix::zeros(a.nrows(), b.ncols()) } else { a * b }
}
