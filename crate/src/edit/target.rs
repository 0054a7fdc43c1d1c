//! Target values v*: the residual stream behind the last edited layer that makes the model say the new object (editing.md 1.3).
//!
//! For each fact, a vector delta is added to the residual stream behind layer l* at the edited token of every prompt and minimises
//! `NLL(new object) + kl_factor KL(after || before) + v_weight_decay |delta| / |h0|^2` by Adam; v* = h0 + delta.
//!
//! What never changes is computed once: everything up to layer l*, and the keys and values of all positions before the edited token.
//! Only the edited token and those behind it pass through the layers above l* in each step. All facts of a batch are optimised together;
//! a fact that is done leaves the batch.

use std::sync::{Mutex, PoisonError};

use burn::prelude::*;

use super::adam::Adam;
use super::objective::{Before, Measured, Objective};
use super::request::Request;
use super::settings::Settings;
use crate::device::{is_cpu, read, upload, upload_indices};
use crate::model::{KeyValues, Layout, ModelConfig, Row, Transformer};
use crate::schedule::{MaybeSend, each, lanes, runs};
use crate::{Result, ensure};

/// Optimisation of a fact stops below this loss, as published.
const CONVERGED_LOSS: f32 = 0.05;

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
    /// The residual stream behind the last edited layer (MEMIT and what follows it).
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
    let activations = 2 * (config.hidden + config.heads * config.head_dim + config.inner) + key_values;
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
    mut progress: impl FnMut(usize) -> bool,
) -> Result<Vec<Target>> {
    let mut batch = Batch::prepare(site, model, requests, settings).await?;
    let hidden = model.config().hidden;
    let mut facts: Vec<Descent> = batch.initial.iter().map(|initial| Descent::new(initial.clone(), hidden)).collect();
    let mut active: Vec<usize> = (0..requests.len()).collect();
    for step in 0..settings.v_num_grad_steps {
        let last = step + 1 == settings.v_num_grad_steps;
        let deltas: Vec<f32> = active.iter().flat_map(|&fact| facts[fact].delta.iter().copied()).collect();
        let evaluation = batch.evaluate(model, deltas, settings, !last).await?;

        let mut remaining = Vec::with_capacity(active.len());
        for (slot, &fact) in active.iter().enumerate() {
            let descent = &mut facts[fact];
            let loss = evaluation.losses[slot] + descent.decay(settings.v_weight_decay);
            ensure!(loss.is_finite(), Numerics, "the v* loss of fact {fact} is {loss} at step {step}; lower v_lr");
            descent.losses.push(loss);
            if loss >= CONVERGED_LOSS && !last {
                descent.step(&evaluation.gradients[slot * hidden..(slot + 1) * hidden], settings);
                remaining.push(slot);
            }
        }
        ensure!(progress(requests.len() - remaining.len()), Cancelled, "stopped while optimising target values");
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

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt() as f32
}

/// One row of a batch: a prompt of a fact, cut at its edited token.
#[derive(Clone, Debug)]
struct BatchRow {
    slot: usize,
    past: usize,
    len: usize,
    /// Positions within the computed ones that predict a target token, with the token; empty for the essence prompt.
    predictions: Vec<(usize, u32)>,
}

/// A batch of facts with everything that the steps share.
struct Batch {
    rows: Vec<BatchRow>,
    layout: Layout,
    /// Residual streams behind l* of the tokens from the edited one on, `[tokens, hidden]`.
    behind: Tensor<2>,
    /// Keys and values above l* of the positions before the edited token; indexed by layer, empty up to l*.
    past: Vec<KeyValues>,
    initial: Vec<Vec<f32>>,
    /// Log-probabilities at the essence prompts before the edit; known after the first step.
    before: Option<Before>,
    upper: std::ops::Range<usize>,
}

/// Losses `[facts]` without the decay term, and their gradients with respect to the deltas `[facts, hidden]`.
struct Evaluation {
    losses: Vec<f32>,
    gradients: Vec<f32>,
}

impl Batch {
    async fn prepare(site: Site, model: &Transformer, requests: &[Request], settings: &Settings) -> Result<Self> {
        let (config, device) = (model.config(), model.device());
        let last_edited = settings.last_layer()?;
        let upper = last_edited + 1..config.layers;

        let mut tokens: Vec<Vec<u32>> = Vec::new();
        let mut rows = Vec::new();
        for (slot, request) in requests.iter().enumerate() {
            let teacher = &request.target[..request.target.len() - 1];
            for prompt in &request.prompts {
                let row: Vec<u32> = prompt.tokens.iter().chain(teacher).copied().collect();
                let first = prompt.tokens.len() - 1 - prompt.lookup;
                let predictions = request.target.iter().enumerate().map(|(i, &token)| (first + i, token)).collect();
                rows.push(BatchRow { slot, past: prompt.lookup, len: row.len() - prompt.lookup, predictions });
                tokens.push(row);
            }
            let essence = &request.essence;
            rows.push(BatchRow { slot, past: essence.lookup, len: essence.tokens.len() - essence.lookup, predictions: Vec::new() });
            tokens.push(essence.tokens.clone());
        }

        let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
        let whole = Layout::fresh(&lengths, config, device);
        let mut keys = None;
        let h = model.run(model.embed(&tokens.concat(), &whole)?, &whole, 0..last_edited + 1, None, |layer, pass| {
            if site == Site::Mlp && layer == last_edited {
                keys = Some(pass.keys.clone());
            }
        });

        // Positions before the edited token go on alone: nothing behind them reaches them.
        let pick = |range: fn(&BatchRow) -> std::ops::Range<usize>| -> Vec<usize> {
            rows.iter().enumerate().flat_map(|(r, row)| range(row).map(|position| whole.index(r, position)).collect::<Vec<_>>()).collect()
        };
        let prefix = pick(|row| 0..row.past);
        let mut past = Vec::new();
        let mut columns = vec![Vec::new(); rows.len()];
        if !prefix.is_empty() {
            let lengths: Vec<usize> = rows.iter().map(|row| row.past).collect();
            let layout = Layout::fresh(&lengths, config, device);
            let h = h.clone().select(0, upload_indices(&prefix, device));
            model.run(h, &layout, upper.clone(), None, |_, pass| past.push(pass.saved.held()));
            columns = held_columns(&rows);
        }

        let bare: Vec<usize> = (0..requests.len()).map(|slot| rows.iter().position(|row| row.slot == slot).unwrap_or(0)).collect();
        let at: Vec<usize> = bare.iter().map(|&r| whole.index(r, rows[r].past)).collect();
        let at = upload_indices(&at, device);
        let initial = match keys {
            Some(keys) => model.block(last_edited).mlp.values(keys.select(0, at)),
            None => h.clone().select(0, at),
        };
        let initial = read(initial).await?;
        let spans: Vec<Row> = rows.iter().map(|row| Row { past: row.past, len: row.len }).collect();
        Ok(Self {
            layout: Layout::new(&spans, &columns, config, device),
            behind: h.select(0, upload_indices(&pick(|row| row.past..row.past + row.len), device)),
            past,
            initial: initial.chunks_exact(config.hidden).map(<[f32]>::to_vec).collect(),
            before: None,
            upper,
            rows,
        })
    }

    /// The batch without the facts that are not in `slots`.
    fn keep(self, slots: &[usize], model: &Transformer) -> Self {
        let device = model.device();
        let kept: Vec<usize> = (0..self.rows.len()).filter(|&r| slots.contains(&self.rows[r].slot)).collect();
        let tokens: Vec<usize> = kept
            .iter()
            .flat_map(|&r| {
                let start = self.layout.index(r, self.rows[r].past);
                start..start + self.rows[r].len
            })
            .collect();
        let rows: Vec<BatchRow> = kept
            .iter()
            .map(|&r| {
                let row = self.rows[r].clone();
                BatchRow { slot: slots.iter().position(|&slot| slot == row.slot).unwrap_or(0), ..row }
            })
            .collect();
        let columns = held_columns(&rows);
        let width = columns.first().map_or(0, Vec::len);
        let spans: Vec<Row> = rows.iter().map(|row| Row { past: row.past, len: row.len }).collect();
        Self {
            layout: Layout::new(&spans, &columns, model.config(), device),
            behind: self.behind.select(0, upload_indices(&tokens, device)),
            past: if width == 0 { Vec::new() } else { self.past.iter().map(|held| held.select(&kept, width)).collect() },
            initial: slots.iter().map(|&slot| self.initial[slot].clone()).collect(),
            before: self.before.map(|before| before.select(slots, model.config().vocab)),
            upper: self.upper,
            rows,
        }
    }

    /// Loss and, where wanted, gradient at `deltas` `[facts * hidden]`.
    async fn evaluate(&mut self, model: &Transformer, deltas: Vec<f32>, settings: &Settings, with_gradient: bool) -> Result<Evaluation> {
        let (device, hidden, facts) = (model.device(), model.config().hidden, self.initial.len());

        // delta goes to the first computed token of each row; all others get the row of zeros.
        let mut receives = vec![facts; self.layout.tokens()];
        let mut edited = Vec::with_capacity(self.rows.len());
        for (r, row) in self.rows.iter().enumerate() {
            let index = self.layout.index(r, row.past);
            receives[index] = row.slot;
            edited.push(index);
        }
        let deltas = Tensor::cat(vec![upload(deltas, [facts, hidden], device), Tensor::zeros([1, hidden], device)], 0);
        let h = self.behind.clone() + deltas.select(0, upload_indices(&receives, device));

        let mut saved = Vec::with_capacity(self.upper.len());
        let h = self.run_upper(model, h, |pass| {
            if with_gradient {
                saved.push(pass.saved.clone());
            }
        });

        let scored = Scored::new(&self.rows, &self.layout, facts, settings.kl_factor);
        let at = h.select(0, upload_indices(&scored.tokens, device));
        let Measured { of_targets, divergences, toward_logits } =
            scored.objective.measure(model.logits(at.clone()), &mut self.before).await?;
        let mut losses: Vec<f32> = divergences.iter().map(|divergence| settings.kl_factor as f32 * divergence).collect();
        for ((&slot, weight), log_probability) in scored.slots.iter().zip(&scored.objective.weights).zip(of_targets) {
            losses[slot] -= weight * log_probability;
        }

        let mut gradients = Vec::new();
        if with_gradient {
            let toward_at = model.logits_backward(at, toward_logits);
            let spread = Tensor::cat(vec![toward_at, Tensor::zeros([1, hidden], device)], 0)
                .select(0, upload_indices(&scored.spread(self.layout.tokens()), device));
            let toward_behind = model.backward(spread, &self.layout, self.upper.clone(), &saved);
            let of_rows = read(toward_behind.select(0, upload_indices(&edited, device))).await?;
            gradients.resize(facts * hidden, 0.0);
            for (row, of_row) in self.rows.iter().zip(of_rows.chunks_exact(hidden)) {
                let sum = &mut gradients[row.slot * hidden..(row.slot + 1) * hidden];
                sum.iter_mut().zip(of_row).for_each(|(sum, &value)| *sum += value);
            }
        }
        Ok(Evaluation { losses, gradients })
    }

    fn run_upper(&self, model: &Transformer, mut h: Tensor<2>, mut observe: impl FnMut(&crate::model::BlockPass)) -> Tensor<2> {
        for (i, layer) in self.upper.clone().enumerate() {
            let pass = model.block(layer).forward(h, &self.layout, self.past.get(i));
            observe(&pass);
            h = pass.output;
        }
        h
    }
}

/// Cache columns that hold a position of each row.
fn held_columns(rows: &[BatchRow]) -> Vec<Vec<bool>> {
    let width = rows.iter().map(|row| row.past).max().unwrap_or(0);
    rows.iter().map(|row| (0..width).map(|column| column < row.past).collect()).collect()
}

/// The tokens whose logits count: first those that predict target tokens, then the essence prompts' edited tokens in slot order.
struct Scored {
    tokens: Vec<usize>,
    /// The fact of each prediction.
    slots: Vec<usize>,
    objective: Objective,
}

impl Scored {
    fn new(rows: &[BatchRow], layout: &Layout, facts: usize, kl_factor: f64) -> Self {
        let mut prompts = vec![0_usize; facts];
        rows.iter().filter(|row| !row.predictions.is_empty()).for_each(|row| prompts[row.slot] += 1);
        let (mut tokens, mut slots, mut essence) = (Vec::new(), Vec::new(), vec![0; facts]);
        let mut objective = Objective { targets: Vec::new(), weights: Vec::new(), kl_factor: kl_factor as f32 };
        for (r, row) in rows.iter().enumerate() {
            if row.predictions.is_empty() {
                essence[row.slot] = layout.index(r, row.past);
            }
            for &(position, token) in &row.predictions {
                tokens.push(layout.index(r, row.past + position));
                slots.push(row.slot);
                objective.targets.push(token as usize);
                objective.weights.push(1.0 / (prompts[row.slot] * row.predictions.len()) as f32);
            }
        }
        tokens.extend(essence);
        Self { tokens, slots, objective }
    }

    /// For each of `tokens` packed tokens, its place among the scored ones, or the place behind the last.
    fn spread(&self, tokens: usize) -> Vec<usize> {
        let mut places = vec![self.tokens.len(); tokens];
        for (place, &token) in self.tokens.iter().enumerate() {
            places[token] = place;
        }
        places
    }
}
