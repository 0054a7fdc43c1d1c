//! The element-wise work of a training step: fused loops on the host, tensor operations elsewhere.

use burn::prelude::*;
use burn::tensor::TensorData;
use burn::tensor::activation::{log_softmax, sigmoid};

use super::batch::Batch;
use crate::device::{checked, is_cpu, read, upload, upload_indices};
use crate::{Error, ErrorKind, Result, ensure};

/// `silu(gate) * up`.
///
/// # Errors
/// The device failed.
pub(super) fn silu_gate(gate: &Tensor<2>, up: &Tensor<2>) -> Result<Tensor<2>> {
    if !is_cpu(&gate.device()) {
        return Ok(gate.clone() * sigmoid(gate.clone()) * up.clone());
    }
    let (mut gate, up) = (Host::of(gate.clone())?, Host::of(up.clone())?);
    for (g, u) in gate.values_mut()?.iter_mut().zip(up.values()?) {
        *g *= *u / (1.0 + exp(-*g));
    }
    Ok(gate.tensor())
}

/// Gradients of [`silu_gate`] by gate and up: with s the sigmoid, `g up (s + gate s (1 - s))` and `g gate s`.
///
/// # Errors
/// The device failed.
pub(super) fn silu_gate_backward(gradient: Tensor<2>, gate: Tensor<2>, up: Tensor<2>) -> Result<(Tensor<2>, Tensor<2>)> {
    if !is_cpu(&gradient.device()) {
        let opened = sigmoid(gate.clone());
        let silu = gate * opened.clone();
        let slope = opened.clone() + silu.clone() * opened.neg().add_scalar(1.0);
        return Ok((gradient.clone() * up * slope, gradient * silu));
    }
    let (mut gradient, mut gate, up) = (Host::of(gradient)?, Host::of(gate)?, Host::of(up)?);
    for ((g, a), b) in gradient.values_mut()?.iter_mut().zip(gate.values_mut()?).zip(up.values()?) {
        let s = 1.0 / (1.0 + exp(-*a));
        let silu = *a * s;
        (*a, *g) = (*g * *b * (s + silu * (1.0 - s)), *g * silu);
    }
    Ok((gate.tensor(), gradient.tensor()))
}

/// The weighted loss in nats, summed over the positions, and its gradient by logits.
///
/// With p the softmax of a position's logits, Z its denominator and w its weight: `w (log Z - logit of the target + z (log Z)^2)` and
/// `w ((1 + 2 z log Z) p - one-hot)`.
///
/// # Errors
/// The device failed, or the logits are not finite.
pub(super) async fn cross_entropy(logits: Tensor<2>, batch: &Batch, z: f32) -> Result<(f64, Tensor<2>)> {
    let device = logits.device();
    let [n, vocab] = logits.dims();
    if is_cpu(&device) {
        let (mut logits, mut loss) = (Host::of(logits)?, 0.0);
        for ((row, &target), &weight) in logits.values_mut()?.chunks_exact_mut(vocab).zip(&batch.targets).zip(&batch.weights) {
            loss += row_loss(row, target as usize, weight, z);
        }
        ensure!(loss.is_finite(), Numerics, "the loss is {loss}: the training diverged");
        return Ok((loss, logits.tensor()));
    }
    let weights: Tensor<2> = upload(batch.weights.clone(), [n, 1], &device);
    let targets: Vec<usize> = batch.targets.iter().map(|&id| id as usize).collect();
    let targets = upload_indices(&targets, &device).reshape([n, 1]);
    let log_p = log_softmax(logits.clone(), 1);
    let log_z = (logits - log_p.clone()).slice_dim(1, 0..1);
    let of_target = log_p.clone().gather(1, targets.clone());
    let losses = (log_z.clone() * log_z.clone()).mul_scalar(z) - of_target;
    let loss: f64 = read(losses * weights.clone()).await?.into_iter().map(f64::from).sum();
    ensure!(loss.is_finite(), Numerics, "the loss is {loss}: the training diverged");
    let spread = log_p.exp() * (log_z.mul_scalar(2.0 * z).add_scalar(1.0) * weights.clone());
    Ok((loss, spread.scatter(1, targets, weights.neg(), burn::tensor::IndexingUpdateOp::Add)))
}

/// A position's loss; its logits become their gradient.
fn row_loss(row: &mut [f32], target: usize, weight: f32, z: f32) -> f64 {
    if weight == 0.0 {
        row.fill(0.0);
        return 0.0;
    }
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let of_target = row.get(target).copied().unwrap_or_default();
    for logit in row.iter_mut() {
        *logit = exp(*logit - largest);
    }
    // Sums of neighbours first: thousands of terms in one f32 would lose digits.
    let sum: f32 = row.chunks(64).map(|chunk| chunk.iter().sum::<f32>()).sum();
    let log_z = largest + sum.ln();
    let scale = weight * (1.0 + 2.0 * z * log_z) / sum;
    row.iter_mut().for_each(|p| *p *= scale);
    if let Some(p) = row.get_mut(target) {
        *p -= weight;
    }
    f64::from(weight) * f64::from(log_z - of_target + z * log_z * log_z)
}

/// e^x within 3e-7 relative, by operations that become vector code: 2^n e^r with n = round(x / ln 2) and a polynomial for e^r.
#[inline]
pub(super) fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two parts, so that n ln 2 is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding and taking away 1.5 * 2^23 rounds to an integer.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let n = (x * LOG2_E + ROUND) - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_66;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    p * f32::from_bits(((n as i32 + 127) << 23).cast_unsigned())
}

/// A tensor of the CPU taken apart: where nothing else holds it, its values change in place.
struct Host {
    data: TensorData,
    device: Device,
}

impl Host {
    fn of(tensor: Tensor<2>) -> Result<Self> {
        let device = tensor.device();
        Ok(Self { data: checked(&device, tensor.try_into_data())?, device })
    }

    fn values(&self) -> Result<&[f32]> {
        self.data.as_slice().map_err(|e| Error::new(ErrorKind::Device, format!("a tensor of floats was expected: {e:?}")))
    }

    fn values_mut(&mut self) -> Result<&mut [f32]> {
        self.data.as_mut_slice().map_err(|e| Error::new(ErrorKind::Device, format!("a tensor of floats was expected: {e:?}")))
    }

    fn tensor(self) -> Tensor<2> {
        Tensor::from_data(self.data, &self.device)
    }
}
