//! Quantised matrices on a GPU.

use burn::prelude::*;
use burn::tensor::TensorData;

use super::quant::Grouped;
use crate::device::upload;

/// Elements of a matrix packed on a GPU that are floats at a time.
const CHUNK_ELEMENTS: usize = 1 << 20;

/// A quantised matrix on a GPU: `value = code * scale + min` in groups along the row.
#[derive(Clone, Debug)]
pub struct PackedTensor {
    words: Tensor<2, Int>,
    scales: Tensor<2>,
    mins: Tensor<2>,
    bits: usize,
    group: usize,
    pub(super) shape: [usize; 2],
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

    pub(super) fn rows(&self, from: usize, to: usize) -> Self {
        Self {
            words: self.words.clone().slice_dim(0, from..to),
            scales: self.scales.clone().slice_dim(0, from..to),
            mins: self.mins.clone().slice_dim(0, from..to),
            shape: [to - from, self.shape[1]],
            ..*self
        }
    }

    pub(super) fn select(&self, indices: Tensor<1, Int>) -> Self {
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
    pub(super) fn row_chunks(&self) -> impl Iterator<Item = (usize, usize)> {
        let [rows, cols] = self.shape;
        let step = (CHUNK_ELEMENTS / cols.max(1)).clamp(1, rows.max(1));
        (0..rows).step_by(step).map(move |from| (from, (from + step).min(rows)))
    }

    pub(super) fn bytes(&self) -> usize {
        let [rows, cols] = self.shape;
        rows * (cols * self.bits / 8 + 8 * cols / self.group)
    }
}
