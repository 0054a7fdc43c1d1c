//! Principal angles between subspaces.

use super::basis::{add_span, orthonormal_basis};
use super::{Matrix, MatrixRef};
use crate::{Error, ErrorKind, Result, ensure};

/// Columns closer than this to the span of the others, relative to their norm, add no direction.
const RANK_TOLERANCE: f64 = 1e-12;

/// Principal angles in radians, ascending, between the column spans of `a` (`d x p`) and `b` (`d x q`): as many as the smaller rank.
///
/// With orthonormal bases the cosines are the singular values of `Q_a^T Q_b` and the sines those of `(I - Q_a Q_a^T) Q_b`, `b` the
/// span of smaller rank. Each angle is the arc tangent of both, so small and right angles are exact alike (Björck and Golub 1973).
///
/// # Errors
/// The numbers of rows differ, a value is not finite.
pub fn principal_angles(a: &Matrix, b: &Matrix) -> Result<Vec<f64>> {
    ensure!(a.nrows() == b.nrows(), Numerics, "angles between subspaces of dimension {} and {} are not defined", a.nrows(), b.nrows());
    let (a, b) = (orthonormal_basis(a.as_ref(), RANK_TOLERANCE)?, orthonormal_basis(b.as_ref(), RANK_TOLERANCE)?);
    let (larger, smaller) = if a.ncols() >= b.ncols() { (a, b) } else { (b, a) };
    if smaller.ncols() == 0 {
        return Ok(Vec::new());
    }
    let cosines = singular_values((larger.transpose() * &smaller).as_ref())?;
    let mut outside = smaller.clone();
    add_span(larger.as_ref(), smaller.as_ref(), -1.0, &mut outside);
    let sines = singular_values(outside.as_ref())?;
    // Cosines descend with growing angle, sines ascend.
    Ok(sines.iter().rev().zip(&cosines).map(|(&sine, &cosine)| sine.atan2(cosine)).collect())
}

/// Descending singular values of a matrix with at least as many rows as columns.
fn singular_values(matrix: MatrixRef<'_>) -> Result<Vec<f64>> {
    matrix.qr().thin_R().singular_values().map_err(|_| {
        Error::new(ErrorKind::Numerics, format!("the singular values of {} cosines did not converge", super::dense::shape(matrix)))
    })
}
