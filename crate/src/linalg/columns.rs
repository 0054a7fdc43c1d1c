//! Orthonormal columns, in f64 or, where they are large, in f32.

use std::borrow::Cow;
use std::sync::Arc;

use faer::Mat;

use super::basis::add_span;
use super::{Matrix, MatrixRef};

/// Dimension from which columns are kept in f32, where a basis of five layers takes more than the weights of a packed model. The statistics that
/// it is made of are in f32, and the projector has f32's resolution: what it removes of a key is 6e-8 of it off.
const SINGLE_FROM: usize = 8_000;
/// Columns that are converted together.
const BLOCK: usize = 512;

/// `B` with orthonormal columns. Copies share it.
#[derive(Clone, Debug)]
pub(super) enum Columns {
    Wide(Arc<Matrix>),
    Single(Arc<Mat<f32>>),
}

impl From<Matrix> for Columns {
    fn from(columns: Matrix) -> Self {
        let dim = columns.nrows();
        Self::of_dimension(columns, dim)
    }
}

impl Columns {
    /// Columns in the precision of keys of `dim` dimensions.
    pub(super) fn of_dimension(columns: Matrix, dim: usize) -> Self {
        if dim < SINGLE_FROM {
            Self::Wide(Arc::new(columns))
        } else {
            Self::Single(Arc::new(Mat::from_fn(columns.nrows(), columns.ncols(), |i, j| columns[(i, j)] as f32)))
        }
    }

    /// Room for columns of that dimension, which [`Columns::set`] fills.
    pub(super) fn zeros(dim: usize, count: usize) -> Self {
        if dim < SINGLE_FROM { Self::Wide(Arc::new(Matrix::zeros(dim, count))) } else { Self::Single(Arc::new(Mat::zeros(dim, count))) }
    }

    /// Bytes of an entry in `dim` dimensions.
    pub(super) fn width(dim: usize) -> usize {
        if dim < SINGLE_FROM { 8 } else { 4 }
    }

    /// Those whose entries `bytes` has, column by column, in the precision of the dimension.
    pub(super) fn from_le_bytes(bytes: &[u8], dim: usize, count: usize) -> Self {
        let at = |row: usize, column: usize| column * dim + row;
        if dim < SINGLE_FROM {
            let entries = bytes.as_chunks::<8>().0;
            Self::Wide(Arc::new(Matrix::from_fn(dim, count, |row, column| f64::from_le_bytes(entries[at(row, column)]))))
        } else {
            let entries = bytes.as_chunks::<4>().0;
            Self::Single(Arc::new(Mat::from_fn(dim, count, |row, column| f32::from_le_bytes(entries[at(row, column)]))))
        }
    }

    /// The entries of a column, as [`Columns::from_le_bytes`] takes them.
    pub(super) fn to_le_bytes(&self, column: usize) -> Vec<u8> {
        match self {
            Self::Wide(held) => column_bytes(held, column),
            Self::Single(held) => held.col(column).iter().flat_map(|entry| entry.to_le_bytes()).collect(),
        }
    }

    /// Whether no entry is infinite or not a number.
    pub(super) fn is_all_finite(&self) -> bool {
        match self {
            Self::Wide(held) => held.is_all_finite(),
            Self::Single(held) => held.is_all_finite(),
        }
    }

    /// Puts `columns` in place of those from `start` on.
    pub(super) fn set(&mut self, start: usize, columns: MatrixRef<'_>) {
        match self {
            Self::Wide(held) => Arc::make_mut(held).as_mut().subcols_mut(start, columns.ncols()).copy_from(columns),
            Self::Single(held) => {
                let target = Arc::make_mut(held).as_mut().subcols_mut(start, columns.ncols());
                for (to, from) in target.col_iter_mut().zip(columns.col_iter()) {
                    to.iter_mut().zip(from.iter()).for_each(|(to, from)| *to = *from as f32);
                }
            }
        }
    }

    /// Appends orthonormal columns that are orthogonal to these.
    pub(super) fn append(&mut self, columns: MatrixRef<'_>) {
        let (dim, before) = (self.nrows(), self.ncols());
        match self {
            Self::Wide(held) => Arc::make_mut(held).resize_with(dim, before + columns.ncols(), |_, _| 0.0),
            Self::Single(held) => Arc::make_mut(held).resize_with(dim, before + columns.ncols(), |_, _| 0.0),
        }
        self.set(before, columns);
    }

    /// What rounding leaves of a unit vector that lies in their span.
    pub(super) fn resolution(&self) -> f64 {
        match self {
            Self::Wide(_) => 0.0,
            Self::Single(_) => 1e-6,
        }
    }

    pub(super) fn nrows(&self) -> usize {
        match self {
            Self::Wide(held) => held.nrows(),
            Self::Single(held) => held.nrows(),
        }
    }

    pub(super) fn ncols(&self) -> usize {
        match self {
            Self::Wide(held) => held.ncols(),
            Self::Single(held) => held.ncols(),
        }
    }

    /// They, in f64.
    pub(super) fn wide(&self) -> Cow<'_, Matrix> {
        match self {
            Self::Wide(held) => Cow::Borrowed(held),
            Self::Single(held) => Cow::Owned(Mat::from_fn(held.nrows(), held.ncols(), |i, j| f64::from(held[(i, j)]))),
        }
    }

    /// `B^T keys`.
    pub(super) fn coordinates(&self, keys: MatrixRef<'_>) -> Matrix {
        let mut coordinates = Matrix::zeros(self.ncols(), keys.ncols());
        self.each_block(|start, block| {
            coordinates.as_mut().subrows_mut(start, block.ncols()).copy_from(block.transpose() * keys);
        });
        coordinates
    }

    /// `B coordinates`.
    pub(super) fn combined(&self, coordinates: MatrixRef<'_>) -> Matrix {
        let mut sum = Matrix::zeros(self.nrows(), coordinates.ncols());
        self.each_block(|start, block| sum += block * coordinates.subrows(start, block.ncols()));
        sum
    }

    /// Passes the columns to `take` in f64, with the number of the first: all together where they are in f64, else some at a time.
    fn each_block(&self, mut take: impl FnMut(usize, MatrixRef<'_>)) {
        match self {
            Self::Wide(held) => take(0, held.as_ref().as_ref()),
            Self::Single(held) => {
                for start in (0..held.ncols()).step_by(BLOCK) {
                    let columns = held.subcols(start, BLOCK.min(held.ncols() - start));
                    take(start, Matrix::from_fn(columns.nrows(), columns.ncols(), |i, j| f64::from(columns[(i, j)])).as_ref());
                }
            }
        }
    }

    /// `sum <- sum + sign B B^T keys`.
    pub(super) fn add_span(&self, keys: MatrixRef<'_>, sign: f64, sum: &mut Matrix) {
        self.each_block(|_, block| add_span(block, keys, sign, sum));
    }
}

/// The entries of a column of a matrix in f64.
pub(super) fn column_bytes(matrix: &Matrix, column: usize) -> Vec<u8> {
    matrix.col(column).iter().flat_map(|entry| entry.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::properties::random;
    use super::*;

    #[test]
    fn columns_in_f32_are_those_in_f64_to_rounding() {
        let (first, more, keys) = (random(40, 3, 1), random(40, 2, 2), random(40, 4, 3));
        let all = super::super::side_by_side([first.as_ref(), more.as_ref()]).unwrap_or_else(|error| panic!("{error}"));
        let found = [Columns::Wide(Arc::new(Matrix::zeros(40, 3))), Columns::Single(Arc::new(Mat::zeros(40, 3)))].map(|mut columns| {
            columns.set(0, first.as_ref());
            columns.append(more.as_ref());
            let mut sum = keys.clone();
            columns.add_span(keys.as_ref(), -1.0, &mut sum);
            let turned = columns.combined(columns.coordinates(keys.as_ref()).as_ref());
            assert!((&turned + &sum - &keys).norm_max() < 1e-5);
            (columns.wide().into_owned(), sum)
        });
        let expected = &keys - &all * (all.transpose() * &keys);
        for ((columns, sum), tolerance) in found.iter().zip([1e-12, 1e-5]) {
            assert!((columns - &all).norm_max() < tolerance && (sum - &expected).norm_max() < tolerance);
        }
        assert!((&found[0].0 - &found[1].0).norm_max() > 0.0);
    }
}
