//! Loss of a batch of facts, and its gradient with respect to the edited down-projections.
//!
//! What lies in front of the first edited matrix never changes, so its keys are computed once. The gradient of a matrix W in `y = W k` is
//! `sum over tokens of (dL / dy) k^T`, and `dL / dy` is the gradient g behind the block, because the block adds y to its residual stream; where
//! a norm stands behind the MLP and the block adds N(y), it is `J^T g` with J the Jacobian of N at y.

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use super::objective::Objective;
use crate::Result;
use crate::device::{read, upload, upload_indices};
use crate::edit::request::Request;
use crate::model::{Layout, ModelConfig, Transformer};
use crate::schedule::runs;

/// Bytes that a piece of a batch may hold at a time, about: what the backward pass needs, and logits.
const HELD_BYTES: usize = 240 << 20;

/// Facts behind one update of the weights, in pieces that fit the budget.
pub(super) struct Batch {
    pieces: Vec<Piece>,
    facts: usize,
}

/// Some facts in one pass.
struct Piece {
    layout: Layout,
    /// The residual stream that the values of the first edited layer are added to, and that layer's keys.
    residual: Tensor<2>,
    keys: Tensor<2>,
    facts: usize,
    /// Packed tokens whose logits are scored.
    scored: Vec<usize>,
    /// The fact of each scored token.
    owners: Vec<usize>,
    /// Targets at each scored token, `[scored, width]`; the rows that have fewer are filled up with weight 0.
    targets: Vec<usize>,
    weights: Vec<f32>,
    width: usize,
}

impl Batch {
    pub(super) fn new(model: &Transformer, requests: &[Request], objective: Objective, layers: &[usize]) -> Result<Self> {
        let first = layers.first().copied().unwrap_or_default();
        let bytes: Vec<usize> = requests.iter().map(|request| held_bytes(model.config(), request, objective, first)).collect();
        let pieces = runs(&bytes, HELD_BYTES, 1).into_iter().map(|run| Piece::new(model, &requests[run], objective, first));
        Ok(Self { pieces: pieces.collect::<Result<_>>()?, facts: requests.len() })
    }

    /// The loss of each fact, and the gradients of their mean with respect to the down-projections of `layers`, ascending.
    ///
    /// # Errors
    /// The device failed.
    pub(super) async fn evaluate(&self, model: &Transformer, layers: &[usize]) -> Result<(Vec<f32>, Vec<Tensor<2>>)> {
        let (mut losses, mut gradients): (Vec<f32>, Vec<Tensor<2>>) = (Vec::with_capacity(self.facts), Vec::new());
        for piece in &self.pieces {
            let (of_facts, of_piece) = piece.evaluate(model, layers, 1.0 / self.facts as f64).await?;
            losses.extend(of_facts);
            gradients =
                if gradients.is_empty() { of_piece } else { gradients.into_iter().zip(of_piece).map(|(sum, more)| sum + more).collect() };
        }
        Ok((losses, gradients))
    }
}

impl Piece {
    fn new(model: &Transformer, requests: &[Request], objective: Objective, first: usize) -> Result<Self> {
        let (config, device) = (model.config(), model.device());
        let rows: Vec<Vec<u32>> = requests
            .iter()
            .map(|request| {
                let teacher = match objective {
                    Objective::LastPosition => 0,
                    Objective::Autoregressive => request.target.len() - 1,
                };
                request.prompts[0].tokens.iter().chain(&request.target[..teacher]).copied().collect()
            })
            .collect();
        let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let layout = Layout::fresh(&lengths, config, device);
        let h = model.run(model.embed(&rows.concat(), &layout)?, &layout, 0..first, None, |_, _| ());
        let before = model.block(first).before_values(h, &layout, None);

        let (mut scored, mut owners, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        for (fact, request) in requests.iter().enumerate() {
            let last = request.prompts[0].tokens.len() - 1;
            let share = 1.0 / request.target.len() as f32;
            let places: Vec<Vec<u32>> = match objective {
                Objective::LastPosition => vec![request.target.clone()],
                Objective::Autoregressive => request.target.iter().map(|&token| vec![token]).collect(),
            };
            for (place, targets) in places.into_iter().enumerate() {
                scored.push(layout.index(fact, last + place));
                owners.push(fact);
                lists.push((targets, share));
            }
        }
        let width = lists.iter().map(|(targets, _)| targets.len()).max().unwrap_or(0);
        let (mut targets, mut weights) = (Vec::new(), Vec::new());
        for (list, share) in lists {
            let filled = width - list.len();
            weights.extend(std::iter::repeat_n(share, list.len()).chain(std::iter::repeat_n(0.0, filled)));
            targets.extend(list.into_iter().map(|token| token as usize).chain(std::iter::repeat_n(0, filled)));
        }
        Ok(Self { layout, residual: before.residual, keys: before.keys, facts: requests.len(), scored, owners, targets, weights, width })
    }

    /// The loss of each fact, and the gradients of `scale` times their sum.
    async fn evaluate(&self, model: &Transformer, layers: &[usize], scale: f64) -> Result<(Vec<f32>, Vec<Tensor<2>>)> {
        let (device, depth, rows) = (model.device(), model.config().layers, self.scored.len());
        let first = layers.first().copied().unwrap_or_default();
        let mut keys = vec![(first, self.keys.clone())];
        let mut saved = Vec::new();
        let h = model.block(first).join(self.residual.clone(), model.block(first).mlp.values(self.keys.clone()));
        let h = model.run(h, &self.layout, first + 1..depth, None, |layer, pass| {
            saved.push(pass.saved.clone());
            if layers.contains(&layer) {
                keys.push((layer, pass.keys.clone()));
            }
        });

        let at = h.select(0, upload_indices(&self.scored, device));
        let log_probabilities = log_softmax(model.logits(at.clone()), 1);
        let targets: Tensor<2, Int> = upload_indices(&self.targets, device).reshape([rows, self.width]);
        let weights: Tensor<2> = upload(self.weights.clone(), [rows, self.width], device);
        let of_rows = (log_probabilities.clone().gather(1, targets.clone()) * weights.clone()).sum_dim(1).neg();

        // d loss / d logits = sum of the row's weights * p - the weights at their targets.
        let toward_logits = log_probabilities.exp() * weights.clone().sum_dim(1);
        let toward_logits = toward_logits.scatter(1, targets, weights.neg(), burn::tensor::IndexingUpdateOp::Add).mul_scalar(scale);
        let toward_at = model.logits_backward(at, toward_logits);
        let mut places = vec![rows; self.layout.tokens()];
        for (place, &token) in self.scored.iter().enumerate() {
            places[token] = place;
        }
        let nothing = Tensor::zeros([1, model.config().hidden], device);
        let mut toward_output = Tensor::cat(vec![toward_at, nothing], 0).select(0, upload_indices(&places, device));

        let mut gradients = Vec::with_capacity(layers.len());
        let mut behind = depth;
        for (layer, keys) in keys.into_iter().rev() {
            let upper = layer + 1..behind;
            let of_upper = &saved[layer - first..behind - first - 1];
            toward_output = model.backward(toward_output, &self.layout, upper, of_upper);
            let block = model.block(layer);
            let toward_values = block.toward_values(|| block.mlp.values(keys.clone()), toward_output.clone());
            gradients.push(toward_values.transpose().matmul(keys));
            behind = layer + 1;
        }
        gradients.reverse();

        let mut losses = vec![0.0; self.facts];
        for (&fact, loss) in self.owners.iter().zip(read(of_rows).await?) {
            losses[fact] += loss;
        }
        Ok((losses, gradients))
    }
}

/// About how many bytes one fact holds at the peak of an evaluation.
fn held_bytes(config: &ModelConfig, request: &Request, objective: Objective, first: usize) -> usize {
    /// Matrices of the size of the logits that are alive together.
    const LOGITS: usize = 4;
    let (scored, teacher) = match objective {
        Objective::LastPosition => (1, 0),
        Objective::Autoregressive => (request.target.len(), request.target.len() - 1),
    };
    let tokens = request.prompts[0].tokens.len() + teacher;
    let activations = 2 * config.hidden + 2 * (config.heads + config.kv_heads) * config.head_dim + 2 * config.inner;
    let fixed = config.hidden + config.inner;
    4 * (tokens * (config.layers.saturating_sub(first + 1) * activations + fixed) + LOGITS * scored * config.vocab)
}
