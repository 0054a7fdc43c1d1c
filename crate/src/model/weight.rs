//! Linear layers whose matrix is dense or stays packed in its block format.

use std::sync::Arc;

use burn::prelude::*;
use burn::tensor::TensorData;

use super::kernels::product::Source;
use super::kernels::{give, spread, take};
use super::quant::{Grouped, StoredMatrix, StoredType};
use crate::Result;
use crate::device::{is_cpu, upload};

/// Elements of a matrix packed on a GPU that are floats at a time.
const CHUNK_ELEMENTS: usize = 1 << 20;

/// Why dequantising a placed matrix cannot fail.
const CHECKED: &str = "a stored matrix holds all of its rows: its constructor checked";

/// A matrix `[out, in]`.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a model has a few hundred of these, beside what they hold on the device")]
pub enum Weight {
    /// Floats on the device. A GPU's form.
    Dense(Tensor<2>),
    /// Floats in host memory, where our own loops read them in place. The CPU's form.
    Floats(HostFloats),
    /// The file's own blocks on the host, dequantised for each use. The CPU's form.
    Host(StoredMatrix),
    /// Codes, scales and minima on the device, dequantised there for each use.
    Device(PackedTensor),
}

/// A matrix of floats in host memory, row-major.
#[derive(Clone, Debug)]
pub struct HostFloats {
    values: Arc<Vec<f32>>,
    shape: [usize; 2],
}

/// A quantised matrix on a GPU: `value = code * scale + min` in groups along the row.
#[derive(Clone, Debug)]
pub struct PackedTensor {
    words: Tensor<2, Int>,
    scales: Tensor<2>,
    mins: Tensor<2>,
    bits: usize,
    group: usize,
    shape: [usize; 2],
}

impl PackedTensor {
    /// Uploads a regrouped matrix.
    pub fn upload(grouped: Grouped, rows: usize, cols: usize, device: &Device) -> Self {
        let (per_word, groups) = (32 / grouped.bits, cols / grouped.group);
        // The bit pattern is what counts; i32 is the integer type that every device has.
        let words: Vec<i32> = grouped.words.into_iter().map(u32::cast_signed).collect();
        Self {
            words: Tensor::from_data(TensorData::new(words, [rows, cols / per_word]), device),
            scales: upload(grouped.scales, [rows, groups], device),
            mins: upload(grouped.mins, [rows, groups], device),
            bits: grouped.bits,
            group: grouped.group,
            shape: [rows, cols],
        }
    }

    fn rows(&self, from: usize, to: usize) -> Self {
        Self {
            words: self.words.clone().slice_dim(0, from..to),
            scales: self.scales.clone().slice_dim(0, from..to),
            mins: self.mins.clone().slice_dim(0, from..to),
            shape: [to - from, self.shape[1]],
            ..*self
        }
    }

    fn select(&self, indices: Tensor<1, Int>) -> Self {
        let rows = indices.dims()[0];
        Self {
            words: self.words.clone().select(0, indices.clone()),
            scales: self.scales.clone().select(0, indices.clone()),
            mins: self.mins.clone().select(0, indices),
            shape: [rows, self.shape[1]],
            ..*self
        }
    }

    /// The floats `[out, in]`.
    pub fn dequantize(&self) -> Tensor<2> {
        let [rows, cols] = self.shape;
        let (per_word, groups) = (32 / self.bits, cols / self.group);
        // Few operations on large tensors: on a GPU each is a dispatch, and every product dequantises again. The shift keeps the sign, the
        // mask removes it.
        let shifts: Vec<i32> = (0..per_word).map(|i| (i * self.bits) as i32).collect();
        let shifts: Tensor<3, Int> = Tensor::from_data(TensorData::new(shifts, [1, 1, per_word]), &self.words.device());
        let words: Tensor<3, Int> = self.words.clone().unsqueeze_dim(2);
        let codes = words.bitwise_right_shift(shifts).bitwise_and_scalar((1_i32 << self.bits) - 1);
        let codes: Tensor<3> = codes.float().reshape([rows, groups, self.group]);
        (codes * self.scales.clone().unsqueeze_dim::<3>(2) + self.mins.clone().unsqueeze_dim::<3>(2)).reshape([rows, cols])
    }

    /// Row ranges that bound the floats alive at once.
    fn row_chunks(&self) -> impl Iterator<Item = (usize, usize)> {
        let [rows, cols] = self.shape;
        let step = (CHUNK_ELEMENTS / cols.max(1)).clamp(1, rows.max(1));
        (0..rows).step_by(step).map(move |from| (from, (from + step).min(rows)))
    }

    fn bytes(&self) -> usize {
        let [rows, cols] = self.shape;
        rows * (cols * self.bits / 8 + 8 * cols / self.group)
    }
}

impl Weight {
    /// Places a stored matrix on `device`: quantised types stay packed, float types become dense.
    ///
    /// # Errors
    /// The stored bytes do not fit the shape.
    pub fn place(stored: &StoredMatrix, device: &Device) -> Result<Self> {
        Ok(match stored.ty {
            StoredType::F32 if is_cpu(device) => {
                Self::Floats(HostFloats { values: Arc::new(stored.to_f32_vec()?), shape: [stored.rows, stored.cols] })
            }
            StoredType::F32 => Self::Dense(upload(stored.to_f32_vec()?, [stored.rows, stored.cols], device)),
            _ if is_cpu(device) => Self::Host(stored.clone()),
            _ => match Grouped::new(stored) {
                Some(grouped) => Self::Device(PackedTensor::upload(grouped, stored.rows, stored.cols, device)),
                None => Self::Dense(upload(stored.to_f32_vec()?, [stored.rows, stored.cols], device)),
            },
        })
    }

    /// The matrix `[out, in]` as floats where its device wants them.
    pub fn of_tensor(tensor: Tensor<2>) -> Self {
        if !is_cpu(&tensor.device()) {
            return Self::Dense(tensor);
        }
        let shape = tensor.dims();
        Self::Floats(HostFloats { values: Arc::new(take(tensor)), shape })
    }

    /// `[out, in]`.
    pub fn shape(&self) -> [usize; 2] {
        match self {
            Self::Dense(tensor) => tensor.dims(),
            Self::Floats(floats) => floats.shape,
            Self::Host(stored) => [stored.rows, stored.cols],
            Self::Device(packed) => packed.shape,
        }
    }

    /// Bytes that the matrix occupies where it lies.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Dense(tensor) => tensor.dims().iter().product::<usize>() * 4,
            Self::Floats(floats) => floats.values.len() * 4,
            Self::Host(stored) => stored.bytes_len(),
            Self::Device(packed) => packed.bytes(),
        }
    }

    /// The floats `[out, in]`.
    pub fn dense(&self, device: &Device) -> Tensor<2> {
        match self {
            Self::Dense(tensor) => tensor.clone(),
            Self::Floats(floats) => upload(floats.values.to_vec(), floats.shape, device),
            Self::Host(stored) => upload(dequantized(stored), [stored.rows, stored.cols], device),
            Self::Device(packed) => packed.dequantize(),
        }
    }

    /// The rows at `indices` as floats `[indices, in]` (embedding lookup).
    pub fn lookup(&self, indices: &[usize], device: &Device) -> Tensor<2> {
        match self {
            Self::Dense(tensor) => tensor.clone().select(0, crate::device::upload_indices(indices, device)),
            Self::Device(packed) => packed.select(crate::device::upload_indices(indices, device)).dequantize(),
            Self::Floats(HostFloats { values, shape: [_, cols] }) => {
                let rows = indices.iter().flat_map(|&index| &values[index * cols..(index + 1) * cols]);
                upload(rows.copied().collect(), [indices.len(), *cols], device)
            }
            Self::Host(stored) => {
                let mut values = vec![0.0; indices.len() * stored.cols];
                for (row, &index) in values.chunks_exact_mut(stored.cols).zip(indices) {
                    stored.dequantize_rows(index..index + 1, row).expect(CHECKED);
                }
                upload(values, [indices.len(), stored.cols], device)
            }
        }
    }

    /// `x W^T`: `[n, in] -> [n, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Dense(tensor) => x.matmul(tensor.clone().transpose()),
            Self::Device(packed) => {
                let parts = packed.row_chunks().map(|(from, to)| x.clone().matmul(packed.rows(from, to).dequantize().transpose()));
                Tensor::cat(parts.collect(), 1)
            }
            Self::Floats(_) | Self::Host(_) => {
                let [rows, cols] = self.shape();
                let x = take(x);
                let mut out = vec![0.0; x.len() / cols.max(1) * rows];
                self.on_host(|source| source.forward(&x, &mut out, false));
                give(out, rows)
            }
        }
    }

    /// `g W`: `[n, out] -> [n, in]`, the gradient with respect to the input of [`Weight::forward`].
    pub fn backward(&self, gradient: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Dense(tensor) => gradient.matmul(tensor.clone()),
            Self::Device(packed) => {
                let parts = packed.row_chunks().map(|(from, to)| {
                    let gradient = gradient.clone().slice_dim(1, from..to);
                    gradient.matmul(packed.rows(from, to).dequantize())
                });
                let sum = parts.reduce(|sum, part| sum + part);
                sum.unwrap_or_else(|| Tensor::zeros([gradient.dims()[0], packed.shape[1]], &gradient.device()))
            }
            Self::Floats(_) | Self::Host(_) => {
                let [rows, cols] = self.shape();
                let gradient = take(gradient);
                let mut out = vec![0.0; gradient.len() / rows.max(1) * cols];
                self.on_host(|source| source.backward(&gradient, &mut out, false));
                give(out, cols)
            }
        }
    }

    /// Lets `work` see the matrix in host memory; only for matrices of the CPU.
    pub(super) fn on_host<R>(&self, work: impl FnOnce(Source<'_>) -> R) -> R {
        match self {
            Self::Floats(floats) => work(Source::Floats(&floats.values, floats.shape[1])),
            Self::Host(stored) => work(Source::Packed(stored)),
            Self::Dense(_) | Self::Device(_) => {
                let cols = self.shape()[1];
                work(Source::Floats(&take(self.dense(&Device::flex())), cols))
            }
        }
    }
}

/// All floats of a packed matrix.
fn dequantized(stored: &StoredMatrix) -> Vec<f32> {
    const ROWS_PER_TASK: usize = 64;
    let mut values = vec![0.0; stored.rows * stored.cols];
    let tasks = values.chunks_mut((ROWS_PER_TASK * stored.cols).max(1)).enumerate().collect();
    spread(tasks, |(task, values): (usize, &mut [f32])| {
        let start = task * ROWS_PER_TASK;
        stored.dequantize_rows(start..start + values.len() / stored.cols, values).expect(CHECKED);
    });
    values
}

/// `y = x W^T + b`.
#[derive(Clone, Debug)]
pub struct Linear {
    /// `[out, in]`.
    pub weight: Weight,
    /// `[out]`.
    pub bias: Option<Tensor<1>>,
}

impl Linear {
    /// `[n, in] -> [n, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let y = self.weight.forward(x);
        match &self.bias {
            Some(bias) => y + bias.clone().unsqueeze(),
            None => y,
        }
    }

    /// Gradient with respect to the input.
    pub fn backward(&self, gradient: Tensor<2>) -> Tensor<2> {
        self.weight.backward(gradient)
    }

    /// [`Linear::forward`] on the CPU.
    pub(super) fn host_forward(&self, x: &[f32]) -> Vec<f32> {
        let [rows, cols] = self.weight.shape();
        let mut out = vec![0.0; x.len() / cols.max(1) * rows];
        self.host_product(x, &mut out, false);
        out
    }

    /// Adds [`Linear::forward`] to `out`, on the CPU.
    pub(super) fn host_forward_onto(&self, x: &[f32], out: &mut [f32]) {
        self.host_product(x, out, true);
    }

    fn host_product(&self, x: &[f32], out: &mut [f32], add: bool) {
        self.weight.on_host(|source| source.forward(x, out, add));
        if let Some(bias) = &self.bias {
            let bias = take(bias.clone());
            for row in out.chunks_exact_mut(bias.len().max(1)) {
                row.iter_mut().zip(&bias).for_each(|(y, b)| *y += b);
            }
        }
    }

    /// [`Linear::backward`] on the CPU.
    pub(super) fn host_backward(&self, gradient: &[f32]) -> Vec<f32> {
        let [rows, cols] = self.weight.shape();
        let mut out = vec![0.0; gradient.len() / rows.max(1) * cols];
        self.weight.on_host(|source| source.backward(gradient, &mut out, false));
        out
    }

    /// Adds [`Linear::backward`] to `out`, on the CPU.
    pub(super) fn host_backward_onto(&self, gradient: &[f32], out: &mut [f32]) {
        self.weight.on_host(|source| source.backward(gradient, out, true));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

    use burn::tensor::Tolerance;

    use super::*;
    use crate::model::quant::{quantize_q4_1, quantize_q8_0};

    /// The device form, unpacked by tensor operations, against the host's own loops; whole, by rows and by lookup.
    #[test]
    fn the_device_form_holds_the_same_floats() {
        let (rows, cols, device) = (6, 64, Device::flex());
        let values: Vec<f32> = (0..rows * cols).map(|i| (i as f32 * 0.37).sin()).collect();
        for stored in [quantize_q4_1(rows, cols, &values).unwrap(), quantize_q8_0(rows, cols, &values).unwrap()] {
            let host = Weight::Host(stored.clone());
            let packed = Weight::Device(PackedTensor::upload(Grouped::new(&stored).unwrap(), rows, cols, &device));
            let exact = Tolerance::<f32>::absolute(1e-6);
            packed.dense(&device).into_data().assert_approx_eq(&host.dense(&device).into_data(), exact);
            packed.lookup(&[5, 0, 5], &device).into_data().assert_approx_eq(&host.lookup(&[5, 0, 5], &device).into_data(), exact);
            let x = upload(values[..2 * cols].to_vec(), [2, cols], &device);
            let close = Tolerance::<f32>::absolute(1e-4);
            packed.forward(x.clone()).into_data().assert_approx_eq(&host.forward(x.clone()).into_data(), close);
            let g = upload(values[..2 * rows].to_vec(), [2, rows], &device);
            packed.backward(g.clone()).into_data().assert_approx_eq(&host.backward(g).into_data(), close);
        }
    }
}
