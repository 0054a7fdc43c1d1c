//! What an update does to facts that were edited in before: what its factors say of their keys, and what the model says afterwards.

use serde::{Deserialize, Serialize};

use super::rounded;
use crate::Result;
use crate::edit::{KeyPass, Request};
use crate::linalg::Matrix;
use crate::model::Transformer;

/// Past facts that are watched at most.
const MAX_WATCHED: usize = 240;

/// Norms of the changes at the edited tokens, in the units of the residual stream behind the last edited layer.
///
/// *Predicted* is `|sum_l Delta_l k_l|` with the keys as they were when the fact was edited in: known before the update is applied, and 0
/// where every `Delta_l` lies in the null space of those keys. *Measured* is `|h' - h|`, the hidden states behind the last edited layer at
/// the bare prompt's edited token under the weights after and before the step: it also has what attention and later layers make of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Disturbance {
    /// Every how many-th fact of the earlier steps is watched, from the first, in order.
    pub every: usize,
    /// Predicted, a watched fact each.
    pub predicted: Vec<f64>,
    /// Measured, a watched fact each.
    pub measured: Vec<f64>,
    /// Mean over the step's own facts, for comparison.
    pub own_predicted: f64,
    /// Mean over the step's own facts.
    pub own_measured: f64,
}

/// Every how many-th of `past` facts is watched.
fn stride(past: usize) -> usize {
    past.div_ceil(MAX_WATCHED).max(1)
}

/// The facts that are watched.
pub(in crate::recipe) fn sampled<T>(past: &[T]) -> impl Iterator<Item = &T> {
    past.iter().step_by(stride(past.len()))
}

/// Facts whose hidden states are watched through a step: the past ones, then the step's own.
pub(in crate::recipe) struct Watch {
    requests: Vec<Request>,
    /// Facts of earlier steps: all, and those that are watched.
    past: (usize, usize),
    before: Matrix,
    layers: (usize, usize),
}

impl Watch {
    /// Looks at the facts before the step: bare prompts, those of earlier steps first (`past`: how many there are and how many
    /// of them are watched), through `layers` (first and last edited).
    ///
    /// # Errors
    /// The device failed.
    pub(in crate::recipe) async fn start(
        model: &Transformer,
        requests: Vec<Request>,
        past: (usize, usize),
        layers: (usize, usize),
    ) -> Result<Self> {
        let before = hidden(model, &requests, layers).await?;
        Ok(Self { requests, past, before, layers })
    }

    /// Looks at them again. `predicted` and `own_predicted` are the sums of `Delta_l k_l`, `[d_out, facts]`, of the watched past facts and
    /// of the step's own.
    ///
    /// # Errors
    /// The device failed.
    pub(in crate::recipe) async fn finish(self, model: &Transformer, predicted: &Matrix, own_predicted: &Matrix) -> Result<Disturbance> {
        let moved = hidden(model, &self.requests, self.layers).await? - &self.before;
        let norms = |matrix: &Matrix| matrix.col_iter().map(|column| column.norm_l2()).collect::<Vec<_>>();
        let mean = |values: &[f64]| rounded(values.iter().sum::<f64>() / values.len().max(1) as f64);
        let moved = norms(&moved);
        let (measured, own) = moved.split_at(self.past.1.min(moved.len()));
        Ok(Disturbance {
            every: stride(self.past.0),
            predicted: norms(predicted).into_iter().map(rounded).collect(),
            measured: measured.iter().map(|&norm| rounded(norm)).collect(),
            own_predicted: mean(&norms(own_predicted)),
            own_measured: mean(own),
        })
    }
}

async fn hidden(model: &Transformer, requests: &[Request], (first, last): (usize, usize)) -> Result<Matrix> {
    KeyPass::start(model, requests, first)?.hidden_behind(model, last).await
}
