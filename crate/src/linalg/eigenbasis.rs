//! What a projector is made of, to the last bit: the spectrum of a covariance and eigenvectors.

use std::ops::Range;
use std::sync::Arc;

use super::columns::{Columns, column_bytes};
use super::halves::Halves;
use super::{KeyCovariance, Projector, SymmetricEigen, Threshold};
use crate::{Result, ensure};

/// All eigenvalues of a key covariance, and of its eigenvectors those that are kept: all of a small covariance
/// ([`KeyCovariance::is_small`]), of which everything else follows; of a large one those that the projector at a threshold is stored as, whichever
/// of the two complementary bases is the smaller.
#[derive(Clone, Debug)]
pub struct Eigenbasis {
    values: Vec<f64>,
    vectors: Vectors,
}

#[derive(Clone, Debug)]
enum Vectors {
    All(Arc<SymmetricEigen>),
    Part(Columns),
}

impl Eigenbasis {
    /// Decomposes a covariance for its projector at `threshold`: a large one that nobody else has where it lies, and only the basis is formed.
    ///
    /// # Errors
    /// The threshold is out of range or the eigendecomposition fails.
    pub fn of(covariance: KeyCovariance, threshold: Threshold) -> Result<Self> {
        if covariance.keeps_decomposition() {
            let eigen = covariance.eigen()?;
            threshold.cut(&eigen.values)?;
            return Ok(Self { values: eigen.values.clone(), vectors: Vectors::All(eigen) });
        }
        let halves = Halves::of(covariance.into_mean())?;
        let values = halves.values();
        let wanted = kept(&values, threshold)?;
        let (first, mut columns) = (wanted.start, Columns::zeros(values.len(), wanted.len()));
        halves.each_block(wanted, |start, block| columns.set(start - first, block.as_ref()));
        Ok(Self { values, vectors: Vectors::Part(columns) })
    }

    /// From its numbers: `values` ascending, and in `bytes` one vector after the other as [`Eigenbasis::each_vector`] gives them, for the
    /// projector at `threshold`.
    ///
    /// # Errors
    /// A value is not finite, the values are not in order, or the bytes are not those of so many vectors.
    pub fn from_numbers(values: Vec<f64>, bytes: &[u8], threshold: Threshold) -> Result<Self> {
        let dim = values.len();
        let ordered = values.windows(2).all(|pair| pair[0] <= pair[1]);
        ensure!(ordered && values.iter().all(|value| value.is_finite()), Data, "the {dim} eigenvalues are not finite numbers in order");
        let small = KeyCovariance::is_small(dim);
        let wanted = if small { 0..dim } else { kept(&values, threshold)? };
        let expected = dim.checked_mul(wanted.len()).and_then(|numbers| numbers.checked_mul(Self::width(dim)));
        ensure!(
            expected == Some(bytes.len()),
            Data,
            "{} bytes of eigenvectors are not those of {} in {dim} dimensions",
            bytes.len(),
            wanted.len()
        );
        let vectors = Columns::from_le_bytes(bytes, dim, wanted.len());
        ensure!(vectors.is_all_finite(), Data, "the eigenvectors hold values that are not finite");
        let vectors = match vectors {
            Columns::Wide(vectors) if small => {
                Vectors::All(Arc::new(SymmetricEigen { values: values.clone(), vectors: Arc::unwrap_or_clone(vectors) }))
            }
            part => Vectors::Part(part),
        };
        Ok(Self { values, vectors })
    }

    /// The ascending eigenvalues.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Number of eigenvectors.
    pub fn vectors(&self) -> usize {
        match &self.vectors {
            Vectors::All(eigen) => eigen.vectors.ncols(),
            Vectors::Part(columns) => columns.ncols(),
        }
    }

    /// Bytes of a vector's entry in `dim` dimensions: 4 where bases are kept in f32, else 8.
    pub fn width(dim: usize) -> usize {
        Columns::width(dim)
    }

    /// Passes each vector to `take`, its entries one after the other, little-endian.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn each_vector(&self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match &self.vectors {
            Vectors::All(eigen) => (0..eigen.vectors.ncols()).try_for_each(|at| take(&column_bytes(&eigen.vectors, at))),
            Vectors::Part(columns) => (0..columns.ncols()).try_for_each(|at| take(&columns.to_le_bytes(at))),
        }
    }

    /// The whole decomposition, where it is kept.
    pub fn eigen(&self) -> Option<&Arc<SymmetricEigen>> {
        match &self.vectors {
            Vectors::All(eigen) => Some(eigen),
            Vectors::Part(_) => None,
        }
    }

    /// The projector onto the eigenvectors whose eigenvalues `threshold` calls null.
    ///
    /// # Errors
    /// The threshold is out of range, or the eigenvectors are those of another one.
    pub fn projector(self, threshold: Threshold) -> Result<Projector> {
        match self.vectors {
            Vectors::All(eigen) => Projector::of_decomposition(&eigen, threshold),
            Vectors::Part(columns) => Projector::of_part(columns, threshold.cut(&self.values)?),
        }
    }
}

/// Which of ascending eigenvalues have the eigenvectors that the projector at `threshold` is stored as.
fn kept(values: &[f64], threshold: Threshold) -> Result<Range<usize>> {
    let cut = threshold.cut(values)?;
    Ok(if cut.stores_discarded() { cut.null..values.len() } else { 0..cut.null })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::super::Matrix;
    use super::super::properties::with_spectrum;
    use super::*;

    fn bytes(basis: &Eigenbasis) -> Vec<u8> {
        let mut bytes = Vec::new();
        let taken = basis.each_vector(|vector| {
            bytes.extend_from_slice(vector);
            Ok(())
        });
        taken.unwrap();
        bytes
    }

    #[test]
    fn numbers_give_the_same_projector_to_the_last_bit() {
        let probes = |dim: usize| Matrix::from_fn(dim, 3, |i, j| ((i + 7 * j) as f64).cos());
        let spectrum: Vec<f64> = (0..40).map(|i| 0.7_f64.powi(40 - i)).collect();
        let covariance = KeyCovariance::from_mean(with_spectrum(&spectrum, 5), 100.0).unwrap();
        for threshold in [Threshold::Absolute(1e-3), Threshold::EnergyShare(0.05), Threshold::Absolute(1e9)] {
            let basis = Eigenbasis::of(covariance.clone(), threshold).unwrap();
            let read = Eigenbasis::from_numbers(basis.values().to_vec(), &bytes(&basis), threshold).unwrap();
            assert_eq!((read.vectors(), read.values()), (40, basis.values()));
            let expected = Projector::from_covariance(&covariance, threshold).unwrap();
            let found = read.projector(threshold).unwrap();
            assert_eq!(found.spectrum_cut(), expected.spectrum_cut());
            assert!(found.apply(&probes(40)).unwrap() == expected.apply(&probes(40)).unwrap());
        }
    }

    /// Beyond the dimension up to which decompositions are kept the basis alone is.
    #[test]
    fn of_a_large_covariance_the_basis_alone_is_kept() {
        let dim = 2050;
        let keys = Matrix::from_fn(dim, 12, |i, j| ((i * (j + 1)) as f64 * 0.37).sin() / (1.0 + j as f64));
        let mut covariance = KeyCovariance::new(dim);
        covariance.add_keys(keys.as_ref(), 1.0).unwrap();
        let threshold = Threshold::Absolute(1e-9);
        let basis = Eigenbasis::of(covariance.clone(), threshold).unwrap();
        assert!(basis.eigen().is_none() && basis.vectors() == 12 && bytes(&basis).len() == 12 * dim * 8);
        let read = Eigenbasis::from_numbers(basis.values().to_vec(), &bytes(&basis), threshold).unwrap();
        let (found, expected) = (read.projector(threshold).unwrap(), Projector::of(covariance, threshold).unwrap());
        let probes = Matrix::from_fn(dim, 2, |i, j| ((i + 7 * j) as f64).cos());
        assert!(found.apply(&probes).unwrap() == expected.apply(&probes).unwrap());
        // The vectors of another threshold are not those.
        for (vectors, threshold) in [(bytes(&basis), Threshold::Absolute(1e9)), (bytes(&basis)[8..].to_vec(), threshold)] {
            let error = Eigenbasis::from_numbers(basis.values().to_vec(), &vectors, threshold).unwrap_err();
            assert!(error.message().contains("bytes of eigenvectors"), "{error}");
        }
        assert!(basis.projector(Threshold::Absolute(1e9)).is_err());
    }

    #[test]
    fn numbers_that_are_no_spectrum_are_refused() {
        let vectors = [1.0_f64, 0.0, 0.0, 1.0].map(f64::to_le_bytes).concat();
        let read = |values: &[f64], bytes: &[u8]| Eigenbasis::from_numbers(values.to_vec(), bytes, Threshold::Absolute(1.0));
        assert!(read(&[0.5, 2.0], &vectors).is_ok());
        assert!(read(&[2.0, 0.5], &vectors).is_err() && read(&[0.5, f64::NAN], &vectors).is_err() && read(&[0.5], &vectors).is_err());
        assert!(read(&[0.5, 2.0], &[f64::NAN, 0.0, 0.0, 1.0].map(f64::to_le_bytes).concat()).is_err());
    }
}
