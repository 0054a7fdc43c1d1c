//! The objective of target values at the logits: likelihood of the new object, divergence at the essence prompts.

use burn::tensor::{Int, Tensor};
use cubecl::prelude::*;

use super::parameters::RowLosses;
use super::tensors::{empty, floats, grid, tensor, words};

/// Logits that one unit of a row goes through.
const CHUNK: usize = 128;

/// Measures `logits` `[rows, vocab]`: `targets` `[predictions]` are predicted by the first rows, `weights` `[rows]` weigh the rows, and
/// `before` `[rows - predictions, vocab]` holds the logits of the others before the edit.
///
/// With L = log sum exp: the gradients are `w (p - onehot)` and `w p (log p - log q - KL)`. Two dispatches: sums of chunks of each row,
/// then every chunk sums those up and writes its gradients.
pub fn row_losses(logits: Tensor<2>, targets: &Tensor<1, Int>, weights: &Tensor<1>, before: Tensor<2>) -> RowLosses {
    let [rows, vocab] = logits.dims();
    let predictions = targets.dims()[0];
    let logits = floats(logits);
    let chunks = vocab.div_ceil(CHUNK);
    // Of each chunk: greatest logit and sum of exponentials after and before, and the divergence's sum.
    let parts = empty(&logits, [rows, chunks, 5]);
    let losses = empty(&logits, [rows]);
    let out = empty(&logits, [rows, vocab]);
    let client = logits.client.clone();
    let before = floats(before);
    let (count, dim) = grid(chunks, rows, 1);
    #[allow(unsafe_code, reason = "units behind the row's last chunk stop, and chunks end with the row")]
    unsafe {
        parts_kernel::launch_unchecked(
            &client,
            count.clone(),
            dim,
            logits.clone().into_buffer_arg(),
            before.clone().into_buffer_arg(),
            parts.clone().into_buffer_arg(),
            predictions as u32,
            vocab as u32,
        );
    }
    #[allow(unsafe_code, reason = "units behind the row's last chunk stop, and chunks end with the row")]
    unsafe {
        gradient_kernel::launch_unchecked(
            &client,
            count,
            dim,
            logits.into_buffer_arg(),
            before.into_buffer_arg(),
            parts.into_buffer_arg(),
            words(targets.clone()).into_buffer_arg(),
            floats(weights.clone()).into_buffer_arg(),
            losses.clone().into_buffer_arg(),
            out.clone().into_buffer_arg(),
            predictions as u32,
            vocab as u32,
        );
    }
    RowLosses { losses: tensor(losses), toward_logits: tensor(out) }
}

#[cube(launch_unchecked)]
fn parts_kernel(logits: &[f32], before: &[f32], parts: &mut [f32], predictions: u32, vocab: u32) {
    let (chunk, row) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize);
    let (predictions, vocab) = (predictions as usize, vocab as usize);
    let chunks = vocab.div_ceil(CHUNK);
    if chunk >= chunks {
        terminate!();
    }
    let (first, end) = (chunk * CHUNK, min(chunk * CHUNK + CHUNK, vocab));
    let start = row * vocab;
    let mut most = logits[start + first];
    for i in first..end {
        most = max(most, logits[start + i]);
    }
    let mut sum = 0.0f32;
    let mut most_before = 0.0f32;
    let mut sum_before = 0.0f32;
    let mut divergence = 0.0f32;
    if row < predictions {
        for i in first..end {
            sum += f32::exp(logits[start + i] - most);
        }
    } else {
        let start_before = (row - predictions) * vocab;
        most_before = before[start_before + first];
        for i in first..end {
            most_before = max(most_before, before[start_before + i]);
        }
        for i in first..end {
            let weight = f32::exp(logits[start + i] - most);
            sum += weight;
            sum_before += f32::exp(before[start_before + i] - most_before);
            divergence += weight * (logits[start + i] - before[start_before + i]);
        }
    }
    let at = (row * chunks + chunk) * 5;
    parts[at] = most;
    parts[at + 1] = sum;
    parts[at + 2] = most_before;
    parts[at + 3] = sum_before;
    parts[at + 4] = divergence;
}

#[cube(launch_unchecked)]
fn gradient_kernel(
    logits: &[f32],
    before: &[f32],
    parts: &[f32],
    targets: &[u32],
    weights: &[f32],
    losses: &mut [f32],
    out: &mut [f32],
    predictions: u32,
    vocab: u32,
) {
    let (chunk, row) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize);
    let (predictions, vocab) = (predictions as usize, vocab as usize);
    let chunks = vocab.div_ceil(CHUNK);
    if chunk >= chunks {
        terminate!();
    }
    let mut most = parts[row * chunks * 5];
    let mut most_before = parts[row * chunks * 5 + 2];
    for i in 0..chunks {
        most = max(most, parts[(row * chunks + i) * 5]);
        most_before = max(most_before, parts[(row * chunks + i) * 5 + 2]);
    }
    let mut sum = 0.0f32;
    let mut sum_before = 0.0f32;
    let mut divergence = 0.0f32;
    for i in 0..chunks {
        let at = (row * chunks + i) * 5;
        let scale = f32::exp(parts[at] - most);
        sum += parts[at + 1] * scale;
        divergence += parts[at + 4] * scale;
        sum_before += parts[at + 3] * f32::exp(parts[at + 2] - most_before);
    }
    let log_sum = most + f32::ln(sum);
    let (first, end) = (chunk * CHUNK, min(chunk * CHUNK + CHUNK, vocab));
    let start = row * vocab;
    let weight = weights[row];
    if row < predictions {
        let target = targets[row] as usize;
        for i in first..end {
            let mut slope = f32::exp(logits[start + i] - log_sum);
            if i == target {
                slope -= 1.0f32;
            }
            out[start + i] = weight * slope;
        }
        if chunk == 0 {
            losses[row] = log_sum - logits[start + target];
        }
    } else {
        let start_before = (row - predictions) * vocab;
        let log_sum_before = most_before + f32::ln(sum_before);
        // sum p (log p - log q) = sum p (l - l') - L + L'
        let total = divergence / sum - log_sum + log_sum_before;
        for i in first..end {
            let log_after = logits[start + i] - log_sum;
            let log_before = before[start_before + i] - log_sum_before;
            out[start + i] = weight * f32::exp(log_after) * (log_after - log_before - total);
        }
        if chunk == 0 {
            losses[row] = total;
        }
    }
}
