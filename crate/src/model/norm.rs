//! RMS norm and layer norm, forward and the gradient with respect to the input.

use burn::prelude::*;

use super::kernels::norm::Gains;
use super::kernels::take;

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

    fn normalize(&self, x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let centred = if self.bias.is_some() { x.clone() - x.mean_dim(1) } else { x };
        let scale = (centred.clone() * centred.clone()).mean_dim(1).add_scalar(self.epsilon).sqrt().recip();
        (centred * scale.clone(), scale)
    }

    /// Lets `work` see the norm in host memory; only on the CPU.
    pub(super) fn on_host<R>(&self, work: impl FnOnce(Gains<'_>) -> R) -> R {
        let (weight, bias) = (take(self.weight.clone()), self.bias.clone().map(take));
        work(Gains { weight: &weight, bias: bias.as_deref(), epsilon: self.epsilon })
    }
}
