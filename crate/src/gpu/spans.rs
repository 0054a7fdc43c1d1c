//! Where the tokens of a batch lie, as kernels read it.

use burn::tensor::{Device, Int, Tensor};

use crate::device::{upload, upload_indices};

/// Rows of different length, packed token after token, each after the columns of a cache.
#[derive(Clone, Debug)]
pub struct Spans {
    /// For each token its row, and its place among the row's computed tokens, `[2 * tokens]`.
    pub(super) tokens: Tensor<1, Int>,
    /// For each row its first token and its number of tokens, `[2 * rows]`.
    pub(super) rows: Tensor<1, Int>,
    /// For each row and column of the cache, whether it holds a position of the row, `[rows * past]`.
    pub(super) held: Tensor<1, Int>,
    /// Cosines of the rotary embedding, then its sines, `[2 * tokens * pairs]`.
    pub(super) angles: Tensor<1>,
    pub(super) token_count: usize,
    pub(super) row_count: usize,
    /// Columns of the cache.
    pub(super) past: usize,
    /// Columns of cache and computed tokens.
    pub(super) columns: usize,
}

impl Spans {
    /// Of rows with `lengths` computed tokens; `held[r][c]` says whether column c of the cache holds a position of row r. The angles of
    /// the tokens are `[tokens, pairs]`, cosines and sines; empty where nothing is rotated.
    pub fn new(lengths: &[usize], held: &[Vec<bool>], cosines: &[f32], sines: &[f32], device: &Device) -> Self {
        let token_count: usize = lengths.iter().sum();
        let past = held.first().map_or(0, Vec::len);
        let mut rows = Vec::with_capacity(2 * lengths.len());
        let mut tokens = Vec::with_capacity(2 * token_count);
        let mut first = 0;
        for (row, &length) in lengths.iter().enumerate() {
            rows.extend([first, length]);
            tokens.extend((0..length).flat_map(|index| [row, index]));
            first += length;
        }
        let held: Vec<usize> = held.iter().flatten().map(|&held| usize::from(held)).collect();
        let some = |values: Vec<usize>| upload_indices(if values.is_empty() { &[0] } else { &values }, device);
        let mut angles = [cosines, sines].concat();
        if angles.is_empty() {
            angles.push(0.0);
        }
        let width = angles.len();
        Self {
            tokens: some(tokens),
            rows: some(rows),
            held: some(held),
            angles: upload(angles, [width], device),
            token_count,
            row_count: lengths.len(),
            past,
            columns: past + lengths.iter().copied().max().unwrap_or(0),
        }
    }

    /// Columns of cache and computed tokens.
    pub fn columns(&self) -> usize {
        self.columns
    }
}
