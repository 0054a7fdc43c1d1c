//! The edits made so far, as changes over immutable base weights.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use burn::prelude::*;

use crate::device::upload;
use crate::linalg::{Matrix, Update};
use crate::model::{Overlays, Transformer};

/// What a step changes, by layer.
pub type Changes = BTreeMap<usize, Update>;

/// The changes of every step, in order. The weights in force are always W_0 plus the steps' changes, added in this order, so undoing and
/// doing again gives the same bits. Copies share the steps.
#[derive(Clone, Debug, Default)]
pub struct History {
    steps: Vec<Arc<Changes>>,
    /// The weights in front of the step that is being made.
    before: Overlays,
}

impl History {
    /// Opens a step on the weights in force; [`History::apply`] adds to it.
    pub fn begin_step(&mut self, model: &Transformer) {
        self.steps.push(Arc::default());
        self.before = model.overlays();
    }

    /// Adds `delta` to the down-projection of `layer`, as part of the step begun last.
    pub fn apply(&mut self, model: &mut Transformer, layer: usize, delta: impl Into<Update>) {
        let delta = delta.into();
        lay_over(model, layer, &delta);
        if let Some(step) = self.steps.last_mut() {
            Arc::make_mut(step).insert(layer, delta);
        }
    }

    /// Gives `layers` the weights that they had in front of the step begun last, whatever was laid over them meanwhile.
    pub fn rewind(&self, model: &mut Transformer, layers: &[usize]) {
        for &layer in layers {
            model.lay_at(layer, &self.before);
        }
    }

    /// Closes the step begun last.
    pub fn end_step(&mut self) {
        self.before = Overlays::default();
    }

    /// Gives up the step begun last and what it changed.
    pub fn abandon_step(&mut self, model: &mut Transformer) {
        self.steps.pop();
        model.lay(&std::mem::take(&mut self.before));
    }

    /// Adds a step made earlier, without touching any weights.
    pub fn note(&mut self, changes: Arc<Changes>) {
        self.steps.push(changes);
    }

    /// Adds the changes of the step at `index` to the weights in force.
    pub fn lay(&self, model: &mut Transformer, index: usize) {
        for (&layer, delta) in self.steps.get(index).into_iter().flat_map(|step| step.iter()) {
            lay_over(model, layer, delta);
        }
    }

    /// Forgets all but the first `steps` steps, without touching any weights.
    pub fn forget(&mut self, steps: usize) {
        self.steps.truncate(steps);
    }

    /// Number of steps.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The changes of a step by layer.
    pub fn step(&self, index: usize) -> Option<&Arc<Changes>> {
        self.steps.get(index)
    }

    /// The changes of the step begun last.
    pub fn last(&self) -> Option<&Arc<Changes>> {
        self.steps.last()
    }

    /// The layers that the steps change.
    pub fn layers(&self) -> BTreeSet<usize> {
        self.steps.iter().flat_map(|step| step.keys().copied()).collect()
    }
}

/// Adds a change to the weights of `layer` that are in force.
pub(super) fn lay_over(model: &mut Transformer, layer: usize, delta: &Update) {
    let edited = model.down(layer) + on_device(delta, model.device());
    model.set_down(layer, Some(edited));
}

fn on_device(delta: &Update, device: &Device) -> Tensor<2> {
    let product = |left: &Matrix, right: &Matrix| to_tensor(left, device).matmul(to_tensor(right, device).transpose());
    let [rows, cols] = delta.shape();
    match delta {
        Update::LowRank(delta) => product(delta.left(), delta.right()),
        Update::Masked(delta) => {
            let mask = delta.mask().map(|kept| if kept { 1.0 } else { 0.0 }).collect();
            product(delta.factors().left(), delta.factors().right()) * upload(mask, [rows, cols], device)
        }
        Update::Dense(delta) => upload(delta.values().to_vec(), [rows, cols], device),
    }
}

/// A host matrix in f32 on `device`.
pub fn to_tensor(matrix: &Matrix, device: &Device) -> Tensor<2> {
    let (rows, cols) = (matrix.nrows(), matrix.ncols());
    let values = (0..rows).flat_map(|row| (0..cols).map(move |col| matrix[(row, col)] as f32)).collect();
    upload(values, [rows, cols], device)
}
