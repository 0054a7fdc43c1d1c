//! Linear layers whose matrix is dense or stays packed in its block format.

use burn::prelude::*;
use burn::tensor::TensorData;

use super::quant::{Grouped, StoredMatrix, StoredType};
use crate::Result;
use crate::device::{is_cpu, upload};

/// Elements of a packed matrix that are floats at a time. Small enough that the allocator keeps the memory between uses: fresh pages from
/// the system cost more than the floats in them.
const CHUNK_ELEMENTS: usize = 1 << 20;

/// Why dequantising a placed matrix cannot fail.
const CHECKED: &str = "a stored matrix holds all of its rows: its constructor checked";

/// A matrix `[out, in]`.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a model has a few hundred of these, beside what they hold on the device")]
pub enum Weight {
    /// Floats on the device.
    Dense(Tensor<2>),
    /// The file's own blocks on the host, dequantised for each use. The CPU's form.
    Host(StoredMatrix),
    /// Codes, scales and minima on the device, dequantised there for each use.
    Device(PackedTensor),
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
            StoredType::F32 => Self::Dense(upload(stored.to_f32_vec()?, [stored.rows, stored.cols], device)),
            _ if is_cpu(device) => Self::Host(stored.clone()),
            _ => match Grouped::new(stored) {
                Some(grouped) => Self::Device(PackedTensor::upload(grouped, stored.rows, stored.cols, device)),
                None => Self::Dense(upload(stored.to_f32_vec()?, [stored.rows, stored.cols], device)),
            },
        })
    }

    /// `[out, in]`.
    pub fn shape(&self) -> [usize; 2] {
        match self {
            Self::Dense(tensor) => tensor.dims(),
            Self::Host(stored) => [stored.rows, stored.cols],
            Self::Device(packed) => packed.shape,
        }
    }

    /// Bytes that the matrix occupies where it lies.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Dense(tensor) => tensor.dims().iter().product::<usize>() * 4,
            Self::Host(stored) => stored.bytes_len(),
            Self::Device(packed) => packed.bytes(),
        }
    }

    /// The floats `[out, in]`.
    pub fn dense(&self, device: &Device) -> Tensor<2> {
        let rows = self.shape()[0];
        self.dense_rows(0, rows, device)
    }

    fn dense_rows(&self, from: usize, to: usize, device: &Device) -> Tensor<2> {
        match self {
            Self::Dense(tensor) if from == 0 && to == tensor.dims()[0] => tensor.clone(),
            Self::Dense(tensor) => tensor.clone().slice_dim(0, from..to),
            Self::Host(stored) => upload(dequantize_rows(stored, from, to), [to - from, stored.cols], device),
            Self::Device(packed) if from == 0 && to == packed.shape[0] => packed.dequantize(),
            Self::Device(packed) => packed.rows(from, to).dequantize(),
        }
    }

    /// The rows at `indices` as floats `[indices, in]` (embedding lookup).
    pub fn lookup(&self, indices: &[usize], device: &Device) -> Tensor<2> {
        match self {
            Self::Dense(tensor) => tensor.clone().select(0, crate::device::upload_indices(indices, device)),
            Self::Host(stored) => {
                let mut values = vec![0.0; indices.len() * stored.cols];
                for (row, &index) in values.chunks_exact_mut(stored.cols).zip(indices) {
                    stored.dequantize_rows(index..index + 1, row).expect(CHECKED);
                }
                upload(values, [indices.len(), stored.cols], device)
            }
            Self::Device(packed) => packed.select(crate::device::upload_indices(indices, device)).dequantize(),
        }
    }

    /// `x W^T`: `[n, in] -> [n, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let device = x.device();
        let chunks = self.row_chunks();
        if let [_] = chunks[..] {
            return x.matmul(self.dense(&device).transpose());
        }
        let parts = chunks.iter().map(|&(from, to)| x.clone().matmul(self.dense_rows(from, to, &device).transpose())).collect();
        Tensor::cat(parts, 1)
    }

    /// `g W`: `[n, out] -> [n, in]`, the gradient with respect to the input of [`Weight::forward`].
    pub fn backward(&self, gradient: Tensor<2>) -> Tensor<2> {
        let device = gradient.device();
        let chunks = self.row_chunks();
        if let [_] = chunks[..] {
            return gradient.matmul(self.dense(&device));
        }
        let mut sum: Option<Tensor<2>> = None;
        for (from, to) in chunks {
            let part = gradient.clone().slice_dim(1, from..to).matmul(self.dense_rows(from, to, &device));
            sum = Some(match sum {
                Some(sum) => sum + part,
                None => part,
            });
        }
        sum.unwrap_or_else(|| Tensor::zeros([gradient.dims()[0], self.shape()[1]], &device))
    }

    /// Row ranges that bound the floats alive at once; one range for dense matrices and small packed ones.
    fn row_chunks(&self) -> Vec<(usize, usize)> {
        let [rows, cols] = self.shape();
        let step = match self {
            Self::Dense(_) => rows.max(1),
            Self::Host(_) | Self::Device(_) => (CHUNK_ELEMENTS / cols.max(1)).clamp(1, rows.max(1)),
        };
        (0..rows).step_by(step).map(|from| (from, (from + step).min(rows))).collect()
    }
}

#[cfg(not(target_family = "wasm"))]
fn dequantize_rows(stored: &StoredMatrix, from: usize, to: usize) -> Vec<f32> {
    use rayon::prelude::*;
    const ROWS_PER_TASK: usize = 64;
    let mut values = vec![0.0; (to - from) * stored.cols];
    values.par_chunks_mut(ROWS_PER_TASK * stored.cols).enumerate().for_each(|(task, chunk)| {
        let start = from + task * ROWS_PER_TASK;
        stored.dequantize_rows(start..start + chunk.len() / stored.cols, chunk).expect(CHECKED);
    });
    values
}

#[cfg(target_family = "wasm")]
fn dequantize_rows(stored: &StoredMatrix, from: usize, to: usize) -> Vec<f32> {
    let mut values = vec![0.0; (to - from) * stored.cols];
    stored.dequantize_rows(from..to, &mut values).expect(CHECKED);
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
