//! Sums of products of single-precision keys.

use faer::{Mat, MatRef};

use super::Matrix;
use super::dense::{add_symmetric_product, mirror_lower};

/// `sum k k^T` in f32: what a pass over a corpus adds up before it goes into a [`KeyCovariance`](super::KeyCovariance). Only the lower triangle is computed.
#[derive(Clone, Debug)]
pub struct KeyProducts {
    lower: Mat<f32>,
}

impl KeyProducts {
    /// Of no keys of dimension `dim`: zero.
    pub fn new(dim: usize) -> Self {
        Self { lower: Mat::zeros(dim, dim) }
    }

    /// Adds `keys`, `[n, dim]` row-major; values beyond the last whole key are left out.
    pub fn add(&mut self, keys: &[f32]) {
        let dim = self.lower.nrows();
        let count = keys.len() / dim.max(1);
        let keys = MatRef::from_row_major_slice(&keys[..count * dim], count, dim);
        add_symmetric_product(&mut self.lower, keys.transpose(), keys, 1.0);
    }

    /// The sum divided by `count`, `dim x dim`, symmetric to the last bit.
    pub fn over(&self, count: f64) -> Matrix {
        let dim = self.lower.nrows();
        let mut mean = Matrix::zeros(dim, dim);
        for (to, from) in mean.col_iter_mut().zip(self.lower.col_iter()) {
            for (to, from) in to.iter_mut().zip(from.iter()) {
                *to = f64::from(*from) / count;
            }
        }
        mirror_lower(&mut mean);
        mean
    }
}
