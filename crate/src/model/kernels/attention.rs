//! Causal grouped-query attention on packed rows of different length, without padding and without masks: each query visits the columns
//! up to its own. Those in front of a window have the probability 0.

mod cache;
mod rows;

pub(in crate::model) use cache::RowCache;
use rows::{BackwardRow, ForwardRun};

use super::for_each_task;
use super::vector::vectorized;
use crate::model::layout::Row;

/// Queries of a row that are one piece of work in the forward pass.
const QUERIES: usize = 32;

/// Sizes of an attention.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Heads {
    pub(in crate::model) heads: usize,
    pub(in crate::model) kv_heads: usize,
    pub(in crate::model) head_dim: usize,
    /// How many positions a query sees, its own included; `None` is all.
    pub(in crate::model) window: Option<usize>,
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
    pub(in crate::model) fn width(self) -> usize {
        self.heads * self.head_dim
    }

    pub(in crate::model) fn kv_width(self) -> usize {
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
        for_each_task(tasks, |(row, from, context, probabilities)| {
            vectorized(ForwardRun { heads: self, row, from, context, probabilities });
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
        for_each_task(tasks, |(row, probabilities, context, query, key, value)| {
            vectorized(BackwardRow { heads: self, row: &row, probabilities, toward_context: context, query, key, value });
        });
        toward
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
