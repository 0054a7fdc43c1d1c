//! The MLP's activation between its projections, and its slopes, as parts of the kernels beside it.

use cubecl::prelude::*;

use super::parameters::{GELU_CUBIC, GELU_SLOPE};

/// tanh that is finite everywhere: a quotient of exponentials overflows on some devices.
#[cube]
fn bounded_tanh(x: f32) -> f32 {
    f32::tanh(max(min(x, 15.0f32), -15.0f32))
}

/// The key of a gate and an up-projection, or without a gate of the first alone.
#[cube]
pub(super) fn activated(first: f32, up: f32, #[comptime] gated: bool) -> f32 {
    if comptime![gated] {
        first / (1.0f32 + f32::exp(-first)) * up
    } else {
        0.5f32 * first * (1.0f32 + bounded_tanh((first + first * first * first * GELU_CUBIC) * GELU_SLOPE))
    }
}

/// Derivatives of [`activated`] by its arguments.
#[cube]
pub(super) fn slopes(first: f32, up: f32, #[comptime] gated: bool) -> (f32, f32) {
    if comptime![gated] {
        let opened = 1.0f32 / (1.0f32 + f32::exp(-first));
        let silu = first * opened;
        (up * (opened + silu * (1.0f32 - opened)), silu)
    } else {
        let t = bounded_tanh((first + first * first * first * GELU_CUBIC) * GELU_SLOPE);
        let inner = GELU_SLOPE * (1.0f32 + 3.0f32 * GELU_CUBIC * first * first);
        (0.5f32 * (1.0f32 + t) + 0.5f32 * first * (1.0f32 - t * t) * inner, 0.0f32)
    }
}
