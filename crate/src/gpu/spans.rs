//! Where the tokens of a batch lie, as kernels read it.

use burn::tensor::{Device, Int, Tensor};

use crate::device::{upload, upload_indices};

/// Rows of different length, packed token after token, each after the columns of a cache.
#[derive(Clone, Debug)]
pub struct Spans {
    /// For each token its row, and its place among the row's computed tokens; for each row its first token and its number of tokens; for
    /// each row and column of the cache, how many positions it lies in front of the row's first computed one, 0 where it holds none of the row.
    /// `[2 * tokens + 2 * rows + rows * past]`. One table rather than three: WebGPU promises eight buffers to a kernel.
    pub(super) table: Tensor<1, Int>,
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
        let before = held.iter().flat_map(|columns| {
            let mut left = columns.iter().filter(|&&held| held).count() + 1;
            columns.iter().map(move |&held| {
                left -= usize::from(held);
                if held { left } else { 0 }
            })
        });
        let table: Vec<usize> = tokens.into_iter().chain(rows).chain(before).collect();
        Self {
            table: upload_indices(if table.is_empty() { &[0] } else { &table }, device),
            angles: angle_table(cosines, sines, device),
            token_count,
            row_count: lengths.len(),
            past,
            columns: past + lengths.iter().copied().max().unwrap_or(0),
        }
    }
    /// The same rows with other angles.
    #[must_use]
    pub fn turned(&self, cosines: &[f32], sines: &[f32]) -> Self {
        Self { angles: angle_table(cosines, sines, &self.angles.device()), ..self.clone() }
    }
}

fn angle_table(cosines: &[f32], sines: &[f32], device: &Device) -> Tensor<1> {
    let mut angles = [cosines, sines].concat();
    if angles.is_empty() {
        angles.push(0.0);
    }
    let width = angles.len();
    upload(angles, [width], device)
}
