//! The kernels of the adjoint.

use cubecl::prelude::*;

use super::HIDDEN;
use crate::gpu::parameters::AttentionShape;

#[cube(launch_unchecked)]
pub(super) fn toward_scores_kernel(
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
pub(super) fn toward_inputs_kernel(
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
