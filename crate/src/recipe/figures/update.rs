//! The update: what the projector leaves of `R K^T`, the terms of the closed form, and a map of the result.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use faer::ColRef;
use serde::{Deserialize, Serialize};

use super::rounded;
use crate::Result;
use crate::linalg::{LowRank, Matrix, MatrixRef, Projector, concat_columns, orthonormal_basis, symmetric_eigen};

/// Keys closer than this to the span of the others, relative to their norm, add no direction to a span.
const SPAN_TOLERANCE: f64 = 1e-6;
/// Most keys for which the condition number is worth its cost, cubic in them.
const MAX_CONDITION_KEYS: usize = 512;
/// Rows and columns of the map.
const MAP: (usize, usize) = (24, 48);
/// Rows and columns of a corner.
const CORNER: usize = 3;

/// Frobenius norms of `R K^T` and of what becomes of it. `total^2 = removed^2 + surviving^2`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Parts {
    /// `|R K^T|`.
    pub total: f64,
    /// `|R K^T (I - P)|`: along directions that keys already use.
    pub removed: f64,
    /// `|R K^T P|`.
    pub surviving: f64,
    /// By language of earlier steps, the part along the span of its keys.
    pub along: BTreeMap<String, Along>,
}

/// The part along a subspace, without and with the projector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Along {
    /// `|R K^T S|`, `S` projecting onto the span of a language's past keys.
    pub before: f64,
    /// `|R K^T P S|`.
    pub after: f64,
}

impl Parts {
    /// From `residuals` (`d_out x n`), `keys` and `P keys` (`d_in x n`) and past keys by language.
    ///
    /// # Errors
    /// A value is not finite.
    pub(super) fn of(residuals: &Matrix, keys: &Matrix, projected: &Matrix, past: &BTreeMap<String, Matrix>) -> Result<Self> {
        let gram = residuals.transpose() * residuals;
        let norm = |factor: MatrixRef<'_>| rounded(product_norm(&gram, factor));
        let mut along = BTreeMap::new();
        for (language, past) in past {
            let span = orthonormal_basis(past.as_ref(), SPAN_TOLERANCE)?;
            if span.ncols() == 0 {
                continue;
            }
            let part = Along { before: norm((span.transpose() * keys).as_ref()), after: norm((span.transpose() * projected).as_ref()) };
            along.insert(language.clone(), part);
        }
        Ok(Self { total: norm(keys.as_ref()), removed: norm((keys - projected).as_ref()), surviving: norm(projected.as_ref()), along })
    }
}

/// `|R A^T|_F` from `R^T R` and `A` (`d x n`): the root of `tr(R^T R A^T A)`.
fn product_norm(gram: &Matrix, factor: MatrixRef<'_>) -> f64 {
    let other = factor.transpose() * factor;
    let trace: f64 = gram.col_iter().zip(other.col_iter()).flat_map(|(a, b)| a.iter().zip(b.iter())).map(|(a, b)| a * b).sum();
    trace.max(0.0).sqrt()
}

/// Condition number of `P K K^T P + l2 I`, from the Gram matrix of the projected keys.
pub(super) fn condition(projected: &Matrix, others: &[ColRef<'_, f64>], projector: &Projector, l2: f64) -> Result<Option<f64>> {
    if projected.ncols() + others.len() > MAX_CONDITION_KEYS {
        return Ok(None);
    }
    let others = Matrix::from_fn(projected.nrows(), others.len(), |row, column| others[column][row]);
    let keys = concat_columns(projected.as_ref(), projector.apply(&others)?.as_ref())?;
    let largest = symmetric_eigen(&(keys.transpose() * &keys))?.values.last().copied().unwrap_or(0.0);
    Ok(Some((largest.max(0.0) + l2) / l2))
}

/// The matrices of the closed form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Terms {
    /// `K`, `d_in x n`.
    pub keys: Term,
    /// `P K`, `d_in x n`.
    pub projected: Term,
    /// `R`, `d_out x n`.
    pub residuals: Term,
    /// `Delta`, `d_out x d_in`.
    pub update: Term,
}

/// One matrix.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Term {
    /// Frobenius norm.
    pub norm: f64,
    /// Its first rows and columns.
    pub corner: Vec<Vec<f64>>,
}

impl Terms {
    pub(super) fn of(keys: &Matrix, projected: &Matrix, residuals: &Matrix, delta: &LowRank) -> Self {
        let term = |matrix: &Matrix| Term { norm: rounded(matrix.norm_l2()), corner: corner(matrix.as_ref()) };
        let rows = |factor: &Matrix| factor.as_ref().subrows(0, factor.nrows().min(CORNER)).to_owned();
        let update = rows(delta.left()) * rows(delta.right()).transpose();
        Self {
            keys: term(keys),
            projected: term(projected),
            residuals: term(residuals),
            update: Term { norm: rounded(delta.frobenius_norm()), corner: corner(update.as_ref()) },
        }
    }
}

fn corner(matrix: MatrixRef<'_>) -> Vec<Vec<f64>> {
    let cols = matrix.ncols().min(CORNER);
    (0..matrix.nrows().min(CORNER)).map(|row| (0..cols).map(|col| rounded(matrix[(row, col)])).collect()).collect()
}

/// A matrix, down-sampled: the root mean square of each block of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct HeatMap {
    /// Blocks from top to bottom.
    pub rows: usize,
    /// Blocks from left to right.
    pub cols: usize,
    /// Root mean square of the block that has the largest.
    pub largest: f64,
    /// A byte a block as two hex digits, row by row: 255 is `largest`, 0 is 0.
    pub cells: String,
}

impl HeatMap {
    pub(super) fn of(delta: &LowRank) -> Self {
        let (left, right) = (delta.left(), delta.right());
        let grams = |factor: &Matrix, parts: usize| -> Vec<(Matrix, usize)> {
            (0..parts)
                .map(|part| {
                    let (from, to) = (factor.nrows() * part / parts, factor.nrows() * (part + 1) / parts);
                    let block = factor.as_ref().subrows(from, to - from);
                    (block.transpose() * block, to - from)
                })
                .collect()
        };
        let (rows, cols) = (MAP.0.min(left.nrows()), MAP.1.min(right.nrows()));
        let (left, right) = (grams(left, rows), grams(right, cols));
        // The squared entries of a block sum up to tr(L^T L R^T R) over its rows and columns.
        let cell = |(a, m): &(Matrix, usize), (b, n): &(Matrix, usize)| {
            let sum: f64 = a.col_iter().zip(b.col_iter()).flat_map(|(a, b)| a.iter().zip(b.iter())).map(|(a, b)| a * b).sum();
            (sum.max(0.0) / (m * n) as f64).sqrt()
        };
        let values: Vec<f64> = left.iter().flat_map(|a| right.iter().map(move |b| cell(a, b))).collect();
        let largest = values.iter().copied().fold(0.0, f64::max);
        let mut cells = String::with_capacity(2 * values.len());
        for value in values {
            let level = if largest > 0.0 { (255.0 * value / largest).round() as u8 } else { 0 };
            // Writing to a string does not fail.
            let _ = write!(cells, "{level:02x}");
        }
        Self { rows, cols, largest: rounded(largest), cells }
    }
}
