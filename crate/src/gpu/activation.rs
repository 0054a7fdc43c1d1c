//! The MLP's activation between its projections, and its slopes, as parts of the kernels beside it.

use cubecl::prelude::*;

use super::parameters::{Activation, ERF_POLYNOMIAL, ERF_SLOPE, GELU_CUBIC, GELU_SLOPE};

/// tanh that is finite everywhere: a quotient of exponentials overflows on some devices.
#[cube]
fn bounded_tanh(x: f32) -> f32 {
    f32::tanh(max(min(x, 15.0f32), -15.0f32))
}

#[cube]
fn gelu_tanh(x: f32) -> f32 {
    0.5f32 * x * (1.0f32 + bounded_tanh((x + x * x * x * GELU_CUBIC) * GELU_SLOPE))
}

/// Derivative of [`gelu_tanh`].
#[cube]
fn gelu_tanh_slope(x: f32) -> f32 {
    let t = bounded_tanh((x + x * x * x * GELU_CUBIC) * GELU_SLOPE);
    let inner = GELU_SLOPE * (1.0f32 + 3.0f32 * GELU_CUBIC * x * x);
    0.5f32 * (1.0f32 + t) + 0.5f32 * x * (1.0f32 - t * t) * inner
}

/// `e^(-x^2 / 2)`.
#[cube]
fn bell(x: f32) -> f32 {
    f32::exp(-0.5f32 * x * x)
}

/// The distribution function of the normal distribution at x, given [`bell`] there.
#[cube]
fn normal_distribution(x: f32, bell: f32) -> f32 {
    let t = 1.0f32 / (1.0f32 + ERF_SLOPE * std::f32::consts::FRAC_1_SQRT_2 * f32::abs(x));
    let a1 = comptime![ERF_POLYNOMIAL[0]];
    let a2 = comptime![ERF_POLYNOMIAL[1]];
    let a3 = comptime![ERF_POLYNOMIAL[2]];
    let a4 = comptime![ERF_POLYNOMIAL[3]];
    let a5 = comptime![ERF_POLYNOMIAL[4]];
    let tail = 0.5f32 * bell * ((((a5 * t + a4) * t + a3) * t + a2) * t + a1) * t;
    select(x < 0.0f32, tail, 1.0f32 - tail)
}

#[cube]
fn gelu(x: f32) -> f32 {
    x * normal_distribution(x, bell(x))
}

/// Derivative of [`gelu`]: `Phi(x) + x phi(x)`.
#[cube]
fn gelu_slope(x: f32) -> f32 {
    let bell = bell(x);
    // 1 / sqrt(2 pi)
    normal_distribution(x, bell) + x * bell * 0.398_942_3f32
}

/// The key of a gate and an up-projection, or without a gate of the first alone.
#[cube]
pub(super) fn activated(first: f32, up: f32, #[comptime] activation: Activation) -> f32 {
    if comptime![activation == Activation::SiluGated] {
        first / (1.0f32 + f32::exp(-first)) * up
    } else if comptime![activation == Activation::GeluTanhGated] {
        gelu_tanh(first) * up
    } else if comptime![activation == Activation::GeluTanh] {
        gelu_tanh(first)
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
    } else if comptime![activation == Activation::GeluTanhGated] {
        (up * gelu_tanh_slope(first), gelu_tanh(first))
    } else if comptime![activation == Activation::GeluTanh] {
        (gelu_tanh_slope(first), 0.0f32)
    } else {
        (gelu_slope(first), 0.0f32)
    }
}
