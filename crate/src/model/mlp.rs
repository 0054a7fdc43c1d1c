//! The MLP: a key-value memory whose down-projection is the edited matrix.

use burn::prelude::*;
use burn::tensor::activation::{sigmoid, tanh};

use super::kernels::activation::{GELU_CUBIC, GELU_SLOPE};
use super::linear::Linear;

/// The MLP sub-layer. The input of `down` is the key, its output the value.
#[derive(Clone, Debug)]
pub struct Mlp {
    /// Gate projection `[inner, hidden]`; its presence makes the MLP SiLU-gated, its absence GELU.
    pub gate: Option<Linear>,
    /// Up-projection `[inner, hidden]`.
    pub up: Linear,
    /// Down-projection `[hidden, inner]`, as loaded. Never changed.
    pub down: Linear,
    /// The edited down-projection with the same bias, where there is one.
    pub edited: Option<Linear>,
}

/// What the backward pass of [`Mlp`] needs.
#[derive(Clone, Debug)]
pub struct SavedMlp {
    gate: Option<Tensor<2>>,
    up: Tensor<2>,
}

impl Mlp {
    /// The keys `[tokens, inner]` of a normalised input, and what the backward pass needs.
    pub fn keys(&self, x: Tensor<2>) -> (Tensor<2>, SavedMlp) {
        let up = self.up.forward(x.clone());
        let gate = self.gate.as_ref().map(|gate| gate.forward(x));
        let keys = match &gate {
            Some(gate) => gate.clone() * sigmoid(gate.clone()) * up.clone(),
            None => up.clone().mul_scalar(0.5) * tanh(gelu_argument(&up)).add_scalar(1.0),
        };
        (keys, SavedMlp { gate, up })
    }

    /// The down-projection in force: the edited one where there is one.
    pub fn down_in_force(&self) -> &Linear {
        self.edited.as_ref().unwrap_or(&self.down)
    }

    /// The values `[tokens, hidden]` of keys: `W k + b`, with the edited matrix where there is one.
    pub fn values(&self, keys: Tensor<2>) -> Tensor<2> {
        self.down_in_force().forward(keys)
    }

    /// Gradient with respect to the normalised input, given that of the values.
    pub fn backward(&self, gradient: Tensor<2>, saved: &SavedMlp) -> Tensor<2> {
        let toward_keys = self.down_in_force().backward(gradient);
        match (&self.gate, &saved.gate) {
            (Some(gate_projection), Some(gate)) => {
                let opened = sigmoid(gate.clone());
                let silu = gate.clone() * opened.clone();
                // d silu / dx = s (1 + x (1 - s)) = s + silu (1 - s)
                let slope = opened.clone() + silu.clone() * opened.neg().add_scalar(1.0);
                let up = toward_keys.clone() * silu;
                let gate = toward_keys * saved.up.clone() * slope;
                self.up.backward(up) + gate_projection.backward(gate)
            }
            _ => {
                let x = saved.up.clone();
                let t = tanh(gelu_argument(&x));
                let inner_slope = (x.clone() * x.clone()).mul_scalar(3.0 * GELU_CUBIC).add_scalar(1.0).mul_scalar(GELU_SLOPE);
                let slope =
                    t.clone().add_scalar(1.0).mul_scalar(0.5) + x.mul_scalar(0.5) * (t.clone() * t).neg().add_scalar(1.0) * inner_slope;
                self.up.backward(toward_keys * slope)
            }
        }
    }
}

fn gelu_argument(x: &Tensor<2>) -> Tensor<2> {
    let cubed = x.clone() * x.clone() * x.clone();
    (x.clone() + cubed.mul_scalar(GELU_CUBIC)).mul_scalar(GELU_SLOPE)
}
