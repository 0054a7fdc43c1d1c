//! Uncentred covariance of keys, as an exact running mean.

use std::sync::Arc;

use super::decomposition::Decomposition;
use super::dense::{add_symmetric_product, ensure_rows, mirror_lower, shape};
use super::{Matrix, MatrixRef, SymmetricEigen, symmetric_eigen};
use crate::{Result, bail, ensure};

/// How far a covariance from outside may be from symmetric, relative to its largest entry (f32 sums in another order).
const SYMMETRY_TOLERANCE: f64 = 1e-4;

/// Up to this dimension the decomposition is kept beside the covariance and the projector made from it: 34 MB.
const DECOMPOSITION_UP_TO: usize = 2048;

/// `C = sum_i w_i k_i k_i^T / sum_i w_i` with the total weight that went into it.
///
/// The matrix is symmetric to the last bit: only its lower triangle is ever computed, the upper one is a copy.
#[derive(Clone, Debug)]
pub struct KeyCovariance {
    count: f64,
    /// Copied when it changes.
    mean: Arc<Matrix>,
    decomposition: Decomposition,
}

impl KeyCovariance {
    fn of(mean: Arc<Matrix>, count: f64) -> Self {
        Self { count, mean, decomposition: Decomposition::default() }
    }

    /// The covariance of no keys of dimension `dim`: zero, with count zero.
    pub fn new(dim: usize) -> Self {
        Self::of(Arc::new(Matrix::zeros(dim, dim)), 0.0)
    }

    /// A covariance whose mean (`dim x dim`) and count are known, for instance from a statistics file.
    ///
    /// # Errors
    /// `mean` is not square, not finite, further from symmetric than rounding explains, or has a negative diagonal;
    /// `count` is not positive and finite.
    pub fn from_mean(mean: Matrix, count: f64) -> Result<Self> {
        ensure!(mean.nrows() == mean.ncols(), Numerics, "a key covariance must be square, not {}", shape(mean.as_ref()));
        check_covariance(mean.nrows(), count, |row, column| mean[(row, column)])?;
        let mut mean = mean;
        for j in 0..mean.ncols() {
            for i in j + 1..mean.nrows() {
                mean[(i, j)] = 0.5 * (mean[(i, j)] + mean[(j, i)]);
            }
        }
        Ok(Self::from_lower(mean, count))
    }

    /// A covariance of whose mean the lower triangle is given, and was checked.
    pub(crate) fn from_lower(mut mean: Matrix, count: f64) -> Self {
        mirror_lower(&mut mean);
        Self::of(Arc::new(mean), count)
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        self.mean.nrows()
    }

    /// Total weight of the keys, `N`.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// `C`, `dim x dim`.
    pub fn mean(&self) -> &Matrix {
        &self.mean
    }

    /// `C`, without a copy where no other has it.
    pub fn into_mean(self) -> Matrix {
        Arc::unwrap_or_clone(self.mean)
    }

    /// The eigendecomposition of `C`. That of a small covariance is made once for all its copies, and brought up to date where few keys were
    /// added.
    ///
    /// # Errors
    /// It does not converge.
    pub fn eigen(&self) -> Result<Arc<SymmetricEigen>> {
        if self.keeps_decomposition() { self.decomposition.eigen(&self.mean) } else { Ok(Arc::new(symmetric_eigen(&self.mean)?)) }
    }

    /// The same covariance, whose eigendecomposition is known. A large one does not keep it.
    ///
    /// # Errors
    /// The decomposition has another dimension.
    pub fn with_eigen(self, eigen: Arc<SymmetricEigen>) -> Result<Self> {
        let dim = self.dim();
        ensure!(eigen.values.len() == dim, Numerics, "a decomposition of {} values is not that of dimension {dim}", eigen.values.len());
        Ok(Self { decomposition: Decomposition::known(eigen), ..self })
    }

    /// Whether the decomposition is kept beside it: whether it is small enough to be decomposed in a moment.
    pub fn keeps_decomposition(&self) -> bool {
        Self::is_small(self.dim())
    }

    /// Whether a covariance of dimension `dim` is decomposed in a moment, and takes little beside its decomposition.
    pub fn is_small(dim: usize) -> bool {
        dim <= DECOMPOSITION_UP_TO
    }

    /// Mean squared norm of a key, `tr C`.
    pub fn trace(&self) -> f64 {
        self.mean.diagonal().column_vector().iter().sum()
    }

    /// The same mean with another count: how much the keys so far weigh against those to come.
    ///
    /// # Errors
    /// `count` is negative or not finite.
    pub fn with_count(self, count: f64) -> Result<Self> {
        ensure!(count.is_finite() && count >= 0.0, Numerics, "the count of a key covariance cannot be {count}");
        Ok(Self { count, ..self })
    }

    /// Adds the columns of `keys` (`dim x n`), each as `weight` samples: `C <- (N C + w K K^T) / (N + w n)`, `N <- N + w n`.
    ///
    /// # Errors
    /// `keys` has another number of rows or is not finite; `weight` is negative or not finite.
    pub fn add_keys(&mut self, keys: MatrixRef<'_>, weight: f64) -> Result<()> {
        ensure!(weight.is_finite() && weight >= 0.0, Numerics, "the weight of a key must be at least 0, not {weight}");
        ensure_rows("keys", keys, self.dim(), "their covariance")?;
        let total = self.count + weight * keys.ncols() as f64;
        if total == self.count {
            return Ok(());
        }
        if self.keeps_decomposition() && self.count > 0.0 {
            self.decomposition.follow(&self.mean, keys, self.count / total, weight / total);
        } else {
            self.decomposition = Decomposition::default();
        }
        let mean = Arc::make_mut(&mut self.mean);
        scale(mean, self.count / total);
        add_symmetric_product(mean.as_mut(), keys, keys.transpose(), weight / total);
        mirror_lower(mean);
        self.count = total;
        Ok(())
    }

    /// The covariance of both sets of keys: `(N_1 C_1 + N_2 C_2) / (N_1 + N_2)`.
    ///
    /// # Errors
    /// The dimensions differ.
    pub fn merge(&self, other: &Self) -> Result<Self> {
        ensure!(self.dim() == other.dim(), Numerics, "cannot merge key covariances of dimension {} and {}", self.dim(), other.dim());
        let count = self.count + other.count;
        if count == 0.0 {
            return Ok(Self::new(self.dim()));
        }
        let (ours, theirs) = (self.count / count, other.count / count);
        let mut mean = Matrix::clone(&self.mean);
        for (target, source) in mean.col_iter_mut().zip(other.mean.col_iter()) {
            for (x, y) in target.iter_mut().zip(source.iter()) {
                *x = ours * *x + theirs * y;
            }
        }
        Ok(Self::of(Arc::new(mean), count))
    }
}

/// Fails unless `entry`, by row and column, gives the mean of a covariance of keys of dimension `dim`, and `count` is one.
///
/// # Errors
/// An entry is not finite, the matrix is further from symmetric than rounding explains, or has a negative diagonal; `count` is not positive and
/// finite.
pub(crate) fn check_covariance(dim: usize, count: f64, entry: impl Fn(usize, usize) -> f64) -> Result<()> {
    ensure!(count.is_finite() && count > 0.0, Numerics, "the count of a key covariance must be positive, not {count}");
    let (mut largest, mut furthest) = (0.0_f64, (0.0, 0, 0));
    for_each_pair(dim, |i, j| {
        let (lower, upper) = (entry(i, j), entry(j, i));
        largest = largest.max(if lower.is_finite() && upper.is_finite() { lower.abs().max(upper.abs()) } else { f64::INFINITY });
        if (lower - upper).abs() > furthest.0 {
            furthest = ((lower - upper).abs(), i, j);
        }
    });
    ensure!(largest.is_finite(), Numerics, "the key covariance ({dim}x{dim}) holds values that are not finite");
    let tolerance = SYMMETRY_TOLERANCE * largest;
    for j in 0..dim {
        let variance = entry(j, j);
        ensure!(variance >= -tolerance, Numerics, "diagonal entry {j} of a key covariance is negative ({variance:e})");
    }
    if furthest.0 > tolerance {
        let (_, i, j) = furthest;
        let (lower, upper) = (entry(i, j), entry(j, i));
        bail!(Numerics, "a key covariance must be symmetric, but entries ({i}, {j}) and ({j}, {i}) are {lower:e} and {upper:e}");
    }
    Ok(())
}

/// Calls `visit` with every row and column of the lower triangle, in tiles that fit the first-level cache on both sides of the diagonal.
pub(crate) fn for_each_pair(dim: usize, mut visit: impl FnMut(usize, usize)) {
    const TILE: usize = 32;
    for rows in (0..dim).step_by(TILE) {
        for columns in (0..=rows).step_by(TILE) {
            for i in rows..(rows + TILE).min(dim) {
                (columns..(columns + TILE).min(i + 1)).for_each(|j| visit(i, j));
            }
        }
    }
}

/// `matrix <- factor * matrix`.
fn scale(matrix: &mut Matrix, factor: f64) {
    for column in matrix.col_iter_mut() {
        for x in column.iter_mut() {
            *x *= factor;
        }
    }
}
