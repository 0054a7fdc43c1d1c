//! Products with weight matrices that stay packed, and their adjoints, with what stands before and behind them in a model.

mod backward;
mod forward;

use burn::tensor::{Int, Tensor};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::parameters::Packing;
use super::tensors::{floats, words};

impl Packing {
    /// Values in a word.
    pub const fn per_word(self) -> usize {
        match self {
            Self::F32 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::Codes { bits, .. } => 32 / bits,
        }
    }

    /// Values from one look at scale and minimum to the next.
    pub(super) const fn step(self) -> usize {
        match self {
            Self::Codes { group, .. } => group,
            Self::F32 | Self::F16 | Self::Bf16 => self.per_word(),
        }
    }

    pub(super) const fn is_coded(self) -> bool {
        matches!(self, Self::Codes { .. })
    }
}

/// A matrix `[rows, cols]` on a GPU.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Values packed along the rows.
    pub(super) words: CubeTensor,
    /// Scale and minimum of each group, `[rows, cols / group, 2]`; unread for floats.
    pub(super) scales: CubeTensor,
    pub(super) packing: Packing,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl Matrix {
    /// Floats `[rows, cols]`.
    pub fn of_floats(values: Tensor<2>) -> Self {
        let [rows, cols] = values.dims();
        let words = floats(values);
        Self { scales: words.clone(), words, packing: Packing::F32, rows, cols }
    }

    /// Words of packed values `[rows, cols / per word]`; codes with the scale and the minimum of each group, `[rows, cols / group, 2]`. `cols`
    /// is a multiple of the values in a word and of the group.
    pub fn of_words(values: Tensor<2, Int>, scales: Option<Tensor<3>>, packing: Packing) -> Self {
        let [rows, width] = values.dims();
        let words = words(values);
        Self { scales: scales.map_or_else(|| words.clone(), floats), words, packing, rows, cols: width * packing.per_word() }
    }

    /// `[rows, cols]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.cols]
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> usize {
        let values = self.rows * self.cols;
        let scales = if self.packing.is_coded() { 8 * values / self.packing.step() } else { 0 };
        4 * values / self.packing.per_word() + scales
    }
}

/// The value in `place` of a word, exactly.
#[cube]
pub(super) fn unpacked(word: u32, scale: f32, least: f32, #[comptime] place: usize, #[comptime] packing: Packing) -> f32 {
    if comptime![packing == Packing::F32] {
        f32::reinterpret(word)
    } else if comptime![packing == Packing::Bf16] {
        f32::reinterpret((word >> comptime![16 * place as u32]) << 16u32)
    } else if comptime![packing == Packing::F16] {
        let half = word >> comptime![16 * place as u32];
        let magnitude = (half & 0x7fffu32) << 13u32;
        // Subnormal halves by a difference of normal singles: devices may take subnormal singles for zeros.
        let bias = comptime![113u32 << 23];
        let small = f32::reinterpret(magnitude + bias) - f32::reinterpret(bias);
        let normal = f32::reinterpret(magnitude + comptime![112u32 << 23]);
        let value = select(magnitude < comptime![1u32 << 23], small, normal);
        select((half & 0x8000u32) != 0, -value, value)
    } else {
        let bits = comptime![32 / packing.per_word()];
        let code = (word >> comptime![(place * bits) as u32]) & comptime![(1u32 << bits) - 1];
        f32::cast_from(code) * scale + least
    }
}
