//! The orthogonal projector onto a null space of keys.

use std::borrow::Cow;
use std::sync::Arc;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder;
use faer::{Conj, get_global_parallelism};

use super::basis::{ensure_tolerance, norm_ratios, reveal, unit_columns};
use super::columns::Columns;
use super::dense::{ensure_finite, ensure_rows};
use super::{Eigenbasis, KeyCovariance, Matrix, MatrixRef, SpectrumCut, SymmetricEigen, Threshold};
use crate::{Result, ensure};

/// `P = P^T = P^2`, kept as an orthonormal basis, so that both hold by construction.
#[derive(Clone, Debug)]
pub struct Projector {
    basis: Basis,
    cut: Option<SpectrumCut>,
    eigen: Option<Arc<SymmetricEigen>>,
}

/// Whichever of the two complementary bases is the smaller when the projector is made; copied when it changes.
#[derive(Clone, Debug)]
enum Basis {
    /// `Q` of the directions that `P = I - Q Q^T` removes.
    Discarded(Columns),
    /// `U` of the directions that `P = U U^T` lets through.
    Null(Columns),
}

impl Projector {
    /// `P = I` in dimension `dim`: everything may be edited.
    pub fn identity(dim: usize) -> Self {
        Self { basis: Basis::Discarded(Columns::zeros(dim, 0)), cut: None, eigen: None }
    }

    /// The projector onto the eigenvectors whose eigenvalues `threshold` calls null.
    ///
    /// # Errors
    /// The threshold is out of range.
    pub fn from_eigen(eigen: &SymmetricEigen, threshold: Threshold) -> Result<Self> {
        let cut = threshold.cut(&eigen.values)?;
        let (null, discarded) = eigen.vectors.as_ref().split_at_col(cut.null);
        let basis =
            if cut.stores_discarded() { Basis::Discarded(discarded.to_owned().into()) } else { Basis::Null(null.to_owned().into()) };
        Ok(Self { basis, cut: Some(cut), eigen: None })
    }

    /// The null-space projector of a key covariance.
    ///
    /// # Errors
    /// The threshold is out of range or the eigendecomposition fails.
    pub fn from_covariance(covariance: &KeyCovariance, threshold: Threshold) -> Result<Self> {
        Self::of(covariance.clone(), threshold)
    }

    /// As [`Projector::from_covariance`]. A large covariance that nobody else has is decomposed where it lies, and only the basis is formed.
    ///
    /// # Errors
    /// As there.
    pub fn of(covariance: KeyCovariance, threshold: Threshold) -> Result<Self> {
        Eigenbasis::of(covariance, threshold)?.projector(threshold)
    }

    /// The projector of a decomposition, which it keeps.
    pub(super) fn of_decomposition(eigen: &Arc<SymmetricEigen>, threshold: Threshold) -> Result<Self> {
        Ok(Self { eigen: Some(Arc::clone(eigen)), ..Self::from_eigen(eigen, threshold)? })
    }

    /// The projector of a spectrum that was cut so, of which `columns` are the eigenvectors that are stored.
    pub(super) fn of_part(columns: Columns, cut: SpectrumCut) -> Result<Self> {
        let discards = cut.stores_discarded();
        let stored = if discards { cut.discarded } else { cut.null };
        ensure!(columns.ncols() == stored, Numerics, "{} eigenvectors are not the {stored} of the basis of a projector", columns.ncols());
        let basis = if discards { Basis::Discarded(columns) } else { Basis::Null(columns) };
        Ok(Self { basis, cut: Some(cut), eigen: None })
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        match &self.basis {
            Basis::Discarded(q) => q.nrows(),
            Basis::Null(u) => u.nrows(),
        }
    }

    /// Dimension of the null space, the rank of `P`.
    pub fn null_dimension(&self) -> usize {
        match &self.basis {
            Basis::Discarded(q) => q.nrows() - q.ncols(),
            Basis::Null(u) => u.ncols(),
        }
    }

    /// How the spectrum was cut, if the projector came from one. Directions removed later are not in it.
    pub fn spectrum_cut(&self) -> Option<&SpectrumCut> {
        self.cut.as_ref()
    }

    /// The eigendecomposition that the projector came from, where it came from a covariance small enough to keep it: what another threshold
    /// would let through can be read off it.
    pub fn eigen(&self) -> Option<&SymmetricEigen> {
        self.eigen.as_deref()
    }

    /// `Q`, an orthonormal basis of what `P` removes, `dim x (dim - null_dimension)`; completed from the null space where
    /// that is what is stored.
    pub fn discarded_basis(&self) -> Cow<'_, Matrix> {
        match &self.basis {
            Basis::Discarded(q) => q.wide(),
            Basis::Null(u) => Cow::Owned(complement(&u.wide())),
        }
    }

    /// `U`, an orthonormal basis of the null space, `dim x null_dimension`; completed where the other one is stored.
    pub fn null_basis(&self) -> Cow<'_, Matrix> {
        match &self.basis {
            Basis::Discarded(q) => Cow::Owned(complement(&q.wide())),
            Basis::Null(u) => u.wide(),
        }
    }

    /// The stored basis and whether it spans the null space (`P = B B^T`) rather than what is removed (`P = I - B B^T`).
    pub fn stored_basis(&self) -> (Cow<'_, Matrix>, bool) {
        match &self.basis {
            Basis::Discarded(q) => (q.wide(), false),
            Basis::Null(u) => (u.wide(), true),
        }
    }

    /// `P K`.
    ///
    /// # Errors
    /// `keys` has another number of rows than `P` or is not finite.
    pub fn apply(&self, keys: &Matrix) -> Result<Matrix> {
        ensure_rows("keys", keys.as_ref(), self.dim(), "the projector")?;
        Ok(self.project(keys.as_ref()))
    }

    /// `P K` of keys that were checked.
    pub(super) fn project(&self, keys: MatrixRef<'_>) -> Matrix {
        match &self.basis {
            Basis::Discarded(q) => {
                let mut rest = keys.to_owned();
                q.add_span(keys, -1.0, &mut rest);
                rest
            }
            Basis::Null(u) => {
                let mut inside = Matrix::zeros(keys.nrows(), keys.ncols());
                u.add_span(keys, 1.0, &mut inside);
                inside
            }
        }
    }

    /// `P` itself, `dim x dim`: for display and tests, never for a solve.
    pub fn dense(&self) -> Matrix {
        self.project(Matrix::identity(self.dim(), self.dim()).as_ref())
    }

    /// Removes the span of `keys` from the null space, `P <- P - Q Q^T` with `Q` an orthonormal basis of `P K`; returns its rank.
    ///
    /// Afterwards `||P k|| <= relative_tolerance ||k||` up to rounding for each of these keys and all removed before (EvoEdit,
    /// arXiv 2510.13851). Where pre-trained keys have no energy in the null space this is what recomputing `P` gives in the limit of
    /// infinite weight of the edited keys; where they have a little, recomputing can win back directions that this gives up. Of order
    /// `dim * n * (dim - null_dimension + n)` operations. 1e-12 is a good tolerance for f64 keys, 1e-6 for keys computed in f32,
    /// and the least where the basis is kept in f32, in which a key that was removed before leaves rounding.
    ///
    /// # Errors
    /// `keys` has another number of rows than `P` or is not finite; the tolerance is not in `[0, 1)`.
    pub fn remove_span(&mut self, keys: &Matrix, relative_tolerance: f64) -> Result<usize> {
        ensure_tolerance(relative_tolerance)?;
        ensure_rows("keys", keys.as_ref(), self.dim(), "the projector")?;
        let keys = unit_columns(keys.as_ref());
        Ok(match &mut self.basis {
            Basis::Discarded(q) => extend(q, &keys, relative_tolerance.max(q.resolution())),
            Basis::Null(u) => shrink(u, &keys, relative_tolerance.max(u.resolution())),
        })
    }

    /// `||P k|| / ||k||` per key: 0 is fully protected, 1 is fully exposed to edits. 0 for a zero key.
    ///
    /// # Errors
    /// `keys` has another number of rows than `P` or is not finite.
    pub fn leak(&self, keys: &Matrix) -> Result<Vec<f64>> {
        Ok(norm_ratios(self.apply(keys)?.as_ref(), keys.as_ref()))
    }

    /// The projector whose removed directions are the orthonormal columns of `basis`, for instance read back from a file.
    ///
    /// # Errors
    /// The columns are not finite or not orthonormal to 1e-8.
    pub fn from_discarded_basis(basis: Matrix) -> Result<Self> {
        ensure_finite("the basis of a projector", basis.as_ref())?;
        let mut defect = if basis.ncols() > 0 { basis.transpose() * &basis } else { Matrix::zeros(0, 0) };
        for i in 0..basis.ncols() {
            defect[(i, i)] -= 1.0;
        }
        let defect = defect.norm_max();
        ensure!(
            defect.is_finite() && defect <= 1e-8,
            Numerics,
            "the basis of a projector is not orthonormal (Q^T Q differs from I by {defect:e})"
        );
        Ok(Self { basis: Basis::Discarded(basis.into()), cut: None, eigen: None })
    }
}

/// Appends to `q` the directions of unit `keys` that it lacks.
fn extend(q: &mut Columns, keys: &Matrix, tolerance: f64) -> usize {
    let mut rest = keys.clone();
    q.add_span(keys.as_ref(), -1.0, &mut rest);
    let found = reveal(rest.as_ref(), tolerance);
    if found.ncols() == 0 {
        return 0;
    }
    // What is left of a nearly removed key is mostly rounding along `q`; projecting twice is enough (Kahan, Parlett).
    let mut fresh = found.clone();
    q.add_span(found.as_ref(), -1.0, &mut fresh);
    q.append(fresh.qr().compute_thin_Q().as_ref());
    fresh.ncols()
}

/// Turns `u` so that its first columns span what it shares with `keys`, and drops those.
fn shrink(columns: &mut Columns, keys: &Matrix, tolerance: f64) -> usize {
    if columns.ncols() == 0 || keys.ncols() == 0 {
        return 0;
    }
    let held = columns.wide();
    let shared = reveal((held.transpose() * keys).as_ref(), tolerance);
    let rank = shared.ncols();
    if rank == 0 {
        return 0;
    }
    let mut u = held.into_owned();
    let qr = shared.qr();
    let scratch =
        householder::apply_block_householder_sequence_on_the_right_in_place_scratch::<f64>(u.ncols(), qr.Q_coeff().nrows(), u.nrows());
    householder::apply_block_householder_sequence_on_the_right_in_place_with_conj(
        qr.Q_basis(),
        qr.Q_coeff(),
        Conj::No,
        u.as_mut(),
        get_global_parallelism(),
        MemStack::new(&mut MemBuffer::new(scratch)),
    );
    *columns = u.get(.., rank..).to_owned().into();
    rank
}

/// An orthonormal basis of everything orthogonal to the orthonormal columns of `basis`.
fn complement(basis: &Matrix) -> Matrix {
    let dim = basis.nrows();
    if basis.ncols() == 0 {
        return Matrix::identity(dim, dim);
    }
    basis.qr().compute_Q().get(.., basis.ncols()..).to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::sync::Arc;

    use faer::Mat;

    use super::super::properties::random;
    use super::*;

    /// In f32 a key that was removed leaves rounding, which is no direction of its own.
    #[test]
    fn a_key_is_removed_once_in_either_precision() {
        let (dim, keys) = (40, random(40, 3, 1));
        let whole = Matrix::identity(dim, dim);
        for basis in [
            Basis::Discarded(Columns::Single(Arc::new(Mat::zeros(dim, 0)))),
            Basis::Null(Columns::Single(Arc::new(Mat::from_fn(dim, dim, |i, j| whole[(i, j)] as f32)))),
            Basis::Discarded(Columns::Wide(Arc::new(Matrix::zeros(dim, 0)))),
            Basis::Null(Columns::Wide(Arc::new(whole.clone()))),
        ] {
            let mut projector = Projector { basis, cut: None, eigen: None };
            assert_eq!(projector.remove_span(&keys, 1e-9).unwrap(), 3);
            // What is kept in f32 stays so.
            if let Basis::Null(u) = &mut projector.basis
                && u.resolution() == 0.0
            {
                *u = Columns::Single(Arc::new(Mat::from_fn(dim, u.ncols(), |i, j| u.wide()[(i, j)] as f32)));
            }
            assert_eq!(projector.remove_span(&keys, 1e-9).unwrap(), 0);
            assert_eq!(projector.null_dimension(), dim - 3);
        }
    }
}
