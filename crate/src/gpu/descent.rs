//! Adam on the deltas of several facts at once, without a look at the host.

use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::parameters::DescentSettings;
use super::tensors::{empty, floats, grid, tensor, words};
use crate::device::{upload, upload_indices};

/// The deltas of a batch of facts under optimisation, on a GPU. Each fact owns rows of the batch that follow each other.
#[derive(Clone, Debug)]
pub struct Descent {
    /// Deltas, first and second moments, and the norms of h0, `[3 * facts * hidden + facts]`.
    state: CubeTensor,
    /// Loss of each fact at each step, `[steps, facts]`; a fact that is done repeats its last.
    losses: CubeTensor,
    facts: usize,
    hidden: usize,
    step: usize,
    settings: DescentSettings,
}

/// Which rows, losses and tokens belong to which fact.
#[derive(Clone, Debug)]
pub struct FactTable {
    /// For each fact its first row and its number of rows, then its first predicting row and their number, `[4 * facts]`.
    facts: Tensor<1, Int>,
    /// The edited token of each row, `[rows]`.
    edited: Tensor<1, Int>,
    /// Of each row of logits its weight in the loss, `[scored]`.
    weights: Tensor<1>,
    /// For each token the fact whose delta it receives; the number of facts where none, `[tokens]`.
    receives: Tensor<1, Int>,
    predictions: usize,
}

impl FactTable {
    /// `rows[f]` is the number of rows of fact f and `predicting[f]` that of its predicting rows of logits; both follow each other in the
    /// facts' order, and the essence rows, one a fact, follow all predicting ones.
    pub fn new(rows: &[usize], predicting: &[usize], edited: &[usize], weights: Vec<f32>, receives: &[usize], device: &Device) -> Self {
        let (mut table, mut row, mut scored) = (Vec::with_capacity(4 * rows.len()), 0, 0);
        for (&rows, &predicting) in rows.iter().zip(predicting) {
            table.extend([row, rows, scored, predicting]);
            row += rows;
            scored += predicting;
        }
        let width = weights.len();
        Self {
            facts: upload_indices(&table, device),
            edited: upload_indices(edited, device),
            weights: upload(weights, [width], device),
            receives: upload_indices(receives, device),
            predictions: scored,
        }
    }

    /// Weights of the rows of logits, `[scored]`.
    pub fn weights(&self) -> &Tensor<1> {
        &self.weights
    }
}

impl Descent {
    /// From deltas of zero; `norms` are those of h0, one a fact.
    pub fn new(norms: &[f32], hidden: usize, settings: DescentSettings, device: &Device) -> Self {
        let facts = norms.len();
        let mut state = vec![0.0; 3 * facts * hidden];
        state.extend_from_slice(norms);
        let (width, steps) = (state.len(), settings.steps.max(1));
        let losses: Tensor<2> = Tensor::zeros([steps, facts], device);
        Self { state: floats(upload(state, [width], device)), losses: floats(losses), facts, hidden, step: 0, settings }
    }

    /// `behind` `[tokens, hidden]` with each delta added where it belongs.
    pub fn placed(&self, behind: Tensor<2>, table: &FactTable) -> Tensor<2> {
        let [tokens, hidden] = behind.dims();
        let behind = floats(behind);
        let out = empty(&behind, [tokens, hidden]);
        let (count, dim) = grid(hidden, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the token's last value stop")]
        unsafe {
            place_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                behind.into_buffer_arg(),
                self.state.clone().into_buffer_arg(),
                words(table.receives.clone()).into_buffer_arg(),
                out.clone().into_buffer_arg(),
                self.facts as u32,
                hidden as u32,
            );
        }
        tensor(out)
    }

    /// Records the facts' losses, from those of the rows of logits, and takes a step down `toward_behind` `[tokens, hidden]`, the gradient
    /// with respect to what [`Descent::placed`] gave. Of Adam's step, `size` is the learning rate over the first moment's correction and
    /// `correction` the root of the second's. A fact whose loss is below the bound stays as it is from then on.
    pub fn step(&mut self, row_losses: &Tensor<1>, toward_behind: Tensor<2>, table: &FactTable, [size, correction]: [f32; 2]) {
        let DescentSettings { betas: [beta_1, beta_2], epsilon, decay, clamp, converged, steps } = self.settings;
        let last = self.step + 1 == steps;
        let (count, dim) = grid(self.facts, 1, 1);
        #[allow(unsafe_code, reason = "units behind the last fact stop, and the table names tokens and rows of this batch")]
        unsafe {
            step_kernel::launch_unchecked(
                &self.state.client.clone(),
                count,
                dim,
                floats(row_losses.clone()).into_buffer_arg(),
                floats(table.weights.clone()).into_buffer_arg(),
                floats(toward_behind).into_buffer_arg(),
                words(table.facts.clone()).into_buffer_arg(),
                words(table.edited.clone()).into_buffer_arg(),
                self.state.clone().into_buffer_arg(),
                self.losses.clone().into_buffer_arg(),
                self.facts as u32,
                self.hidden as u32,
                table.predictions as u32,
                self.step as u32,
                size,
                correction,
                beta_1,
                beta_2,
                epsilon,
                decay as f32,
                clamp as f32,
                converged,
                u32::from(last),
            );
        }
        self.step += 1;
    }

    /// The descent of the given facts alone.
    #[must_use]
    pub fn keep(&self, facts: &[usize], device: &Device) -> Self {
        let slots = upload_indices(facts, device);
        let state: Tensor<1> = tensor(self.state.clone());
        let vectors = 3 * self.facts * self.hidden;
        let kept = state.clone().slice_dim(0, 0..vectors).reshape([3, self.facts, self.hidden]).select(1, slots.clone());
        let norms = state.slice_dim(0, vectors..vectors + self.facts).select(0, slots.clone());
        let losses: Tensor<2> = tensor(self.losses.clone());
        Self {
            state: floats(Tensor::cat(vec![kept.reshape([3 * facts.len() * self.hidden]), norms], 0)),
            losses: floats(losses.select(1, slots)),
            facts: facts.len(),
            ..self.clone()
        }
    }

    /// Losses so far `[steps, facts]`, and the deltas `[facts, hidden]`.
    pub fn found(&self) -> (Tensor<2>, Tensor<2>) {
        let losses: Tensor<2> = tensor(self.losses.clone());
        let state: Tensor<1> = tensor(self.state.clone());
        (losses.slice_dim(0, 0..self.step), state.slice_dim(0, 0..self.facts * self.hidden).reshape([self.facts, self.hidden]))
    }
}

#[cube(launch_unchecked)]
fn place_kernel(behind: &[f32], state: &[f32], receives: &[u32], out: &mut [f32], facts: u32, hidden: u32) {
    let (column, token, hidden) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize, hidden as usize);
    if column >= hidden {
        terminate!();
    }
    let fact = receives[token];
    let mut value = behind[token * hidden + column];
    if fact < facts {
        value += state[fact as usize * hidden + column];
    }
    out[token * hidden + column] = value;
}

#[cube(launch_unchecked)]
fn step_kernel(
    row_losses: &[f32],
    weights: &[f32],
    toward_behind: &[f32],
    table: &[u32],
    edited: &[u32],
    state: &mut [f32],
    losses: &mut [f32],
    facts: u32,
    hidden: u32,
    predictions: u32,
    step: u32,
    size: f32,
    correction: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    decay: f32,
    clamp: f32,
    converged: f32,
    last: u32,
) {
    let fact = ABSOLUTE_POS_X as usize;
    let (facts, hidden, step) = (facts as usize, hidden as usize, step as usize);
    if fact >= facts {
        terminate!();
    }
    if step > 0 {
        let before = losses[(step - 1) * facts + fact];
        if before < converged {
            losses[step * facts + fact] = before;
            terminate!();
        }
    }
    let (first_row, rows) = (table[4 * fact] as usize, table[4 * fact + 1] as usize);
    let (first_scored, scored) = (table[4 * fact + 2] as usize, table[4 * fact + 3] as usize);
    let norm = state[3 * facts * hidden + fact];
    let start = fact * hidden;
    let mut square = 0.0f32;
    for i in 0..hidden {
        square += state[start + i] * state[start + i];
    }
    let length = f32::sqrt(square);
    let essence = predictions as usize + fact;
    let mut loss = weights[essence] * row_losses[essence] + decay * length / (norm * norm);
    for i in first_scored..first_scored + scored {
        loss += weights[i] * row_losses[i];
    }
    losses[step * facts + fact] = loss;
    if loss < converged || last != 0 {
        terminate!();
    }
    // The norm has no gradient at 0; the published code's is 0 there.
    let mut pull = 0.0f32;
    if length > 0.0f32 {
        pull = decay / (length * norm * norm);
    }
    let (first, second) = (facts * hidden, 2 * facts * hidden);
    let mut square = 0.0f32;
    for i in 0..hidden {
        let mut slope = pull * state[start + i];
        for row in first_row..first_row + rows {
            slope += toward_behind[edited[row] as usize * hidden + i];
        }
        let momentum = state[first + start + i] + (slope - state[first + start + i]) * (1.0f32 - beta_1);
        let spread = state[second + start + i] * beta_2 + slope * slope * (1.0f32 - beta_2);
        let value = state[start + i] - size * (momentum / (f32::sqrt(spread) / correction + epsilon));
        state[first + start + i] = momentum;
        state[second + start + i] = spread;
        state[start + i] = value;
        square += value * value;
    }
    let length = f32::sqrt(square);
    let longest = clamp * norm;
    if length > longest {
        for i in 0..hidden {
            state[start + i] *= longest / length;
        }
    }
}
