//! A weight change in the form that holds it exactly: thin factors, factors of which some products count, or every entry.

use std::sync::Arc;

use super::dense::{ensure_finite, ensure_rows};
use super::{LowRank, Matrix};
use crate::{Result, ensure};

/// Rows of a change that is not low-rank that are floats on the host at a time.
const BLOCK_ROWS: usize = 256;

/// The change of a matrix `d_out x d_in` that a step makes.
#[derive(Clone, Debug)]
pub enum Update {
    /// `left right^T`.
    LowRank(LowRank),
    /// Some entries of `left right^T`.
    Masked(MaskedUpdate),
    /// Any matrix.
    Dense(DenseUpdate),
}

impl Update {
    /// `d_out` and `d_in`.
    pub fn shape(&self) -> [usize; 2] {
        match self {
            Self::LowRank(update) => [update.left().nrows(), update.right().nrows()],
            Self::Masked(update) => [update.factors.left().nrows(), update.factors.right().nrows()],
            Self::Dense(update) => [update.rows, update.cols],
        }
    }

    /// Columns of the factors, at least the rank; of a change that has none, its rows.
    pub fn columns(&self) -> usize {
        match self {
            Self::LowRank(update) => update.rank(),
            Self::Masked(_) | Self::Dense(_) => self.shape()[0],
        }
    }

    /// Bytes that it takes up.
    pub fn bytes(&self) -> usize {
        let factors = |update: &LowRank| 8 * update.rank() * (update.left().nrows() + update.right().nrows());
        match self {
            Self::LowRank(update) => factors(update),
            Self::Masked(update) => factors(&update.factors) + update.factors.left().nrows() * update.factors.right().nrows() / 8,
            Self::Dense(update) => 4 * update.rows * update.cols,
        }
    }

    /// `Delta`, `d_out x d_in`.
    pub fn dense(&self) -> Matrix {
        match self {
            Self::LowRank(update) => update.dense(),
            Self::Masked(update) => update.rows(0, self.shape()[0]),
            Self::Dense(update) => update.rows(0, update.rows),
        }
    }

    /// `Delta K`.
    ///
    /// # Errors
    /// `keys` has another number of rows than `Delta` has columns, or is not finite.
    pub fn apply(&self, keys: &Matrix) -> Result<Matrix> {
        Ok(self.apply_each(&[keys])?.remove(0))
    }

    /// `Delta K` for each of several `K`: a change that is not low-rank is formed once for all, a block of rows at a time.
    ///
    /// # Errors
    /// As [`Update::apply`].
    pub fn apply_each(&self, keys: &[&Matrix]) -> Result<Vec<Matrix>> {
        if let Self::LowRank(update) = self {
            return keys.iter().map(|keys| update.apply(keys)).collect();
        }
        let [rows, cols] = self.shape();
        keys.iter().try_for_each(|keys| ensure_rows("keys", keys.as_ref(), cols, "the weight change"))?;
        let mut moved: Vec<Matrix> = keys.iter().map(|keys| Matrix::zeros(rows, keys.ncols())).collect();
        self.blocks(|from, block| {
            for (moved, keys) in moved.iter_mut().zip(keys) {
                moved.as_mut().subrows_mut(from, block.nrows()).copy_from(&block * *keys);
            }
        });
        Ok(moved)
    }

    /// `||Delta||_F`.
    pub fn frobenius_norm(&self) -> f64 {
        if let Self::LowRank(update) = self {
            return update.frobenius_norm();
        }
        let mut energy = 0.0;
        self.blocks(|_, block| energy += block.squared_norm_l2());
        energy.sqrt()
    }

    /// Passes the change to `each` as blocks of rows, with the first row's index.
    fn blocks(&self, mut each: impl FnMut(usize, Matrix)) {
        let rows = self.shape()[0];
        for from in (0..rows).step_by(BLOCK_ROWS) {
            let to = (from + BLOCK_ROWS).min(rows);
            match self {
                Self::LowRank(update) => each(from, rows_of(update, from, to)),
                Self::Masked(update) => each(from, update.rows(from, to)),
                Self::Dense(update) => each(from, update.rows(from, to)),
            }
        }
    }
}

impl From<LowRank> for Update {
    fn from(update: LowRank) -> Self {
        Self::LowRank(update)
    }
}

/// A change entry by entry, in the precision of the weights. Copies share the entries.
#[derive(Clone, Debug)]
pub struct DenseUpdate {
    rows: usize,
    cols: usize,
    values: Arc<[f32]>,
}

impl DenseUpdate {
    /// From the entries in row-major order.
    ///
    /// # Errors
    /// Their number is not `rows * cols`, or one is not finite.
    pub fn new(rows: usize, cols: usize, values: Vec<f32>) -> Result<Self> {
        ensure!(rows.checked_mul(cols) == Some(values.len()), Numerics, "a {rows}x{cols} weight change of {} entries", values.len());
        ensure!(values.iter().all(|value| value.is_finite()), Numerics, "a {rows}x{cols} weight change holds values that are not finite");
        Ok(Self { rows, cols, values: values.into() })
    }

    /// The entries in row-major order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    fn rows(&self, from: usize, to: usize) -> Matrix {
        Matrix::from_fn(to - from, self.cols, |row, col| f64::from(self.values[(from + row) * self.cols + col]))
    }
}

/// The entries of `left right^T` that a mask keeps; the others are 0. Copies share the mask.
#[derive(Clone, Debug)]
pub struct MaskedUpdate {
    factors: LowRank,
    /// A bit an entry in row-major order, the lowest bit of a byte first.
    kept: Arc<[u8]>,
}

impl MaskedUpdate {
    /// From the factors and a bit an entry of their product, in row-major order, the lowest bit of a byte first.
    ///
    /// # Errors
    /// The mask has another size.
    pub fn new(factors: LowRank, kept: Vec<u8>) -> Result<Self> {
        let entries = factors.left().nrows() * factors.right().nrows();
        ensure!(kept.len() == entries.div_ceil(8), Numerics, "a mask of {} bytes for {entries} entries of a weight change", kept.len());
        Ok(Self { factors, kept: kept.into() })
    }

    /// Keeps the `percent` of the entries with the largest `|Delta_ij / (W_ij + 1e-8)|`, to the nearest whole number; among equal ones
    /// those that come first (RECT, arXiv 2401.04700). `weights` is W in row-major order.
    ///
    /// # Errors
    /// `weights` has another size, or a value is not finite.
    pub fn largest_relative(factors: LowRank, weights: &[f32], percent: f64) -> Result<Self> {
        /// As published; keeps a weight of 0 from dividing.
        const OFFSET: f64 = 1e-8;
        let (rows, cols) = (factors.left().nrows(), factors.right().nrows());
        let entries = rows * cols;
        ensure!(weights.len() == entries, Numerics, "{} weights for a {rows}x{cols} change", weights.len());
        ensure!((0.0..=100.0).contains(&percent), Numerics, "the share of a change that is kept is 0 to 100 %, not {percent}");
        ensure_finite("the factors of a weight change", factors.left().as_ref())?;
        ensure_finite("the factors of a weight change", factors.right().as_ref())?;
        let mut relative: Vec<f32> = Vec::with_capacity(entries);
        let update = Update::LowRank(factors.clone());
        update.blocks(|from, block| {
            for (row, values) in block.row_iter().enumerate() {
                let weights = &weights[(from + row) * cols..];
                // A change of 0 is the smallest, even where the weight makes it 0 / 0.
                let ratio =
                    |(&delta, &weight): (&f64, &f32)| if delta == 0.0 { 0.0 } else { (delta / (f64::from(weight) + OFFSET)).abs() as f32 };
                relative.extend(values.iter().zip(weights).map(ratio));
            }
        });
        let count = (entries as f64 * percent / 100.0).round() as usize;
        let mut kept = vec![0_u8; entries.div_ceil(8)];
        if count > 0 {
            let mut sorted = relative.clone();
            let (_, &mut least, _) = sorted.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
            let above = relative.iter().filter(|&&ratio| ratio > least).count();
            let mut ties = count - above;
            for (entry, &ratio) in relative.iter().enumerate() {
                let tie = ratio == least && ties > 0;
                ties -= usize::from(tie);
                kept[entry / 8] |= u8::from(tie || ratio > least) << (entry % 8);
            }
        }
        Self::new(factors, kept)
    }

    /// The factors, of whose product the mask keeps a part.
    pub fn factors(&self) -> &LowRank {
        &self.factors
    }

    /// A bit an entry in row-major order, the lowest bit of a byte first.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Whether each entry is kept, in row-major order.
    pub fn mask(&self) -> impl Iterator<Item = bool> {
        let entries = self.factors.left().nrows() * self.factors.right().nrows();
        (0..entries).map(|entry| self.keeps(entry))
    }

    fn keeps(&self, entry: usize) -> bool {
        self.kept[entry / 8] >> (entry % 8) & 1 == 1
    }

    fn rows(&self, from: usize, to: usize) -> Matrix {
        let cols = self.factors.right().nrows();
        let mut block = rows_of(&self.factors, from, to);
        for col in 0..cols {
            for row in 0..to - from {
                if !self.keeps((from + row) * cols + col) {
                    block[(row, col)] = 0.0;
                }
            }
        }
        block
    }
}

/// Rows `from..to` of `left right^T`.
fn rows_of(factors: &LowRank, from: usize, to: usize) -> Matrix {
    let (left, right) = (factors.left().subrows(from, to - from), factors.right());
    if factors.rank() == 0 { Matrix::zeros(to - from, right.nrows()) } else { left * right.transpose() }
}
