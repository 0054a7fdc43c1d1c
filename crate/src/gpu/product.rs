//! Products with weight matrices that stay packed, and their adjoints, with what stands before and behind them in a model.

mod backward;
mod forward;

use burn::tensor::{Int, Tensor};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::activation::Activation;
use super::norm::RowNorm;
use super::tensors::{floats, words};

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Singles.
    F32,
    /// Halves, two in a word.
    F16,
    /// The upper halves of singles, two in a word.
    Bf16,
    /// Codes of 4 or 8 bits, `value = code * scale + min` by groups of 16 or 32 along the row.
    Codes {
        /// Width of a code.
        bits: usize,
        /// Codes that share a scale and a minimum.
        group: usize,
    },
}

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

/// What is added to a product.
#[derive(Clone, Debug, Default)]
pub struct Added<'a> {
    /// To every row, `[out]`.
    pub bias: Option<&'a Tensor<1>>,
    /// `[n, out]`.
    pub onto: Option<Tensor<2>>,
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

    /// `norm(x) W^T`, `(+ bias) (+ onto)`: `x` is `[n, cols]`, the result `[n, rows]`.
    pub fn forward(&self, x: Tensor<2>, norm: Option<&RowNorm>, added: Added<'_>) -> Tensor<2> {
        self.launch_forward(x, norm, added)
    }

    /// `norm(x) W^T (+ bias)` and the keys that the activation makes of it, `[n, rows / 2]` where it is gated.
    pub fn forward_activated(
        &self,
        x: Tensor<2>,
        norm: Option<&RowNorm>,
        bias: Option<&Tensor<1>>,
        activation: Activation,
    ) -> (Tensor<2>, Tensor<2>) {
        self.launch_activated(x, norm, bias, activation)
    }

    /// `g W (+ onto)`: `g` is `[n, rows]`, `onto` and the result `[n, cols]`.
    pub fn backward(&self, gradient: Tensor<2>, onto: Option<Tensor<2>>) -> Tensor<2> {
        self.launch_backward(gradient, onto, None)
    }

    /// The gradient with respect to what the activation was given, `inner`, of its shape: that of the keys is `g W`.
    pub fn backward_activated(&self, gradient: Tensor<2>, inner: Tensor<2>, activation: Activation) -> Tensor<2> {
        self.launch_backward(gradient, Some(inner), Some(activation))
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
