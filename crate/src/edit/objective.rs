//! The objective of the v* optimisation at the logits: likelihood of the new object, divergence at the essence prompts.

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use crate::Result;
use crate::device::{is_cpu, read, upload, upload_indices};
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

/// Log-probabilities at the essence prompts before the edit, `[facts, vocab]`, where the device wants them.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "one a batch")]
pub(super) enum Before {
    Host(Vec<f32>),
    Device(Tensor<2>),
}

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
        match self {
            Self::Host(values) => Self::Host(facts.iter().flat_map(|&fact| &values[fact * vocab..(fact + 1) * vocab]).copied().collect()),
            Self::Device(tensor) => {
                let facts = upload_indices(facts, &tensor.device());
                Self::Device(tensor.select(0, facts))
            }
        }
    }
}

impl Objective {
    /// Measures `logits`; the first time, their essence rows are what `before` becomes.
    pub(super) async fn measure(&self, logits: Tensor<2>, before: &mut Option<Before>) -> Result<Measured> {
        if is_cpu(&logits.device()) { Ok(self.on_host(logits, before)) } else { self.on_device(logits, before).await }
    }

    fn on_host(&self, logits: Tensor<2>, before: &mut Option<Before>) -> Measured {
        let vocab = logits.dims()[1];
        let mut logits = into_values(logits);
        let (predicted, essence) = logits.split_at_mut(self.targets.len() * vocab);
        let of_targets = likelihood_gradients(predicted, vocab, &self.targets, &self.weights);
        let divergences = match before.get_or_insert_with(|| Before::Host(log_probabilities(essence, vocab))) {
            Before::Host(before) => divergence_gradients(essence, vocab, before, self.kl_factor),
            Before::Device(_) => Vec::new(),
        };
        Measured { of_targets, divergences, toward_logits: from_values(logits, vocab) }
    }

    async fn on_device(&self, logits: Tensor<2>, before: &mut Option<Before>) -> Result<Measured> {
        let (device, rows, predictions) = (logits.device(), logits.dims()[0], self.targets.len());
        let log_probabilities = log_softmax(logits, 1);
        let essence = log_probabilities.clone().slice_dim(0, predictions..rows);
        let before = match before.get_or_insert_with(|| Before::Device(essence.clone())) {
            Before::Device(before) => before.clone(),
            Before::Host(_) => essence.clone(),
        };
        let divergence = (essence.clone().exp() * (essence.clone() - before.clone())).sum_dim(1);
        let predicted = log_probabilities.slice_dim(0, 0..predictions);
        let targets: Tensor<2, Int> = upload_indices(&self.targets, &device).unsqueeze_dim(1);
        let of_targets = predicted.clone().gather(1, targets.clone());
        let numbers = Tensor::cat(vec![of_targets.squeeze_dim::<1>(1), divergence.clone().squeeze_dim::<1>(1)], 0);

        // d NLL / d logits = c (p - onehot); d KL / d logits = k p (log p - log q - KL).
        let weights: Tensor<2> = upload(self.weights.clone(), [predictions, 1], &device);
        let toward_predicted = (predicted.exp() * weights.clone()).scatter(1, targets, weights.neg(), burn::tensor::IndexingUpdateOp::Add);
        let toward_essence = (essence.clone().exp() * (essence - before - divergence)).mul_scalar(self.kl_factor);
        let toward_logits = Tensor::cat(vec![toward_predicted, toward_essence], 0);
        let mut of_targets = read(numbers).await?;
        let divergences = of_targets.split_off(predictions);
        Ok(Measured { of_targets, divergences, toward_logits })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

    use burn::tensor::Tolerance;

    use super::*;

    /// The CPU's loops against the tensor operations, at the first step and at a later one, whose essence rows have moved.
    #[test]
    fn both_paths_measure_the_same() {
        let (rows, vocab) = (5, 77);
        let objective = Objective { targets: vec![3, 76, 0], weights: vec![0.5, 0.25, 0.1], kl_factor: 0.0625 };
        let logits = |step: f32| {
            let values = (0..rows * vocab).map(|i| ((i as f32 * 0.7 + step).sin() * 9.0).powi(3) / 40.0).collect();
            upload(values, [rows, vocab], &Device::flex())
        };
        let (mut host, mut device) = (None, None);
        for step in [0.0, 0.3] {
            let ours = objective.on_host(logits(step), &mut host);
            let theirs = pollster::block_on(objective.on_device(logits(step), &mut device)).unwrap();
            let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs())) && a.len() == b.len();
            assert!(close(&ours.of_targets, &theirs.of_targets), "{:?} {:?}", ours.of_targets, theirs.of_targets);
            assert!(close(&ours.divergences, &theirs.divergences), "{:?} {:?}", ours.divergences, theirs.divergences);
            let tolerance = Tolerance::<f32>::rel_abs(1e-3, 1e-5);
            ours.toward_logits.into_data().assert_approx_eq(&theirs.toward_logits.into_data(), tolerance);
            (host, device) = (host.map(|b| b.select(&[1, 0], vocab)), device.map(|b| b.select(&[1, 0], vocab)));
        }
    }
}
