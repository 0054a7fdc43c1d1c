//! Where the tokens of a batch lie: rows of different length, packed without padding for everything but attention.

use burn::prelude::*;

use super::config::ModelConfig;
use super::kernels::rotary::Angles;
use crate::device::{is_cpu, upload, upload_indices};

/// Added to the score of a column that a query must not see. Large enough to vanish in f32's softmax, small enough not to overflow.
const HIDDEN_SCORE: f32 = -1e9;

/// One row of a batch: how many of its positions are cached, and how many are computed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Positions before the computed ones whose keys and values are in the cache.
    pub past: usize,
    /// Positions computed in this pass.
    pub len: usize,
}

/// The layout of one forward pass. Tokens are packed `[n, ...]`, row after row.
#[derive(Clone, Debug)]
pub struct Layout {
    rows: Vec<Row>,
    starts: Vec<usize>,
    tokens: usize,
    longest: usize,
    place: Place,
}

/// What the attention needs to know of a layout, in the form of the device that computes it.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// On the CPU, our own loops go from row to row.
    Host(Option<Angles>),
    /// On a GPU, the attention sees rows padded to `[rows, longest]`, with a mask.
    Device(Padded),
}

/// Rows padded to the same length, for tensor operations.
#[derive(Clone, Debug)]
pub(super) struct Padded {
    rows: usize,
    longest: usize,
    past_columns: usize,
    padding: Option<Padding>,
    /// `[rows, 1, longest, past_columns + longest]`, 0 or hidden.
    bias: Tensor<4>,
    cos_sin: Option<(Tensor<3>, Tensor<3>)>,
}

#[derive(Clone, Debug)]
struct Padding {
    to_padded: Tensor<1, Int>,
    to_packed: Tensor<1, Int>,
    /// `[rows * longest, 1]`: 1 for tokens, 0 for padding.
    mask: Tensor<2>,
}

impl Layout {
    /// A layout of rows without cache.
    pub fn fresh(lengths: &[usize], config: &ModelConfig, device: &Device) -> Self {
        let rows: Vec<Row> = lengths.iter().map(|&len| Row { past: 0, len }).collect();
        Self::new(&rows, &vec![Vec::new(); rows.len()], config, device)
    }

    /// A layout of rows after a cache; `columns[r][c]` says whether cache column c holds a position of row r.
    pub fn new(rows: &[Row], columns: &[Vec<bool>], config: &ModelConfig, device: &Device) -> Self {
        let positions = positions(rows);
        let place = if is_cpu(device) {
            Place::Host(config.rope.as_ref().map(|rope| rope.angles(&positions)))
        } else {
            Place::Device(Padded::new(rows, columns, config, device))
        };
        Self::placed(rows, place)
    }

    /// A layout for the tensor operations of GPUs on any device.
    #[cfg(test)]
    pub(super) fn padded(rows: &[Row], columns: &[Vec<bool>], config: &ModelConfig, device: &Device) -> Self {
        Self::placed(rows, Place::Device(Padded::new(rows, columns, config, device)))
    }

    fn placed(rows: &[Row], place: Place) -> Self {
        let starts = rows.iter().scan(0, |next, row| {
            let start = *next;
            *next += row.len;
            Some(start)
        });
        Self {
            starts: starts.collect(),
            tokens: rows.iter().map(|row| row.len).sum(),
            longest: rows.iter().map(|row| row.len).max().unwrap_or(0),
            rows: rows.to_vec(),
            place,
        }
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Number of packed tokens.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Packed index of the token at `position` of `row` (positions counted from the row's first token, cached ones included).
    pub fn index(&self, row: usize, position: usize) -> usize {
        self.starts[row] + position - self.rows[row].past
    }

    /// Absolute positions of the packed tokens.
    pub fn positions(&self) -> Vec<usize> {
        positions(&self.rows)
    }

    /// Length of the longest row.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Where and how the attention is computed.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

fn positions(rows: &[Row]) -> Vec<usize> {
    rows.iter().flat_map(|row| row.past..row.past + row.len).collect()
}

impl Padded {
    fn new(rows: &[Row], columns: &[Vec<bool>], config: &ModelConfig, device: &Device) -> Self {
        let longest = rows.iter().map(|row| row.len).max().unwrap_or(0);
        let tokens: usize = rows.iter().map(|row| row.len).sum();
        let past_columns = columns.first().map_or(0, Vec::len);
        let padding = (tokens != rows.len() * longest).then(|| {
            let mut to_padded = vec![0; rows.len() * longest];
            let mut mask = vec![0.0; rows.len() * longest];
            let mut to_packed = Vec::with_capacity(tokens);
            for (r, row) in rows.iter().enumerate() {
                for position in 0..row.len {
                    to_padded[r * longest + position] = to_packed.len();
                    mask[r * longest + position] = 1.0;
                    to_packed.push(r * longest + position);
                }
            }
            Padding {
                to_padded: upload_indices(&to_padded, device),
                to_packed: upload_indices(&to_packed, device),
                mask: upload(mask, [rows.len() * longest, 1], device),
            }
        });

        let width = past_columns + longest;
        let mut bias = Vec::with_capacity(rows.len() * longest * width);
        for columns in columns {
            for query in 0..longest {
                bias.extend(columns.iter().map(|&held| if held { 0.0 } else { HIDDEN_SCORE }));
                // Causal; padding lies after every token of its row, so no token sees it.
                bias.extend((0..longest).map(|key| if key <= query { 0.0 } else { HIDDEN_SCORE }));
            }
        }
        Self {
            rows: rows.len(),
            longest,
            past_columns,
            padding,
            bias: upload(bias, [rows.len(), 1, longest, width], device),
            cos_sin: config.rope.as_ref().map(|rope| rope.table(&positions(rows), device)),
        }
    }

    /// Cosines and sines of the rotary embedding at the packed tokens.
    pub(super) fn cos_sin(&self) -> Option<&(Tensor<3>, Tensor<3>)> {
        self.cos_sin.as_ref()
    }

    /// Scores to add, `[rows, 1, longest, past_columns + longest]`.
    pub(super) fn bias(&self) -> Tensor<4> {
        self.bias.clone()
    }

    /// Length of the longest row.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Columns of cache and padded rows that the rows themselves take.
    pub(super) fn present(&self) -> std::ops::Range<usize> {
        self.past_columns..self.past_columns + self.longest
    }

    /// `[tokens, width] -> [rows, longest, width]`. Padding holds some token's values; it is never seen by a token's query.
    pub(super) fn pad(&self, packed: Tensor<2>) -> Tensor<3> {
        let width = packed.dims()[1];
        let padded = match &self.padding {
            Some(padding) => packed.select(0, padding.to_padded.clone()),
            None => packed,
        };
        padded.reshape([self.rows, self.longest, width])
    }

    /// As [`Padded::pad`] with zeros in the padding: the adjoint of [`Padded::unpad`].
    pub(super) fn pad_zero(&self, packed: Tensor<2>) -> Tensor<3> {
        let width = packed.dims()[1];
        let padded = match &self.padding {
            Some(padding) => packed.select(0, padding.to_padded.clone()) * padding.mask.clone(),
            None => packed,
        };
        padded.reshape([self.rows, self.longest, width])
    }

    /// `[rows, longest, width] -> [tokens, width]`.
    pub(super) fn unpad(&self, padded: Tensor<3>) -> Tensor<2> {
        let [rows, longest, width] = padded.dims();
        let flat = padded.reshape([rows * longest, width]);
        match &self.padding {
            Some(padding) => flat.select(0, padding.to_packed.clone()),
            None => flat,
        }
    }
}
