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
        if columns.nrows() < SINGLE_FROM {
            Self::Wide(Arc::new(columns))
        } else {
            Self::Single(Arc::new(Mat::from_fn(columns.nrows(), columns.ncols(), |i, j| columns[(i, j)] as f32)))
        }
    }
}

impl Columns {
    /// Room for columns of that dimension, which [`Columns::set`] fills.
    pub(super) fn zeros(dim: usize, count: usize) -> Self {
        if dim < SINGLE_FROM { Self::Wide(Arc::new(Matrix::zeros(dim, count))) } else { Self::Single(Arc::new(Mat::zeros(dim, count))) }
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

    /// `sum <- sum + sign B B^T keys`.
    pub(super) fn add_span(&self, keys: MatrixRef<'_>, sign: f64, sum: &mut Matrix) {
        match self {
            Self::Wide(held) => add_span(held.as_ref().as_ref(), keys, sign, sum),
            Self::Single(held) => {
                for start in (0..held.ncols()).step_by(BLOCK) {
                    let columns = held.subcols(start, BLOCK.min(held.ncols() - start));
                    let columns = Matrix::from_fn(columns.nrows(), columns.ncols(), |i, j| f64::from(columns[(i, j)]));
                    add_span(columns.as_ref(), keys, sign, sum);
                }
            }
        }
    }
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
            (columns.wide().into_owned(), sum)
        });
        let expected = &keys - &all * (all.transpose() * &keys);
        for ((columns, sum), tolerance) in found.iter().zip([1e-12, 1e-5]) {
            assert!((columns - &all).norm_max() < tolerance && (sum - &expected).norm_max() < tolerance);
        }
        assert!((&found[0].0 - &found[1].0).norm_max() > 0.0);
    }
}
