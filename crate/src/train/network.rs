//! The network under training: every weight as floats, and the gradients of all of them in one pass.
//!
//! It computes what [`Transformer`](crate::model::Transformer) computes for the llama family (a test compares the two), but keeps what the
//! gradients of the weights need and works on whole rows of equal length, which are right-padded: no token sees what follows it.

use std::ops::Range;

use burn::prelude::*;
use burn::tensor::activation::softmax;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::batch::Batch;
use super::fused::{cross_entropy, silu_gate, silu_gate_backward};
use super::turn::Turn;
use crate::checkpoint::expected_tensors;
use crate::device::{read, upload, upload_indices};
use crate::model::quant::StoredMatrix;
use crate::model::{ModelConfig, Transformer};
use crate::{Error, ErrorKind, Result};

/// Added to the score of a position that a query must not see.
const HIDDEN_SCORE: f32 = -1e9;
/// A range that hides nothing.
const NOWHERE: Range<usize> = 0..0;
/// Standard deviation of the first embeddings.
const EMBEDDING_DEVIATION: f32 = 0.05;

/// A weight and its canonical name.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// Name, as checkpoints know it.
    pub(super) name: String,
    /// A vector of gains rather than a matrix; held as one row.
    pub(super) vector: bool,
    /// `[out, in]`.
    pub(super) values: Tensor<2>,
}

/// Weights of a llama model: the embedding, nine per block in the order of [`Part`], the final norm.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) config: ModelConfig,
    pub(super) parameters: Vec<Parameter>,
    device: Device,
}

/// The weights of a block, in the order of [`expected_tensors`].
#[derive(Clone, Copy)]
enum Part {
    AttentionNorm,
    Query,
    Key,
    Value,
    Output,
    MlpNorm,
    Gate,
    Up,
    Down,
}

const PARTS: usize = 9;

/// What a batch says about the weights.
pub(super) struct Gradients {
    /// Sum over the tokens of weight times loss, in nats.
    pub(super) loss: f64,
    /// That sum and the penalty on the residual stream: what the gradients are of.
    pub(super) objective: f64,
    /// Gradient of the objective by parameter.
    pub(super) by_parameter: Vec<Tensor<2>>,
    /// Mean over the tokens of |h|^2 / hidden behind the last block.
    pub(super) mean_square: f64,
}

impl Gradients {
    /// Both together. The mean squares are added too.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            loss: self.loss + other.loss,
            objective: self.objective + other.objective,
            by_parameter: self.by_parameter.into_iter().zip(other.by_parameter).map(|(a, b)| a + b).collect(),
            mean_square: self.mean_square + other.mean_square,
        }
    }
}

/// What is minimised beside the loss, and what is hidden from the model meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Objective {
    /// Times log(Z)^2 of each prediction: keeps the logits from drifting.
    pub(super) z_loss: f32,
    /// Times the mean square of what each block puts out: keeps the residual stream small, so that an edit can outweigh it.
    pub(super) residual: f32,
    /// Number of first blocks in which [`Batch::unseen`] is not seen.
    pub(super) blind_blocks: usize,
}

struct Saved {
    output: Tensor<2>,
    attention_scale: Tensor<2>,
    attention_normal: Tensor<2>,
    query: Tensor<4>,
    key: Tensor<4>,
    value: Tensor<4>,
    weights: Tensor<4>,
    context: Tensor<2>,
    mlp_scale: Tensor<2>,
    mlp_normal: Tensor<2>,
    gate: Tensor<2>,
    up: Tensor<2>,
    keys: Tensor<2>,
}

impl Network {
    /// Draws the first weights: normal with deviation 1/sqrt(in), the two matrices that write to the residual stream 1/sqrt(2 layers)
    /// times that, gains one.
    pub(super) fn random(config: &ModelConfig, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let small = (2.0 * config.layers as f32).sqrt().recip();
        let parameters = expected_tensors(config)
            .map(|expected| {
                let deviation = match expected.name.as_str() {
                    "embed" => EMBEDDING_DEVIATION,
                    name if name.ends_with("attn.o.weight") || name.ends_with("mlp.down.weight") => small / (expected.cols as f32).sqrt(),
                    _ => (expected.cols as f32).sqrt().recip(),
                };
                let count = expected.rows * expected.cols;
                let values = if expected.vector { vec![1.0; count] } else { (0..count).map(|_| deviation * normal(rng)).collect() };
                let values = upload(values, [expected.rows, expected.cols], device);
                Parameter { name: expected.name, vector: expected.vector, values }
            })
            .collect();
        Self { config: config.clone(), parameters, device: device.clone() }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// All weights on the host, in order.
    pub(super) async fn values(&self) -> Result<Vec<Vec<f32>>> {
        let mut all = Vec::with_capacity(self.parameters.len());
        for parameter in &self.parameters {
            all.push(read(parameter.values.clone()).await?);
        }
        Ok(all)
    }

    /// The model that these weights are, to be asked.
    pub(super) async fn transformer(&self) -> Result<Transformer> {
        let values = self.values().await?;
        let stored = self.parameters.iter().zip(values).map(|(parameter, values)| {
            let [rows, cols] = parameter.values.dims();
            Ok((parameter.name.as_str(), StoredMatrix::from_f32(rows, cols, &values)?))
        });
        let stored: std::collections::BTreeMap<&str, StoredMatrix> = stored.collect::<Result<_>>()?;
        Transformer::load(&self.config, &|name| Ok(stored.get(name).cloned()), &self.device, |_, _| ())
    }

    fn weight(&self, layer: usize, part: Part) -> Tensor<2> {
        self.parameters[1 + layer * PARTS + part as usize].values.clone()
    }

    /// Loss and gradients of a batch.
    ///
    /// # Errors
    /// The device failed.
    pub(super) async fn gradients(&self, batch: &Batch, objective: Objective) -> Result<Gradients> {
        let c = &self.config;
        let rope = c.rope.as_ref().ok_or_else(|| Error::new(ErrorKind::Usage, "only rotary models are trained"))?;
        let (rows, longest) = (batch.rows, batch.longest);
        let positions: Vec<usize> = (0..rows).flat_map(|_| 0..longest).collect();
        let (blind, causal) = (self.mask(longest, &batch.unseen), self.mask(longest, &[NOWHERE]));
        let turn = Turn::new(rope, &positions, [rows, longest, c.head_dim], &self.device);

        let ids = upload_indices(&batch.ids, &self.device);
        let embedding = self.parameters[0].values.clone();
        let mut h = embedding.clone().select(0, ids.clone());
        let mut saved = Vec::with_capacity(c.layers);
        for layer in 0..c.layers {
            let mask = if layer < objective.blind_blocks { &blind } else { &causal };
            let (output, pass) = self.block(layer, &h, &turn, mask)?;
            saved.push(pass);
            h = output;
        }
        let gain = self.parameters.last().map_or_else(|| Tensor::ones([1, c.hidden], &self.device), |last| last.values.clone());
        let (normal, scale) = self.normalize(&h);
        let x = normal.clone() * gain.clone();
        let (loss, toward_logits) = cross_entropy(x.clone().matmul(embedding.clone().transpose()), batch, objective.z_loss).await?;
        let squares: Vec<Tensor<1>> = saved.iter().map(|pass| (pass.output.clone() * pass.output.clone()).mean()).collect();
        let squares = read(Tensor::cat(squares, 0)).await?;
        let mean_square = squares.last().copied().map_or(0.0, f64::from);
        let penalty = f64::from(objective.residual) * batch.ids.len() as f64 * squares.iter().copied().map(f64::from).sum::<f64>();

        let mut toward_embedding = toward_logits.clone().transpose().matmul(x);
        let (toward_gain, mut gradient) = norm_backward(toward_logits.matmul(embedding), &normal, &scale, &gain);
        let mut reversed = vec![toward_gain];
        // d/dh of residual * sum over tokens of |h|^2 / hidden.
        let pull = f64::from(2.0 * objective.residual) / c.hidden as f64;
        for (layer, pass) in saved.into_iter().enumerate().rev() {
            let (input, by_part) = self.block_backward(layer, gradient, pass, &turn, pull)?;
            reversed.extend(by_part.into_iter().rev());
            gradient = input;
        }
        toward_embedding = scatter_rows(toward_embedding, ids, gradient);
        reversed.push(toward_embedding);
        reversed.reverse();
        Ok(Gradients { loss, objective: loss + penalty, by_parameter: reversed, mean_square })
    }

    /// What is added to the scores, `[rows, 1, longest, longest]`: no position sees a later one, and none behind its row's range `unseen`
    /// sees that.
    fn mask(&self, longest: usize, unseen: &[Range<usize>]) -> Tensor<4> {
        let hides = |unseen: &Range<usize>, query, key| key > query || unseen.contains(&key) && query >= unseen.end;
        let mut values = Vec::with_capacity(unseen.len() * longest * longest);
        for unseen in unseen {
            for query in 0..longest {
                values.extend((0..longest).map(|key| if hides(unseen, query, key) { HIDDEN_SCORE } else { 0.0 }));
            }
        }
        upload(values, [unseen.len(), 1, longest, longest], &self.device)
    }

    fn block(&self, layer: usize, h: &Tensor<2>, turn: &Turn<'_>, mask: &Tensor<4>) -> Result<(Tensor<2>, Saved)> {
        let c = &self.config;
        let w = |part| self.weight(layer, part);
        let (attention_normal, attention_scale) = self.normalize(h);
        let x = attention_normal.clone() * w(Part::AttentionNorm);
        let query = turn.split(turn.forth(x.clone().matmul(w(Part::Query).transpose()), c.heads), c.heads);
        let key = turn.split(turn.forth(x.clone().matmul(w(Part::Key).transpose()), c.kv_heads), c.kv_heads);
        let value = turn.split(x.matmul(w(Part::Value).transpose()), c.kv_heads);
        let (query, group) = (turn.group(query, c.kv_heads), c.heads / c.kv_heads);
        let scores = query.clone().matmul(key.clone().swap_dims(2, 3)).mul_scalar(self.score_scale());
        let weights = softmax(scores + mask.clone().repeat_dim(2, group), 3);
        let context = turn.merge(turn.ungroup(weights.clone().matmul(value.clone()), c.heads));
        let middle = h.clone() + context.clone().matmul(w(Part::Output).transpose());

        let (mlp_normal, mlp_scale) = self.normalize(&middle);
        let y = mlp_normal.clone() * w(Part::MlpNorm);
        let gate = y.clone().matmul(w(Part::Gate).transpose());
        let up = y.matmul(w(Part::Up).transpose());
        let keys = silu_gate(&gate, &up)?;
        let output = middle + keys.clone().matmul(w(Part::Down).transpose());
        let saved = Saved {
            output: output.clone(),
            attention_scale,
            attention_normal,
            query,
            key,
            value,
            weights,
            context,
            mlp_scale,
            mlp_normal,
            gate,
            up,
            keys,
        };
        Ok((output, saved))
    }

    /// The gradient of the block's input, and those of its nine weights.
    fn block_backward(
        &self,
        layer: usize,
        gradient: Tensor<2>,
        saved: Saved,
        turn: &Turn<'_>,
        pull: f64,
    ) -> Result<(Tensor<2>, [Tensor<2>; PARTS])> {
        let c = &self.config;
        let w = |part| self.weight(layer, part);
        let gradient = if pull > 0.0 { gradient + saved.output.mul_scalar(pull) } else { gradient };

        let down = gradient.clone().transpose().matmul(saved.keys);
        let (toward_gate, toward_up) = silu_gate_backward(gradient.clone().matmul(w(Part::Down)), saved.gate, saved.up)?;
        let y = saved.mlp_normal.clone() * w(Part::MlpNorm);
        let gate = toward_gate.clone().transpose().matmul(y.clone());
        let up = toward_up.clone().transpose().matmul(y);
        let toward_y = toward_gate.matmul(w(Part::Gate)) + toward_up.matmul(w(Part::Up));
        let (mlp_norm, toward_middle) = norm_backward(toward_y, &saved.mlp_normal, &saved.mlp_scale, &w(Part::MlpNorm));
        let gradient = gradient + toward_middle;

        let output = gradient.clone().transpose().matmul(saved.context);
        let context = turn.group(turn.split(gradient.clone().matmul(w(Part::Output)), c.heads), c.kv_heads);
        let toward_weights = context.clone().matmul(saved.value.swap_dims(2, 3));
        let toward_value = saved.weights.clone().swap_dims(2, 3).matmul(context);
        let along = (toward_weights.clone() * saved.weights.clone()).sum_dim(3);
        let scores = (toward_weights - along) * saved.weights.mul_scalar(self.score_scale());
        let toward_query = turn.back(turn.merge(turn.ungroup(scores.clone().matmul(saved.key), c.heads)), c.heads);
        let toward_key = turn.back(turn.merge(scores.swap_dims(2, 3).matmul(saved.query)), c.kv_heads);
        let toward_value = turn.merge(toward_value);
        let x = saved.attention_normal.clone() * w(Part::AttentionNorm);
        let query = toward_query.clone().transpose().matmul(x.clone());
        let key = toward_key.clone().transpose().matmul(x.clone());
        let value = toward_value.clone().transpose().matmul(x);
        let toward_x = toward_query.matmul(w(Part::Query)) + toward_key.matmul(w(Part::Key)) + toward_value.matmul(w(Part::Value));
        let (attention_norm, toward_input) =
            norm_backward(toward_x, &saved.attention_normal, &saved.attention_scale, &w(Part::AttentionNorm));
        Ok((gradient + toward_input, [attention_norm, query, key, value, output, mlp_norm, gate, up, down]))
    }

    fn score_scale(&self) -> f64 {
        (self.config.head_dim as f64).powf(-0.5)
    }

    /// x / rms(x), and 1 / rms(x) by row.
    fn normalize(&self, x: &Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let scale = (x.clone() * x.clone()).mean_dim(1).add_scalar(self.config.norm_eps).sqrt().recip();
        (x.clone() * scale.clone(), scale)
    }
}

/// Gradients of an RMS norm's gain `[1, hidden]` and input: with u = g * gain and n the normal, sum(g n) and r (u - n mean(u n)).
fn norm_backward(gradient: Tensor<2>, normal: &Tensor<2>, scale: &Tensor<2>, gain: &Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let product = gradient.clone() * normal.clone();
    let toward_gain = product.clone().sum_dim(0);
    let along = (product * gain.clone()).mean_dim(1);
    (toward_gain, (gradient * gain.clone() - normal.clone() * along) * scale.clone())
}

/// Adds row i of `values` to row `ids[i]`.
fn scatter_rows(into: Tensor<2>, ids: Tensor<1, Int>, values: Tensor<2>) -> Tensor<2> {
    into.select_assign(0, ids, values, burn::tensor::IndexingUpdateOp::Add)
}

/// A standard normal number (Box and Muller).
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let mut uniform = || ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let (radius, angle) = ((-2.0 * uniform().ln()).sqrt(), std::f64::consts::TAU * uniform());
    (radius * angle.cos()) as f32
}
