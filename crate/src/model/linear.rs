//! A linear layer: a weight and, in some families, a bias.

use burn::prelude::*;

use super::kernels::into_values;
use super::kernels::product::forward;
use super::norm::Norm;
use super::weight::Weight;
use crate::gpu::{Added, Matrix};

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
        match &self.weight {
            Weight::Device(matrix) => matrix.forward(x, None, Added { bias: self.bias.as_ref(), onto: None }),
            weight => match &self.bias {
                Some(bias) => weight.forward(x) + bias.clone().unsqueeze(),
                None => weight.forward(x),
            },
        }
    }

    /// [`Linear::forward`] added to `onto`, `[n, out]`.
    pub(super) fn forward_onto(&self, x: Tensor<2>, onto: Tensor<2>) -> Tensor<2> {
        match &self.weight {
            Weight::Device(matrix) => matrix.forward(x, None, Added { bias: self.bias.as_ref(), onto: Some(onto) }),
            _ => self.forward(x) + onto,
        }
    }

    /// [`Linear::forward`] of `norm(x)`.
    pub(super) fn forward_normed(&self, x: Tensor<2>, norm: &Norm) -> Tensor<2> {
        match &self.weight {
            Weight::Device(matrix) => matrix.forward(x, norm.on_gpu(), Added { bias: self.bias.as_ref(), onto: None }),
            _ => self.forward(norm.forward(x)),
        }
    }

    /// The matrix of a GPU.
    pub(super) fn on_gpu(&self) -> &Matrix {
        match &self.weight {
            Weight::Device(matrix) => matrix,
            Weight::Floats(_) | Weight::Host(_) => unreachable!("only on a GPU"),
        }
    }

    /// Gradient with respect to the input.
    pub fn backward(&self, gradient: Tensor<2>) -> Tensor<2> {
        self.weight.backward(gradient)
    }

    /// [`Linear::backward`] `(+ onto)`, `[n, in]`.
    pub(super) fn backward_onto(&self, gradient: Tensor<2>, onto: Option<Tensor<2>>) -> Tensor<2> {
        match (&self.weight, onto) {
            (Weight::Device(matrix), onto) => matrix.backward(gradient, onto),
            (weight, Some(onto)) => weight.backward(gradient) + onto,
            (weight, None) => weight.backward(gradient),
        }
    }

    /// [`Linear::forward`] on the CPU.
    pub(super) fn host_forward(&self, x: &[f32]) -> Vec<f32> {
        Self::host_forward_each(std::slice::from_ref(self), x).pop().unwrap_or_default()
    }

    /// [`Linear::host_forward`] of several layers of the same input, side by side.
    pub(super) fn host_forward_each(layers: &[Self], x: &[f32]) -> Vec<Vec<f32>> {
        let cols = layers.first().map_or(1, |layer| layer.weight.shape()[1]);
        let mut outs: Vec<Vec<f32>> = layers.iter().map(|layer| vec![0.0; x.len() / cols.max(1) * layer.weight.shape()[0]]).collect();
        let products = layers.iter().zip(&mut outs).map(|(layer, out)| (layer.weight.source(), out.as_mut_slice()));
        forward(x, cols, products.collect(), false);
        layers.iter().zip(&mut outs).for_each(|(layer, out)| layer.add_bias(out));
        outs
    }

    /// Adds [`Linear::forward`] to `out`, on the CPU.
    pub(super) fn host_forward_onto(&self, x: &[f32], out: &mut [f32]) {
        forward(x, self.weight.shape()[1], vec![(self.weight.source(), &mut *out)], true);
        self.add_bias(out);
    }

    fn add_bias(&self, out: &mut [f32]) {
        let Some(bias) = &self.bias else { return };
        let bias = into_values(bias.clone());
        for row in out.chunks_exact_mut(bias.len().max(1)) {
            row.iter_mut().zip(&bias).for_each(|(y, b)| *y += b);
        }
    }

    /// [`Linear::backward`] on the CPU.
    pub(super) fn host_backward(&self, gradient: &[f32]) -> Vec<f32> {
        let [rows, cols] = self.weight.shape();
        let mut out = vec![0.0; gradient.len() / rows.max(1) * cols];
        self.weight.source().backward(gradient, &mut out, false);
        out
    }

    /// Adds [`Linear::backward`] to `out`, on the CPU.
    pub(super) fn host_backward_onto(&self, gradient: &[f32], out: &mut [f32]) {
        self.weight.source().backward(gradient, out, true);
    }
}
