//! The optimisation of a batch on a GPU: the deltas, their moments and the losses stay there, and every [`LOOK`] steps the host sees the
//! losses, so that facts that are done leave the batch.

use burn::prelude::*;

use super::batch::{Batch, Scored};
use super::{Target, ensure_finite_losses, norm};
use crate::device::{read, upload_indices};
use crate::edit::adam::{BETA_1, BETA_2, EPSILON, pace};
use crate::edit::settings::Settings;
use crate::event_loop::breathe;
use crate::gpu::{self, Descent, DescentSettings, FactTable, RowLosses};
use crate::model::Transformer;
use crate::{Result, ensure};

/// Steps between two looks at the losses; each waits for the device.
const LOOK: usize = 10;

/// What the steps of a batch share, beside the batch itself.
struct Shared {
    table: FactTable,
    scored: Scored,
    scored_tokens: Tensor<1, Int>,
    targets: Tensor<1, Int>,
    /// For each token its place among the scored ones.
    places: Tensor<1, Int>,
}

impl Shared {
    fn new(batch: &Batch, settings: &Settings, device: &Device) -> Self {
        let facts = batch.initial.len();
        let (edited, receives) = batch.edited();
        let mut rows = vec![0; facts];
        batch.rows.iter().for_each(|row| rows[row.slot] += 1);
        let scored = Scored::new(&batch.rows, &batch.layout, facts, settings.kl_factor);
        let mut predicting = vec![0; facts];
        scored.slots.iter().for_each(|&slot| predicting[slot] += 1);
        let mut weights = scored.objective.weights.clone();
        weights.resize(weights.len() + facts, scored.objective.kl_factor);
        Self {
            table: FactTable::new(&rows, &predicting, &edited, weights, &receives, device),
            scored_tokens: upload_indices(&scored.tokens, device),
            targets: upload_indices(&scored.objective.targets, device),
            places: upload_indices(&scored.spread(batch.layout.tokens()), device),
            scored,
        }
    }
}

/// Optimises one batch of facts to the end.
pub(super) async fn optimize(
    model: &Transformer,
    mut batch: Batch,
    settings: &Settings,
    mut progress: impl FnMut(usize) -> bool,
) -> Result<Vec<Target>> {
    let (device, hidden, facts) = (model.device(), model.config().hidden, batch.initial.len());
    let initial = batch.initial.clone();
    let norms: Vec<f32> = initial.iter().map(|initial| norm(initial)).collect();
    let descent_settings = DescentSettings {
        betas: [BETA_1, BETA_2],
        epsilon: EPSILON,
        decay: settings.v_weight_decay,
        clamp: settings.clamp_norm_factor,
        converged: settings.v_stop_loss as f32,
        steps: settings.v_num_grad_steps,
    };
    let mut descent = Descent::new(&norms, hidden, descent_settings, device);
    let mut shared = Shared::new(&batch, settings, device);
    let mut before: Option<Tensor<2>> = None;
    let mut active: Vec<usize> = (0..facts).collect();
    let mut targets: Vec<Option<Target>> = vec![None; facts];
    for step in 0..settings.v_num_grad_steps {
        let last = step + 1 == settings.v_num_grad_steps;
        let mut saved = Vec::with_capacity(batch.upper.len());
        let moved = descent.placed(batch.behind.clone(), &shared.table);
        let h = batch.run_upper(model, moved.clone(), |pass| {
            if !last {
                saved.push(pass.saved.clone());
            }
        });
        let at = h.select(0, shared.scored_tokens.clone());
        let logits = model.logits(at.clone());
        let essence = before.get_or_insert_with(|| {
            let [rows, _] = logits.dims();
            logits.clone().slice_dim(0, shared.scored.slots.len()..rows)
        });
        let RowLosses { losses, toward_logits } = gpu::row_losses(logits, &shared.targets, shared.table.weights(), essence.clone());
        let toward_behind = if last {
            batch.behind.clone()
        } else {
            let toward_at = model.logits_backward(at, toward_logits);
            batch.backward(model, gpu::spread(toward_at, &shared.places), moved, &saved)
        };
        descent.step(&losses, toward_behind, &shared.table, pace(step as i32 + 1, settings.v_lr).map(|value| value as f32));
        breathe().await;

        let mut done = facts - active.len();
        if last || (step + 1) % LOOK == 0 {
            let found = Found::read(&descent, active.len(), hidden).await?;
            let mut remaining = Vec::with_capacity(active.len());
            for (slot, &fact) in active.iter().enumerate() {
                let losses = found.losses_of(slot, descent_settings.converged);
                let loss = losses.last().copied().unwrap_or_default();
                ensure_finite_losses(&losses, fact)?;
                if loss < descent_settings.converged || last {
                    targets[fact] = Some(found.target(slot, &initial[fact], losses));
                    done += 1;
                } else {
                    remaining.push(slot);
                }
            }
            if !last && !remaining.is_empty() && remaining.len() < active.len() {
                batch = batch.keep(&remaining, model);
                shared = Shared::new(&batch, settings, device);
                descent = descent.keep(&remaining, device);
                before = before.map(|before| before.select(0, upload_indices(&remaining, device)));
            }
            active = remaining.iter().map(|&slot| active[slot]).collect();
        }
        ensure!(progress(done), Cancelled, "stopped while optimising target values");
        if active.is_empty() {
            break;
        }
    }
    Ok(targets.into_iter().flatten().collect())
}

/// What a look at the device finds.
struct Found {
    /// `[steps, facts]`
    losses: Vec<f32>,
    /// `[facts, hidden]`
    deltas: Vec<f32>,
    facts: usize,
    hidden: usize,
}

impl Found {
    async fn read(descent: &Descent, facts: usize, hidden: usize) -> Result<Self> {
        let (losses, deltas) = descent.found();
        let [steps, _] = losses.dims();
        let mut losses = read(Tensor::cat(vec![losses.reshape([steps * facts]), deltas.reshape([facts * hidden])], 0)).await?;
        let deltas = losses.split_off(steps * facts);
        Ok(Self { losses, deltas, facts, hidden })
    }

    /// The losses of a fact up to the one that ended its descent.
    fn losses_of(&self, slot: usize, stop: f32) -> Vec<f32> {
        let all = self.losses.iter().skip(slot).step_by(self.facts).copied();
        let mut done = false;
        all.take_while(|&loss| !std::mem::replace(&mut done, loss < stop)).collect()
    }

    fn target(&self, slot: usize, initial: &[f32], losses: Vec<f32>) -> Target {
        let delta = &self.deltas[slot * self.hidden..(slot + 1) * self.hidden];
        let value = initial.iter().zip(delta).map(|(&initial, &delta)| initial + delta).collect();
        Target { value, initial: initial.to_vec(), losses }
    }
}
