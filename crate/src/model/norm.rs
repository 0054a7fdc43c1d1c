//! RMS norm and layer norm, forward and the gradient with respect to the input.

use burn::prelude::*;

use super::kernels::norm::Gains;
use super::kernels::{from_values, into_values};
use crate::device::is_cpu;
use crate::gpu::RowNorm;

/// A norm over the last dimension of `[n, hidden]`: RMS norm `x / sqrt(mean(x^2) + eps) * w`, layer norm
/// `(x - mean) / sqrt(var + eps) * w + b`.
#[derive(Clone, Debug)]
pub struct Norm {
    /// Gain `[hidden]`.
    pub weight: Tensor<1>,
    /// Shift `[hidden]`; its presence makes this a layer norm, its absence an RMS norm.
    pub bias: Option<Tensor<1>>,
    /// Added to the variance or mean square.
    pub epsilon: f64,
    /// As a GPU's kernels want it.
    on_gpu: Option<RowNorm>,
}

impl Norm {
    /// From its gain and shift, where the model lies.
    pub fn new(weight: Tensor<1>, bias: Option<Tensor<1>>, epsilon: f64) -> Self {
        let on_gpu = (!is_cpu(&weight.device())).then(|| RowNorm::new(&weight, bias.as_ref(), epsilon));
        Self { weight, bias, epsilon, on_gpu }
    }

    /// Of each row of `x`, added to `onto`.
    pub(super) fn forward_onto(&self, x: Tensor<2>, onto: Tensor<2>) -> Tensor<2> {
        match &self.on_gpu {
            Some(norm) => norm.forward_onto(x, onto),
            None => self.forward(x) + onto,
        }
    }

    /// Of each row of `x`; only on the CPU. On a GPU the product behind it computes it.
    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let width = x.dims()[1];
        from_values(self.on_host(|norm| norm.forward(&into_values(x))), width)
    }

    /// Gradient with respect to `x`, given that of the output, `(+ onto)`. With u = g * w and n the normalised x:
    /// RMS `r (u - n mean(u n))`, layer norm `r (u - mean(u) - n mean(u n))`.
    pub fn backward(&self, x: Tensor<2>, gradient: Tensor<2>, onto: Option<Tensor<2>>) -> Tensor<2> {
        if let Some(norm) = &self.on_gpu {
            return norm.backward(x, gradient, onto);
        }
        let width = x.dims()[1];
        let mut sum = onto.map_or_else(|| vec![0.0; x.dims().iter().product()], into_values);
        self.on_host(|norm| norm.backward_onto(&into_values(x), &into_values(gradient), &mut sum));
        from_values(sum, width)
    }

    /// As a GPU's kernels want it.
    pub(super) fn on_gpu(&self) -> Option<&RowNorm> {
        self.on_gpu.as_ref()
    }

    /// Lets `work` see the norm in host memory; only on the CPU.
    pub(super) fn on_host<R>(&self, work: impl FnOnce(Gains<'_>) -> R) -> R {
        let (weight, bias) = (into_values(self.weight.clone()), self.bias.clone().map(into_values));
        work(Gains { weight: &weight, bias: bias.as_deref(), epsilon: self.epsilon })
    }
}
