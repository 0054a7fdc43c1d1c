//! RMS norm and layer norm, forward and the gradient with respect to the input.

use burn::prelude::*;

use super::kernels::into_values;
use super::kernels::norm::Gains;

/// A norm over the last dimension of `[n, hidden]`.
#[derive(Clone, Debug)]
pub struct Norm {
    /// Gain `[hidden]`.
    pub weight: Tensor<1>,
    /// Shift `[hidden]`; its presence makes this a layer norm, its absence an RMS norm.
    pub bias: Option<Tensor<1>>,
    /// Added to the variance or mean square.
    pub epsilon: f64,
}

impl Norm {
    /// RMS norm: `x / sqrt(mean(x^2) + eps) * w`; layer norm: `(x - mean) / sqrt(var + eps) * w + b`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let (normalized, _) = self.normalize(x);
        let y = normalized * self.weight.clone().unsqueeze();
        match &self.bias {
            Some(bias) => y + bias.clone().unsqueeze(),
            None => y,
        }
    }

    /// Gradient with respect to `x`, given that of the output. With u = g * w and n the normalised x:
    /// RMS `r (u - n mean(u n))`, layer norm `r (u - mean(u) - n mean(u n))`.
    pub fn backward(&self, x: Tensor<2>, gradient: Tensor<2>) -> Tensor<2> {
        let (normalized, scale) = self.normalize(x);
        let u = gradient * self.weight.clone().unsqueeze();
        let along = (u.clone() * normalized.clone()).mean_dim(1);
        let centred = if self.bias.is_some() { u.clone() - u.mean_dim(1) } else { u };
        (centred - normalized * along) * scale
    }

    /// [`Norm::forward`] of each head of packed queries or keys `[tokens, heads * head_dim]`; the gain is `[head_dim]`.
    pub(super) fn forward_heads(&self, x: Tensor<2>) -> Tensor<2> {
        let shape = x.dims();
        self.forward(self.heads(x)).reshape(shape)
    }

    /// [`Norm::backward`] of [`Norm::forward_heads`].
    pub(super) fn backward_heads(&self, x: Tensor<2>, gradient: Tensor<2>) -> Tensor<2> {
        let shape = x.dims();
        self.backward(self.heads(x), self.heads(gradient)).reshape(shape)
    }

    /// `[tokens, heads * head_dim] -> [tokens * heads, head_dim]`.
    fn heads(&self, packed: Tensor<2>) -> Tensor<2> {
        let [tokens, width] = packed.dims();
        let head_dim = self.weight.dims()[0];
        packed.reshape([tokens * (width / head_dim), head_dim])
    }

    fn normalize(&self, x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let centred = if self.bias.is_some() { x.clone() - x.mean_dim(1) } else { x };
        let scale = (centred.clone() * centred.clone()).mean_dim(1).add_scalar(self.epsilon).sqrt().recip();
        (centred * scale.clone(), scale)
    }

    /// Lets `work` see the norm in host memory; only on the CPU.
    pub(super) fn on_host<R>(&self, work: impl FnOnce(Gains<'_>) -> R) -> R {
        let (weight, bias) = (into_values(self.weight.clone()), self.bias.clone().map(into_values));
        work(Gains { weight: &weight, bias: bias.as_deref(), epsilon: self.epsilon })
    }
}
