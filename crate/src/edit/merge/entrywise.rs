//! Merges that choose entries: TIES and DARE.
//!
//! Entries are looked at a few rows at a time. What comes out has full rank and is kept as `I Delta` or `Delta I`, whichever identity is the
//! smaller: exact, and what the history of edits takes like any other update.

use rand::SeedableRng;
use rand::distr::{Distribution, StandardUniform};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::linalg::{LowRank, Matrix};

/// Rows of the updates that are dense at the same time.
const ROWS: usize = 64;

/// TIES (arXiv 2306.01708): of each update the `density` largest entries by magnitude; where their sum is positive the mean of the
/// positive ones, where it is negative that of the negative ones.
pub(super) fn ties(updates: &[LowRank], density: f64) -> Result<LowRank> {
    let thresholds: Vec<f64> = updates.iter().map(|update| threshold(update, density)).collect();
    combine(updates, |row, _| {
        let columns = row.first().map_or(0, Vec::len);
        (0..columns)
            .map(|j| {
                let kept =
                    || row.iter().zip(&thresholds).filter_map(|(values, &least)| values.get(j).copied().filter(|v| v.abs() >= least));
                let elected = kept().sum::<f64>();
                let (total, count) = kept().filter(|v| v * elected > 0.0).fold((0.0, 0), |(total, count), v| (total + v, count + 1));
                if count == 0 { 0.0 } else { total / f64::from(count) }
            })
            .collect()
    })
}

/// DARE (arXiv 2311.03099): the sum of the updates after each has lost its entries with probability `1 - density` and the others have been
/// divided by `density`, so that the expectation over seeds is the plain sum.
pub(super) fn dare(updates: &[LowRank], languages: &[&str], density: f64, seed: u64) -> Result<LowRank> {
    let mut random: Vec<ChaCha8Rng> = languages
        .iter()
        .map(|language| ChaCha8Rng::from_seed(Sha256::digest(format!("dare {seed} {language}").as_bytes()).into()))
        .collect();
    combine(updates, |row, _| {
        let mut merged = vec![0.0; row.first().map_or(0, Vec::len)];
        for (values, random) in row.iter().zip(&mut random) {
            for (sum, value) in merged.iter_mut().zip(values) {
                let drawn: f64 = StandardUniform.sample(random);
                if drawn < density {
                    *sum += value / density;
                }
            }
        }
        merged
    })
}

/// The magnitude of the smallest of the `density` largest entries of `update`.
fn threshold(update: &LowRank, density: f64) -> f64 {
    let dense = update.dense();
    let mut magnitudes: Vec<f64> = dense.col_iter().flat_map(|column| column.iter().map(|value| value.abs())).collect();
    let kept = ((density * magnitudes.len() as f64).ceil() as usize).clamp(1, magnitudes.len().max(1));
    if kept >= magnitudes.len() {
        return 0.0;
    }
    let (_, least, _) = magnitudes.select_nth_unstable_by(kept - 1, |a, b| b.total_cmp(a));
    *least
}

/// The matrix whose rows `merge` makes from the rows of all `updates`, asked for in order.
fn combine(updates: &[LowRank], mut merge: impl FnMut(&[Vec<f64>], usize) -> Vec<f64>) -> Result<LowRank> {
    let (rows, columns) = updates.first().map_or((0, 0), |update| (update.left().nrows(), update.right().nrows()));
    let mut merged = Matrix::zeros(rows, columns);
    for start in (0..rows).step_by(ROWS) {
        let count = ROWS.min(rows - start);
        let blocks: Vec<Matrix> = updates
            .iter()
            .map(|update| LowRank::new(update.left().subrows(start, count).to_owned(), update.right().clone()).map(|block| block.dense()))
            .collect::<Result<_>>()?;
        for i in 0..count {
            let row: Vec<Vec<f64>> = blocks.iter().map(|block| block.row(i).iter().copied().collect()).collect();
            for (j, value) in merge(&row, start + i).into_iter().enumerate() {
                merged[(start + i, j)] = value;
            }
        }
    }
    if rows <= columns {
        LowRank::new(Matrix::identity(rows, rows), merged.transpose().to_owned())
    } else {
        LowRank::new(merged, Matrix::identity(columns, columns))
    }
}
