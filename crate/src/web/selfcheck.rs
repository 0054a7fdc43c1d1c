//! The start-up self-check: the same small computations on the GPU and on the CPU, whose results must agree.

use burn::prelude::*;
use burn::tensor::activation::{silu, softmax};

use super::started::SelfCheck;
use crate::Result;
use crate::device::{read, upload};
use crate::model::Weight;
use crate::model::quant::{quantize_q4_1, quantize_q8_0};

/// Largest difference, relative to 1 + |CPU's value|, that counts as agreement. Sums of 64 products in f32 differ by a thousandth of it
/// with the order of summation; a kernel that did not run differs by more than a thousand times it.
const TOLERANCE: f64 = 1e-3;
/// Side of the matrices.
const SIZE: usize = 64;

/// Runs the check on `gpu`.
///
/// # Errors
/// The GPU fails or reports an error of its own.
pub(super) async fn run(gpu: &Device) -> Result<SelfCheck> {
    let cpu = Device::flex();
    let mut maximum: f64 = 0.0;
    for (found, expected) in compute(gpu).await?.iter().zip(&compute(&cpu).await?) {
        for (&found, &expected) in found.iter().zip(expected) {
            let difference = f64::from(found - expected).abs() / (1.0 + f64::from(expected).abs());
            // A comparison with NaN is false, so this catches it too.
            maximum = if difference <= maximum { maximum } else { difference };
            if !difference.is_finite() {
                maximum = f64::INFINITY;
            }
        }
    }
    Ok(SelfCheck { maximum_difference: maximum, tolerance: TOLERANCE, passed: maximum <= TOLERANCE })
}

/// One result for each kind of kernel that a model needs.
async fn compute(device: &Device) -> Result<Vec<Vec<f32>>> {
    let (left, right) = (values(1), values(2));
    let a = upload(left.clone(), [SIZE, SIZE], device);
    let b = upload(right.clone(), [SIZE, SIZE], device);
    let mut results = vec![
        read(a.clone().matmul(b.clone())).await?,
        read(softmax(a.clone() * 8.0, 1)).await?,
        read(a.clone().mul(b).sum_dim(1)).await?,
        read(a.clone().max_dim(0)).await?,
        read(silu(a.clone())).await?,
    ];
    // One row, two and many take different kernels.
    for stored in [quantize_q4_1(SIZE, SIZE, &right)?, quantize_q8_0(SIZE, SIZE, &right)?] {
        let weight = Weight::place(&stored, device)?;
        for rows in [1, 2, 17] {
            results.push(read(weight.forward(a.clone().slice_dim(0, 0..rows))).await?);
        }
    }
    Ok(results)
}

/// Values in [-1, 1) that look random and are the same everywhere (a linear congruential generator's upper bits).
fn values(seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..SIZE * SIZE)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1_u32 << 23) as f32 - 1.0
        })
        .collect()
}
