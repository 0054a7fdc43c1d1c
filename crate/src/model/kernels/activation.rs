//! The MLP's non-linearities, forward and backward, value by value.

use super::vector::{sigmoid, tanh, vectorized};
use super::{GRAIN, for_each_task};
use crate::gpu::{GELU_CUBIC, GELU_SLOPE};

/// `silu(gate) up` with `silu(x) = x sigmoid(x)`.
pub(in crate::model) fn silu_gated(gate: &[f32], up: &[f32]) -> Vec<f32> {
    let mut keys = vec![0.0; up.len()];
    let tasks = keys.chunks_mut(GRAIN).zip(gate.chunks(GRAIN)).zip(up.chunks(GRAIN)).collect();
    for_each_task(tasks, |((keys, gate), up): ((&mut [f32], &[f32]), &[f32])| {
        vectorized(
            #[inline(always)]
            || {
                for ((key, &gate), &up) in keys.iter_mut().zip(gate).zip(up) {
                    *key = gate * sigmoid(gate) * up;
                }
            },
        );
    });
    keys
}

/// Gradients with respect to gate and up-projection, given that of the keys, which becomes that of the up-projection in place.
/// `d silu / dx = s + x s (1 - s)` with `s = sigmoid(x)`.
pub(in crate::model) fn silu_gated_backward(gate: &[f32], up: &[f32], toward_keys: &mut [f32]) -> Vec<f32> {
    let mut toward_gate = vec![0.0; up.len()];
    let tasks = toward_gate.chunks_mut(GRAIN).zip(toward_keys.chunks_mut(GRAIN)).zip(gate.chunks(GRAIN).zip(up.chunks(GRAIN))).collect();
    for_each_task(tasks, |((toward_gate, toward_keys), (gate, up))| {
        vectorized(
            #[inline(always)]
            || {
                for (((toward_gate, toward_key), &gate), &up) in toward_gate.iter_mut().zip(toward_keys).zip(gate).zip(up) {
                    let opened = sigmoid(gate);
                    let silu = gate * opened;
                    *toward_gate = *toward_key * up * (opened + silu * (1.0 - opened));
                    *toward_key *= silu;
                }
            },
        );
    });
    toward_gate
}

/// `gelu(gate) up`.
pub(in crate::model) fn gelu_gated(gate: &[f32], up: &[f32]) -> Vec<f32> {
    let mut keys = gelu(gate);
    keys.iter_mut().zip(up).for_each(|(key, up)| *key *= up);
    keys
}

/// Gradients with respect to gate and up-projection, given that of the keys, which becomes that of the up-projection in place.
pub(in crate::model) fn gelu_gated_backward(gate: &[f32], up: &[f32], toward_keys: &mut [f32]) -> Vec<f32> {
    let mut toward_gate: Vec<f32> = toward_keys.iter().zip(up).map(|(toward, up)| toward * up).collect();
    gelu_backward(gate, &mut toward_gate);
    toward_keys.iter_mut().zip(gelu(gate)).for_each(|(toward, opened)| *toward *= opened);
    toward_gate
}

/// `x/2 (1 + tanh(s (x + c x^3)))`.
pub(in crate::model) fn gelu(x: &[f32]) -> Vec<f32> {
    let mut keys = vec![0.0; x.len()];
    for_each_task(keys.chunks_mut(GRAIN).zip(x.chunks(GRAIN)).collect(), |(keys, x): (&mut [f32], &[f32])| {
        vectorized(
            #[inline(always)]
            || {
                for (key, &x) in keys.iter_mut().zip(x) {
                    *key = 0.5 * x * (1.0 + gelu_tanh(x));
                }
            },
        );
    });
    keys
}

/// Multiplies `gradient` by the slope of [`gelu`] at `x`.
pub(in crate::model) fn gelu_backward(x: &[f32], gradient: &mut [f32]) {
    for_each_task(gradient.chunks_mut(GRAIN).zip(x.chunks(GRAIN)).collect(), |(gradient, x): (&mut [f32], &[f32])| {
        vectorized(
            #[inline(always)]
            || {
                for (gradient, &x) in gradient.iter_mut().zip(x) {
                    let t = gelu_tanh(x);
                    let inner = GELU_SLOPE * (1.0 + 3.0 * GELU_CUBIC * x * x);
                    *gradient *= 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner;
                }
            },
        );
    });
}

#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    tanh(GELU_SLOPE * (x + GELU_CUBIC * x * x * x))
}
