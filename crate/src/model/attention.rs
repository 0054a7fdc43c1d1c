//! Grouped-query self-attention over packed tokens, with a key/value cache, forward and backward.

use burn::prelude::*;
use burn::tensor::activation::softmax;

use super::config::{ModelConfig, Rope};
use super::kernels::attention::{Heads, RowCache};
use super::layout::Padded;
use super::linear::Linear;
use super::norm::Norm;
use crate::device::upload_indices;

/// Keys and values of one layer for the rows of a batch, rotary applied to the keys, where the device wants them.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one a layer")]
pub enum KeyValues {
    /// On the CPU: row by row.
    Rows(RowCache),
    /// On a GPU: padded, `[rows, kv_heads, columns, head_dim]` each.
    Padded {
        /// Keys.
        keys: Tensor<4>,
        /// Values.
        values: Tensor<4>,
    },
}

impl KeyValues {
    /// The given rows, their first `columns` columns. The CPU's rows have no padding: theirs are all within a layout's columns.
    #[must_use]
    pub fn select(&self, rows: &[usize], columns: usize) -> Self {
        match self {
            Self::Rows(cache) => Self::Rows(RowCache { rows: rows.iter().map(|&row| cache.rows[row].clone()).collect() }),
            Self::Padded { keys, values } => {
                let columns = 0..columns.min(keys.dims()[2]);
                let rows = upload_indices(rows, &keys.device());
                let pick = |tensor: &Tensor<4>| tensor.clone().slice_dim(2, columns.clone()).select(0, rows.clone());
                Self::Padded { keys: pick(keys), values: pick(values) }
            }
        }
    }
}

/// The attention sub-layer.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Query projection, `[heads * head_dim, hidden]`.
    pub query: Linear,
    /// Key projection, `[kv_heads * head_dim, hidden]`.
    pub key: Linear,
    /// Value projection, `[kv_heads * head_dim, hidden]`.
    pub value: Linear,
    /// Output projection, `[hidden, heads * head_dim]`.
    pub output: Linear,
    /// Norms of the queries' and keys' heads, in families that have them.
    pub norms: Option<HeadNorms>,
    pub(super) heads: Heads,
    rope: Option<Rope>,
}

/// Norms that each head of the queries and of the keys passes before it is rotated, `[head_dim]` each.
#[derive(Clone, Debug)]
pub struct HeadNorms {
    /// Of the queries.
    pub query: Norm,
    /// Of the keys.
    pub key: Norm,
}

/// What the backward pass of [`Attention`] needs on a GPU.
#[derive(Clone, Debug)]
pub(super) struct SavedAttention {
    /// Queries and keys as the projections give them, where norms follow.
    projected: Option<[Tensor<2>; 2]>,
    query: Tensor<4>,
    keys: Tensor<4>,
    values: Tensor<4>,
    weights: Tensor<4>,
}

impl Attention {
    /// From its four projections and its norms.
    pub fn new(query: Linear, key: Linear, value: Linear, output: Linear, norms: Option<HeadNorms>, config: &ModelConfig) -> Self {
        Self {
            query,
            key,
            value,
            output,
            norms,
            heads: Heads { heads: config.heads, kv_heads: config.kv_heads, head_dim: config.head_dim },
            rope: config.rope.clone(),
        }
    }

    /// `x` is `[tokens, hidden]`, normalised; `past` holds the layout's cached columns. Returns the output and what the backward pass
    /// needs, by tensor operations.
    pub(super) fn forward(&self, x: Tensor<2>, layout: &Padded, past: Option<&KeyValues>) -> (Tensor<2>, SavedAttention) {
        let (mut query, mut key) = (self.query.forward(x.clone()), self.key.forward(x.clone()));
        let projected = self.norms.as_ref().map(|norms| {
            let projected = [query.clone(), key.clone()];
            query = norms.query.forward_heads(query.clone());
            key = norms.key.forward_heads(key.clone());
            projected
        });
        let (query, key) = (self.rotated(query, self.heads.heads, layout), self.rotated(key, self.heads.kv_heads, layout));
        let value = self.value.forward(x);

        let query = self.group_queries(layout.pad(query));
        let (keys, values) = (self.split_heads(layout.pad(key)), self.split_heads(layout.pad(value)));
        let (keys, values) = match past {
            Some(KeyValues::Padded { keys: past_keys, values: past_values }) => {
                (Tensor::cat(vec![past_keys.clone(), keys], 2), Tensor::cat(vec![past_values.clone(), values], 2))
            }
            _ => (keys, values),
        };
        let scores = query.clone().matmul(keys.clone().swap_dims(2, 3)).mul_scalar(self.scale());
        let weights = softmax(self.add_bias(scores, layout), 3);
        let context = layout.unpad(self.ungroup_queries(weights.clone().matmul(values.clone()), layout));
        (self.output.forward(context), SavedAttention { projected, query, keys, values, weights })
    }

    /// Gradient with respect to the normalised input; what flows into cached columns is dropped, they are constants.
    pub(super) fn backward(&self, gradient: Tensor<2>, saved: &SavedAttention, layout: &Padded) -> Tensor<2> {
        let context = self.group_queries(layout.pad_zero(self.output.backward(gradient)));
        let toward_weights = context.clone().matmul(saved.values.clone().swap_dims(2, 3));
        let toward_values = saved.weights.clone().swap_dims(2, 3).matmul(context);
        let inner = (toward_weights.clone() * saved.weights.clone()).sum_dim(3);
        let scores = (toward_weights - inner) * saved.weights.clone().mul_scalar(self.scale());
        let toward_query = scores.clone().matmul(saved.keys.clone());
        let toward_keys = scores.swap_dims(2, 3).matmul(saved.query.clone());

        let query = self.rotated_back(layout.unpad(self.ungroup_queries(toward_query, layout)), self.heads.heads, layout);
        let key = layout.unpad(merge_heads(toward_keys.slice_dim(2, layout.present())));
        let key = self.rotated_back(key, self.heads.kv_heads, layout);
        let (query, key) = match (&self.norms, &saved.projected) {
            (Some(norms), Some([projected_query, projected_key])) => {
                (norms.query.backward_heads(projected_query.clone(), query), norms.key.backward_heads(projected_key.clone(), key))
            }
            _ => (query, key),
        };
        let value = layout.unpad(merge_heads(toward_values.slice_dim(2, layout.present())));
        self.query.backward(query) + self.key.backward(key) + self.value.backward(value)
    }

    fn scale(&self) -> f64 {
        (self.heads.head_dim as f64).powf(-0.5)
    }

    fn rotated(&self, packed: Tensor<2>, heads: usize, layout: &Padded) -> Tensor<2> {
        match (&self.rope, layout.cos_sin()) {
            (Some(rope), Some((cos, sin))) => self.rotate(rope, packed, heads, cos, sin),
            _ => packed,
        }
    }

    fn rotated_back(&self, packed: Tensor<2>, heads: usize, layout: &Padded) -> Tensor<2> {
        match (&self.rope, layout.cos_sin()) {
            (Some(rope), Some((cos, sin))) => self.rotate(rope, packed, heads, cos, &sin.clone().neg()),
            _ => packed,
        }
    }

    fn rotate(&self, rope: &Rope, packed: Tensor<2>, heads: usize, cos: &Tensor<3>, sin: &Tensor<3>) -> Tensor<2> {
        let [n, width] = packed.dims();
        rope.rotate(packed.reshape([n, heads, self.heads.head_dim]), cos, sin).reshape([n, width])
    }

    /// `[rows, longest, heads * head_dim] -> [rows, kv_heads, (heads / kv_heads) * longest, head_dim]`: the queries that share a key
    /// head become one matrix, so keys and values are never repeated.
    fn group_queries(&self, padded: Tensor<3>) -> Tensor<4> {
        let [rows, longest, _] = padded.dims();
        let group = self.heads.heads / self.heads.kv_heads;
        padded.reshape([rows, longest, self.heads.kv_heads, group, self.heads.head_dim]).permute([0, 2, 3, 1, 4]).reshape([
            rows,
            self.heads.kv_heads,
            group * longest,
            self.heads.head_dim,
        ])
    }

    fn ungroup_queries(&self, grouped: Tensor<4>, layout: &Padded) -> Tensor<3> {
        let rows = grouped.dims()[0];
        let group = self.heads.heads / self.heads.kv_heads;
        grouped.reshape([rows, self.heads.kv_heads, group, layout.longest(), self.heads.head_dim]).permute([0, 3, 1, 2, 4]).reshape([
            rows,
            layout.longest(),
            self.heads.heads * self.heads.head_dim,
        ])
    }

    fn split_heads(&self, padded: Tensor<3>) -> Tensor<4> {
        let [rows, longest, _] = padded.dims();
        padded.reshape([rows, longest, self.heads.kv_heads, self.heads.head_dim]).swap_dims(1, 2)
    }

    fn add_bias(&self, scores: Tensor<4>, layout: &Padded) -> Tensor<4> {
        let [rows, kv_heads, _, columns] = scores.dims();
        let group = self.heads.heads / self.heads.kv_heads;
        let bias: Tensor<5> = layout.bias().unsqueeze_dim(2);
        let scores = scores.reshape([rows, kv_heads, group, layout.longest(), columns]) + bias;
        scores.reshape([rows, kv_heads, group * layout.longest(), columns])
    }
}

impl SavedAttention {
    /// Keys and values of past and present columns.
    pub(super) fn held(&self) -> KeyValues {
        KeyValues::Padded { keys: self.keys.clone(), values: self.values.clone() }
    }
}

fn merge_heads(split: Tensor<4>) -> Tensor<3> {
    let [rows, heads, columns, head_dim] = split.dims();
    split.swap_dims(1, 2).reshape([rows, columns, heads * head_dim])
}
