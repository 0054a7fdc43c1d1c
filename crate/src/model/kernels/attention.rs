//! Causal grouped-query attention on packed rows of different length, without padding and without masks: each query visits the columns
//! that it sees.

use std::sync::Arc;

use super::spread;
use super::vector::{add_scaled, dot, exp, largest, sum, vectorized};
use crate::model::layout::Row;

/// Queries of a row that are one piece of work in the forward pass.
const QUERIES: usize = 32;

/// Cached keys and values of one layer, row by row, rotary applied to the keys.
#[derive(Clone, Debug)]
pub struct RowCache {
    pub(in crate::model) rows: Vec<Arc<RowKeyValues>>,
}

/// Keys and values of one row, `[positions, kv_heads * head_dim]` each.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct RowKeyValues {
    pub(in crate::model) keys: Vec<f32>,
    pub(in crate::model) values: Vec<f32>,
}

/// Sizes of an attention.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Heads {
    pub(in crate::model) heads: usize,
    pub(in crate::model) kv_heads: usize,
    pub(in crate::model) head_dim: usize,
}

/// Packed inputs of an attention: queries `[tokens, heads * head_dim]`, keys and values `[tokens, kv_heads * head_dim]`, the rows that the
/// tokens belong to, and what is cached before them.
#[derive(Clone, Copy)]
pub(in crate::model) struct Inputs<'a> {
    pub(in crate::model) query: &'a [f32],
    pub(in crate::model) key: &'a [f32],
    pub(in crate::model) value: &'a [f32],
    pub(in crate::model) rows: &'a [Row],
    pub(in crate::model) past: Option<&'a RowCache>,
}

/// One row of [`Inputs`]: its packed tokens, and its cached columns.
struct RowInputs<'a> {
    query: &'a [f32],
    key: &'a [f32],
    value: &'a [f32],
    past_keys: &'a [f32],
    past_values: &'a [f32],
    past: usize,
    len: usize,
}

/// Gradients of an attention's packed queries, keys and values.
pub(in crate::model) struct Toward {
    pub(in crate::model) query: Vec<f32>,
    pub(in crate::model) key: Vec<f32>,
    pub(in crate::model) value: Vec<f32>,
}

impl Heads {
    fn width(self) -> usize {
        self.heads * self.head_dim
    }

    fn kv_width(self) -> usize {
        self.kv_heads * self.head_dim
    }

    fn scale(self) -> f32 {
        (self.head_dim as f32).powf(-0.5)
    }

    /// `softmax(q k^T / sqrt(head_dim)) v`, `[tokens, heads * head_dim]`, and the probabilities: for each token, head after head, those of
    /// the columns up to its own.
    pub(in crate::model) fn forward(self, inputs: Inputs<'_>) -> (Vec<f32>, Vec<f32>) {
        let mut context = vec![0.0; inputs.query.len()];
        let mut probabilities = vec![0.0; inputs.rows.iter().map(|row| self.probabilities(row.past, 0..row.len)).sum()];
        let (mut context_rest, mut probabilities_rest) = (&mut context[..], &mut probabilities[..]);
        let mut tasks = Vec::new();
        let rows = self.split(inputs);
        for row in &rows {
            for from in (0..row.len).step_by(QUERIES) {
                let to = (from + QUERIES).min(row.len);
                let (of_context, rest) = context_rest.split_at_mut((to - from) * self.width());
                context_rest = rest;
                let (of_probabilities, rest) = probabilities_rest.split_at_mut(self.probabilities(row.past, from..to));
                probabilities_rest = rest;
                tasks.push((row, from, of_context, of_probabilities));
            }
        }
        spread(tasks, |(row, from, context, probabilities)| {
            vectorized(
                #[inline(always)]
                || self.forward_run(row, from, context, probabilities),
            );
        });
        (context, probabilities)
    }

    /// Gradients with respect to the packed inputs, given that of the context and the probabilities of [`Heads::forward`]; what flows into
    /// cached columns is dropped, they are constants.
    pub(in crate::model) fn backward(self, inputs: Inputs<'_>, probabilities: &[f32], toward_context: &[f32]) -> Toward {
        let mut toward =
            Toward { query: vec![0.0; inputs.query.len()], key: vec![0.0; inputs.key.len()], value: vec![0.0; inputs.value.len()] };
        let (mut queries, mut keys, mut values) = (&mut toward.query[..], &mut toward.key[..], &mut toward.value[..]);
        let (mut probabilities, mut contexts) = (probabilities, toward_context);
        let mut tasks = Vec::new();
        for row in self.split(inputs) {
            let (query, rest) = queries.split_at_mut(row.query.len());
            queries = rest;
            let (key, rest) = keys.split_at_mut(row.key.len());
            keys = rest;
            let (value, rest) = values.split_at_mut(row.value.len());
            values = rest;
            let (of_row, rest) = probabilities.split_at(self.probabilities(row.past, 0..row.len));
            probabilities = rest;
            let (context, rest) = contexts.split_at(row.query.len());
            contexts = rest;
            tasks.push((row, of_row, context, query, key, value));
        }
        spread(tasks, |(row, probabilities, context, query, key, value)| {
            vectorized(
                #[inline(always)]
                || self.backward_row(&row, probabilities, context, query, key, value),
            );
        });
        toward
    }

    #[inline(always)]
    fn forward_run(self, row: &RowInputs<'_>, from: usize, context: &mut [f32], mut probabilities: &mut [f32]) {
        let (d, kv_width, group, scale) = (self.head_dim, self.kv_width(), self.heads / self.kv_heads, self.scale());
        let queries = row.query.chunks_exact(self.width()).enumerate().skip(from);
        for ((i, query), context) in queries.zip(context.chunks_exact_mut(self.width())) {
            let columns = row.past + i + 1;
            for (head, (query, context)) in query.chunks_exact(d).zip(context.chunks_exact_mut(d)).enumerate() {
                let at = head / group * d;
                let of_head;
                (of_head, probabilities) = probabilities.split_at_mut(columns);
                let keys = row.past_keys.chunks_exact(kv_width).chain(row.key.chunks_exact(kv_width));
                for (score, key) in of_head.iter_mut().zip(keys) {
                    *score = scale * dot(query, &key[at..at + d]);
                }
                softmax(of_head);
                let values = row.past_values.chunks_exact(kv_width).chain(row.value.chunks_exact(kv_width));
                for (&probability, value) in of_head.iter().zip(values) {
                    add_scaled(context, probability, &value[at..at + d]);
                }
            }
        }
    }

    #[inline(always)]
    fn backward_row(
        self,
        row: &RowInputs<'_>,
        mut probabilities: &[f32],
        toward_context: &[f32],
        toward_query: &mut [f32],
        toward_key: &mut [f32],
        toward_value: &mut [f32],
    ) {
        let (d, width, kv_width, group, scale) = (self.head_dim, self.width(), self.kv_width(), self.heads / self.kv_heads, self.scale());
        let mut slopes = vec![0.0; row.past + row.len];
        let queries = row.query.chunks_exact(width).zip(toward_context.chunks_exact(width)).zip(toward_query.chunks_exact_mut(width));
        for (i, ((query, context), toward_query)) in queries.enumerate() {
            let columns = row.past + i + 1;
            let heads = query.chunks_exact(d).zip(context.chunks_exact(d)).zip(toward_query.chunks_exact_mut(d));
            for (head, ((query, context), toward_query)) in heads.enumerate() {
                let at = head / group * d;
                let of_head;
                (of_head, probabilities) = probabilities.split_at(columns);
                let slopes = &mut slopes[..columns];
                let values = row.past_values.chunks_exact(kv_width).chain(row.value.chunks_exact(kv_width));
                for (slope, value) in slopes.iter_mut().zip(values) {
                    *slope = dot(context, &value[at..at + d]);
                }
                // d softmax: p (g - sum p g)
                let inner = dot(slopes, of_head);
                for (slope, probability) in slopes.iter_mut().zip(of_head) {
                    *slope = (*slope - inner) * probability * scale;
                }
                let keys = row.past_keys.chunks_exact(kv_width).chain(row.key.chunks_exact(kv_width));
                for (&slope, key) in slopes.iter().zip(keys) {
                    add_scaled(toward_query, slope, &key[at..at + d]);
                }
                let present = slopes[row.past..].iter().zip(&of_head[row.past..]);
                let toward = toward_key.chunks_exact_mut(kv_width).zip(toward_value.chunks_exact_mut(kv_width));
                for ((&slope, &probability), (key, value)) in present.zip(toward) {
                    add_scaled(&mut key[at..at + d], slope, query);
                    add_scaled(&mut value[at..at + d], probability, context);
                }
            }
        }
    }

    fn split<'a>(self, inputs: Inputs<'a>) -> Vec<RowInputs<'a>> {
        let (mut query, mut key, mut value) = (inputs.query, inputs.key, inputs.value);
        let rows = inputs.rows.iter().enumerate().map(|(r, row)| {
            // A cache may hold more of a row than lies before its computed positions.
            let held = row.past * self.kv_width();
            let past = inputs.past.and_then(|past| past.rows.get(r)).and_then(|past| past.keys.get(..held).zip(past.values.get(..held)));
            let of_row;
            (of_row, query) = query.split_at(row.len * self.width());
            let (of_key, of_value);
            (of_key, key) = key.split_at(row.len * self.kv_width());
            (of_value, value) = value.split_at(row.len * self.kv_width());
            RowInputs {
                query: of_row,
                key: of_key,
                value: of_value,
                past_keys: past.map_or(&[], |(keys, _)| keys),
                past_values: past.map_or(&[], |(_, values)| values),
                past: past.map_or(0, |_| row.past),
                len: row.len,
            }
        });
        rows.collect()
    }

    /// Probabilities that the queries at `positions` of a row have.
    fn probabilities(self, past: usize, positions: std::ops::Range<usize>) -> usize {
        self.heads * positions.map(|i| past + i + 1).sum::<usize>()
    }
}

impl RowCache {
    /// `past` followed by the present packed keys and values of each row.
    pub(in crate::model) fn append(past: Option<&Self>, rows: &[Row], key: &[f32], value: &[f32], kv_width: usize) -> Self {
        let (mut key, mut value) = (key, value);
        let rows = rows.iter().enumerate().map(|(r, row)| {
            let (of_key, of_value);
            (of_key, key) = key.split_at(row.len * kv_width);
            (of_value, value) = value.split_at(row.len * kv_width);
            let before = past.and_then(|past| past.rows.get(r));
            let join =
                |before: Option<&[f32]>, now: &[f32]| [before.and_then(|b| b.get(..row.past * kv_width)).unwrap_or(&[]), now].concat();
            Arc::new(RowKeyValues {
                keys: join(before.map(|before| &before.keys[..]), of_key),
                values: join(before.map(|before| &before.values[..]), of_value),
            })
        });
        Self { rows: rows.collect() }
    }
}

#[inline(always)]
fn softmax(scores: &mut [f32]) {
    let most = largest(scores);
    for score in scores.iter_mut() {
        *score = exp(*score - most);
    }
    let share = 1.0 / sum(scores);
    for score in scores {
        *score *= share;
    }
}
