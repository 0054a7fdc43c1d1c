//! The MLP's non-linearities, forward and backward, value by value.

use super::vector::{exp, sigmoid, tanh, vectorized};
use super::{GRAIN, for_each_task};
use crate::gpu::{ERF_POLYNOMIAL, ERF_SLOPE, GELU_CUBIC, GELU_SLOPE};

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

/// `gelu_tanh(gate) up`.
pub(in crate::model) fn gelu_tanh_gated(gate: &[f32], up: &[f32]) -> Vec<f32> {
    let mut keys = gelu_tanh(gate);
    keys.iter_mut().zip(up).for_each(|(key, up)| *key *= up);
    keys
}

/// Gradients with respect to gate and up-projection, given that of the keys, which becomes that of the up-projection in place.
pub(in crate::model) fn gelu_tanh_gated_backward(gate: &[f32], up: &[f32], toward_keys: &mut [f32]) -> Vec<f32> {
    let mut toward_gate: Vec<f32> = toward_keys.iter().zip(up).map(|(toward, up)| toward * up).collect();
    gelu_tanh_backward(gate, &mut toward_gate);
    toward_keys.iter_mut().zip(gelu_tanh(gate)).for_each(|(toward, opened)| *toward *= opened);
    toward_gate
}

/// `x/2 (1 + tanh(s (x + c x^3)))`.
pub(in crate::model) fn gelu_tanh(x: &[f32]) -> Vec<f32> {
    let mut keys = vec![0.0; x.len()];
    for_each_task(keys.chunks_mut(GRAIN).zip(x.chunks(GRAIN)).collect(), |(keys, x): (&mut [f32], &[f32])| {
        vectorized(
            #[inline(always)]
            || {
                for (key, &x) in keys.iter_mut().zip(x) {
                    *key = 0.5 * x * (1.0 + bent(x));
                }
            },
        );
    });
    keys
}

/// Multiplies `gradient` by the slope of [`gelu_tanh`] at `x`.
pub(in crate::model) fn gelu_tanh_backward(x: &[f32], gradient: &mut [f32]) {
    for_each_task(gradient.chunks_mut(GRAIN).zip(x.chunks(GRAIN)).collect(), |(gradient, x): (&mut [f32], &[f32])| {
        vectorized(
            #[inline(always)]
            || {
                for (gradient, &x) in gradient.iter_mut().zip(x) {
                    let t = bent(x);
                    let inner = GELU_SLOPE * (1.0 + 3.0 * GELU_CUBIC * x * x);
                    *gradient *= 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner;
                }
            },
        );
    });
}

#[inline(always)]
fn bent(x: f32) -> f32 {
    tanh(GELU_SLOPE * (x + GELU_CUBIC * x * x * x))
}

/// `x Phi(x)`, Phi being the distribution function of the normal distribution.
pub(in crate::model) fn gelu(x: &[f32]) -> Vec<f32> {
    let mut keys = vec![0.0; x.len()];
    for_each_task(keys.chunks_mut(GRAIN).zip(x.chunks(GRAIN)).collect(), |(keys, x): (&mut [f32], &[f32])| {
        vectorized(
            #[inline(always)]
            || keys.iter_mut().zip(x).for_each(|(key, &x)| *key = x * normal_distribution(x).0),
        );
    });
    keys
}

/// Multiplies `gradient` by the slope of [`gelu`] at `x`: `Phi(x) + x phi(x)`.
pub(in crate::model) fn gelu_backward(x: &[f32], gradient: &mut [f32]) {
    for_each_task(gradient.chunks_mut(GRAIN).zip(x.chunks(GRAIN)).collect(), |(gradient, x): (&mut [f32], &[f32])| {
        vectorized(
            #[inline(always)]
            || {
                for (gradient, &x) in gradient.iter_mut().zip(x) {
                    let (distribution, density) = normal_distribution(x);
                    *gradient *= distribution + x * density;
                }
            },
        );
    });
}

/// Phi(x) within 1e-7, and its density phi(x). Source: Abramowitz and Stegun, 7.1.26.
#[inline(always)]
fn normal_distribution(x: f32) -> (f32, f32) {
    /// 1 / sqrt(2 pi).
    const HEIGHT: f32 = 0.398_942_3;
    let bell = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + ERF_SLOPE * std::f32::consts::FRAC_1_SQRT_2 * x.abs());
    let polynomial = ERF_POLYNOMIAL.iter().rev().fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    let tail = 0.5 * polynomial * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, HEIGHT * bell)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Phi(x) by Simpson's rule over the density, in f64.
    fn by_integration(x: f64) -> f64 {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let steps = 2000;
        let width = x / f64::from(steps);
        let sum: f64 =
            (0..steps).map(|i| f64::from(i) * width).map(|a| density(a) + 4.0 * density(a + width / 2.0) + density(a + width)).sum();
        0.5 + sum * width / 6.0
    }

    #[test]
    fn the_normal_distribution_and_its_slope_are_those_of_the_integral() {
        for i in -80..=80 {
            let x = i as f32 / 10.0;
            let exact = by_integration(f64::from(x));
            let (distribution, density) = normal_distribution(x);
            assert!((f64::from(distribution) - exact).abs() < 1.5e-7, "Phi({x}) = {exact}, not {distribution}");
            let step = 1e-3;
            let slope = (by_integration(f64::from(x) + step) - by_integration(f64::from(x) - step)) / (2.0 * step);
            assert!((f64::from(density) - slope).abs() < 1e-6, "phi({x}) = {slope}, not {density}");
        }
        let x = [-1.0, 0.0, 0.5, 3.0];
        let mut gradient = [1.0; 4];
        gelu_backward(&x, &mut gradient);
        for (&x, &gradient) in x.iter().zip(&gradient) {
            let [above, below] = [1e-2, -1e-2].map(|step| f64::from(x) + step).map(|x| x * by_integration(x));
            assert!((f64::from(gradient) - (above - below) / 2e-2).abs() < 1e-4, "{x}");
        }
    }
}
