//! The whole model: embedding, blocks, final norm, output head.

use std::ops::Range;

use burn::prelude::*;

use super::attention::{Attention, HeadNorms, KeyValues};
use super::block::{Block, SavedBlock};
use super::config::ModelConfig;
use super::family::{NormKind, Positions, QueryKeyNorm};
use super::layout::Layout;
use super::linear::Linear;
use super::mlp::Mlp;
use super::norm::Norm;
use super::projections::Projections;
use super::quant::StoredMatrix;
use super::weight::Weight;
use crate::device::{is_cpu, upload};
use crate::{Error, ErrorKind, Result, ensure};

/// A decoder-only transformer on one device. Its weights never change, but for the edited down-projections laid over them.
#[derive(Clone, Debug)]
pub struct Transformer {
    config: ModelConfig,
    device: Device,
    embedding: Linear,
    positions: Option<Weight>,
    blocks: Vec<Block>,
    pub(super) final_norm: Norm,
    /// `None` where the embedding is also the head.
    head: Option<Linear>,
}

/// Hands out stored matrices by canonical name; implemented by checkpoints.
pub type Lookup<'a> = dyn Fn(&str) -> Result<Option<StoredMatrix>> + 'a;

impl Transformer {
    /// Builds the model, asking `lookup` for each weight and `progress` with (layers done, layers) after each block.
    ///
    /// # Errors
    /// A weight is missing or has another shape than the configuration says, or a norm or bias is not finite; the error names it.
    pub fn load(config: &ModelConfig, lookup: &Lookup<'_>, device: &Device, mut progress: impl FnMut(usize, usize)) -> Result<Self> {
        let loader = Loader { lookup, device, config };
        let c = config;
        let (query_width, kv_width) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        let traits = c.family.traits();
        let biases = traits.biases;
        let mut blocks = Vec::with_capacity(c.layers);
        for layer in 0..c.layers {
            let name = |part: &str| format!("layers.{layer}.{part}");
            let norm_before = |part: &str| traits.norms.before().then(|| loader.norm(&name(part), c.hidden)).transpose();
            let post_norm = |part: &str| traits.norms.behind().then(|| loader.norm(&name(part), c.hidden)).transpose();
            blocks.push(Block {
                order: traits.order,
                attention_norm: norm_before("attn_norm")?,
                attention: Attention::new(
                    loader.projections(
                        &[("attn.q", query_width), ("attn.k", kv_width), ("attn.v", kv_width)].map(|(part, rows)| (name(part), rows)),
                        biases.query_key_value,
                    )?,
                    loader.linear(&name("attn.o"), c.hidden, query_width, biases.attention_output)?,
                    match traits.query_key_norm {
                        Some(kind) => {
                            let widths = match kind {
                                QueryKeyNorm::Heads => [c.head_dim; 2],
                                QueryKeyNorm::Width => [query_width, kv_width],
                            };
                            let query = loader.query_norm(&name("attn.q_norm"), widths[0])?;
                            Some(HeadNorms { query, key: loader.norm(&name("attn.k_norm"), widths[1])? })
                        }
                        None => None,
                    },
                    c,
                    layer,
                ),
                attention_post_norm: post_norm("attn_post_norm")?,
                mlp_norm: if traits.order.mlp_has_norm() { norm_before("mlp_norm")? } else { None },
                mlp: Mlp {
                    inputs: {
                        let parts: &[&str] = if c.activation.gated() { &["mlp.gate", "mlp.up"] } else { &["mlp.up"] };
                        loader.projections(&parts.iter().map(|part| (name(part), c.inner)).collect::<Vec<_>>(), biases.mlp)?
                    },
                    activation: c.activation,
                    down: loader.linear(&name("mlp.down"), c.hidden, c.inner, biases.mlp)?,
                    edited: None,
                },
                mlp_post_norm: post_norm("mlp_post_norm")?,
            });
            progress(layer + 1, c.layers);
        }
        Ok(Self {
            config: c.clone(),
            device: device.clone(),
            embedding: Linear { weight: loader.weight("embed", c.vocab, c.hidden)?, bias: None },
            positions: match traits.positions {
                Positions::Learned => Some(loader.weight("positions", c.max_positions, c.hidden)?),
                Positions::Rotary { .. } => None,
            },
            blocks,
            final_norm: loader.norm("final_norm", c.hidden)?,
            head: if c.tied_head { None } else { Some(loader.linear("head", c.vocab, c.hidden, biases.head)?) },
        })
    }

    /// Architecture and sizes.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The device that holds the model.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The block of a layer.
    pub fn block(&self, layer: usize) -> &Block {
        &self.blocks[layer]
    }

    /// Bytes of weights that are resident: packed ones as they are packed, edited ones as floats.
    pub fn resident_bytes(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| {
            let inputs = block.attention.inputs.layers().iter().chain(block.mlp.inputs.layers());
            inputs.chain([&block.attention.output, &block.mlp.down]).map(|linear| linear.weight.bytes()).sum::<usize>()
                + block.mlp.edited.as_ref().map_or(0, |edited| edited.weight.bytes())
        });
        blocks.sum::<usize>()
            + self.embedding.weight.bytes()
            + self.positions.as_ref().map_or(0, Weight::bytes)
            + self.head.as_ref().map_or(0, |head| head.weight.bytes())
    }

    /// W_0 of a layer's down-projection as floats, `[hidden, inner]`.
    pub fn base_down(&self, layer: usize) -> Tensor<2> {
        self.blocks[layer].mlp.down.weight.dense(&self.device)
    }

    /// The down-projection in force, `[hidden, inner]`.
    pub fn down(&self, layer: usize) -> Tensor<2> {
        self.blocks[layer].mlp.down_in_force().weight.dense(&self.device)
    }

    /// The edited down-projection that lies over W_0, `[hidden, inner]`, where there is one.
    pub fn edited_down(&self, layer: usize) -> Option<Tensor<2>> {
        Some(self.blocks[layer].mlp.edited.as_ref()?.weight.dense(&self.device))
    }

    /// Lays an edited down-projection over W_0, or takes it away again.
    pub fn set_down(&mut self, layer: usize, edited: Option<Tensor<2>>) {
        self.set_overlay(layer, edited.map(Weight::of_tensor));
    }

    /// What lies over W_0 of a layer, as it is held.
    pub(super) fn overlay(&self, layer: usize) -> Option<&Weight> {
        Some(&self.blocks[layer].mlp.edited.as_ref()?.weight)
    }

    /// [`Transformer::set_down`] of a weight as it is held.
    pub(super) fn set_overlay(&mut self, layer: usize, edited: Option<Weight>) {
        let mlp = &mut self.blocks[layer].mlp;
        mlp.edited = edited.map(|weight| Linear { weight, bias: mlp.down.bias.clone() });
    }

    /// The residual stream before the first block, `[tokens, hidden]`, for the packed tokens of `layout`.
    ///
    /// # Errors
    /// A token id is not in the vocabulary, or a position is beyond the longest that the model knows.
    pub fn embed(&self, tokens: &[u32], layout: &Layout) -> Result<Tensor<2>> {
        let ids: Vec<usize> = tokens.iter().map(|&id| id as usize).collect();
        if let Some(&id) = ids.iter().find(|&&id| id >= self.config.vocab) {
            return Err(Error::new(ErrorKind::Text, format!("token id {id} is not in the model's vocabulary of {}", self.config.vocab))
                .hint("the tokenizer belongs to another model"));
        }
        let positions = layout.positions();
        ensure!(ids.len() == layout.tokens(), Text, "{} tokens for a layout of {}", ids.len(), layout.tokens());
        if let Some(&longest) = positions.iter().max() {
            ensure!(
                longest < self.config.max_positions,
                Text,
                "a prompt of {} tokens is longer than the model's {} positions",
                longest + 1,
                self.config.max_positions
            );
        }
        let embedded = self.embedded(&ids);
        Ok(match &self.positions {
            Some(table) => embedded + table.lookup(&positions, &self.device),
            None => embedded,
        })
    }

    /// The embeddings of `ids`, scaled where the family scales them.
    fn embedded(&self, ids: &[usize]) -> Tensor<2> {
        let embedded = self.embedding.weight.lookup(ids, &self.device);
        if self.config.family.traits().scaled_embeddings { embedded.mul_scalar((self.config.hidden as f64).sqrt()) } else { embedded }
    }

    /// The residual stream through the blocks of `layers`. `past[layer]` holds the layout's cached columns. `observe` sees each pass.
    pub fn run(
        &self,
        mut h: Tensor<2>,
        layout: &Layout,
        layers: Range<usize>,
        past: Option<&[KeyValues]>,
        mut observe: impl FnMut(usize, &super::block::BlockPass),
    ) -> Tensor<2> {
        for layer in layers {
            let pass = self.blocks[layer].forward(h, layout, past.map(|past| &past[layer]));
            observe(layer, &pass);
            h = pass.output;
        }
        h
    }

    /// Gradient with respect to the input of the first of `layers`, given that after the last; `saved` holds their passes in order.
    pub fn backward(&self, mut gradient: Tensor<2>, layout: &Layout, layers: Range<usize>, saved: &[SavedBlock]) -> Tensor<2> {
        for (layer, saved) in layers.zip(saved).rev() {
            gradient = self.blocks[layer].backward(gradient, saved, layout);
        }
        gradient
    }

    /// Logits `[n, vocab]` of residual streams `[n, hidden]` after the last block.
    pub fn logits(&self, h: Tensor<2>) -> Tensor<2> {
        self.head_linear().forward_normed(h, &self.final_norm)
    }

    /// Gradient with respect to the residual streams after the last block, given that of their logits.
    pub fn logits_backward(&self, h: Tensor<2>, gradient: Tensor<2>) -> Tensor<2> {
        self.final_norm.backward(h, self.head_linear().backward(gradient), None)
    }

    /// The output head, `[vocab, hidden]`; the embedding where they are tied.
    pub(super) fn head_linear(&self) -> &Linear {
        self.head.as_ref().unwrap_or(&self.embedding)
    }
}

impl Transformer {
    /// The embeddings of `tokens`, `[tokens, hidden]`: without the learned positions that [`Transformer::embed`] adds.
    ///
    /// # Errors
    /// A token id is not in the vocabulary.
    pub fn token_embeddings(&self, tokens: &[u32]) -> Result<Tensor<2>> {
        let ids: Vec<usize> = tokens.iter().map(|&id| id as usize).collect();
        let known = ids.iter().all(|&id| id < self.config.vocab);
        ensure!(known, Text, "a token id is not in the model's vocabulary of {}", self.config.vocab);
        Ok(self.embedded(&ids))
    }
}

struct Loader<'a> {
    lookup: &'a Lookup<'a>,
    device: &'a Device,
    config: &'a ModelConfig,
}

impl Loader<'_> {
    fn stored(&self, name: &str, rows: usize, cols: usize) -> Result<StoredMatrix> {
        let stored = (self.lookup)(name)?
            .ok_or_else(|| Error::new(ErrorKind::Checkpoint, format!("the checkpoint has no `{name}` [{rows}, {cols}]")))?;
        ensure!(
            stored.rows == rows && stored.cols == cols,
            Checkpoint,
            "`{name}` is [{}, {}], the configuration says [{rows}, {cols}]",
            stored.rows,
            stored.cols
        );
        Ok(stored)
    }

    fn weight(&self, name: &str, rows: usize, cols: usize) -> Result<Weight> {
        Weight::place(&self.stored(name, rows, cols)?, self.device).map_err(|e| e.at(name))
    }

    fn vector(&self, name: &str, len: usize) -> Result<Tensor<1>> {
        Ok(upload(self.finite(name, len)?, [len], self.device))
    }

    fn finite(&self, name: &str, len: usize) -> Result<Vec<f32>> {
        let values = self.stored(name, 1, len)?.to_f32_vec()?;
        // Vectors are few and small, unlike matrices: a look at them costs nothing.
        ensure!(values.iter().all(|value| value.is_finite()), Checkpoint, "`{name}` holds values that are not finite: the file is damaged");
        Ok(values)
    }

    /// Linear layers that read the same input, by name and number of outputs.
    fn projections(&self, parts: &[(String, usize)], bias: bool) -> Result<Projections> {
        let hidden = self.config.hidden;
        if is_cpu(self.device) {
            let layers = parts.iter().map(|(name, rows)| self.linear(name, *rows, hidden, bias));
            return Ok(Projections::Apart(layers.collect::<Result<_>>()?));
        }
        let stored = parts.iter().map(|(name, rows)| self.stored(&format!("{name}.weight"), *rows, hidden));
        let weight = Weight::join(&stored.collect::<Result<Vec<_>>>()?, self.device).map_err(|e| e.at(&parts[0].0))?;
        let bias = if bias {
            let values = parts.iter().map(|(name, rows)| self.finite(&format!("{name}.bias"), *rows)).collect::<Result<Vec<_>>>()?.concat();
            let len = values.len();
            Some(upload(values, [len], self.device))
        } else {
            None
        };
        Ok(Projections::Joined(Linear { weight, bias }))
    }

    fn linear(&self, name: &str, rows: usize, cols: usize, bias: bool) -> Result<Linear> {
        Ok(Linear {
            weight: self.weight(&format!("{name}.weight"), rows, cols)?,
            bias: if bias { Some(self.vector(&format!("{name}.bias"), rows)?) } else { None },
        })
    }

    /// The norm of the queries. Where scores are divided by another root than that of the head's size, its gain makes up for the
    /// quotient: what is behind it, the rotation and the product with the keys, is linear.
    fn query_norm(&self, name: &str, width: usize) -> Result<Norm> {
        let norm = self.norm(name, width)?;
        let Some(scalar) = self.config.query_scalar else { return Ok(norm) };
        let factor = (self.config.head_dim as f64 / scalar as f64).sqrt();
        Ok(Norm::new(norm.weight.mul_scalar(factor), norm.bias, norm.epsilon))
    }

    fn norm(&self, name: &str, width: usize) -> Result<Norm> {
        let bias = match self.config.family.traits().norm {
            NormKind::Rms => None,
            NormKind::Layer => Some(self.vector(&format!("{name}.bias"), width)?),
        };
        Ok(Norm::new(self.vector(&format!("{name}.weight"), width)?, bias, self.config.norm_eps))
    }
}
