//! Part of the eigenvectors of a large symmetric matrix, in place.
//!
//! The matrix is made tridiagonal where it lies, the tridiagonal matrix cut into two (Cuppen 1981), each half decomposed as a whole, and the
//! halves joined by the secular equation ([`Modified`]). Only the eigenvectors that are asked for are formed, a block at a time. In units of the
//! matrix in f64 that takes two: itself with its reflections, half a unit for the halves' eigenvectors, and half for working room. A whole
//! decomposition takes five, and twice the operations behind the tridiagonal form where a third of the eigenvectors are wanted.

use std::ops::Range;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::tridiagonal_self_adjoint_evd;
use faer::linalg::householder;
use faer::linalg::qr::no_pivoting::factor::recommended_block_size;
use faer::{Col, Conj, Spec, get_global_parallelism};

use super::Matrix;
use super::dense::{ensure_finite, shape};
use super::eigen::{SymmetricEigen, decomposed};
use super::secular::{Modes, Modified};
use super::tridiagonal::make_tridiagonal;
use crate::{Result, ensure};

/// Eigenvectors that are formed together. Tests have few, and several blocks.
const BLOCK: usize = if cfg!(test) { 5 } else { 512 };

/// The spectrum of a symmetric matrix, and what its eigenvectors are made of.
pub(super) struct Halves {
    /// Below the diagonal the reflections that made the matrix tridiagonal.
    reflected: Matrix,
    blocks: Matrix,
    /// Eigenvectors of the upper and the lower half of the tridiagonal matrix.
    upper: Matrix,
    lower: Matrix,
    /// Which eigenvalue of either half (the lower half's behind the upper's) is the one with a number among all.
    order: Vec<usize>,
    turns: Vec<(usize, usize, f64, f64)>,
    modes: Modes,
}

impl Halves {
    /// Decomposes a matrix, of which only the lower triangle is read.
    ///
    /// # Errors
    /// `matrix` is not square, has fewer than four rows or is not finite, or the iteration does not converge.
    pub(super) fn of(matrix: Matrix) -> Result<Self> {
        ensure!(matrix.nrows() == matrix.ncols() && matrix.nrows() > 3, Numerics, "{} is not cut into halves", shape(matrix.as_ref()));
        ensure_finite("the matrix to decompose", matrix.as_ref())?;
        let (n, parallelism, mut reflected) = (matrix.nrows(), get_global_parallelism(), matrix);
        let mut blocks = Matrix::zeros(recommended_block_size::<f64>(n, n), n - 1);
        make_tridiagonal(&mut reflected, &mut blocks, parallelism);

        // T = diag(T_1, T_2) + |b| v v^T, v being e_m and +-e_{m+1}, b the entry that joins the halves.
        let middle = n / 2;
        let mut diagonal: Vec<f64> = (0..n).map(|i| reflected[(i, i)]).collect();
        let beside: Vec<f64> = (0..n).map(|i| if i + 1 < n { reflected[(i + 1, i)] } else { 0.0 }).collect();
        let joint = beside[middle - 1];
        diagonal[middle - 1] -= joint.abs();
        diagonal[middle] -= joint.abs();
        let SymmetricEigen { values: upper_values, vectors: upper } = tridiagonal(&diagonal[..middle], &beside[..middle])?;
        let SymmetricEigen { values: lower_values, vectors: lower } = tridiagonal(&diagonal[middle..], &beside[middle..])?;

        let last = upper.row(middle - 1).iter().copied();
        let first = lower.row(0).iter().map(|&entry| entry * joint.signum());
        let along: Vec<f64> = last.chain(first).collect();
        let values = [upper_values, lower_values].concat();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let length = along.iter().map(|z| z * z).sum::<f64>().sqrt();
        let rho = joint.abs() * length * length;
        let modified = Modified {
            values: order.iter().map(|&at| values[at]).collect(),
            along: order.iter().map(|&at| along[at] / length).collect(),
            rho,
        };
        let mut turns = Vec::new();
        let modes = modified.solve(8.0 * f64::EPSILON * largest.max(rho), |i, j, c, s| turns.push((i, j, c, s)));
        Ok(Self { reflected, blocks, upper, lower, order, turns, modes })
    }

    /// The ascending eigenvalues.
    pub(super) fn values(&self) -> Vec<f64> {
        self.modes.values()
    }

    /// Forms the eigenvectors with the numbers `wanted`, and gives them to `take` some at a time, as columns with the number of the first.
    pub(super) fn each_block(self, wanted: Range<usize>, mut take: impl FnMut(usize, &Matrix)) {
        let (n, parallelism) = (self.order.len(), get_global_parallelism());
        let middle = self.upper.nrows();
        let rows = self.reflected.get(1.., ..n - 1);
        for start in wanted.clone().step_by(BLOCK) {
            let mut coefficients = self.modes.columns(start..wanted.end.min(start + BLOCK));
            for &(i, j, c, s) in self.turns.iter().rev() {
                for column in 0..coefficients.ncols() {
                    let (xi, xj) = (coefficients[(i, column)], coefficients[(j, column)]);
                    coefficients[(i, column)] = c * xi + s * xj;
                    coefficients[(j, column)] = c * xj - s * xi;
                }
            }
            let mut of_halves = Matrix::zeros(n, coefficients.ncols());
            for (row, &at) in self.order.iter().enumerate() {
                of_halves.row_mut(at).copy_from(coefficients.row(row));
            }
            drop(coefficients);
            let (above, below) = of_halves.split_at_row(middle);
            let mut vectors = Matrix::zeros(n, of_halves.ncols());
            vectors.as_mut().subrows_mut(0, middle).copy_from(&self.upper * above);
            vectors.as_mut().subrows_mut(middle, n - middle).copy_from(&self.lower * below);
            let scratch = householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(
                n - 1,
                self.blocks.nrows(),
                vectors.ncols(),
            );
            householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
                rows,
                self.blocks.as_ref(),
                Conj::No,
                vectors.as_mut().subrows_mut(1, n - 1),
                parallelism,
                MemStack::new(&mut MemBuffer::new(scratch)),
            );
            take(start, &vectors);
        }
    }
}

/// Eigenvalues and eigenvectors of a tridiagonal matrix, from its diagonal and what stands beside it.
fn tridiagonal(diagonal: &[f64], beside: &[f64]) -> Result<SymmetricEigen> {
    let column = |entries: &[f64]| Col::from_fn(entries.len(), |i| entries[i]);
    let (diagonal, beside) = (column(diagonal), column(beside));
    decomposed(diagonal.nrows(), |values, vectors, parallelism, memory| {
        let (diagonal, beside) = (diagonal.as_diagonal(), beside.as_diagonal());
        tridiagonal_self_adjoint_evd(diagonal, beside, values, Some(vectors), parallelism, memory, Spec::default())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};

    use super::super::properties::with_spectrum;
    use super::super::{KeyCovariance, Projector, Threshold, symmetric_eigen};
    use super::*;

    proptest! {
        #![proptest_config(Config { cases: 64, failure_persistence: None, rng_seed: RngSeed::Fixed(0x4a1f_0e5d), ..Config::default() })]

        /// Zeros, repeated values, and many orders of magnitude; any part of the eigenvectors.
        #[test]
        fn they_decompose_to_rounding(dim in 4usize..48, kind in 0usize..4, from in 0.0f64..1.0, to in 0.0f64..1.0, seed: u64) {
            let spectrum: Vec<f64> = (0..dim).map(|i| match kind {
                0 => 0.8_f64.powi(i as i32),
                1 => f64::from(u8::from(i % 3 == 0)),
                2 => (i / 4) as f64,
                _ => 1e3 * 0.1_f64.powi(i as i32),
            }).collect();
            let matrix = with_spectrum(&spectrum, seed);
            let halves = Halves::of(matrix.clone()).unwrap();
            let values = halves.values();
            let scale = values[dim - 1];
            let anew = symmetric_eigen(&matrix).unwrap().values;
            prop_assert!(values.iter().zip(&anew).all(|(found, expected)| (found - expected).abs() < 1e-13 * scale));
            let [start, end] = [from.min(to), from.max(to)].map(|share| (share * (dim + 1) as f64) as usize);
            let mut vectors = Matrix::zeros(dim, end - start);
            halves.each_block(start..end, |at, block| vectors.as_mut().subcols_mut(at - start, block.ncols()).copy_from(block));
            let count = end - start;
            prop_assert!((vectors.transpose() * &vectors - Matrix::identity(count, count)).norm_max() < 1e-12);
            let residual = &matrix * &vectors - Matrix::from_fn(dim, count, |i, j| vectors[(i, j)] * values[start + j]);
            prop_assert!(residual.norm_max() < 1e-12 * scale, "{:e} of {scale:e}", residual.norm_max());
        }
    }

    /// A matrix that falls into its halves by itself.
    #[test]
    fn halves_that_nothing_joins_are_put_side_by_side() {
        let halves = Halves::of(Matrix::from_fn(6, 6, |i, j| if i == j { i as f64 } else { 0.0 })).unwrap();
        assert!(halves.values().iter().enumerate().all(|(i, value)| (value - i as f64).abs() < 1e-14));
        halves.each_block(1..3, |_, vectors| assert!((vectors[(1, 0)] * vectors[(2, 1)]).abs() > 1.0 - 1e-14));
        assert!(Halves::of(Matrix::from_fn(4, 4, |_, _| f64::NAN)).is_err() && Halves::of(Matrix::zeros(4, 5)).is_err());
    }

    /// Beyond the dimension up to which decompositions are kept a projector is made of the part that it stores.
    #[test]
    fn a_large_projector_is_that_of_the_whole_decomposition() {
        let dim = 2060;
        let keys = Matrix::from_fn(dim, 40, |i, j| ((i * (j + 1)) as f64 * 0.37).sin() / (1.0 + j as f64));
        let mut covariance = KeyCovariance::new(dim);
        covariance.add_keys(keys.as_ref(), 1.0).unwrap();
        assert!(!KeyCovariance::is_small(dim));
        let eigen = symmetric_eigen(covariance.mean()).unwrap();
        let middle = 0.5 * (eigen.values[dim - 20] + eigen.values[dim - 21]);
        let threshold = Threshold::Absolute(middle);
        let (found, expected) = (Projector::of(covariance, threshold).unwrap(), Projector::from_eigen(&eigen, threshold).unwrap());
        assert_eq!((found.null_dimension(), expected.null_dimension()), (dim - 20, dim - 20));
        let probes = Matrix::from_fn(dim, 3, |i, j| ((i + 7 * j) as f64).cos());
        assert!((found.apply(&probes).unwrap() - expected.apply(&probes).unwrap()).norm_max() < 1e-9);
    }
}
