//! Eigendecomposition of symmetric matrices.

use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, EvdError, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Col, MatMut, Par, Spec, get_global_parallelism};
use nalgebra::DMatrix;

use super::Matrix;
use super::dense::{ensure_finite, shape};
use crate::{Error, ErrorKind, Result, ensure};

/// Up to this dimension the unblocked algorithm of nalgebra is the faster one. Measured with two cores, nalgebra against faer in ms:
/// 0.12 and 0.21 at 32, 0.8 and 0.8 at 64, 2.2 and 1.9 at 96, 36 and 20 at 256.
const UNBLOCKED_UP_TO: usize = 64;

/// QL sweeps allowed per eigenvalue before the matrix is called intractable; two are typical.
const SWEEPS_PER_EIGENVALUE: usize = 100;

/// `A = V diag(values) V^T` with orthonormal columns in `V`.
#[derive(Clone, Debug)]
pub struct SymmetricEigen {
    /// Eigenvalues, ascending.
    pub values: Vec<f64>,
    /// Eigenvectors in the columns, in the order of `values`.
    pub vectors: Matrix,
}

/// Decomposes a symmetric matrix, of which only the lower triangle is read.
///
/// An SVD is never used here: for a covariance it costs more, and some implementations are wrong on rank-deficient input.
///
/// # Errors
/// `matrix` is not square or not finite, or the iteration does not converge.
pub fn symmetric_eigen(matrix: &Matrix) -> Result<SymmetricEigen> {
    ensure!(matrix.nrows() == matrix.ncols(), Numerics, "an eigendecomposition needs a square matrix, not {}", shape(matrix.as_ref()));
    ensure_finite("the matrix to decompose", matrix.as_ref())?;
    if matrix.nrows() <= UNBLOCKED_UP_TO { unblocked(matrix) } else { blocked(matrix) }
}

fn no_convergence(n: usize) -> Error {
    Error::new(ErrorKind::Numerics, format!("the eigendecomposition of a {n}x{n} matrix did not converge"))
        .hint("its entries may span too many orders of magnitude; check the keys it was made from")
}

/// nalgebra: Householder tridiagonalisation and implicit QL, then sorted.
fn unblocked(matrix: &Matrix) -> Result<SymmetricEigen> {
    let n = matrix.nrows();
    if n == 0 {
        return Ok(SymmetricEigen { values: Vec::new(), vectors: Matrix::zeros(0, 0) });
    }
    let lower = DMatrix::from_fn(n, n, |i, j| if i >= j { matrix[(i, j)] } else { matrix[(j, i)] });
    let eigen = nalgebra::SymmetricEigen::try_new(lower, f64::EPSILON, n * SWEEPS_PER_EIGENVALUE).ok_or_else(|| no_convergence(n))?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[a].total_cmp(&eigen.eigenvalues[b]));
    let values = order.iter().map(|&j| eigen.eigenvalues[j]).collect();
    let vectors = Matrix::from_fn(n, n, |i, j| eigen.eigenvectors[(i, order[j])]);
    Ok(SymmetricEigen { values, vectors })
}

/// faer: blocked tridiagonalisation and divide and conquer, written straight into the result.
fn blocked(matrix: &Matrix) -> Result<SymmetricEigen> {
    decomposed(matrix.nrows(), |values, vectors, parallelism, memory| {
        self_adjoint_evd(matrix.as_ref(), values, Some(vectors), parallelism, memory, Spec::default())
    })
}

/// What `run` writes into the eigenvalues and eigenvectors of a matrix of `n` rows.
pub(super) fn decomposed(
    n: usize,
    run: impl FnOnce(DiagMut<'_, f64>, MatMut<'_, f64>, Par, &mut MemStack) -> std::result::Result<(), EvdError>,
) -> Result<SymmetricEigen> {
    let parallelism = get_global_parallelism();
    let (mut values, mut vectors) = (Col::<f64>::zeros(n), Matrix::zeros(n, n));
    // More than some need, but what is not touched is not there.
    let scratch = self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, parallelism, Spec::default());
    let mut memory = MemBuffer::new(scratch);
    run(values.as_mut().as_diagonal_mut(), vectors.as_mut(), parallelism, MemStack::new(&mut memory)).map_err(|_| no_convergence(n))?;
    Ok(SymmetricEigen { values: values.iter().copied().collect(), vectors })
}
