//! A transformer block as tensor operations, for GPUs.

use burn::prelude::*;

use super::parts::Block;
use crate::model::attention::{KeyValues, SavedAttention};
use crate::model::layout::Padded;
use crate::model::mlp::SavedMlp;

/// Activations of a block as tensors.
#[derive(Clone, Debug)]
pub(super) struct SavedDevice {
    input: Tensor<2>,
    middle: Option<Tensor<2>>,
    pub(super) attention: SavedAttention,
    mlp: SavedMlp,
}

/// A block's state before its down-projection.
pub(super) struct DeviceBefore {
    pub(super) residual: Tensor<2>,
    pub(super) keys: Tensor<2>,
    pub(super) saved: SavedDevice,
}

impl Block {
    pub(super) fn device_before_values(&self, h: Tensor<2>, layout: &Padded, past: Option<&KeyValues>) -> DeviceBefore {
        let x = self.attention_norm.forward(h.clone());
        let (attended, attention) = self.attention.forward(x.clone(), layout, past);
        let residual = h.clone() + attended;
        let (x, middle) = match &self.mlp_norm {
            Some(norm) => (norm.forward(residual.clone()), Some(residual.clone())),
            None => (x, None),
        };
        let (keys, mlp) = self.mlp.keys(x);
        DeviceBefore { residual, keys, saved: SavedDevice { input: h, middle, attention, mlp } }
    }

    /// Gradient with respect to the block's input, given that of its output.
    pub(super) fn device_backward(&self, gradient: Tensor<2>, saved: &SavedDevice, layout: &Padded) -> Tensor<2> {
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
