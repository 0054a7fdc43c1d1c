//! A transformer block by the kernels of a GPU.

use burn::prelude::*;

use super::parts::Block;
use crate::gpu::{Attended, Spans};
use crate::model::attention::KeyValues;

/// Activations of a block on a GPU.
#[derive(Clone, Debug)]
pub(super) struct SavedDevice {
    input: Tensor<2>,
    /// Queries, keys and values as the projections give them, where norms follow.
    projected: Option<Tensor<2>>,
    attended: Attended,
    middle: Option<Tensor<2>>,
    /// What the MLP's projections give.
    inner: Tensor<2>,
}

/// A block's state before its down-projection.
pub(super) struct DeviceBefore {
    pub(super) residual: Tensor<2>,
    pub(super) keys: Tensor<2>,
    pub(super) saved: SavedDevice,
}

impl Block {
    pub(super) fn device_before_values(&self, h: Tensor<2>, spans: &Spans, past: Option<&KeyValues>) -> DeviceBefore {
        let attention = &self.attention;
        let mut projected = attention.inputs.joined().forward_normed(h.clone(), &self.attention_norm);
        let before_norms = attention.head_gains().map(|gains| {
            let normed = gains.forward(projected.clone(), attention.shape());
            std::mem::replace(&mut projected, normed)
        });
        let past = past.and_then(|past| match past {
            KeyValues::Columns(held) => Some(held.clone()),
            KeyValues::Rows(_) => None,
        });
        let (context, attended) = attention.shape().forward(projected, spans, past);
        let residual = attention.output.forward_onto(context, h.clone());
        // In a parallel block the MLP reads what the attention reads.
        let middle = self.mlp_norm.is_some().then(|| residual.clone());
        let norm = self.mlp_norm.as_ref().unwrap_or(&self.attention_norm);
        let (inner, keys) = self.mlp.gpu_keys(middle.clone().unwrap_or_else(|| h.clone()), norm);
        DeviceBefore { residual, keys, saved: SavedDevice { input: h, projected: before_norms, attended, middle, inner } }
    }

    /// Gradient with respect to the block's input, given that of its output.
    pub(super) fn device_backward(&self, gradient: Tensor<2>, saved: &SavedDevice, spans: &Spans) -> Tensor<2> {
        let attention = &self.attention;
        let down = self.mlp.down_in_force().on_gpu();
        let toward_inner = down.backward_activated(gradient.clone(), saved.inner.clone(), self.mlp.activation());
        let toward_mlp = self.mlp.inputs.joined().backward(toward_inner);
        let (middle, onto) = match (&self.mlp_norm, &saved.middle) {
            (Some(norm), Some(x)) => (norm.backward(x.clone(), toward_mlp, Some(gradient)), None),
            _ => (gradient, Some(toward_mlp)),
        };
        let toward_context = attention.output.backward(middle.clone());
        let mut toward_projected = attention.shape().backward(toward_context, &saved.attended, spans);
        if let (Some(gains), Some(projected)) = (attention.head_gains(), &saved.projected) {
            toward_projected = gains.backward(projected.clone(), toward_projected, attention.shape());
        }
        let toward_x = attention.inputs.joined().backward_onto(toward_projected, onto);
        self.attention_norm.backward(saved.input.clone(), toward_x, Some(middle))
    }
}

impl SavedDevice {
    /// Keys and values of past and present columns.
    pub(super) fn held(&self) -> KeyValues {
        KeyValues::Columns(self.attended.columns.clone())
    }
}
