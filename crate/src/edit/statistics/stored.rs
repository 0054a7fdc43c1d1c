//! The key covariance of a layer where it lies: in memory, in a file that is mapped, or in several that are averaged.

use std::ops::Range;
use std::sync::Arc;

use crate::Result;
use crate::edit::projector_file::ProjectorFile;
use crate::linalg::{
    CovarianceFactor, KeyCovariance, KeyProducts, Matrix, Projector, Staircase, Threshold, check_covariance, for_each_pair,
};
use crate::model::quant::Bytes;
use crate::{bail, ensure};

/// Rows of a matrix that are formed together on the way into a file.
pub(super) const ROWS: usize = 64;

/// The key covariance of a layer. Small ones are held as they are used. Of others nothing is in memory that a file has: at 14,336 dimensions
/// the matrix in f64 takes 1.6 GB, so a layer's is loaded where something is made of it, and given up. Cheap to copy.
#[derive(Clone, Debug)]
pub struct StoredCovariance {
    dim: usize,
    count: f64,
    held: Held,
    /// The projector of a large one, where a file has it.
    projector: Option<Arc<ProjectorFile>>,
}

#[derive(Clone, Debug)]
enum Held {
    Matrix(KeyCovariance),
    /// Numbers in order, little-endian.
    Numbers(Bytes, Form),
    /// The mean of several, weighed by their counts.
    Mean(Arc<Vec<StoredCovariance>>),
}

/// How a file holds a symmetric matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `[d, d]` in f32.
    Square,
    /// `[d, d]` in f64.
    WideSquare,
    /// `[d (d + 1) / 2]` in f32: row by row up to the diagonal.
    Triangle,
}

impl From<KeyCovariance> for StoredCovariance {
    fn from(covariance: KeyCovariance) -> Self {
        Self { dim: covariance.dim(), count: covariance.count(), held: Held::Matrix(covariance), projector: None }
    }
}

impl StoredCovariance {
    /// Of numbers in a file.
    ///
    /// # Errors
    /// They are not as many as the form has, or no covariance.
    pub(super) fn of_numbers(bytes: Bytes, form: Form, dim: usize, count: f64) -> Result<Self> {
        let (numbers, width) = match form {
            Form::Square => (dim.checked_mul(dim), 4),
            Form::WideSquare => (dim.checked_mul(dim), 8),
            Form::Triangle => (dim.checked_add(1).and_then(|more| dim.checked_mul(more)).map(|twice| twice / 2), 4),
        };
        ensure!(
            numbers.and_then(|n| n.checked_mul(width)) == Some(bytes.len()),
            Data,
            "{} bytes hold no matrix of {dim} rows",
            bytes.len()
        );
        let data = bytes.as_slice();
        check_covariance(dim, count, |row, column| number(data, form, dim, row, column))?;
        Self { dim, count, held: Held::Numbers(bytes, form), projector: None }.held_as_used()
    }

    /// Of sums over `count` keys.
    pub(super) fn of_sums(sums: &KeyProducts, dim: usize, count: f64) -> Result<Self> {
        let rows = |take: &mut dyn FnMut(&[f64]) -> Result<()>| {
            let mut row = Vec::with_capacity(dim);
            sums.each_row(|sums| {
                row.clear();
                row.extend(sums.iter().map(|&sum| f64::from(sum) / count));
                take(&row)
            })
        };
        Self::of_rows(rows, dim, count)
    }

    /// Of the rows of the lower triangle, which `rows` gives in order: in f64 if it is small, else in f32, as in a file.
    pub(super) fn of_rows(rows: impl FnOnce(&mut dyn FnMut(&[f64]) -> Result<()>) -> Result<()>, dim: usize, count: f64) -> Result<Self> {
        if KeyCovariance::is_small(dim) {
            let (mut mean, mut at) = (Matrix::zeros(dim, dim), 0);
            rows(&mut |row| {
                row.iter().enumerate().for_each(|(column, &entry)| mean[(at, column)] = entry);
                at += 1;
                Ok(())
            })?;
            check_covariance(dim, count, |i, j| mean[(i.max(j), i.min(j))])?;
            return Ok(KeyCovariance::from_lower(mean, count).into());
        }
        let mut bytes = Vec::with_capacity(2 * dim * (dim + 1));
        rows(&mut |row| {
            bytes.extend(row.iter().flat_map(|&entry| (entry as f32).to_le_bytes()));
            Ok(())
        })?;
        Self::of_numbers(Bytes::new(bytes), Form::Triangle, dim, count)
    }

    fn held_as_used(self) -> Result<Self> {
        if KeyCovariance::is_small(self.dim) { Ok(self.load()?.into()) } else { Ok(self) }
    }

    /// The same where it takes least memory: a large one in f32, as in a file.
    ///
    /// # Errors
    /// It cannot be formed.
    pub fn at_rest(self) -> Result<Self> {
        if KeyCovariance::is_small(self.dim) {
            return self.held_as_used();
        }
        // The columns of a matrix lie together, and its triangles are equal.
        let row = |row| (0..=row).map(|column| self.entry(column, row)).collect::<Vec<f64>>();
        Self::of_rows(|take| (0..self.dim).try_for_each(|at| take(&row(at))), self.dim, self.count)
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of keys.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// An entry.
    fn entry(&self, row: usize, column: usize) -> f64 {
        match &self.held {
            Held::Matrix(covariance) => covariance.mean()[(row, column)],
            Held::Numbers(bytes, Form::Triangle) => number(bytes.as_slice(), Form::Triangle, self.dim, row, column),
            Held::Numbers(bytes, form) => {
                let at = |row, column| number(bytes.as_slice(), *form, self.dim, row, column);
                0.5 * (at(row, column) + at(column, row))
            }
            Held::Mean(parts) => parts.iter().map(|part| part.count / self.count * part.entry(row, column)).sum(),
        }
    }

    /// Mean squares of the keys' entries, the diagonal.
    pub fn variances(&self) -> Vec<f64> {
        (0..self.dim).map(|i| self.entry(i, i)).collect()
    }

    /// Mean squared norm of a key.
    pub fn trace(&self) -> f64 {
        self.variances().iter().sum()
    }

    /// The covariance, in f64.
    ///
    /// # Errors
    /// It cannot be formed.
    pub fn load(&self) -> Result<KeyCovariance> {
        if let Held::Matrix(covariance) = &self.held {
            return Ok(covariance.clone());
        }
        ensure!(self.dim.checked_mul(self.dim).is_some(), Data, "a matrix of {0} x {0} entries is too large", self.dim);
        let mut mean = Matrix::zeros(self.dim, self.dim);
        for_each_pair(self.dim, |row, column| mean[(row, column)] = self.entry(row, column));
        Ok(KeyCovariance::from_lower(mean, self.count))
    }

    /// The same, whose projector is in `file`.
    ///
    /// # Errors
    /// The projector has another dimension; `Data`: a small one's decomposition is not as it was written.
    pub fn with_projector(self, file: ProjectorFile) -> Result<Self> {
        ensure!(file.dim() == self.dim, Data, "is of {} dimensions, and the key statistics have {}", file.dim(), self.dim);
        Ok(match (self.held, file.decomposition()?) {
            (Held::Matrix(covariance), Some(eigen)) => {
                Self { held: Held::Matrix(covariance.with_eigen(eigen)?), dim: self.dim, count: self.count, projector: None }
            }
            (held, _) => Self { held, dim: self.dim, count: self.count, projector: Some(Arc::new(file)) },
        })
    }

    /// Whether a file has the projector at `threshold` of a covariance that would take long to decompose.
    pub fn has_projector(&self, threshold: Threshold) -> bool {
        self.projector.as_ref().is_some_and(|file| file.key().threshold == threshold)
    }

    /// The projector at `threshold`: from its file, or decomposed.
    ///
    /// # Errors
    /// The threshold is out of range, the decomposition does not converge, or the file is damaged.
    pub fn projector(&self, threshold: Threshold) -> Result<Projector> {
        match &self.projector {
            Some(file) if self.has_projector(threshold) => file.eigenbasis()?.projector(threshold),
            _ => Projector::of(self.load()?, threshold),
        }
    }

    /// Its Cholesky factor with `ridge`, a share of the mean variance, on the diagonal; nothing but the triangle is loaded for it.
    ///
    /// # Errors
    /// As [`CovarianceFactor::with_ridge`].
    pub fn factor(&self, ridge: f64) -> Result<CovarianceFactor> {
        if let Held::Matrix(covariance) = &self.held {
            return CovarianceFactor::with_ridge(covariance, ridge);
        }
        CovarianceFactor::of_lower(ridge, || {
            let mut lower = Staircase::zeros(self.dim);
            for_each_pair(self.dim, |row, column| lower[(row, column)] = self.entry(row, column));
            Ok(lower)
        })
    }

    /// The first `count` entries of the rows `rows`, one row after the other, in f32.
    pub(super) fn rows(&self, rows: Range<usize>, count: usize) -> Vec<f32> {
        let mut values = vec![0.0; rows.len() * count];
        for columns in (0..count).step_by(ROWS) {
            for (values, row) in values.chunks_exact_mut(count.max(1)).zip(rows.clone()) {
                (columns..(columns + ROWS).min(count)).for_each(|column| values[column] = self.entry(row, column) as f32);
            }
        }
        values
    }

    /// That of both sets of keys, formed where it is used.
    ///
    /// # Errors
    /// The dimensions differ.
    pub(super) fn merge(&self, other: &Self) -> Result<Self> {
        if let (Held::Matrix(ours), Held::Matrix(theirs)) = (&self.held, &other.held) {
            return Ok(ours.merge(theirs)?.into());
        }
        if self.dim != other.dim {
            bail!(Numerics, "cannot merge key covariances of dimension {} and {}", self.dim, other.dim);
        }
        let parts = |of: &Self| match &of.held {
            Held::Mean(parts) => parts.to_vec(),
            Held::Matrix(_) | Held::Numbers(..) => vec![of.clone()],
        };
        let held = Held::Mean(Arc::new(parts(self).into_iter().chain(parts(other)).collect()));
        Ok(Self { dim: self.dim, count: self.count + other.count, held, projector: None })
    }
}

/// A number of a matrix in that form.
fn number(bytes: &[u8], form: Form, dim: usize, row: usize, column: usize) -> f64 {
    let single = |at: usize| bytes.as_chunks::<4>().0.get(at).map_or(f64::NAN, |&bytes| f64::from(f32::from_le_bytes(bytes)));
    match form {
        Form::Square => single(row * dim + column),
        Form::WideSquare => bytes.as_chunks::<8>().0.get(row * dim + column).map_or(f64::NAN, |&bytes| f64::from_le_bytes(bytes)),
        Form::Triangle => {
            let (row, column) = (row.max(column), row.min(column));
            single(row * (row + 1) / 2 + column)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const DIM: usize = 70;

    fn covariance(seed: usize) -> KeyCovariance {
        let keys = Matrix::from_fn(DIM, 2 * DIM, |i, j| ((i * 7919 + j * 104_729 + i * j * 31 + seed) % 1013) as f64 / 1013.0 - 0.5);
        let mut covariance = KeyCovariance::new(DIM);
        covariance.add_keys(keys.as_ref(), 1.0).unwrap();
        covariance
    }

    /// Numbers as a file has them, which a small covariance would not be left in.
    fn stored(covariance: &KeyCovariance, form: Form) -> StoredCovariance {
        let mean = covariance.mean();
        let columns = |row: usize| if form == Form::Triangle { row + 1 } else { DIM };
        let entries = (0..DIM).flat_map(|row| (0..columns(row)).map(move |column| mean[(row, column)]));
        let bytes: Vec<u8> = match form {
            Form::WideSquare => entries.flat_map(f64::to_le_bytes).collect(),
            Form::Square | Form::Triangle => entries.flat_map(|entry| (entry as f32).to_le_bytes()).collect(),
        };
        StoredCovariance { dim: DIM, count: covariance.count(), held: Held::Numbers(Bytes::new(bytes), form), projector: None }
    }

    #[test]
    fn every_form_is_the_same_matrix() {
        let expected = covariance(0);
        let rhs = Matrix::from_fn(DIM, 2, |i, j| (i + j) as f64);
        let solved = CovarianceFactor::new(&expected).unwrap().solve(&rhs).unwrap();
        for (form, tolerance) in [(Form::Square, 1e-6), (Form::WideSquare, 1e-15), (Form::Triangle, 1e-6)] {
            let stored = stored(&expected, form);
            let loaded = stored.load().unwrap();
            assert!((loaded.mean() - expected.mean()).norm_max() < tolerance, "{form:?}");
            assert!((0..DIM).all(|i| (0..i).all(|j| loaded.mean()[(i, j)] == loaded.mean()[(j, i)])));
            assert_eq!((stored.trace(), stored.count()), (loaded.trace(), expected.count()));
            // The triangle alone gives the factor of the whole.
            let whole = CovarianceFactor::new(&loaded).unwrap().solve(&rhs).unwrap();
            assert_eq!((stored.factor(0.0).unwrap().solve(&rhs).unwrap() - &whole).norm_max(), 0.0);
            assert!((whole - &solved).norm_l2() < 1e4 * tolerance * solved.norm_l2());
            let rows = stored.rows(5..7, DIM);
            assert!((0..2 * DIM).all(|at| rows[at] == loaded.mean()[(5 + at / DIM, at % DIM)] as f32));
        }
    }

    #[test]
    fn parts_are_averaged_where_they_lie() {
        let (one, two) = (covariance(0), covariance(1).with_count(30.0).unwrap());
        let expected = one.merge(&two).unwrap().merge(&one).unwrap();
        let [a, b] = [stored(&one, Form::WideSquare), stored(&two, Form::WideSquare)];
        for merged in [a.merge(&b).unwrap().merge(&a).unwrap(), a.merge(&b.merge(&a).unwrap()).unwrap()] {
            assert_eq!(merged.count(), expected.count());
            assert!((merged.load().unwrap().mean() - expected.mean()).norm_max() < 1e-15);
        }
        let small = StoredCovariance::from(KeyCovariance::new(3));
        assert!(a.merge(&small).is_err());
    }

    #[test]
    fn what_is_no_covariance_is_refused() {
        let numbers = |values: &[f32]| Bytes::new(values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
        let read = |values: &[f32], form, dim| StoredCovariance::of_numbers(numbers(values), form, dim, 4.0);
        assert!(read(&[1.0, 0.5, 0.5, 1.0], Form::Square, 2).is_ok() && read(&[1.0, 0.5, 1.0], Form::Triangle, 2).is_ok());
        for (values, form, says) in [
            (&[1.0, 0.5, 0.7, 1.0][..], Form::Square, "symmetric"),
            (&[1.0, f32::NAN, f32::NAN, 1.0], Form::Square, "finite"),
            (&[1.0, 0.5, -1.0], Form::Triangle, "negative"),
            (&[1.0, 0.5], Form::Triangle, "bytes"),
        ] {
            let error = read(values, form, 2).unwrap_err();
            assert!(error.message().contains(says), "{error}");
        }
    }
}
