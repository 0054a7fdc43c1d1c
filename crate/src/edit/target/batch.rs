//! The facts that are optimised together: what their steps share, and the loss and gradient at a step.

use burn::prelude::*;

use super::Site;
use crate::Result;
use crate::device::{read, upload, upload_indices};
use crate::edit::objective::{Before, Measured, Objective};
use crate::edit::request::Request;
use crate::edit::settings::Settings;
use crate::model::{BlockPass, KeyValues, Layout, Row, SavedBlock, Transformer};

/// One row of a batch: a prompt of a fact, cut at its edited token.
#[derive(Clone, Debug)]
pub(super) struct BatchRow {
    pub(super) slot: usize,
    pub(super) past: usize,
    len: usize,
    /// Positions within the computed ones that predict a target token, with the token; empty for the essence prompt.
    predictions: Vec<(usize, u32)>,
}

/// A batch of facts with everything that the steps share.
pub(super) struct Batch {
    pub(super) rows: Vec<BatchRow>,
    pub(super) layout: Layout,
    /// What delta is added to, of the tokens from the edited one on, `[tokens, hidden]`: residual streams behind l*, or the values of its MLP
    /// where a norm stands behind that.
    pub(super) behind: Tensor<2>,
    /// The residual streams that the normed values are added to, where there is a norm.
    joining: Option<Tensor<2>>,
    /// Of the bare prompts' edited tokens, `[facts, hidden]`.
    pub(super) joining_bare: Option<Tensor<2>>,
    last_edited: usize,
    /// Keys and values above l* of the positions before the edited token; indexed by layer, empty up to l*.
    past: Vec<KeyValues>,
    pub(super) initial: Vec<Vec<f32>>,
    /// Log-probabilities at the essence prompts before the edit; known after the first step.
    before: Option<Before>,
    pub(super) upper: std::ops::Range<usize>,
}

/// Losses `[facts]` without the decay term, and their gradients with respect to the deltas `[facts, hidden]`.
pub(super) struct Evaluation {
    pub(super) losses: Vec<f32>,
    pub(super) gradients: Vec<f32>,
}

impl Batch {
    pub(super) async fn prepare(site: Site, model: &Transformer, requests: &[Request], settings: &Settings) -> Result<Self> {
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
        let block = model.block(last_edited);
        let h = model.run(model.embed(&tokens.concat(), &whole)?, &whole, 0..last_edited, None, |_, _| ());
        // Where delta is added, and what that is added to in turn.
        let (h, keys, apart) = if block.mlp_post_norm.is_some() {
            let before = block.before_values(h, &whole, None);
            let values = block.mlp.values(before.keys);
            (block.join(before.residual.clone(), values.clone()), None, Some((values, before.residual)))
        } else {
            let pass = block.forward(h, &whole, None);
            (pass.output, (site == Site::Mlp).then_some(pass.keys), None)
        };

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
        let initial = match (keys, &apart) {
            (Some(keys), _) => block.mlp.values(keys.select(0, at.clone())),
            (None, Some((values, _))) => values.clone().select(0, at.clone()),
            (None, None) => h.clone().select(0, at.clone()),
        };
        let initial = read(initial).await?;
        let spans: Vec<Row> = rows.iter().map(|row| Row { past: row.past, len: row.len }).collect();
        let active = upload_indices(&pick(|row| row.past..row.past + row.len), device);
        let (behind, joining) = match apart {
            Some((values, residual)) => (values, Some(residual)),
            None => (h, None),
        };
        Ok(Self {
            layout: Layout::new(&spans, &columns, config, device),
            behind: behind.select(0, active.clone()),
            joining_bare: joining.clone().map(|residual| residual.select(0, at)),
            joining: joining.map(|residual| residual.select(0, active)),
            last_edited,
            past,
            initial: initial.chunks_exact(config.hidden).map(<[f32]>::to_vec).collect(),
            before: None,
            upper,
            rows,
        })
    }

    /// The batch without the facts that are not in `slots`.
    pub(super) fn keep(self, slots: &[usize], model: &Transformer) -> Self {
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
        let tokens = upload_indices(&tokens, device);
        Self {
            layout: Layout::new(&spans, &columns, model.config(), device),
            behind: self.behind.select(0, tokens.clone()),
            joining: self.joining.map(|residual| residual.select(0, tokens)),
            joining_bare: self.joining_bare.map(|residual| residual.select(0, upload_indices(slots, device))),
            last_edited: self.last_edited,
            past: if width == 0 { Vec::new() } else { self.past.iter().map(|held| held.select(&kept, width)).collect() },
            initial: slots.iter().map(|&slot| self.initial[slot].clone()).collect(),
            before: self.before.map(|before| before.select(slots, model.config().vocab)),
            upper: self.upper,
            rows,
        }
    }

    /// The edited token of each row, its first computed one; and for each token the fact whose delta it receives, the number of facts where
    /// it receives none.
    pub(super) fn edited(&self) -> (Vec<usize>, Vec<usize>) {
        let mut receives = vec![self.initial.len(); self.layout.tokens()];
        let edited: Vec<usize> = self.rows.iter().enumerate().map(|(r, row)| self.layout.index(r, row.past)).collect();
        for (row, &index) in self.rows.iter().zip(&edited) {
            receives[index] = row.slot;
        }
        (edited, receives)
    }

    /// Loss and, where wanted, gradient at `deltas` `[facts * hidden]`; on the CPU.
    pub(super) async fn evaluate(
        &mut self,
        model: &Transformer,
        deltas: Vec<f32>,
        settings: &Settings,
        with_gradient: bool,
    ) -> Result<Evaluation> {
        let (device, hidden, facts) = (model.device(), model.config().hidden, self.initial.len());

        let (edited, receives) = self.edited();
        let deltas = Tensor::cat(vec![upload(deltas, [facts, hidden], device), Tensor::zeros([1, hidden], device)], 0);
        let moved = self.behind.clone() + deltas.select(0, upload_indices(&receives, device));

        let mut saved = Vec::with_capacity(self.upper.len());
        let h = self.run_upper(model, moved.clone(), |pass| {
            if with_gradient {
                saved.push(pass.saved.clone());
            }
        });

        let scored = Scored::new(&self.rows, &self.layout, facts, settings.kl_factor);
        let at = h.select(0, upload_indices(&scored.tokens, device));
        let Measured { of_targets, divergences, toward_logits } = scored.objective.measure(model.logits(at.clone()), &mut self.before);
        let mut losses: Vec<f32> = divergences.iter().map(|divergence| settings.kl_factor as f32 * divergence).collect();
        for ((&slot, weight), log_probability) in scored.slots.iter().zip(&scored.objective.weights).zip(of_targets) {
            losses[slot] -= weight * log_probability;
        }

        let mut gradients = Vec::new();
        if with_gradient {
            let toward_at = model.logits_backward(at, toward_logits);
            let spread = Tensor::cat(vec![toward_at, Tensor::zeros([1, hidden], device)], 0)
                .select(0, upload_indices(&scored.spread(self.layout.tokens()), device));
            let toward_behind = self.backward(model, spread, moved, &saved);
            let of_rows = read(toward_behind.select(0, upload_indices(&edited, device))).await?;
            gradients.resize(facts * hidden, 0.0);
            for (row, of_row) in self.rows.iter().zip(of_rows.chunks_exact(hidden)) {
                let sum = &mut gradients[row.slot * hidden..(row.slot + 1) * hidden];
                sum.iter_mut().zip(of_row).for_each(|(sum, &value)| *sum += value);
            }
        }
        Ok(Evaluation { losses, gradients })
    }

    /// What delta was added to, `moved` by it, through the layers above; `observe` sees each pass.
    pub(super) fn run_upper(&self, model: &Transformer, moved: Tensor<2>, mut observe: impl FnMut(&BlockPass)) -> Tensor<2> {
        let mut h = match &self.joining {
            Some(residual) => model.block(self.last_edited).join(residual.clone(), moved),
            None => moved,
        };
        for (i, layer) in self.upper.clone().enumerate() {
            let pass = model.block(layer).forward(h, &self.layout, self.past.get(i));
            observe(&pass);
            h = pass.output;
        }
        h
    }

    /// Gradient with respect to delta, token by token, given that behind the last layer.
    pub(super) fn backward(&self, model: &Transformer, gradient: Tensor<2>, moved: Tensor<2>, saved: &[SavedBlock]) -> Tensor<2> {
        let behind = model.backward(gradient, &self.layout, self.upper.clone(), saved);
        match &self.joining {
            Some(_) => model.block(self.last_edited).toward_values(|| moved, behind),
            None => behind,
        }
    }
}

/// Cache columns that hold a position of each row.
fn held_columns(rows: &[BatchRow]) -> Vec<Vec<bool>> {
    let width = rows.iter().map(|row| row.past).max().unwrap_or(0);
    rows.iter().map(|row| (0..width).map(|column| column < row.past).collect()).collect()
}

/// The tokens whose logits count: first those that predict target tokens, then the essence prompts' edited tokens in slot order.
pub(super) struct Scored {
    pub(super) tokens: Vec<usize>,
    /// The fact of each prediction.
    pub(super) slots: Vec<usize>,
    pub(super) objective: Objective,
}

impl Scored {
    pub(super) fn new(rows: &[BatchRow], layout: &Layout, facts: usize, kl_factor: f64) -> Self {
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
    pub(super) fn spread(&self, tokens: usize) -> Vec<usize> {
        let mut places = vec![self.tokens.len(); tokens];
        for (place, &token) in self.tokens.iter().enumerate() {
            places[token] = place;
        }
        places
    }
}
