//! One transformer block, sequential or parallel, forward and backward. On the CPU [`host`] computes it by loops over host memory, on GPUs
//! [`device`] by kernels; the layout says which.

mod device;
mod host;
mod parts;

use std::sync::Arc;

use burn::prelude::*;

use super::attention::KeyValues;
use super::kernels::rotary::Angles;
use super::kernels::{from_values, into_values};
use super::layout::{ByReach, Layout, Place};
use device::{DeviceBefore, SavedDevice, put_out as device_put_out};
use host::{HostBefore, SavedHost, put_out};
pub use parts::Block;

/// What the backward pass of a [`Block`] needs: activations only, no weights. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SavedBlock(Saved);

#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one a layer")]
enum Saved {
    Host(Arc<SavedHost>),
    Device(SavedDevice),
}

/// One pass through a block.
#[derive(Clone, Debug)]
pub struct BlockPass {
    /// The residual stream after the block, `[tokens, hidden]`.
    pub output: Tensor<2>,
    /// The keys of the down-projection, `[tokens, inner]`.
    pub keys: Tensor<2>,
    /// What the backward pass needs; also holds the attention's keys and values.
    pub saved: SavedBlock,
}

/// A block's state before its down-projection.
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
                let angles = self.turned_by(angles);
                let HostBefore { mut residual, keys, mut saved } = self.host_before_values(into_values(h), layout, angles, past);
                saved.values = put_out(self.mlp.down_in_force(), self.mlp_post_norm.as_ref(), &keys, &mut residual);
                let keys = from_values(keys, self.mlp.down.weight.shape()[1]);
                BlockPass { output: from_values(residual, hidden), keys, saved: SavedBlock(Saved::Host(Arc::new(saved))) }
            }
            Place::Device(spans) => {
                let spans = spans.of(self.attention.local);
                let DeviceBefore { residual, keys, mut saved } = self.device_before_values(h, spans, past);
                let (output, values) = device_put_out(self.mlp.down_in_force(), self.mlp_post_norm.as_ref(), keys.clone(), residual);
                saved.values = values;
                BlockPass { output, keys, saved: SavedBlock(Saved::Device(saved)) }
            }
        }
    }

    /// The angles by which its queries and keys are turned, on the CPU.
    fn turned_by<'a>(&self, angles: &'a ByReach<Option<Angles>>) -> Option<&'a Angles> {
        angles.of(self.attention.local).as_ref().filter(|_| self.attention.rotates())
    }

    /// Everything of the block but the down-projection: the keys, and the residual stream that its values are added to.
    pub fn before_values(&self, h: Tensor<2>, layout: &Layout, past: Option<&KeyValues>) -> BeforeValues {
        match layout.place() {
            Place::Host(angles) => {
                let hidden = h.dims()[1];
                let angles = self.turned_by(angles);
                let HostBefore { residual, keys, saved } = self.host_before_values(into_values(h), layout, angles, past);
                BeforeValues {
                    residual: from_values(residual, hidden),
                    keys: from_values(keys, self.mlp.down.weight.shape()[1]),
                    saved: SavedBlock(Saved::Host(Arc::new(saved))),
                }
            }
            Place::Device(spans) => {
                let DeviceBefore { residual, keys, saved } = self.device_before_values(h, spans.of(self.attention.local), past);
                BeforeValues { residual, keys, saved: SavedBlock(Saved::Device(saved)) }
            }
        }
    }

    /// The keys of another residual stream before the MLP, `[tokens, hidden]`; `None` in a parallel block, whose MLP does not read it.
    pub fn keys_of(&self, residual: Tensor<2>) -> Option<Tensor<2>> {
        (!self.order.parallel()).then(|| self.mlp.keys(residual, self.mlp_norm.as_ref()))
    }

    /// What the MLP adds to the residual stream for its values `W k`: the values, or where a norm stands behind the MLP, that of them.
    pub fn added(&self, values: Tensor<2>) -> Tensor<2> {
        match &self.mlp_post_norm {
            Some(norm) => norm.forward_onto(values.clone(), values.zeros_like()),
            None => values,
        }
    }

    /// The residual stream behind the block: `residual` as [`Block::before_values`] gives it, and what the MLP adds for its values.
    pub fn join(&self, residual: Tensor<2>, values: Tensor<2>) -> Tensor<2> {
        match &self.mlp_post_norm {
            Some(norm) => norm.forward_onto(values, residual),
            None => residual + values,
        }
    }

    /// Gradient with respect to the values, given that of the block's output: `J^T g` with J the norm's Jacobian at the values, or g itself.
    pub fn toward_values(&self, values: impl FnOnce() -> Tensor<2>, gradient: Tensor<2>) -> Tensor<2> {
        match &self.mlp_post_norm {
            Some(norm) => norm.backward(values(), gradient, None),
            None => gradient,
        }
    }

    /// Gradient with respect to the block's input, given that of its output.
    pub fn backward(&self, gradient: Tensor<2>, saved: &SavedBlock, layout: &Layout) -> Tensor<2> {
        match (&saved.0, layout.place()) {
            (Saved::Host(saved), Place::Host(angles)) => {
                let hidden = gradient.dims()[1];
                let angles = self.turned_by(angles);
                from_values(self.host_backward(into_values(gradient), saved, layout, angles), hidden)
            }
            (Saved::Device(saved), Place::Device(spans)) => self.device_backward(gradient, saved, spans.of(self.attention.local)),
            _ => unreachable!("a layout's place does not change between the passes"),
        }
    }
}

impl SavedBlock {
    /// The attention's keys and values, past and present columns.
    pub fn held(&self) -> KeyValues {
        match &self.0 {
            Saved::Host(saved) => KeyValues::Rows(saved.held()),
            Saved::Device(saved) => saved.held(),
        }
    }
}
