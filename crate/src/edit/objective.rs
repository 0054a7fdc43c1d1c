//! The objective of the v* optimisation at the logits: likelihood of the new object, divergence at the essence prompts, on the CPU.
//! A GPU measures by [`row_losses`](crate::gpu::row_losses).

use burn::prelude::*;

use crate::model::kernels::loss::{divergence_gradients, likelihood_gradients, log_probabilities};
use crate::model::kernels::{from_values, into_values};

/// What the rows of logits are measured by: first those that predict a token of a new object, then one essence prompt a fact.
pub(super) struct Objective {
    /// The predicted token of each of the first rows.
    pub(super) targets: Vec<usize>,
    /// Its weight, 1 / (prompts of the fact * tokens of its target).
    pub(super) weights: Vec<f32>,
    /// Weight of the divergences.
    pub(super) kl_factor: f32,
}

/// Log-probabilities at the essence prompts before the edit, `[facts, vocab]`.
#[derive(Clone)]
pub(super) struct Before(Vec<f32>);

/// The objective's terms, and its gradient with respect to the logits.
pub(super) struct Measured {
    /// `log p` of each target.
    pub(super) of_targets: Vec<f32>,
    /// `KL(after || before)` of each fact.
    pub(super) divergences: Vec<f32>,
    pub(super) toward_logits: Tensor<2>,
}

impl Before {
    /// Those of the given facts.
    pub(super) fn select(self, facts: &[usize], vocab: usize) -> Self {
        Self(facts.iter().flat_map(|&fact| &self.0[fact * vocab..(fact + 1) * vocab]).copied().collect())
    }
}

impl Objective {
    /// Measures `logits`; the first time, their essence rows are what `before` becomes.
    pub(super) fn measure(&self, logits: Tensor<2>, before: &mut Option<Before>) -> Measured {
        let vocab = logits.dims()[1];
        let mut logits = into_values(logits);
        let (predicted, essence) = logits.split_at_mut(self.targets.len() * vocab);
        let of_targets = likelihood_gradients(predicted, vocab, &self.targets, &self.weights);
        let Before(before) = before.get_or_insert_with(|| Before(log_probabilities(essence, vocab)));
        let divergences = divergence_gradients(essence, vocab, before, self.kl_factor);
        Measured { of_targets, divergences, toward_logits: from_values(logits, vocab) }
    }
}
