//! The kernels of GPUs against the CPU's loops, on whatever adapter the machine has; Mesa's lavapipe will do.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod blocks;
#[path = "../device_support/mod.rs"]
mod device_support;
mod products;
#[path = "../skip_support/mod.rs"]
mod skip_support;
mod targets;

use burn::prelude::*;
use pollster::block_on;

/// The GPU; `None`, and a word about it, where there is none.
fn gpu() -> Option<Device> {
    let gpu = device_support::gpu();
    if gpu.is_none() {
        skip_support::skipped("no adapter of wgpu is at hand (mesa-vulkan-drivers has a software one)");
    }
    gpu
}

/// Values without pattern, about as large as a residual stream's.
fn noise(count: usize, seed: f32) -> Vec<f32> {
    (0..count).map(|i| ((i as f32 * 12.9898 + seed) * 1.7).sin() * 1.3).collect()
}

/// The values of a tensor of any device.
fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    block_on(langedit::device::read(tensor)).unwrap()
}

/// Holds two results against each other: the largest difference, relative to the root mean square of the expected.
#[track_caller]
fn close(found: &[f32], expected: &[f32], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let mean = expected.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / expected.len().max(1) as f64;
    let worst = found.iter().zip(expected).fold(0.0_f64, |worst, (&a, &b)| worst.max(f64::from(a - b).abs()));
    assert!(worst <= tolerance * (1e-30 + mean.sqrt()), "{what}: {worst:e} off, root mean square {:e}", mean.sqrt());
}
