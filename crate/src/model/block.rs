//! One transformer block, sequential (llama, qwen2, gpt2) or parallel (gptj), forward and backward: the CPU's loops or tensor operations,
//! as the layout says.

use std::sync::Arc;

use burn::prelude::*;

use super::attention::{Attention, KeyValues, SavedAttention};
use super::host_block::{HostBefore, SavedHost};
use super::kernels::{give, take};
use super::layout::{Layout, Padded, Place};
use super::mlp::{Mlp, SavedMlp};
use super::norm::Norm;

/// A transformer block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Norm in front of the attention.
    pub attention_norm: Norm,
    /// The attention.
    pub attention: Attention,
    /// Norm in front of the MLP; `None` in parallel blocks, where both sub-layers read the first norm.
    pub mlp_norm: Option<Norm>,
    /// The MLP.
    pub mlp: Mlp,
}

/// What the backward pass of a [`Block`] needs: activations only, no weights. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SavedBlock(pub(super) Saved);

#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one a layer")]
pub(super) enum Saved {
    Host(Arc<SavedHost>),
    Device(SavedDevice),
}

/// Activations of a block as tensors.
#[derive(Clone, Debug)]
pub(super) struct SavedDevice {
    pub(super) input: Tensor<2>,
    pub(super) middle: Option<Tensor<2>>,
    pub(super) attention: SavedAttention,
    pub(super) mlp: SavedMlp,
}

/// One pass through a block.
#[derive(Clone, Debug)]
pub struct BlockPass {
    /// The residual stream behind the block, `[tokens, hidden]`.
    pub output: Tensor<2>,
    /// The keys of the down-projection, `[tokens, inner]`.
    pub keys: Tensor<2>,
    /// What the backward pass needs; also holds the attention's keys and values.
    pub saved: SavedBlock,
}

/// A block's state in front of its down-projection.
#[derive(Clone, Debug)]
pub struct BeforeValues {
    /// Residual stream that the values are added to, `[tokens, hidden]`.
    pub residual: Tensor<2>,
    /// Keys, `[tokens, inner]`.
    pub keys: Tensor<2>,
    /// What the backward pass needs.
    pub saved: SavedBlock,
}

impl Block {
    /// The residual stream `h` `[tokens, hidden]` through the block.
    pub fn forward(&self, h: Tensor<2>, layout: &Layout, past: Option<&KeyValues>) -> BlockPass {
        match layout.place() {
            Place::Host(angles) => {
                let hidden = h.dims()[1];
                let HostBefore { mut residual, keys, saved } = self.host_before_values(take(h), layout, angles.as_ref(), past);
                self.mlp.down_in_force().host_forward_onto(&keys, &mut residual);
                let keys = give(keys, self.mlp.down.weight.shape()[1]);
                BlockPass { output: give(residual, hidden), keys, saved: SavedBlock(Saved::Host(Arc::new(saved))) }
            }
            Place::Device(padded) => {
                let before = self.device_before_values(h, padded, past);
                let output = before.residual + self.mlp.values(before.keys.clone());
                BlockPass { output, keys: before.keys, saved: before.saved }
            }
        }
    }

    /// Everything of the block but the down-projection: the keys, and the residual stream that its values are added to.
    pub fn before_values(&self, h: Tensor<2>, layout: &Layout, past: Option<&KeyValues>) -> BeforeValues {
        match layout.place() {
            Place::Host(angles) => {
                let hidden = h.dims()[1];
                let HostBefore { residual, keys, saved } = self.host_before_values(take(h), layout, angles.as_ref(), past);
                BeforeValues {
                    residual: give(residual, hidden),
                    keys: give(keys, self.mlp.down.weight.shape()[1]),
                    saved: SavedBlock(Saved::Host(Arc::new(saved))),
                }
            }
            Place::Device(padded) => self.device_before_values(h, padded, past),
        }
    }

    /// Gradient with respect to the block's input, given that of its output.
    pub fn backward(&self, gradient: Tensor<2>, saved: &SavedBlock, layout: &Layout) -> Tensor<2> {
        match (&saved.0, layout.place()) {
            (Saved::Host(saved), Place::Host(angles)) => {
                let hidden = gradient.dims()[1];
                give(self.host_backward(take(gradient), saved, layout, angles.as_ref()), hidden)
            }
            (Saved::Device(saved), Place::Device(padded)) => self.device_backward(gradient, saved, padded),
            _ => unreachable!("a layout's place does not change between the passes"),
        }
    }

    fn device_before_values(&self, h: Tensor<2>, layout: &Padded, past: Option<&KeyValues>) -> BeforeValues {
        let x = self.attention_norm.forward(h.clone());
        let (attended, attention) = self.attention.forward(x.clone(), layout, past);
        let residual = h.clone() + attended;
        let (x, middle) = match &self.mlp_norm {
            Some(norm) => (norm.forward(residual.clone()), Some(residual.clone())),
            None => (x, None),
        };
        let (keys, mlp) = self.mlp.keys(x);
        BeforeValues { residual, keys, saved: SavedBlock(Saved::Device(SavedDevice { input: h, middle, attention, mlp })) }
    }

    fn device_backward(&self, gradient: Tensor<2>, saved: &SavedDevice, layout: &Padded) -> Tensor<2> {
        let toward_mlp = self.mlp.backward(gradient.clone(), &saved.mlp);
        let (middle, toward_x) = match (&self.mlp_norm, &saved.middle) {
            (Some(norm), Some(middle)) => {
                let middle = gradient + norm.backward(middle.clone(), toward_mlp);
                let toward_x = self.attention.backward(middle.clone(), &saved.attention, layout);
                (middle, toward_x)
            }
            _ => {
                let toward_x = self.attention.backward(gradient.clone(), &saved.attention, layout) + toward_mlp;
                (gradient, toward_x)
            }
        };
        middle + self.attention_norm.backward(saved.input.clone(), toward_x)
    }
}

impl SavedBlock {
    /// The attention's keys and values, past and present columns.
    pub fn held(&self) -> KeyValues {
        match &self.0 {
            Saved::Host(saved) => KeyValues::Rows(saved.held()),
            Saved::Device(saved) => saved.attention.held(),
        }
    }
}
