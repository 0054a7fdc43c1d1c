//! Grouped-query self-attention over packed tokens, with a key/value cache, forward and backward.

use burn::prelude::*;
use burn::tensor::activation::softmax;

use super::config::{ModelConfig, Rope};
use super::layout::Layout;
use super::weight::Linear;

/// Keys and values of one layer, `[rows, kv_heads, columns, head_dim]`, rotary applied to the keys.
#[derive(Clone, Debug)]
pub struct KeyValues {
    /// Keys.
    pub keys: Tensor<4>,
    /// Values.
    pub values: Tensor<4>,
}

impl KeyValues {
    /// The first `columns` columns.
    #[must_use]
    pub fn truncate(&self, columns: usize) -> Self {
        let columns = columns.min(self.keys.dims()[2]);
        Self { keys: self.keys.clone().slice_dim(2, 0..columns), values: self.values.clone().slice_dim(2, 0..columns) }
    }

    /// The given rows.
    #[must_use]
    pub fn select_rows(&self, rows: &Tensor<1, Int>) -> Self {
        Self { keys: self.keys.clone().select(0, rows.clone()), values: self.values.clone().select(0, rows.clone()) }
    }

    fn append(&self, keys: Tensor<4>, values: Tensor<4>) -> Self {
        Self { keys: Tensor::cat(vec![self.keys.clone(), keys], 2), values: Tensor::cat(vec![self.values.clone(), values], 2) }
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
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    rope: Option<Rope>,
}

/// What the backward pass of [`Attention`] needs.
#[derive(Clone, Debug)]
pub struct SavedAttention {
    query: Tensor<4>,
    held: KeyValues,
    weights: Tensor<4>,
}

impl Attention {
    /// From its four projections.
    pub fn new(query: Linear, key: Linear, value: Linear, output: Linear, config: &ModelConfig) -> Self {
        Self {
            query,
            key,
            value,
            output,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            rope: config.rope.clone(),
        }
    }

    /// `x` is `[tokens, hidden]`, normalised; `past` holds the layout's cached columns. Returns the output, the keys and values of past
    /// and present columns, and what the backward pass needs.
    pub fn forward(&self, x: Tensor<2>, layout: &Layout, past: Option<&KeyValues>) -> (Tensor<2>, SavedAttention) {
        let query = self.rotated(self.query.forward(x.clone()), self.heads, layout);
        let key = self.rotated(self.key.forward(x.clone()), self.kv_heads, layout);
        let value = self.value.forward(x);

        let query = self.group_queries(layout.pad(query));
        let (keys, values) = (self.split_heads(layout.pad(key)), self.split_heads(layout.pad(value)));
        let held = match past {
            Some(past) => past.append(keys, values),
            None => KeyValues { keys, values },
        };

        let scores = query.clone().matmul(held.keys.clone().swap_dims(2, 3)).mul_scalar(self.scale());
        let weights = softmax(self.add_bias(scores, layout), 3);
        let context = weights.clone().matmul(held.values.clone());
        let output = self.output.forward(layout.unpad(self.ungroup_queries(context, layout)));
        (output, SavedAttention { query, held, weights })
    }

    /// Gradient with respect to the normalised input; what flows into cached columns is dropped, they are constants.
    pub fn backward(&self, gradient: Tensor<2>, saved: &SavedAttention, layout: &Layout) -> Tensor<2> {
        let context = self.group_queries(layout.pad_zero(self.output.backward(gradient)));
        let toward_weights = context.clone().matmul(saved.held.values.clone().swap_dims(2, 3));
        let toward_values = saved.weights.clone().swap_dims(2, 3).matmul(context);
        let inner = (toward_weights.clone() * saved.weights.clone()).sum_dim(3);
        let scores = (toward_weights - inner) * saved.weights.clone().mul_scalar(self.scale());
        let toward_query = scores.clone().matmul(saved.held.keys.clone());
        let toward_keys = scores.swap_dims(2, 3).matmul(saved.query.clone());

        let present = layout.past_columns()..layout.past_columns() + layout.longest();
        let query = self.rotated_back(layout.unpad(self.ungroup_queries(toward_query, layout)), self.heads, layout);
        let key = self.rotated_back(layout.unpad(merge_heads(toward_keys.slice_dim(2, present.clone()))), self.kv_heads, layout);
        let value = layout.unpad(merge_heads(toward_values.slice_dim(2, present)));
        self.query.backward(query) + self.key.backward(key) + self.value.backward(value)
    }

    fn scale(&self) -> f64 {
        (self.head_dim as f64).powf(-0.5)
    }

    fn rotated(&self, packed: Tensor<2>, heads: usize, layout: &Layout) -> Tensor<2> {
        match (&self.rope, layout.cos_sin()) {
            (Some(rope), Some((cos, sin))) => self.rotate(rope, packed, heads, cos, sin),
            _ => packed,
        }
    }

    fn rotated_back(&self, packed: Tensor<2>, heads: usize, layout: &Layout) -> Tensor<2> {
        match (&self.rope, layout.cos_sin()) {
            (Some(rope), Some((cos, sin))) => self.rotate(rope, packed, heads, cos, &sin.clone().neg()),
            _ => packed,
        }
    }

    fn rotate(&self, rope: &Rope, packed: Tensor<2>, heads: usize, cos: &Tensor<3>, sin: &Tensor<3>) -> Tensor<2> {
        let [n, width] = packed.dims();
        rope.rotate(packed.reshape([n, heads, self.head_dim]), cos, sin).reshape([n, width])
    }

    /// `[rows, longest, heads * head_dim] -> [rows, kv_heads, (heads / kv_heads) * longest, head_dim]`: the queries that share a key
    /// head become one matrix, so keys and values are never repeated.
    fn group_queries(&self, padded: Tensor<3>) -> Tensor<4> {
        let [rows, longest, _] = padded.dims();
        let group = self.heads / self.kv_heads;
        padded.reshape([rows, longest, self.kv_heads, group, self.head_dim]).permute([0, 2, 3, 1, 4]).reshape([
            rows,
            self.kv_heads,
            group * longest,
            self.head_dim,
        ])
    }

    fn ungroup_queries(&self, grouped: Tensor<4>, layout: &Layout) -> Tensor<3> {
        let rows = grouped.dims()[0];
        let group = self.heads / self.kv_heads;
        grouped.reshape([rows, self.kv_heads, group, layout.longest(), self.head_dim]).permute([0, 3, 1, 2, 4]).reshape([
            rows,
            layout.longest(),
            self.heads * self.head_dim,
        ])
    }

    fn split_heads(&self, padded: Tensor<3>) -> Tensor<4> {
        let [rows, longest, _] = padded.dims();
        padded.reshape([rows, longest, self.kv_heads, self.head_dim]).swap_dims(1, 2)
    }

    fn add_bias(&self, scores: Tensor<4>, layout: &Layout) -> Tensor<4> {
        let [rows, kv_heads, _, columns] = scores.dims();
        let group = self.heads / self.kv_heads;
        let bias: Tensor<5> = layout.bias().unsqueeze_dim(2);
        let scores = scores.reshape([rows, kv_heads, group, layout.longest(), columns]) + bias;
        scores.reshape([rows, kv_heads, group * layout.longest(), columns])
    }
}

impl SavedAttention {
    /// Keys and values of past and present columns.
    pub fn held(&self) -> &KeyValues {
        &self.held
    }
}

fn merge_heads(split: Tensor<4>) -> Tensor<3> {
    let [rows, heads, columns, head_dim] = split.dims();
    split.swap_dims(1, 2).reshape([rows, columns, heads * head_dim])
}
