//! Sums of products of single-precision keys.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatRef, get_global_parallelism};

use super::Matrix;
use super::dense::{add_symmetric_product, mirror_lower};
use super::staircase::Staircase;

/// `sum k k^T` in f32: what a pass over a corpus adds up before it goes into a [`KeyCovariance`](super::KeyCovariance). Only the lower triangle
/// is computed and kept.
#[derive(Clone, Debug)]
pub struct KeyProducts {
    lower: Staircase<f32>,
}

impl KeyProducts {
    /// Of no keys of dimension `dim`: zero.
    pub fn new(dim: usize) -> Self {
        Self { lower: Staircase::zeros(dim) }
    }

    /// Sums that were made elsewhere, `[dim, dim]` row-major and symmetric; what is missing is zero.
    pub fn of_square(dim: usize, values: &[f32]) -> Self {
        let mut sums = Self::new(dim);
        for (rows, panel) in sums.lower.panels_mut() {
            for (row, entries) in rows.zip(panel.row_iter_mut()) {
                entries.iter_mut().zip(values.iter().skip(row * dim)).for_each(|(sum, &value)| *sum = value);
            }
        }
        sums
    }

    /// Adds `keys`, `[n, dim]` row-major; values beyond the last whole key are left out.
    pub fn add(&mut self, keys: &[f32]) {
        let dim = self.lower.dim();
        let count = keys.len() / dim.max(1);
        let keys = MatRef::from_row_major_slice(&keys[..count * dim], count, dim);
        for (rows, panel) in self.lower.panels_mut() {
            let (left, diagonal) = panel.as_mut().split_at_col_mut(rows.start);
            let own = keys.subcols(rows.start, rows.len());
            if rows.start > 0 {
                matmul(left, Accum::Add, own.transpose(), keys.subcols(0, rows.start), 1.0, get_global_parallelism());
            }
            add_symmetric_product(diagonal, own.transpose(), own, 1.0);
        }
    }

    /// Gives `take` every row up to the diagonal, from the top.
    ///
    /// # Errors
    /// The first one of `take`.
    pub fn each_row<E>(&self, mut take: impl FnMut(&[f32]) -> Result<(), E>) -> Result<(), E> {
        let mut row = Vec::with_capacity(self.lower.dim());
        for (rows, panel) in self.lower.panels() {
            for (at, entries) in rows.zip(panel.row_iter()) {
                row.clear();
                row.extend(entries.iter().take(at + 1));
                take(&row)?;
            }
        }
        Ok(())
    }

    /// The sum divided by `count`, `dim x dim`, symmetric to the last bit.
    pub fn over(&self, count: f64) -> Matrix {
        let dim = self.lower.dim();
        let mut mean = Matrix::zeros(dim, dim);
        for (rows, panel) in self.lower.panels() {
            for (to, from) in mean.as_mut().subrows_mut(rows.start, rows.len()).col_iter_mut().zip(panel.col_iter()) {
                for (to, from) in to.iter_mut().zip(from.iter()) {
                    *to = f64::from(*from) / count;
                }
            }
        }
        mirror_lower(&mut mean);
        mean
    }
}
