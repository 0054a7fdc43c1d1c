//! The MLP: a key-value memory whose down-projection is the edited matrix.

use burn::prelude::*;

use super::family::Activation as Kind;
use super::kernels::activation::{
    gelu, gelu_backward, gelu_tanh, gelu_tanh_backward, gelu_tanh_gated, gelu_tanh_gated_backward, silu_gated, silu_gated_backward,
};
use super::kernels::{from_values, into_values};
use super::linear::Linear;
use super::norm::Norm;
use super::projections::Projections;
use crate::device::is_cpu;
use crate::gpu::Activation;

/// The MLP sub-layer. The input of `down` is the key, its output the value.
#[derive(Clone, Debug)]
pub struct Mlp {
    /// The projections `[inner, hidden]` of the input: gate and up of a gated MLP, else up alone.
    pub inputs: Projections,
    /// Its non-linearity, which says whether there is a gate.
    pub activation: Kind,
    /// Down-projection `[hidden, inner]`, as loaded. Never changed.
    pub down: Linear,
    /// The edited down-projection with the same bias, where there is one.
    pub edited: Option<Linear>,
}

impl Mlp {
    /// The keys `[tokens, inner]` of `norm(x)`, or of x without a norm.
    pub fn keys(&self, x: Tensor<2>, norm: Option<&Norm>) -> Tensor<2> {
        if !is_cpu(&x.device()) {
            return self.gpu_keys(x, norm).1;
        }
        let x = match norm {
            Some(norm) => norm.forward(x),
            None => x,
        };
        let (_, _, keys) = self.host_keys(&into_values(x));
        from_values(keys, self.down.weight.shape()[1])
    }

    /// What the projections give for `norm(x)`, or for x without a norm, and the keys, on a GPU.
    pub(super) fn gpu_keys(&self, x: Tensor<2>, norm: Option<&Norm>) -> (Tensor<2>, Tensor<2>) {
        let Linear { bias, .. } = self.inputs.joined();
        self.inputs.joined().on_gpu().forward_activated(x, norm.and_then(Norm::on_gpu), bias.as_ref(), self.activation())
    }

    /// What makes keys of the projections.
    pub(super) fn activation(&self) -> Activation {
        match self.activation {
            Kind::SiluGated => Activation::SiluGated,
            Kind::GeluTanhGated => Activation::GeluTanhGated,
            Kind::GeluTanh => Activation::GeluTanh,
            Kind::Gelu => Activation::Gelu,
        }
    }

    /// Gate, up-projection and keys of a normalised input, on the CPU.
    pub(super) fn host_keys(&self, x: &[f32]) -> (Option<Vec<f32>>, Vec<f32>, Vec<f32>) {
        let mut projected = self.inputs.host_forward(x);
        let up = projected.pop().unwrap_or_default();
        let gate = projected.pop();
        let keys = match (&gate, self.activation) {
            (Some(gate), Kind::GeluTanhGated) => gelu_tanh_gated(gate, &up),
            (Some(gate), Kind::SiluGated | Kind::GeluTanh | Kind::Gelu) => silu_gated(gate, &up),
            (None, Kind::Gelu) => gelu(&up),
            (None, Kind::SiluGated | Kind::GeluTanhGated | Kind::GeluTanh) => gelu_tanh(&up),
        };
        (gate, up, keys)
    }

    /// Gradient with respect to the gate, given that of the keys, which becomes that of the up-projection in place; on the CPU.
    pub(super) fn host_gate_backward(&self, gate: &[f32], up: &[f32], toward_keys: &mut [f32]) -> Vec<f32> {
        match self.activation {
            Kind::GeluTanhGated => gelu_tanh_gated_backward(gate, up, toward_keys),
            Kind::SiluGated | Kind::GeluTanh | Kind::Gelu => silu_gated_backward(gate, up, toward_keys),
        }
    }

    /// Turns the gradient with respect to the keys of an MLP without a gate into that of the up-projection, on the CPU.
    pub(super) fn host_up_backward(&self, up: &[f32], toward_keys: &mut [f32]) {
        if self.activation == Kind::Gelu { gelu_backward(up, toward_keys) } else { gelu_tanh_backward(up, toward_keys) }
    }

    /// The down-projection in force: the edited one where there is one.
    pub fn down_in_force(&self) -> &Linear {
        self.edited.as_ref().unwrap_or(&self.down)
    }

    /// The values `[tokens, hidden]` of keys: `W k + b`, with the edited matrix where there is one.
    pub fn values(&self, keys: Tensor<2>) -> Tensor<2> {
        self.down_in_force().forward(keys)
    }
}
