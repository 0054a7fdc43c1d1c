//! Symmetric matrices of which only the lower triangle is kept, in panels of rows.

use std::ops::{Index, IndexMut, Range};

use faer::Mat;

/// Rows of a panel. A matrix of fewer is one panel, a square of which the upper triangle is not used. Tests have small matrices and several panels.
pub(super) const PANEL: usize = if cfg!(test) { 16 } else { 2048 };

/// The lower triangle of a `dim x dim` matrix. Panel `p` has the rows from 2,048 p on and the columns up to its last row: half of the
/// matrix, and half of the blocks on the diagonal.
#[derive(Clone, Debug)]
pub struct Staircase<T> {
    dim: usize,
    panels: Vec<Mat<T>>,
}

impl<T: Copy + Default> Staircase<T> {
    /// Zero.
    pub fn zeros(dim: usize) -> Self {
        let panel = |start: usize| {
            let end = dim.min(start + PANEL);
            Mat::from_fn(end - start, end, |_, _| T::default())
        };
        Self { dim, panels: (0..dim).step_by(PANEL).map(panel).collect() }
    }
}

impl<T> Staircase<T> {
    /// Number of rows.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The panels with their rows, from the top.
    pub fn panels(&self) -> impl DoubleEndedIterator<Item = (Range<usize>, &Mat<T>)> {
        self.panels.iter().map(|panel| (panel.ncols() - panel.nrows()..panel.ncols(), panel))
    }

    /// The panels with their rows, from the top, to change. Above the diagonal they hold what they like.
    pub fn panels_mut(&mut self) -> impl Iterator<Item = (Range<usize>, &mut Mat<T>)> {
        self.panels.iter_mut().map(|panel| (panel.ncols() - panel.nrows()..panel.ncols(), panel))
    }

    /// The panels above the one of that number, and that one.
    pub(super) fn split_at(&mut self, number: usize) -> Option<(&[Mat<T>], &mut Mat<T>)> {
        let (above, from) = self.panels.split_at_mut_checked(number)?;
        Some((above, from.first_mut()?))
    }

    /// Number of panels.
    pub(super) fn count(&self) -> usize {
        self.panels.len()
    }
}

impl<T> Index<(usize, usize)> for Staircase<T> {
    type Output = T;

    /// An entry of the lower triangle, by row and column.
    fn index(&self, (row, column): (usize, usize)) -> &T {
        &self.panels[row / PANEL][(row % PANEL, column)]
    }
}

impl<T> IndexMut<(usize, usize)> for Staircase<T> {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut T {
        &mut self.panels[row / PANEL][(row % PANEL, column)]
    }
}
