//! The edits made so far, as changes over immutable base weights.

use std::collections::{BTreeMap, BTreeSet};

use burn::prelude::*;

use crate::device::upload;
use crate::linalg::{Matrix, Update};
use crate::model::Transformer;

/// The changes of every step, in order. The weights in force are always W_0 plus the steps' changes, added in this order, so undoing and
/// doing again gives the same bits.
#[derive(Clone, Debug, Default)]
pub struct History {
    steps: Vec<BTreeMap<usize, Update>>,
}

impl History {
    /// Opens a step; [`History::apply`] adds to it.
    pub fn begin_step(&mut self) {
        self.steps.push(BTreeMap::new());
    }

    /// Adds `delta` to the down-projection of `layer`, as part of the step begun last.
    pub fn apply(&mut self, model: &mut Transformer, layer: usize, delta: impl Into<Update>) {
        let delta = delta.into();
        lay_over(model, layer, &delta);
        if let Some(step) = self.steps.last_mut() {
            step.insert(layer, delta);
        }
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
    pub fn step(&self, index: usize) -> Option<&BTreeMap<usize, Update>> {
        self.steps.get(index)
    }

    /// The changes of the step begun last.
    pub fn last(&self) -> Option<&BTreeMap<usize, Update>> {
        self.steps.last()
    }

    /// The layers that the steps change.
    pub fn layers(&self) -> BTreeSet<usize> {
        self.steps.iter().flat_map(|step| step.keys().copied()).collect()
    }

    /// The steps from `at` on, taken off without touching any weights.
    pub fn split_off(&mut self, at: usize) -> Self {
        Self { steps: self.steps.split_off(at.min(self.steps.len())) }
    }

    /// Takes back all but the first `steps` steps.
    pub fn truncate(&mut self, model: &mut Transformer, steps: usize) {
        let layers: Vec<usize> = self.steps.iter().skip(steps).flat_map(|step| step.keys().copied()).collect();
        self.steps.truncate(steps);
        self.rebuild(model, &layers);
    }

    /// Gives `layers` of the model the weights that these steps make, whatever was laid over them meanwhile.
    pub fn rebuild(&self, model: &mut Transformer, layers: &[usize]) {
        for &layer in layers {
            model.set_down(layer, None);
            for delta in self.steps.iter().filter_map(|step| step.get(&layer)) {
                lay_over(model, layer, delta);
            }
        }
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
