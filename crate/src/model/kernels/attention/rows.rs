//! A row's queries over the columns that they see, forward and backward, in vector registers.

use faer::traits::pulp::{Simd, WithSimd};

use super::{Heads, RowInputs};
use crate::model::kernels::vector::{add_scaled, dot, exp, largest, sum};

/// The queries of a row from `from`, as many as `context` has room for.
pub(super) struct ForwardRun<'a> {
    pub(super) heads: Heads,
    pub(super) row: &'a RowInputs<'a>,
    pub(super) from: usize,
    pub(super) context: &'a mut [f32],
    pub(super) probabilities: &'a mut [f32],
}

impl WithSimd for ForwardRun<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { heads, row, from, context, mut probabilities } = self;
        let (d, group, scale) = (heads.head_dim, heads.heads / heads.kv_heads, heads.scale());
        let queries = row.query.chunks_exact(heads.width()).enumerate().skip(from);
        for ((i, query), context) in queries.zip(context.chunks_exact_mut(heads.width())) {
            for (head, (query, context)) in query.chunks_exact(d).zip(context.chunks_exact_mut(d)).enumerate() {
                let of_head;
                (of_head, probabilities) = probabilities.split_at_mut(row.past + i + 1);
                let place = Place { stride: heads.kv_width(), at: head / group * d, dim: d };
                let (of_past, of_present) = of_head.split_at_mut(row.past);
                place.products(simd, query, row.past_keys, scale, of_past);
                place.products(simd, query, row.key, scale, of_present);
                softmax(simd, in_window(heads.window, of_head));
                let (of_past, of_present) = of_head.split_at(row.past);
                place.add_weighted(simd, of_past, row.past_values, context);
                place.add_weighted(simd, of_present, row.value, context);
            }
        }
    }
}

/// A row's gradients, from those of its contexts.
pub(super) struct BackwardRow<'a> {
    pub(super) heads: Heads,
    pub(super) row: &'a RowInputs<'a>,
    pub(super) probabilities: &'a [f32],
    pub(super) toward_context: &'a [f32],
    pub(super) query: &'a mut [f32],
    pub(super) key: &'a mut [f32],
    pub(super) value: &'a mut [f32],
}

impl WithSimd for BackwardRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { heads, row, mut probabilities, toward_context, query: toward_query, key: toward_key, value: toward_value } = self;
        let (d, width, group, scale) = (heads.head_dim, heads.width(), heads.heads / heads.kv_heads, heads.scale());
        let mut slopes = vec![0.0; row.past + row.len];
        let queries = row.query.chunks_exact(width).zip(toward_context.chunks_exact(width)).zip(toward_query.chunks_exact_mut(width));
        for (i, ((query, context), toward_query)) in queries.enumerate() {
            let columns = row.past + i + 1;
            let of_heads = query.chunks_exact(d).zip(context.chunks_exact(d)).zip(toward_query.chunks_exact_mut(d));
            for (head, ((query, context), toward_query)) in of_heads.enumerate() {
                let of_head;
                (of_head, probabilities) = probabilities.split_at(columns);
                let place = Place { stride: heads.kv_width(), at: head / group * d, dim: d };
                let slopes = &mut slopes[..columns];
                let (of_past, of_present) = slopes.split_at_mut(row.past);
                place.products(simd, context, row.past_values, 1.0, of_past);
                place.products(simd, context, row.value, 1.0, of_present);
                // d softmax: p (g - sum p g)
                let inner = dot(simd, slopes, of_head);
                for (slope, probability) in slopes.iter_mut().zip(of_head) {
                    *slope = (*slope - inner) * probability * scale;
                }
                let (of_past, of_present) = slopes.split_at(row.past);
                place.add_weighted(simd, of_past, row.past_keys, toward_query);
                place.add_weighted(simd, of_present, row.key, toward_query);
                place.spread_onto(simd, toward_key, of_present, query);
                place.spread_onto(simd, toward_value, &of_head[row.past..], context);
            }
        }
    }
}

/// Where a head's values are in each row of keys or values.
#[derive(Clone, Copy)]
struct Place {
    /// Values from one row to the next.
    stride: usize,
    at: usize,
    dim: usize,
}

impl Place {
    /// `out_j = scale x . rows_j`.
    #[inline(always)]
    fn products<S: Simd>(self, simd: S, x: &[f32], rows: &[f32], scale: f32, out: &mut [f32]) {
        for (j, out) in out.iter_mut().enumerate() {
            *out = scale * dot(simd, x, &rows[j * self.stride + self.at..][..self.dim]);
        }
    }

    /// `onto += sum_j weights_j rows_j`.
    #[inline(always)]
    fn add_weighted<S: Simd>(self, simd: S, weights: &[f32], rows: &[f32], onto: &mut [f32]) {
        for (j, &weight) in weights.iter().enumerate() {
            add_scaled(simd, onto, weight, &rows[j * self.stride + self.at..][..self.dim]);
        }
    }

    /// `rows_j += weights_j x`.
    #[inline(always)]
    fn spread_onto<S: Simd>(self, simd: S, rows: &mut [f32], weights: &[f32], x: &[f32]) {
        for (j, &weight) in weights.iter().enumerate() {
            add_scaled(simd, &mut rows[j * self.stride + self.at..][..self.dim], weight, x);
        }
    }
}

/// The columns in a query's window, of which its own is the last; those in front of it get the weight 0.
#[inline(always)]
fn in_window(window: Option<usize>, scores: &mut [f32]) -> &mut [f32] {
    let hidden = window.map_or(0, |window| scores.len().saturating_sub(window));
    let (hidden, seen) = scores.split_at_mut(hidden);
    hidden.fill(0.0);
    seen
}

#[inline(always)]
fn softmax<S: Simd>(simd: S, scores: &mut [f32]) {
    let most = largest(simd, scores);
    for score in scores.iter_mut() {
        *score = exp(*score - most);
    }
    let share = 1.0 / sum(simd, scores);
    for score in scores {
        *score *= share;
    }
}
