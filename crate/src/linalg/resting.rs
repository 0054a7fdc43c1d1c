//! Matrices and weight changes that nothing is computed with for a while.

use std::borrow::Cow;

use super::columns::Columns;
use super::{LowRank, Matrix};
use crate::Result;

/// A matrix at rest: in f64, or in f32 where keys have so many dimensions that bases are kept in f32 too. Copies share it.
#[derive(Clone, Debug)]
pub struct Resting(Columns);

impl Resting {
    /// `matrix`, which belongs to keys of `d_in` dimensions.
    pub fn new(matrix: Matrix, d_in: usize) -> Self {
        Self(Columns::of_dimension(matrix, d_in))
    }

    /// It, in f64.
    pub fn wide(&self) -> Cow<'_, Matrix> {
        self.0.wide()
    }

    /// Number of columns.
    pub fn ncols(&self) -> usize {
        self.0.ncols()
    }
}

/// A [`LowRank`] at rest. The weights in force are in f32 whatever its factors are in.
#[derive(Clone, Debug)]
pub struct RestingUpdate {
    left: Resting,
    right: Resting,
}

impl From<LowRank> for RestingUpdate {
    fn from(update: LowRank) -> Self {
        let (left, right) = update.into_factors();
        let d_in = right.nrows();
        Self { left: Resting::new(left, d_in), right: Resting::new(right, d_in) }
    }
}

impl RestingUpdate {
    /// It, to compute with.
    ///
    /// # Errors
    /// None: the factors go together.
    pub fn low_rank(&self) -> Result<LowRank> {
        LowRank::new(self.left.wide().into_owned(), self.right.wide().into_owned())
    }

    /// `d_out` and `d_in`.
    pub fn shape(&self) -> [usize; 2] {
        [self.left.0.nrows(), self.right.0.nrows()]
    }

    /// Number of columns of the factors.
    pub fn rank(&self) -> usize {
        self.left.ncols()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::super::properties::random;
    use super::*;

    #[test]
    fn small_ones_rest_as_they_are_and_large_ones_in_f32() {
        let (left, right) = (random(5, 2, 1), random(9, 2, 2));
        let resting = RestingUpdate::from(LowRank::new(left.clone(), right.clone()).unwrap());
        assert_eq!((resting.shape(), resting.rank()), ([5, 9], 2));
        let again = resting.low_rank().unwrap();
        assert!(*again.left() == left && *again.right() == right);
        // The side that is not as wide as the keys goes with the other.
        let single = Resting::new(left.clone(), 14_336);
        assert!(*single.wide() != left && (&*single.wide() - &left).norm_max() < 1e-7);
        assert!(*Resting::new(left.clone(), 4864).wide() == left);
    }
}
