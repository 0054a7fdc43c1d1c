//! The kernels of the forward pass.

use cubecl::prelude::*;

use super::HIDDEN;
use crate::gpu::parameters::AttentionShape;

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
pub(super) fn rotate_kernel(
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
pub(super) fn scores_kernel(
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
    // Positions from the column to the query.
    let mut distance = index + past - column;
    if column < past {
        let before = table[held_table as usize + row * past + column] as usize;
        seen = before != 0;
        distance = index + before;
    }
    if comptime![shape.window > 0] {
        seen = seen && distance < shape.window;
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
pub(super) fn context_kernel(
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
