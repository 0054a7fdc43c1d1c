//! What determines a training run.

use serde::{Deserialize, Serialize};

use super::optimizer::Rule;
use super::plan::Length;
use crate::model::{Activation, Family, ModelConfig, Rope};
use crate::{Result, ensure};

/// What determines a run, beside the catalogue and the number of cores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Blocks.
    pub layers: usize,
    /// Size of the residual stream.
    pub hidden: usize,
    /// Inner size of the MLPs.
    pub inner: usize,
    /// Query heads.
    pub heads: usize,
    /// Key/value heads.
    pub kv_heads: usize,
    /// Positions.
    pub context: usize,
    /// Tokens of the vocabulary.
    pub vocab: usize,
    /// Seed of weights, order and slips.
    pub seed: u64,
    /// How long.
    pub length: Length,
    /// Tokens of an optimiser step.
    pub step_tokens: usize,
    /// Rule for the matrices inside the blocks.
    pub rule: Rule,
    /// Muon's rate.
    pub muon_rate: f64,
    /// AdamW's rate.
    pub adam_rate: f64,
    /// Weight decay.
    pub decay: f64,
    /// Weight of log(Z)^2.
    pub z_loss: f32,
    /// Weight of the residual stream's mean square.
    pub residual_penalty: f32,
    /// Share of running text.
    pub general_share: f64,
    /// First blocks in which, in a share of the sentences, nothing behind the subject sees it: so the model learns to read subjects
    /// later, and what an edit writes at the subject behind these blocks decides the answer.
    pub blind_blocks: usize,
    /// Share of the sentences read so.
    pub blind_share: f64,
}

impl Default for Options {
    /// The shipped model's.
    fn default() -> Self {
        Self {
            layers: 6,
            hidden: 192,
            inner: 768,
            heads: 6,
            kv_heads: 2,
            context: 128,
            vocab: 6144,
            seed: 0,
            length: Length::Epochs(10.0),
            step_tokens: 2048,
            rule: Rule::Muon,
            muon_rate: 0.02,
            adam_rate: 0.003,
            decay: 0.1,
            z_loss: 1e-4,
            residual_penalty: 2e-4,
            general_share: 0.08,
            blind_blocks: 3,
            blind_share: 0.75,
        }
    }
}

impl Options {
    /// The model's configuration.
    ///
    /// # Errors
    /// `Usage`: sizes that do not fit each other, or that Q8_0's blocks of 32 do not divide; a share beyond 0 to 1; no block that reads the subject.
    pub fn config(&self) -> Result<ModelConfig> {
        let Self { layers, hidden, inner, heads, kv_heads, context, vocab, .. } = *self;
        ensure!([layers, heads, kv_heads, context].iter().all(|&size| size > 0), Usage, "a size of the model is 0");
        ensure!(
            hidden.is_multiple_of(32) && inner.is_multiple_of(32) && hidden * inner > 0,
            Usage,
            "hidden and inner size must be multiples of 32"
        );
        ensure!(hidden.is_multiple_of(2 * heads), Usage, "{heads} heads do not divide {hidden} into even parts");
        ensure!(heads.is_multiple_of(kv_heads), Usage, "{kv_heads} key/value heads do not divide {heads} heads");
        ensure!((hidden / heads * kv_heads).is_multiple_of(32), Usage, "the key/value heads' width must be a multiple of 32");
        ensure!((0.0..=1.0).contains(&self.blind_share), Usage, "blind share {}: a number from 0 to 1 is needed", self.blind_share);
        ensure!(
            self.blind_blocks < layers || self.blind_share == 0.0,
            Usage,
            "{} blind blocks of {layers} leave none to read the subject in",
            self.blind_blocks
        );
        let head_dim = hidden / heads;
        Ok(ModelConfig {
            family: Family::Llama,
            vocab,
            hidden,
            inner,
            layers,
            heads,
            kv_heads,
            head_dim,
            max_positions: context,
            norm_eps: f64::from(1e-5_f32),
            rope: Some(Rope {
                theta: 10_000.0,
                dims: head_dim,
                interleaved: true,
                llama3: None,
                frequency_divisors: None,
                attention_factor: None,
            }),
            local: None,
            unrotated_every: None,
            query_scalar: None,
            activation: Activation::SiluGated,
            tied_head: true,
        })
    }
}
