//! Task singular vectors merging (arXiv 2412.00081), from factored updates.
//!
//! With `Delta_t = U_t S_t V_t^T`, cut to its leading triples, and `U = [U_1 ... U_T]`, `S` and `V` alike, the plain sum is `U diag(S) V^T`.
//! Languages interfere where `U` or `V` is not orthonormal. Both are replaced by the nearest matrix that is: `U_o = A B^T` of the SVD
//! `U = A Sigma B^T`, and the merge is `U_o diag(S) V_o^T`.
//!
//! Where columns of different languages coincide, `U` has less rank than columns, and the published code fills `A B^T` up with arbitrary
//! vectors of its null space. Here they are left out (`U_o` is the partial isometry of the polar decomposition), so that the result does not
//! depend on the library that computed it, and merging a language with itself gives it back.

use super::LanguageUpdate;
use super::truncate::{FactoredSvd, no_convergence};
use crate::Result;
use crate::linalg::{LowRank, Matrix, side_by_side};

/// Directions of the joint basis below this share of its largest singular value are shared by languages up to rounding.
const SHARED_TOLERANCE: f64 = 1e-9;

/// The merge at scale 1.
pub(super) fn merge(updates: &[LanguageUpdate<'_>], rank_ratio: f64) -> Result<LowRank> {
    let parts: Vec<FactoredSvd> =
        updates.iter().map(|update| FactoredSvd::of(update.delta).map(|svd| svd.cut(rank_ratio))).collect::<Result<_>>()?;
    let values: Vec<f64> = parts.iter().flat_map(|part| part.s.iter().copied()).collect();
    let left = nearest_isometry(&side_by_side(parts.iter().map(|part| part.u.as_ref()))?)?;
    let right = nearest_isometry(&side_by_side(parts.iter().map(|part| part.v.as_ref()))?)?;
    LowRank::new(Matrix::from_fn(left.nrows(), left.ncols(), |i, j| left[(i, j)] * values[j]), right)
}

/// The nearest matrix whose singular values are 1, or 0 where those of `basis` are 0 up to rounding.
fn nearest_isometry(basis: &Matrix) -> Result<Matrix> {
    if basis.ncols() == 0 {
        return Ok(basis.clone());
    }
    let svd = basis.thin_svd().map_err(|_| no_convergence(basis))?;
    let values = svd.S().column_vector();
    let largest = values.iter().copied().fold(0.0, f64::max);
    let rank = values.iter().take_while(|&&value| value > SHARED_TOLERANCE * largest).count();
    Ok(svd.U().get(.., ..rank) * svd.V().get(.., ..rank).transpose())
}
