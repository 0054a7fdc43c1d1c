//! Target values v*: the residual stream behind the last edited layer that makes the model say the new object (ROME,
//! arXiv 2202.05262, equation 4; MEMIT, arXiv 2210.07229, equation 16; ARCHITECTURE, Methods).
//!
//! For each fact, a vector delta is added to the residual stream behind layer l* at the edited token of every prompt and minimises
//! `NLL(new object) + kl_factor KL(after || before) + v_weight_decay |delta| / |h0|^2` by Adam; v* = h0 + delta.
//!
//! Where a norm N stands behind the MLP of layer l* (Gemma 3, OLMo 2), the block cannot put out every residual stream. There delta is added to the
//! values x = W k in front of the norm, h0 in the loss and in the clamp is x, and `v* = m + N(x + delta)` with the stream m that the block adds to:
//! a stream that it does reach.
//!
//! What never changes is computed once: everything up to layer l*, and the keys and values of all positions before the edited token.
//! Only the edited token and those behind it pass through the layers above l* in each step. All facts of a batch are optimised together;
//! a fact that is done leaves the batch.

mod batch;
mod device;

use std::sync::{Mutex, PoisonError};

use burn::prelude::*;

use super::adam::Adam;
use super::request::Request;
use super::settings::Settings;
use crate::device::{is_cpu, read, upload};
use crate::model::{Block, ModelConfig, NOT_FINITE, Transformer};
use crate::schedule::{MaybeSend, each, lanes, runs};
use crate::{Error, ErrorKind, Result, ensure};
use batch::Batch;

/// Bytes that the facts being optimised at the same time may hold, about: activations, cached keys and values, logits.
const HELD_BYTES: usize = 480 << 20;

/// Tokens below which a batch is not split between cores: reading and unpacking the weights would cost as much as the products.
const LANE_TOKENS: usize = 192;

/// The target value of one fact, and how it was reached.
#[derive(Clone, Debug)]
pub struct Target {
    /// v*, the wanted residual stream behind l* (or MLP output) at the edited token, `[hidden]`.
    pub value: Vec<f32>,
    /// What it was before, `[hidden]`.
    pub initial: Vec<f32>,
    /// Total loss at each step, the last one included.
    pub losses: Vec<f32>,
}

/// Where delta is added, and so whose output v* is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The residual stream behind the last edited layer (MEMIT and what follows it), by way of the MLP's values where a norm stands behind it.
    Block,
    /// The MLP's output at that layer (ROME). What the other layers see is the same, but the clamp and the decay are relative to the MLP's
    /// output alone.
    Mlp,
}

/// [`target_values_at`] the residual stream behind the last edited layer.
///
/// # Errors
/// As [`target_values_at`].
pub async fn target_values(
    model: &Transformer,
    requests: &[Request],
    settings: &Settings,
    progress: impl FnMut(usize) -> bool + MaybeSend,
) -> Result<Vec<Target>> {
    target_values_at(Site::Block, model, requests, settings, progress).await
}

/// Computes the target values of `requests`, in order. `progress` sees the number of facts done after each
/// optimisation step and says whether to go on.
///
/// # Errors
/// A device failed, a prompt is too long, the loss is not finite, or `progress` said stop.
pub async fn target_values_at(
    site: Site,
    model: &Transformer,
    requests: &[Request],
    settings: &Settings,
    progress: impl FnMut(usize) -> bool + MaybeSend,
) -> Result<Vec<Target>> {
    let tokens: usize = requests.iter().map(Request::active_tokens).sum();
    let lanes = lanes(model.device());
    // A lane must have tokens enough to be worth reading all weights for.
    let worthwhile = (tokens / LANE_TOKENS).clamp(1, lanes);
    let first = settings.last_layer()? + 1;
    let bytes: Vec<usize> = requests.iter().map(|request| held_bytes(model.config(), request, first, is_cpu(model.device()))).collect();
    let batches = runs(&bytes, HELD_BYTES / worthwhile, worthwhile);
    let shared = Mutex::new((progress, 0));
    let targets = each(model.device(), batches, |batch| {
        let shared = &shared;
        async move {
            let mut reported = 0;
            let report = |done: usize| {
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let (progress, all) = &mut *shared;
                *all += done - reported;
                reported = done;
                progress(*all)
            };
            optimize(site, model, &requests[batch], settings, report).await
        }
    })
    .await?;
    Ok(targets.into_iter().flatten().collect())
}

/// About how many bytes the optimisation of one fact holds at its peak: the activations that the backward pass of the layers from `first`
/// on needs, their cached keys and values of the positions before the edited token, and the logits with their gradients.
fn held_bytes(config: &ModelConfig, request: &Request, first: usize, cpu: bool) -> usize {
    // Matrices of the size of the logits that are alive together: the CPU turns logits into their gradients in place.
    let logits = if cpu { 2 } else { 6 };
    let upper = config.layers.saturating_sub(first);
    let key_values = 2 * config.kv_heads * config.head_dim;
    let query_key = (config.heads + config.kv_heads) * config.head_dim;
    let normed = if config.family.traits().query_key_norm.is_some() { query_key } else { 0 };
    let activations = 2 * (config.hidden + config.heads * config.head_dim + config.inner) + key_values + normed;
    let longest_past = request.prompts.iter().map(|prompt| prompt.lookup).max().unwrap_or(0);
    let rows = request.prompts.len() + 1;
    let scored = request.prompts.len() * request.target.len() + 1;
    4 * (request.active_tokens() * upper * activations + rows * longest_past * upper * key_values + logits * scored * config.vocab)
}

/// Optimises one batch of facts to the end.
async fn optimize(
    site: Site,
    model: &Transformer,
    requests: &[Request],
    settings: &Settings,
    progress: impl FnMut(usize) -> bool,
) -> Result<Vec<Target>> {
    let batch = Batch::prepare(site, model, requests, settings).await?;
    let joining = batch.joining_bare.clone().filter(|_| site == Site::Block);
    let targets = if is_cpu(model.device()) {
        optimize_on_host(model, batch, settings, progress).await?
    } else {
        device::optimize(model, batch, settings, progress).await?
    };
    match joining {
        Some(residual) => behind_norm(model.block(settings.last_layer()?), residual, targets).await,
        None => Ok(targets),
    }
}

/// Values of an MLP as the residual streams that its norm makes of them, added to `residual` `[facts, hidden]`.
async fn behind_norm(block: &Block, residual: Tensor<2>, targets: Vec<Target>) -> Result<Vec<Target>> {
    let [facts, hidden] = residual.dims();
    let streams = |of: fn(&Target) -> &[f32]| {
        let values = targets.iter().flat_map(of).copied().collect();
        block.join(residual.clone(), upload(values, [facts, hidden], &residual.device()))
    };
    let (values, initial) = (read(streams(|target| &target.value)).await?, read(streams(|target| &target.initial)).await?);
    let rows = values.chunks_exact(hidden).zip(initial.chunks_exact(hidden));
    let targets = targets.into_iter().zip(rows);
    Ok(targets.map(|(target, (value, initial))| Target { value: value.to_vec(), initial: initial.to_vec(), ..target }).collect())
}

/// [`optimize`] on the CPU, without a look at what stands behind the MLP.
async fn optimize_on_host(
    model: &Transformer,
    mut batch: Batch,
    settings: &Settings,
    mut progress: impl FnMut(usize) -> bool,
) -> Result<Vec<Target>> {
    let hidden = model.config().hidden;
    let mut facts: Vec<Descent> = batch.initial.iter().map(|initial| Descent::new(initial.clone(), hidden)).collect();
    let mut active: Vec<usize> = (0..facts.len()).collect();
    for step in 0..settings.v_num_grad_steps {
        let last = step + 1 == settings.v_num_grad_steps;
        let deltas: Vec<f32> = active.iter().flat_map(|&fact| facts[fact].delta.iter().copied()).collect();
        let evaluation = batch.evaluate(model, deltas, settings, !last).await?;

        let mut remaining = Vec::with_capacity(active.len());
        for (slot, &fact) in active.iter().enumerate() {
            let descent = &mut facts[fact];
            let loss = evaluation.losses[slot] + descent.decay(settings.v_weight_decay);
            descent.losses.push(loss);
            ensure_finite_losses(&descent.losses, fact)?;
            if loss >= settings.v_stop_loss as f32 && !last {
                descent.step(&evaluation.gradients[slot * hidden..(slot + 1) * hidden], settings);
                remaining.push(slot);
            }
        }
        ensure!(progress(facts.len() - remaining.len()), Cancelled, "stopped while optimising target values");
        if remaining.is_empty() {
            break;
        }
        if remaining.len() < active.len() {
            batch = batch.keep(&remaining, model);
            active = remaining.iter().map(|&slot| active[slot]).collect();
        }
    }
    Ok(facts.into_iter().map(Descent::into_target).collect())
}

/// The optimisation of one fact's delta.
struct Descent {
    initial: Vec<f32>,
    initial_norm: f32,
    delta: Vec<f32>,
    adam: Adam,
    losses: Vec<f32>,
}

impl Descent {
    fn new(initial: Vec<f32>, hidden: usize) -> Self {
        Self { initial_norm: norm(&initial), initial, delta: vec![0.0; hidden], adam: Adam::new(hidden), losses: Vec::new() }
    }

    /// `v_weight_decay |delta| / |h0|^2`: the norm, not its square, as published.
    fn decay(&self, weight: f64) -> f32 {
        (weight * f64::from(norm(&self.delta)) / f64::from(self.initial_norm).powi(2)) as f32
    }

    fn step(&mut self, gradient: &[f32], settings: &Settings) {
        let length = norm(&self.delta);
        // The norm has no gradient at 0; the published code's is 0 there.
        let pull = if length > 0.0 { settings.v_weight_decay as f32 / (length * self.initial_norm.powi(2)) } else { 0.0 };
        let total: Vec<f32> = gradient.iter().zip(&self.delta).map(|(&slope, &delta)| slope + pull * delta).collect();
        self.adam.step(&mut self.delta, &total, settings.v_lr);
        let longest = settings.clamp_norm_factor as f32 * self.initial_norm;
        let length = norm(&self.delta);
        if length > longest {
            self.delta.iter_mut().for_each(|value| *value *= longest / length);
        }
    }

    fn into_target(self) -> Target {
        let value = self.initial.iter().zip(&self.delta).map(|(&initial, &delta)| initial + delta).collect();
        Target { value, initial: self.initial, losses: self.losses }
    }
}

/// Refuses a descent that has left the numbers, whose first loss is that of the model as it is.
fn ensure_finite_losses(losses: &[f32], fact: usize) -> Result<()> {
    let Some(step) = losses.iter().position(|loss| !loss.is_finite()) else { return Ok(()) };
    let error = Error::new(ErrorKind::Numerics, format!("the v* loss of fact {fact} is {} at step {step}", losses[step]));
    Err(error.hint(if step > 0 { "lower v_lr" } else { NOT_FINITE }))
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt() as f32
}
