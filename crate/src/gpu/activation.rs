//! The MLP's activation between its projections, and its slopes, as parts of the kernels beside it.

use cubecl::prelude::*;

use super::parameters::{Activation, GELU_CUBIC, GELU_SLOPE};

/// tanh that is finite everywhere: a quotient of exponentials overflows on some devices.
#[cube]
fn bounded_tanh(x: f32) -> f32 {
    f32::tanh(max(min(x, 15.0f32), -15.0f32))
}

#[cube]
fn gelu(x: f32) -> f32 {
    0.5f32 * x * (1.0f32 + bounded_tanh((x + x * x * x * GELU_CUBIC) * GELU_SLOPE))
}

/// Derivative of [`gelu`].
#[cube]
fn gelu_slope(x: f32) -> f32 {
    let t = bounded_tanh((x + x * x * x * GELU_CUBIC) * GELU_SLOPE);
    let inner = GELU_SLOPE * (1.0f32 + 3.0f32 * GELU_CUBIC * x * x);
    0.5f32 * (1.0f32 + t) + 0.5f32 * x * (1.0f32 - t * t) * inner
}

/// The key of a gate and an up-projection, or without a gate of the first alone.
#[cube]
pub(super) fn activated(first: f32, up: f32, #[comptime] activation: Activation) -> f32 {
    if comptime![activation == Activation::SiluGated] {
        first / (1.0f32 + f32::exp(-first)) * up
    } else if comptime![activation == Activation::GeluGated] {
        gelu(first) * up
    } else {
        gelu(first)
    }
}

/// Derivatives of [`activated`] by its arguments.
#[cube]
pub(super) fn slopes(first: f32, up: f32, #[comptime] activation: Activation) -> (f32, f32) {
    if comptime![activation == Activation::SiluGated] {
        let opened = 1.0f32 / (1.0f32 + f32::exp(-first));
        let silu = first * opened;
        (up * (opened + silu * (1.0f32 - opened)), silu)
    } else if comptime![activation == Activation::GeluGated] {
        (up * gelu_slope(first), gelu(first))
    } else {
        (gelu_slope(first), 0.0f32)
    }
}
