//! Matrices that are dense or stay packed in their block format.

use std::sync::Arc;

use burn::prelude::*;

use super::kernels::product::Source;
use super::kernels::{for_each_task, from_values, into_values};
use super::packed::PackedTensor;
use super::quant::{Grouped, StoredMatrix, StoredType};
use crate::Result;
use crate::device::{is_cpu, upload};

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
        Self::Floats(HostFloats { values: Arc::new(into_values(tensor)), shape })
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

    /// Bytes that the matrix takes up on its device.
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
                let x = into_values(x);
                let mut out = vec![0.0; x.len() / cols.max(1) * rows];
                self.on_host(|source| source.forward(&x, &mut out, false));
                from_values(out, rows)
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
                let gradient = into_values(gradient);
                let mut out = vec![0.0; gradient.len() / rows.max(1) * cols];
                self.on_host(|source| source.backward(&gradient, &mut out, false));
                from_values(out, cols)
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
                work(Source::Floats(&into_values(self.dense(&Device::flex())), cols))
            }
        }
    }
}

/// All floats of a packed matrix.
fn dequantized(stored: &StoredMatrix) -> Vec<f32> {
    const ROWS_PER_TASK: usize = 64;
    let mut values = vec![0.0; stored.rows * stored.cols];
    let tasks = values.chunks_mut((ROWS_PER_TASK * stored.cols).max(1)).enumerate().collect();
    for_each_task(tasks, |(task, values): (usize, &mut [f32])| {
        let start = task * ROWS_PER_TASK;
        stored.dequantize_rows(start..start + values.len() / stored.cols, values).expect(CHECKED);
    });
    values
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
