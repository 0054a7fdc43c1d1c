//! The edits made so far, as low-rank factors over immutable base weights.

use std::collections::BTreeMap;

use burn::prelude::*;

use crate::device::upload;
use crate::linalg::{LowRank, Matrix};
use crate::model::Transformer;

/// The factors of every step, in order. The weights in force are always W_0 plus the steps' products, added in this order, so undoing and
/// doing again gives the same bits.
#[derive(Clone, Debug, Default)]
pub struct History {
    steps: Vec<BTreeMap<usize, LowRank>>,
}

impl History {
    /// Opens a step; [`History::apply`] adds to it.
    pub fn begin_step(&mut self) {
        self.steps.push(BTreeMap::new());
    }

    /// Adds `delta` to the down-projection of `layer`, as part of the step begun last.
    pub fn apply(&mut self, model: &mut Transformer, layer: usize, delta: LowRank) {
        let edited = model.down(layer) + product(&delta, model.device());
        model.set_down(layer, Some(edited));
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

    /// The factors of a step by layer.
    pub fn step(&self, index: usize) -> Option<&BTreeMap<usize, LowRank>> {
        self.steps.get(index)
    }

    /// Takes back all but the first `steps` steps.
    pub fn truncate(&mut self, model: &mut Transformer, steps: usize) {
        let layers: Vec<usize> = self.steps.iter().skip(steps).flat_map(|step| step.keys().copied()).collect();
        self.steps.truncate(steps);
        for layer in layers {
            let mut edited = None;
            for delta in self.steps.iter().filter_map(|step| step.get(&layer)) {
                let weights = edited.unwrap_or_else(|| model.base_down(layer));
                edited = Some(weights + product(delta, model.device()));
            }
            model.set_down(layer, edited);
        }
    }
}

fn product(delta: &LowRank, device: &Device) -> Tensor<2> {
    to_tensor(delta.left(), device).matmul(to_tensor(delta.right(), device).transpose())
}

/// A host matrix in f32 on `device`.
pub fn to_tensor(matrix: &Matrix, device: &Device) -> Tensor<2> {
    let (rows, cols) = (matrix.nrows(), matrix.ncols());
    let values = (0..rows).flat_map(|row| (0..cols).map(move |col| matrix[(row, col)] as f32)).collect();
    upload(values, [rows, cols], device)
}
