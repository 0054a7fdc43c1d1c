//! Products with weight matrices that stay packed, and their adjoints, with what stands before and behind them in a model.

mod backward;
mod forward;

use burn::tensor::{Int, Tensor};
use burn_cubecl::tensor::CubeTensor;

use super::activation::Activation;
use super::norm::RowNorm;
use super::tensors::{floats, words};

/// How a matrix lies in memory: `value = code * scale + min` by groups of codes along the row, or floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Packing {
    /// Width of a code: 4 or 8; 32 for floats.
    pub bits: usize,
    /// Codes that share a scale and a minimum.
    pub group: usize,
}

/// A matrix `[rows, cols]` on a GPU.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Codes packed along the rows, or the bits of floats.
    pub(super) words: CubeTensor,
    /// `[rows, cols / group]`; unread for floats.
    pub(super) scales: CubeTensor,
    /// As `scales`.
    pub(super) mins: CubeTensor,
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
        Self { scales: words.clone(), mins: words.clone(), words, packing: Packing { bits: 32, group: 1 }, rows, cols }
    }

    /// Codes with their scales and minima; `cols` is a multiple of the codes in a word and of the group.
    pub fn of_codes(codes: Tensor<2, Int>, scales: Tensor<2>, mins: Tensor<2>, packing: Packing) -> Self {
        let [rows, width] = codes.dims();
        Self { words: words(codes), scales: floats(scales), mins: floats(mins), packing, rows, cols: width * (32 / packing.bits) }
    }

    /// `[rows, cols]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.cols]
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> usize {
        let values = self.rows * self.cols;
        if self.packing.bits == 32 { 4 * values } else { values * self.packing.bits / 8 + 8 * values / self.packing.group }
    }

    /// `norm(x) W^T`, `(+ bias) (+ onto)`: `x` is `[n, cols]`, the result `[n, rows]`.
    pub fn forward(&self, x: Tensor<2>, norm: Option<&RowNorm>, added: Added<'_>) -> Tensor<2> {
        self.launch_forward(x, norm, added, None).0
    }

    /// `norm(x) W^T (+ bias)` and the keys that the activation makes of it, `[n, rows / 2]` where it is gated.
    pub fn forward_activated(
        &self,
        x: Tensor<2>,
        norm: Option<&RowNorm>,
        bias: Option<&Tensor<1>>,
        activation: Activation,
    ) -> (Tensor<2>, Tensor<2>) {
        self.launch_forward(x, norm, Added { bias, onto: None }, Some(activation))
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
