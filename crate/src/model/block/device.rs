//! A transformer block by the kernels of a GPU.

use burn::prelude::*;

use super::parts::Block;
use crate::gpu::{Attended, Spans};
use crate::model::attention::KeyValues;
use crate::model::family::BlockOrder;
use crate::model::linear::Linear;
use crate::model::norm::Norm;

/// Activations of a block on a GPU.
#[derive(Clone, Debug)]
pub(super) struct SavedDevice {
    input: Tensor<2>,
    /// Queries, keys and values as the projections give them, where norms follow.
    projected: Option<Tensor<2>>,
    attended: Attended,
    /// What the attention puts out, where a norm follows.
    put_out: Option<Tensor<2>>,
    middle: Option<Tensor<2>>,
    /// What the MLP's projections give.
    inner: Tensor<2>,
    /// What the MLP puts out, where a norm follows; known once the values are.
    pub(super) values: Option<Tensor<2>>,
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
        let mut projected = match &self.attention_norm {
            Some(norm) => attention.inputs.joined().forward_normed(h.clone(), norm),
            None => attention.inputs.joined().forward(h.clone()),
        };
        let before_norms = attention.head_gains().map(|gains| {
            let normed = gains.forward(projected.clone(), attention.shape());
            std::mem::replace(&mut projected, normed)
        });
        let past = past.and_then(|past| match past {
            KeyValues::Columns(held) => Some(held.clone()),
            KeyValues::Rows(_) => None,
        });
        let (context, attended) = attention.shape().forward(projected, spans, past);
        let (residual, attention_out) = put_out(&attention.output, self.attention_post_norm.as_ref(), context, h.clone());
        // In a parallel block the MLP reads what the attention reads, the block's input.
        let (read, norm) = match self.order {
            BlockOrder::Sequential => (residual.clone(), self.mlp_norm.as_ref()),
            BlockOrder::Parallel => (h.clone(), self.attention_norm.as_ref()),
            BlockOrder::ParallelNormedApart => (h.clone(), self.mlp_norm.as_ref()),
        };
        let middle = (self.mlp_norm.is_some() && !self.order.parallel()).then(|| residual.clone());
        let (inner, keys) = self.mlp.gpu_keys(read, norm);
        let saved = SavedDevice { input: h, projected: before_norms, attended, put_out: attention_out, middle, inner, values: None };
        DeviceBefore { residual, keys, saved }
    }

    /// Gradient with respect to the block's input, given that of its output.
    pub(super) fn device_backward(&self, gradient: Tensor<2>, saved: &SavedDevice, spans: &Spans) -> Tensor<2> {
        let attention = &self.attention;
        let down = self.mlp.down_in_force().on_gpu();
        let toward_values = toward_put_out(self.mlp_post_norm.as_ref(), saved.values.as_ref(), gradient.clone());
        let toward_inner = down.backward_activated(toward_values, saved.inner.clone(), self.mlp.activation());
        let inputs = self.mlp.inputs.joined();
        // Gradient with respect to what the attention adds to, what else comes to the block's input past the attention, and what comes to
        // the input of the attention's projections from the MLP.
        let (middle, past, onto) = match (self.order, &self.mlp_norm, &saved.middle) {
            (BlockOrder::Parallel, ..) => (gradient.clone(), gradient, Some(inputs.backward(toward_inner))),
            (BlockOrder::ParallelNormedApart, Some(norm), _) => {
                (gradient.clone(), norm.backward(saved.input.clone(), inputs.backward(toward_inner), Some(gradient)), None)
            }
            (_, norm, x) => {
                let middle = match (norm, x) {
                    (Some(norm), Some(x)) => norm.backward(x.clone(), inputs.backward(toward_inner), Some(gradient)),
                    _ => inputs.backward_onto(toward_inner, Some(gradient)),
                };
                (middle.clone(), middle, None)
            }
        };
        let toward_attended = toward_put_out(self.attention_post_norm.as_ref(), saved.put_out.as_ref(), middle);
        let toward_context = attention.output.backward(toward_attended);
        let mut toward_projected = attention.shape().backward(toward_context, &saved.attended, spans);
        if let (Some(gains), Some(projected)) = (attention.head_gains(), &saved.projected) {
            toward_projected = gains.backward(projected.clone(), toward_projected, attention.shape());
        }
        let inputs = attention.inputs.joined();
        match &self.attention_norm {
            Some(norm) => norm.backward(saved.input.clone(), inputs.backward_onto(toward_projected, onto), Some(past)),
            None => inputs.backward_onto(toward_projected, Some(past)),
        }
    }
}

/// The residual stream with what a sub-layer puts out for `input`; where that passes a norm, also what it was before.
pub(super) fn put_out(linear: &Linear, norm: Option<&Norm>, input: Tensor<2>, residual: Tensor<2>) -> (Tensor<2>, Option<Tensor<2>>) {
    match norm {
        Some(norm) => {
            let out = linear.forward(input);
            (norm.forward_onto(out.clone(), residual), Some(out))
        }
        None => (linear.forward_onto(input, residual), None),
    }
}

/// Gradient with respect to what a sub-layer puts out, given that of the residual stream; `out` is what [`put_out`] returned.
fn toward_put_out(norm: Option<&Norm>, out: Option<&Tensor<2>>, gradient: Tensor<2>) -> Tensor<2> {
    match (norm, out) {
        (None, _) => gradient,
        (Some(norm), Some(out)) => norm.backward(out.clone(), gradient, None),
        (Some(_), None) => unreachable!("what passes a norm is kept for the way back"),
    }
}

impl SavedDevice {
    /// Keys and values of past and present columns.
    pub(super) fn held(&self) -> KeyValues {
        KeyValues::Columns(self.attended.columns.clone())
    }
}
