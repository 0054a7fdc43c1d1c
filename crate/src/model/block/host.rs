//! A transformer block in host memory, by the CPU's own loops.

use std::borrow::Cow;

use super::parts::Block;
use crate::model::attention::KeyValues;
use crate::model::family::BlockOrder;
use crate::model::kernels::attention::{Inputs, RowCache};
use crate::model::kernels::rotary::Angles;
use crate::model::layout::{Layout, Row};
use crate::model::linear::Linear;
use crate::model::norm::Norm;

/// Activations of a block, packed, each `[tokens, width]`.
#[derive(Debug)]
pub(super) struct SavedHost {
    input: Vec<f32>,
    /// Queries and keys as the projections give them, where norms follow.
    projected: Option<[Vec<f32>; 2]>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    rows: Vec<Row>,
    past: Option<RowCache>,
    kv_width: usize,
    /// As [`crate::model::kernels::attention::Heads::forward`] returns them.
    probabilities: Vec<f32>,
    /// What the attention puts out, where a norm follows.
    attended: Option<Vec<f32>>,
    middle: Option<Vec<f32>>,
    gate: Option<Vec<f32>>,
    up: Vec<f32>,
    /// What the MLP puts out, where a norm follows; known once the values are.
    pub(super) values: Option<Vec<f32>>,
}

/// A block's state before its down-projection.
pub(super) struct HostBefore {
    pub(super) residual: Vec<f32>,
    pub(super) keys: Vec<f32>,
    pub(super) saved: SavedHost,
}

impl Block {
    pub(super) fn host_before_values(&self, h: Vec<f32>, layout: &Layout, angles: Option<&Angles>, past: Option<&KeyValues>) -> HostBefore {
        let attention = &self.attention;
        let (width, kv_width) = (attention.heads.width(), attention.heads.kv_width());
        let x = read_through(self.attention_norm.as_ref(), &h);
        let projected: Result<[Vec<f32>; 3], _> = attention.inputs.host_forward(&x).try_into();
        let Ok([mut query, mut key, value]) = projected else { unreachable!("queries, keys and values") };
        let projected = attention.norms.as_ref().map(|norms| [normed(&norms.query, &mut query), normed(&norms.key, &mut key)]);
        if let Some(angles) = angles {
            angles.rotate(&mut query, width, attention.heads.head_dim, false);
            angles.rotate(&mut key, kv_width, attention.heads.head_dim, false);
        }
        let past = match past {
            Some(KeyValues::Rows(past)) => Some(past.clone()),
            _ => None,
        };
        let inputs = Inputs { query: &query, key: &key, value: &value, rows: layout.rows(), past: past.as_ref() };
        let (context, probabilities) = attention.heads.forward(inputs);
        let mut residual = h.clone();
        let attended = put_out(&attention.output, self.attention_post_norm.as_ref(), &context, &mut residual);

        let (x, middle) = match self.order {
            BlockOrder::Sequential => (read_through(self.mlp_norm.as_ref(), &residual), self.mlp_norm.as_ref().map(|_| residual.clone())),
            BlockOrder::Parallel => (x, None),
            BlockOrder::ParallelNormedApart => (read_through(self.mlp_norm.as_ref(), &h), None),
        };
        let (gate, up, keys) = self.mlp.host_keys(&x);
        let rows = layout.rows().to_vec();
        let values = None;
        let saved =
            SavedHost { input: h, projected, query, key, value, rows, past, kv_width, probabilities, attended, middle, gate, up, values };
        HostBefore { residual, keys, saved }
    }

    /// Gradient with respect to the block's input, given that of its output.
    pub(super) fn host_backward(&self, gradient: Vec<f32>, saved: &SavedHost, layout: &Layout, angles: Option<&Angles>) -> Vec<f32> {
        let attention = &self.attention;
        let mut up =
            self.mlp.down_in_force().host_backward(&toward_put_out(self.mlp_post_norm.as_ref(), saved.values.as_deref(), &gradient));
        let gate = match &saved.gate {
            Some(gate) => Some(self.mlp.host_gate_backward(gate, &saved.up, &mut up)),
            None => {
                self.mlp.host_up_backward(&saved.up, &mut up);
                None
            }
        };
        let Some((up_projection, gate_projection)) = self.mlp.inputs.apart().split_last() else {
            unreachable!("there is an up-projection")
        };
        let mut mlp_input = up_projection.host_backward(&up);
        if let (Some(projection), Some(gate)) = (gate_projection.first(), &gate) {
            projection.host_backward_onto(gate, &mut mlp_input);
        }
        let mut middle = gradient;
        match (&self.mlp_norm, &saved.middle) {
            (Some(norm), Some(x)) => norm.on_host(|norm| norm.backward_onto(x, &mlp_input, &mut middle)),
            _ if self.order == BlockOrder::Sequential => add(&mut middle, &mlp_input),
            _ => {}
        }

        let toward_attended = toward_put_out(self.attention_post_norm.as_ref(), saved.attended.as_deref(), &middle);
        let toward_context = attention.output.host_backward(&toward_attended);
        let mut toward = attention.heads.backward(saved.inputs(layout.rows()), &saved.probabilities, &toward_context);
        if let Some(angles) = angles {
            angles.rotate(&mut toward.query, attention.heads.width(), attention.heads.head_dim, true);
            angles.rotate(&mut toward.key, saved.kv_width, attention.heads.head_dim, true);
        }
        if let (Some(norms), Some([query, key])) = (&attention.norms, &saved.projected) {
            toward.query = normed_backward(&norms.query, query, &toward.query);
            toward.key = normed_backward(&norms.key, key, &toward.key);
        }
        let [query, key, value] = attention.inputs.apart() else { unreachable!("queries, keys and values") };
        let mut attention_input = query.host_backward(&toward.query);
        key.host_backward_onto(&toward.key, &mut attention_input);
        value.host_backward_onto(&toward.value, &mut attention_input);
        if self.order == BlockOrder::Parallel {
            add(&mut attention_input, &mlp_input);
        }
        let mut input = middle;
        if let (BlockOrder::ParallelNormedApart, Some(norm)) = (self.order, &self.mlp_norm) {
            norm.on_host(|norm| norm.backward_onto(&saved.input, &mlp_input, &mut input));
        }
        match &self.attention_norm {
            Some(norm) => norm.on_host(|norm| norm.backward_onto(&saved.input, &attention_input, &mut input)),
            None => add(&mut input, &attention_input),
        }
        input
    }
}

/// What a sub-layer reads of `x`.
fn read_through<'a>(norm: Option<&Norm>, x: &'a [f32]) -> Cow<'a, [f32]> {
    match norm {
        Some(norm) => Cow::Owned(norm.on_host(|norm| norm.forward(x))),
        None => Cow::Borrowed(x),
    }
}

fn add(sum: &mut [f32], values: &[f32]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

/// Adds what a sub-layer puts out for `input` to the residual stream; through its norm where it has one, and then returns what it was before.
pub(super) fn put_out(linear: &Linear, norm: Option<&Norm>, input: &[f32], residual: &mut [f32]) -> Option<Vec<f32>> {
    let Some(norm) = norm else {
        linear.host_forward_onto(input, residual);
        return None;
    };
    let out = linear.host_forward(input);
    let normed = norm.on_host(|norm| norm.forward(&out));
    add(residual, &normed);
    Some(out)
}

/// Gradient with respect to what a sub-layer puts out, given that of the residual stream; `out` is what [`put_out`] returned.
fn toward_put_out<'a>(norm: Option<&Norm>, out: Option<&[f32]>, gradient: &'a [f32]) -> Cow<'a, [f32]> {
    match (norm, out) {
        (None, _) => Cow::Borrowed(gradient),
        (Some(norm), Some(out)) => Cow::Owned(normed_backward(norm, out, gradient)),
        (Some(_), None) => unreachable!("what passes a norm is kept for the way back"),
    }
}

/// Norms each head of packed queries or keys in place; returns them as they were.
fn normed(norm: &Norm, packed: &mut Vec<f32>) -> Vec<f32> {
    let out = norm.on_host(|norm| norm.forward(packed));
    std::mem::replace(packed, out)
}

/// Gradient with respect to what [`normed`] returns, given that of what it leaves.
fn normed_backward(norm: &Norm, projected: &[f32], gradient: &[f32]) -> Vec<f32> {
    let mut toward = vec![0.0; projected.len()];
    norm.on_host(|norm| norm.backward_onto(projected, gradient, &mut toward));
    toward
}

impl SavedHost {
    /// Keys and values of past and present columns.
    pub(super) fn held(&self) -> RowCache {
        RowCache::append(self.past.as_ref(), &self.rows, &self.key, &self.value, self.kv_width)
    }

    fn inputs<'a>(&'a self, rows: &'a [Row]) -> Inputs<'a> {
        Inputs { query: &self.query, key: &self.key, value: &self.value, rows, past: self.past.as_ref() }
    }
}
