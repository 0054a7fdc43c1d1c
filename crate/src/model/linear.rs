//! A linear layer: a weight and, in some families, a bias.

use burn::prelude::*;

use super::kernels::into_values;
use super::weight::Weight;

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
            let bias = into_values(bias.clone());
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
