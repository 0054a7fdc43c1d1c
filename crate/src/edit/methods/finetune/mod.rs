//! Fine-tuning of the edited down-projections by Adam, the baselines of ROME and later papers (arXiv 2202.05262, section 3;
//! ARCHITECTURE, Methods).
//!
//! * FT: `-mean_j log p(t_j | prompt)`, all target tokens scored at the prompt's last position, as a bag, as published.
//! * FT-L: the same, and no weight moves further than `norm_constraint` from where the step found it.
//! * FT-M: `-mean_j log p(t_j | prompt, t_<j)`, the ordinary loss of a language model on the target.
//!
//! The published code counts padding and, for some tokenisers, the token that begins a text as targets; here exactly the target's tokens
//! count. Only the matrix is trained: published patterns without `.weight` train GPT-style biases too.

mod adam;
pub(super) mod objective;
mod pass;

use web_time::Instant;

use super::spec::{Kind, LAYERS, LayerCount, MethodSpec, Needs};
use crate::device::read;
use crate::edit::history::History;
use crate::edit::keys::KeyPass;
use crate::edit::outcome::{LayerOutcome, StepOutcome};
use crate::edit::request::Request;
use crate::edit::settings::{SettingName, Settings};
use crate::linalg::{DenseUpdate, Update};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::{Result, ensure};
use adam::Descent;
use objective::Objective;
use pass::Batch;

/// Below this loss a batch is not trained on, and a step ends when the mean over all is, as published.
const CONVERGED_LOSS: f64 = 1e-2;

/// FT's declaration.
pub(super) const FT: MethodSpec = MethodSpec {
    label: "FT",
    projects: false,
    merges: false,
    remembers: false,
    statistics: Needs::Never,
    layers: LayerCount::Several,
    settings: &[LAYERS, DESCENT],
    defaults: Settings::of_fine_tuning,
    kind: Kind::Descent { objective: Objective::LastPosition, clamped: false },
};

/// FT-L's declaration.
pub(super) const FT_L: MethodSpec = MethodSpec {
    label: "FT-L",
    settings: &[LAYERS, DESCENT, &[SettingName::NormConstraint]],
    defaults: Settings::of_constrained_fine_tuning,
    kind: Kind::Descent { objective: Objective::LastPosition, clamped: true },
    ..FT
};

/// FT-M's declaration.
pub(super) const FT_M: MethodSpec =
    MethodSpec { label: "FT-M", kind: Kind::Descent { objective: Objective::Autoregressive, clamped: false }, ..FT };

const DESCENT: &[SettingName] = &[SettingName::Lr, SettingName::NumSteps, SettingName::BatchSize];

/// FT, FT-L or FT-M at work; it remembers nothing from step to step.
#[derive(Clone)]
pub struct FineTuning {
    objective: Objective,
    constraint: Option<f64>,
}

impl FineTuning {
    pub(super) fn new(objective: Objective, clamped: bool, settings: &Settings) -> Self {
        Self { objective, constraint: clamped.then_some(settings.norm_constraint) }
    }

    /// The step of `requests`, of which only the bare prompts are trained on.
    ///
    /// # Errors
    /// As [`crate::edit::edit_step`].
    pub(in crate::edit) async fn step(
        &self,
        model: &mut Transformer,
        history: &mut History,
        requests: &[Request],
        settings: &Settings,
        progress: impl FnMut(usize) -> bool + MaybeSend,
    ) -> Result<StepOutcome> {
        let started = Instant::now();
        let mut outcome = StepOutcome::default();
        let first = settings.layers.first().copied().unwrap_or_default();
        let mut pass = KeyPass::start(model, requests, first)?;
        for &layer in &settings.layers {
            pass.advance(model, layer);
            outcome.layers.push(LayerOutcome { keys: pass.keys(model).await?, ..LayerOutcome::of(layer) });
        }
        drop(pass);
        outcome.solve_seconds = started.elapsed().as_secs_f64();

        let started = Instant::now();
        let (descents, losses) = self.descend(model, requests, settings, progress).await?;
        outcome.losses = losses;
        history.rewind(model, &settings.layers);
        let (rows, cols) = (model.config().hidden, model.config().inner);
        for ((layer, descent), of_layer) in settings.layers.iter().zip(descents).zip(&mut outcome.layers) {
            let update = Update::Dense(DenseUpdate::new(rows, cols, read(descent.into_delta()).await?)?);
            of_layer.delta_norm = update.frobenius_norm();
            history.apply(model, *layer, update);
        }
        outcome.target_seconds = started.elapsed().as_secs_f64();
        Ok(outcome)
    }

    /// Trains; gives the changes by layer, and each fact's loss in every pass over the facts.
    async fn descend(
        &self,
        model: &mut Transformer,
        requests: &[Request],
        settings: &Settings,
        mut progress: impl FnMut(usize) -> bool + MaybeSend,
    ) -> Result<(Vec<Descent>, Vec<Vec<f32>>)> {
        let before: Vec<_> = settings.layers.iter().map(|&layer| model.down(layer)).collect();
        let mut descents: Vec<Descent> = before.iter().map(|weights| Descent::new(weights, settings.lr, self.constraint)).collect();
        let mut batches = Vec::new();
        for requests in requests.chunks(settings.batch_size.max(1)) {
            batches.push(Batch::new(model, requests, self.objective, &settings.layers)?);
        }
        let mut losses: Vec<Vec<f32>> = vec![Vec::new(); requests.len()];
        for epoch in 0..settings.num_steps {
            let (mut sum, mut start) = (0.0, 0);
            for batch in &batches {
                let (of_facts, gradients) = batch.evaluate(model, &settings.layers).await?;
                for (of_fact, &loss) in losses.iter_mut().skip(start).zip(&of_facts) {
                    ensure!(loss.is_finite(), Numerics, "the loss of fine-tuning is {loss} in pass {epoch}; lower lr");
                    of_fact.push(loss);
                }
                start += of_facts.len();
                let of_batch: f64 = of_facts.iter().map(|&loss| f64::from(loss)).sum();
                sum += of_batch;
                if of_batch < CONVERGED_LOSS * of_facts.len() as f64 {
                    continue;
                }
                for (((&layer, descent), before), gradient) in settings.layers.iter().zip(&mut descents).zip(&before).zip(gradients) {
                    model.set_down(layer, Some(before.clone() + descent.step(gradient)));
                }
            }
            let done = if sum < CONVERGED_LOSS * requests.len() as f64 { settings.num_steps } else { epoch + 1 };
            ensure!(progress(requests.len() * done / settings.num_steps), Cancelled, "stopped while fine-tuning");
            if done == settings.num_steps {
                break;
            }
        }
        Ok((descents, losses))
    }
}

#[cfg(test)]
mod tests;
