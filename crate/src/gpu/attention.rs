//! Causal grouped-query attention of packed rows after a cache, with rotary embedding, and its adjoint.
//!
//! Forward in three dispatches: queries are rotated while keys and values join the cache; scores; context. Backward in two: gradients of
//! the scores; those of queries, keys and values, rotated back.

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::spans::Spans;
use super::tensors::{empty, floats, grid, tensor, words};

/// The score of a column that a query does not see: its exponential is 0.
const HIDDEN: f32 = -1e30;

/// Sizes of an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttentionShape {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values.
    pub kv_heads: usize,
    /// Values of a head.
    pub head_dim: usize,
    /// Values of a head that are rotated; 0 without rotary embedding.
    pub rotary: usize,
    /// Whether pairs are neighbours, or lie half of the rotated values apart.
    pub interleaved: bool,
}

/// What the adjoint needs of a forward pass.
#[derive(Clone, Debug)]
pub struct Attended {
    /// Rotated queries, `[tokens, heads * head_dim]`.
    query: CubeTensor,
    /// Keys, then values, of all columns, `[rows, columns, 2 * kv_heads * head_dim]`.
    pub columns: Tensor<3>,
    /// `[tokens, heads, columns]`.
    scores: CubeTensor,
    /// Logarithm of the sum of the scores' exponentials, `[tokens, heads]`.
    log_sums: CubeTensor,
    /// `[tokens, heads * head_dim]`.
    context: CubeTensor,
}

impl AttentionShape {
    fn query_width(self) -> usize {
        self.heads * self.head_dim
    }

    fn kv_width(self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// Values of queries, keys and values of a token.
    pub fn width(self) -> usize {
        self.query_width() + 2 * self.kv_width()
    }

    /// Neighbouring values of the context that one unit sums.
    fn run(self) -> usize {
        if self.head_dim.is_multiple_of(4) { 4 } else { 1 }
    }

    /// The context `[tokens, heads * head_dim]` of `projected`, queries, keys and values side by side, `[tokens, width]`. The cache holds
    /// keys, then values, `[rows, past, 2 * kv_heads * head_dim]`.
    pub fn forward(self, projected: Tensor<2>, spans: &Spans, past: Option<Tensor<3>>) -> (Tensor<2>, Attended) {
        let projected = floats(projected);
        let (tokens, rows, columns) = (spans.token_count, spans.row_count, spans.columns);
        let query = empty(&projected, [tokens, self.query_width()]);
        let held = empty(&projected, [rows, columns, 2 * self.kv_width()]);
        let scores = empty(&projected, [tokens, self.heads, columns]);
        let log_sums = empty(&projected, [tokens, self.heads]);
        let context = empty(&projected, [tokens, self.query_width()]);
        let client = projected.client.clone();
        let table = words(spans.table.clone());
        let past = past.map_or_else(|| projected.clone(), floats);

        let (count, dim) = grid(self.width(), tokens + rows * spans.past, 1);
        #[allow(unsafe_code, reason = "rows of the grid are tokens or cached columns, and units behind their width stop")]
        unsafe {
            rotate_kernel::launch_unchecked(
                &client,
                count,
                dim,
                projected.clone().into_buffer_arg(),
                table.clone().into_buffer_arg(),
                floats(spans.angles.clone()).into_buffer_arg(),
                past.into_buffer_arg(),
                query.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                tokens as u32,
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        let (count, dim) = grid(self.heads * columns, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the last head's columns stop")]
        unsafe {
            scores_kernel::launch_unchecked(
                &client,
                count,
                dim,
                query.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                table.clone().into_buffer_arg(),
                scores.clone().into_buffer_arg(),
                (2 * (tokens + rows)) as u32,
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        let (count, dim) = grid(self.query_width() / self.run(), tokens, 1);
        #[allow(unsafe_code, reason = "units behind the last head stop")]
        unsafe {
            context_kernel::launch_unchecked(
                &client,
                count,
                dim,
                scores.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                table.into_buffer_arg(),
                context.clone().into_buffer_arg(),
                log_sums.clone().into_buffer_arg(),
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        let attended = Attended { query, columns: tensor(held), scores, log_sums, context: context.clone() };
        (tensor(context), attended)
    }

    /// Gradient with respect to `projected`, given that of the context; what flows into the cache is dropped, it is constant.
    pub fn backward(self, toward_context: Tensor<2>, attended: &Attended, spans: &Spans) -> Tensor<2> {
        let toward_context = floats(toward_context);
        let (tokens, columns) = (spans.token_count, spans.columns);
        // Of each score its gradient, and its weight beside it.
        let slopes = empty(&toward_context, [tokens, self.heads, columns, 2]);
        let out = empty(&toward_context, [tokens, self.width()]);
        let client = toward_context.client.clone();
        let table = words(spans.table.clone());
        let held = floats(attended.columns.clone());

        let (count, dim) = grid(self.heads * columns, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the last head's columns stop")]
        unsafe {
            toward_scores_kernel::launch_unchecked(
                &client,
                count,
                dim,
                toward_context.clone().into_buffer_arg(),
                attended.context.clone().into_buffer_arg(),
                attended.scores.clone().into_buffer_arg(),
                attended.log_sums.clone().into_buffer_arg(),
                held.clone().into_buffer_arg(),
                table.clone().into_buffer_arg(),
                slopes.clone().into_buffer_arg(),
                columns as u32,
                self,
            );
        }
        let (count, dim) = grid(self.width() / 2, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the token's last pair stop")]
        unsafe {
            toward_inputs_kernel::launch_unchecked(
                &client,
                count,
                dim,
                slopes.into_buffer_arg(),
                toward_context.into_buffer_arg(),
                attended.query.clone().into_buffer_arg(),
                held.into_buffer_arg(),
                table.into_buffer_arg(),
                floats(spans.angles.clone()).into_buffer_arg(),
                out.clone().into_buffer_arg(),
                tokens as u32,
                spans.past as u32,
                columns as u32,
                self,
            );
        }
        tensor(out)
    }
}

/// Index of the second value of a rotated pair from that of the first, and the pair's number, within a head.
#[cube]
fn angle_of(within: usize, #[comptime] shape: AttentionShape) -> (usize, usize, bool) {
    let half = comptime![shape.rotary / 2];
    if comptime![shape.interleaved] {
        let second = within % 2 == 1;
        (select(second, within - 1, within + 1), within / 2, second)
    } else {
        let second = within >= half;
        (select(second, within - half, within + half), select(second, within - half, within), second)
    }
}

#[cube(launch_unchecked)]
fn rotate_kernel(
    projected: &[f32],
    table: &[u32],
    angles: &[f32],
    cached: &[f32],
    query: &mut [f32],
    held: &mut [f32],
    token_count: u32,
    past: u32,
    columns: u32,
    #[comptime] shape: AttentionShape,
) {
    let (column, line) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize);
    let (token_count, past, columns) = (token_count as usize, past as usize, columns as usize);
    let query_width = comptime![shape.heads * shape.head_dim];
    let kv_width = comptime![shape.kv_heads * shape.head_dim];
    let width = comptime![query_width + 2 * kv_width];
    if column >= width {
        terminate!();
    }
    if line >= token_count {
        let place = line - token_count;
        let to = (place / past * columns + place % past) * 2 * kv_width;
        if column < 2 * kv_width {
            held[to + column] = cached[place * 2 * kv_width + column];
        }
        terminate!();
    }
    let start = line * width;
    let mut value = projected[start + column];
    let within = column % shape.head_dim;
    if comptime![shape.rotary > 0] {
        if column < query_width + kv_width && within < shape.rotary {
            let (partner, pair, second) = angle_of(within, shape);
            let half = comptime![shape.rotary / 2];
            let cos = angles[line * half + pair];
            let sin = angles[(token_count + line) * half + pair];
            let other = projected[start + column - within + partner];
            value = value * cos + select(second, other, -other) * sin;
        }
    }
    let at = (table[2 * line] as usize * columns + past + table[2 * line + 1] as usize) * 2 * kv_width;
    if column < query_width {
        query[line * query_width + column] = value;
    } else {
        held[at + column - query_width] = value;
    }
}

#[cube(launch_unchecked)]
fn scores_kernel(
    query: &[f32],
    held: &[f32],
    table: &[u32],
    scores: &mut [f32],
    held_table: u32,
    past: u32,
    columns: u32,
    #[comptime] shape: AttentionShape,
) {
    let (place, token) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize);
    let (past, columns) = (past as usize, columns as usize);
    if place >= shape.heads * columns {
        terminate!();
    }
    let (head, column) = (place / columns, place % columns);
    let (row, index) = (table[2 * token] as usize, table[2 * token + 1] as usize);
    let mut seen = column - past <= index;
    if column < past {
        seen = table[held_table as usize + row * past + column] != 0;
    }
    let mut score = f32::new(HIDDEN);
    if seen {
        let group = comptime![shape.heads / shape.kv_heads];
        let from = (token * shape.heads + head) * shape.head_dim;
        let to = ((row * columns + column) * 2 * shape.kv_heads + head / group) * shape.head_dim;
        let mut sum = 0.0f32;
        for d in 0..shape.head_dim {
            sum += query[from + d] * held[to + d];
        }
        score = sum * f32::new(comptime![(shape.head_dim as f32).powf(-0.5)]);
    }
    scores[(token * shape.heads + head) * columns + column] = score;
}

#[cube(launch_unchecked)]
fn context_kernel(
    scores: &[f32],
    held: &[f32],
    table: &[u32],
    context: &mut [f32],
    log_sums: &mut [f32],
    past: u32,
    columns: u32,
    #[comptime] shape: AttentionShape,
) {
    let run = comptime![shape.run()];
    let (place, token) = (ABSOLUTE_POS_X as usize * run, ABSOLUTE_POS_Y as usize);
    let (past, columns) = (past as usize, columns as usize);
    if place >= comptime![shape.heads * shape.head_dim] {
        terminate!();
    }
    let (head, first) = (place / shape.head_dim, place % shape.head_dim);
    let (row, index) = (table[2 * token] as usize, table[2 * token + 1] as usize);
    // No query sees a column behind its own.
    let visible = past + index + 1;
    let start = (token * shape.heads + head) * columns;
    let mut most = f32::new(HIDDEN);
    for column in 0..visible {
        most = max(most, scores[start + column]);
    }
    let mut sum = 0.0f32;
    let mut sums = Array::<f32>::new(run);
    #[unroll]
    for d in 0..run {
        sums[d] = 0.0;
    }
    let group = comptime![shape.heads / shape.kv_heads];
    for column in 0..visible {
        let weight = f32::exp(scores[start + column] - most);
        sum += weight;
        let from = (((row * columns + column) * 2 + 1) * shape.kv_heads + head / group) * shape.head_dim + first;
        #[unroll]
        for d in 0..run {
            sums[d] += weight * held[from + d];
        }
    }
    #[unroll]
    for d in 0..run {
        context[(token * shape.heads + head) * shape.head_dim + first + d] = sums[d] / sum;
    }
    if first == 0 {
        log_sums[token * shape.heads + head] = most + f32::ln(sum);
    }
}

#[cube(launch_unchecked)]
fn toward_scores_kernel(
    toward_context: &[f32],
    context: &[f32],
    scores: &[f32],
    log_sums: &[f32],
    held: &[f32],
    table: &[u32],
    slopes: &mut [f32],
    columns: u32,
    #[comptime] shape: AttentionShape,
) {
    let (place, token) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize);
    let columns = columns as usize;
    if place >= shape.heads * columns {
        terminate!();
    }
    let (head, column) = (place / columns, place % columns);
    let row = table[2 * token] as usize;
    let at = (token * shape.heads + head) * columns + column;
    let mut slope = 0.0f32;
    let mut weight = 0.0f32;
    if scores[at] > f32::new(comptime![0.5 * HIDDEN]) {
        let group = comptime![shape.heads / shape.kv_heads];
        let from = (token * shape.heads + head) * shape.head_dim;
        let of_value = (((row * columns + column) * 2 + 1) * shape.kv_heads + head / group) * shape.head_dim;
        // With p the weights: dL/ds = p (dL/dp - sum p dL/dp), and the sum is that of context times its gradient.
        let mut toward_weight = 0.0f32;
        let mut mean = 0.0f32;
        for d in 0..shape.head_dim {
            toward_weight += toward_context[from + d] * held[of_value + d];
            mean += toward_context[from + d] * context[from + d];
        }
        weight = f32::exp(scores[at] - log_sums[token * shape.heads + head]);
        slope = weight * (toward_weight - mean) * f32::new(comptime![(shape.head_dim as f32).powf(-0.5)]);
    }
    slopes[2 * at] = slope;
    slopes[2 * at + 1] = weight;
}

#[cube(launch_unchecked)]
fn toward_inputs_kernel(
    slopes: &[f32],
    toward_context: &[f32],
    query: &[f32],
    held: &[f32],
    table: &[u32],
    angles: &[f32],
    out: &mut [f32],
    token_count: u32,
    past: u32,
    columns: u32,
    #[comptime] shape: AttentionShape,
) {
    let (place, token) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize);
    let (token_count, past, columns) = (token_count as usize, past as usize, columns as usize);
    let pairs = comptime![shape.head_dim / 2];
    if place >= comptime![(shape.heads + 2 * shape.kv_heads) * pairs] {
        terminate!();
    }
    // Heads of queries, then of keys, then of values; of each the pairs that are rotated together, then the others.
    let (slot, pair) = (place / pairs, place % pairs);
    let half = comptime![shape.rotary / 2];
    let mut first = 2 * pair;
    let mut second = 2 * pair + 1;
    if comptime![shape.rotary > 0 && !shape.interleaved] {
        if pair < half {
            first = pair;
            second = pair + half;
        }
    }
    let (row, index) = (table[2 * token] as usize, table[2 * token + 1] as usize);
    let group = comptime![shape.heads / shape.kv_heads];
    let mut toward_first = 0.0f32;
    let mut toward_second = 0.0f32;
    if slot < shape.heads {
        let start = (token * shape.heads + slot) * columns;
        for column in 0..past + index + 1 {
            let slope = slopes[2 * (start + column)];
            let from = ((row * columns + column) * 2 * shape.kv_heads + slot / group) * shape.head_dim;
            toward_first += slope * held[from + first];
            toward_second += slope * held[from + second];
        }
    } else {
        let of_values = slot >= comptime![shape.heads + shape.kv_heads];
        let head = select(of_values, slot - comptime![shape.heads + shape.kv_heads], slot - shape.heads);
        let at_row = 2 * (token_count + row);
        let (begin, length) = (table[at_row] as usize, table[at_row + 1] as usize);
        for later in index..length {
            for member in 0..group {
                let place = (begin + later) * shape.heads + head * group + member;
                let from = place * shape.head_dim;
                let at = 2 * (place * columns + past + index);
                if of_values {
                    let weight = slopes[at + 1];
                    toward_first += weight * toward_context[from + first];
                    toward_second += weight * toward_context[from + second];
                } else {
                    toward_first += slopes[at] * query[from + first];
                    toward_second += slopes[at] * query[from + second];
                }
            }
        }
    }
    if comptime![shape.rotary > 0] {
        if slot < comptime![shape.heads + shape.kv_heads] && pair < half {
            let cos = angles[token * half + pair];
            let sin = angles[(token_count + token) * half + pair];
            let turned = toward_first * cos + toward_second * sin;
            toward_second = toward_second * cos - toward_first * sin;
            toward_first = turned;
        }
    }
    let to = token * comptime![shape.width()] + slot * shape.head_dim;
    out[to + first] = toward_first;
    out[to + second] = toward_second;
}
