//! What the settings are where nobody says otherwise: the published values, and ours where nothing is published.
//!
//! Published values: hparams files of AlphaEdit, LangEdit's first commit and EasyEdit. No published file covers a model below one
//! billion parameters; `TINY`, `SMALL` and `LARGE` are ours and live in this one table so that measurements can tune them.

use super::{FactToken, KeyWeight, Mode, Projection, Settings};
use super::{field, illegal};
use crate::Result;
use crate::linalg::Threshold;
use crate::model::{Activation, Family, ModelConfig};

/// One row of the table.
struct Row {
    layers: Layers,
    v_num_grad_steps: usize,
    v_lr: f64,
    v_weight_decay: f64,
    clamp_norm_factor: f64,
    mom2_update_weight: f64,
    mom2_ridge: f64,
    nullspace_threshold: Threshold,
    /// Of AlphaEdit's solve and of LangEdit's public code; the LangEdit paper has the identity, 1.
    l2: f64,
    /// A share of the pre-trained keys.
    edited_key_weight: f64,
}

/// Which layers are edited.
enum Layers {
    /// First and last.
    Range(usize, usize),
    /// 12.5% to 26.5% of the depth, rounded: 4-8 of 32 layers (as published for Llama 3), 3-6 of 24, 1-2 of 6.
    ByDepth,
}

/// Sizes that tell a published model: family, hidden, inner, layers.
type Sizes = (Family, usize, usize, usize);

/// GPT-J 6B, Llama 3 and 3.1 8B, Qwen2 and Qwen2.5 7B, GPT-2 XL.
const PUBLISHED: [(Sizes, Row); 4] = [
    ((Family::GptJ, 4096, 16384, 28), Row { layers: Layers::Range(3, 8), v_lr: 0.5, ..LLAMA3 }),
    ((Family::Llama, 4096, 14336, 32), LLAMA3),
    ((Family::Qwen2, 3584, 18944, 28), OTHER),
    (
        (Family::Gpt2, 1600, 6400, 48),
        Row { layers: Layers::Range(13, 17), v_num_grad_steps: 20, v_lr: 0.5, mom2_update_weight: 20_000.0, ..LLAMA3 },
    ),
];

/// Llama 3.2 3B and Mistral 7B, which version 1 of the recipe did not know.
const PUBLISHED_LATER: [(Sizes, Row); 2] = [((Family::Llama, 3072, 8192, 28), OTHER), ((Family::Mistral, 4096, 14336, 32), OTHER)];

/// Mistral 7B in GGUF has the family and the sizes of Llama 3 8B. It has some 32,000 tokens, Llama 3 128,256.
const MISTRAL_TOKENS: usize = 64_000;

const LLAMA3: Row = Row {
    layers: Layers::Range(4, 8),
    v_num_grad_steps: 25,
    v_lr: 0.1,
    v_weight_decay: 0.5,
    clamp_norm_factor: 0.75,
    mom2_update_weight: 15_000.0,
    mom2_ridge: 0.0,
    nullspace_threshold: Threshold::Absolute(2e-2),
    l2: 10.0,
    // What the public code's recurrence gives a key at its first inclusion: a whole batch of 100 against its N0 of 100,000.
    edited_key_weight: 1e-3,
};

/// EasyEdit's Qwen2.5 7B file; those of Qwen2 7B, Qwen3.5 9B, Llama 3.2 3B and Mistral 7B have the same values, layers 4-8 included. The last
/// two are for MEMIT alone: threshold and `l2` are those of the first.
const OTHER: Row = Row { v_lr: 0.5, v_weight_decay: 1e-3, clamp_norm_factor: 4.0, l2: 1.0, ..LLAMA3 };

/// Other models from one billion parameters on.
const LARGE: Row = Row { layers: Layers::ByDepth, ..OTHER };

/// Models below one billion parameters: an absolute threshold says nothing about their keys, so a share of the energy. Measured on
/// SmolLM2-135M: at 1% (120 facts in six languages) the null space is so small that updates have norms of 25 to 88, the second language
/// reaches 61 points of efficacy at its own step and falls to 42; at 10% (36 other facts) norms are 13 to 19 and both keep 80 and more.
/// Small steps find nearer targets, which later steps disturb less: on those 36 facts, 0.5 and 25 steps leave 87.3 points of efficacy in
/// the end, 0.2 and 50 steps 89.1. Layers 2-4 in place of 4-8: 71.8.
const SMALL: Row = Row {
    layers: Layers::ByDepth,
    v_num_grad_steps: 50,
    v_lr: 0.2,
    nullspace_threshold: Threshold::EnergyShare(0.1),
    // 1,000 samples of the 23,595 tokens that it was measured with.
    edited_key_weight: 0.042,
    ..OTHER
};

/// Models below twenty million parameters, measured on the embedded one (seeds 7, 8 and 11, which are not reported). Two thirds of their
/// directions are in use, so the null space is a larger share: with 150 facts 10 % gives 86.8, 76.0 and 98.9 points of efficacy, generality
/// and specificity, 20 % 97.8, 88.2 and 97.9, 30 % 98.3, 90.6 and 96.4; with 600 facts 20 % keeps ten points more of what was not edited
/// than 30 %. MEMIT's published weight, a number of samples, does not let such a model move at all: with 150 facts 10,000 gives 30.5 points
/// of efficacy, 1,000 gives 88.9, 300 gives 98.3 and 100 gives 98.8 (specificity 98.9, 97.9, 97.4). Their keys leave directions all but unused
/// (the least eigenvalue is a 200 millionth of the mean), along which MEMIT's update is 490 times as long as the weight is: a thousandth of the mean
/// variance on the diagonal makes it 2.6 times as long, at a cost of 0.2, 0.5 and 0 points of efficacy, generality and specificity (150 facts, seeds 7 and 8).
const TINY: Row = Row {
    nullspace_threshold: Threshold::EnergyShare(0.2),
    v_lr: 0.05,
    v_num_grad_steps: 60,
    mom2_update_weight: 300.0,
    mom2_ridge: 1e-3,
    // 1,000 samples of the embedded statistics' 321,376 tokens.
    edited_key_weight: 0.003_112,
    ..SMALL
};

/// Below so many parameters a model is tiny.
const TINY_PARAMETERS: u64 = 20_000_000;

/// Whether a model is so small that it has learnt single sentences and no running text: what stands in front of a prompt only confuses it.
pub(crate) fn is_tiny(config: &ModelConfig) -> bool {
    parameters(config) < TINY_PARAMETERS
}

/// Whether a model has fewer parameters than any that settings were published for.
pub(super) fn is_small(config: &ModelConfig) -> bool {
    parameters(config) < 1_000_000_000
}

/// `kl_factor`, the same in every published file.
const KL_FACTOR: f64 = 0.0625;
/// Weight of the pre-trained keys in the public code's recurrence, its number of Wikipedia documents.
const REPO_N0: f64 = 100_000.0;

/// The row of a model of these sizes.
fn row(config: &ModelConfig) -> &'static Row {
    let mistral = config.family == Family::Llama && config.vocab < MISTRAL_TOKENS;
    let sizes = (config.family, config.hidden, config.inner, config.layers);
    let as_mistral = (Family::Mistral, config.hidden, config.inner, config.layers);
    let later = PUBLISHED_LATER.iter().find(|(published, _)| *published == sizes || mistral && *published == as_mistral);
    later.map_or_else(|| row_of_version_1(config), |(_, row)| row)
}

/// What version 1 of the recipe took for a model of these sizes.
fn row_of_version_1(config: &ModelConfig) -> &'static Row {
    let sizes = (config.family, config.hidden, config.inner, config.layers);
    match PUBLISHED.iter().find(|(published, _)| *published == sizes) {
        Some((_, row)) => row,
        None if is_tiny(config) => &TINY,
        None if is_small(config) => &SMALL,
        None => &LARGE,
    }
}

impl Settings {
    /// What a recipe of version 1 meant by the weight of an edited key, `text` if it set one: a number of samples, by default 100 for the models
    /// that have an absolute threshold and 1,000 for the others.
    ///
    /// # Errors
    /// `Usage`: the text is no weight.
    pub(crate) fn take_key_weight_of_version_1(&mut self, text: Option<&str>, config: &ModelConfig) -> Result<()> {
        self.edited_key_weight = match (text, row(config).nullspace_threshold) {
            (Some(text), _) => {
                KeyWeight::parse_as_samples(text.trim()).map_or_else(|| Err(illegal(field("edited_key_weight")?, text)), Ok)?
            }
            (None, Threshold::Absolute(_)) => KeyWeight::Samples(100.0),
            (None, Threshold::EnergyShare(_)) => KeyWeight::Samples(1000.0),
        };
        Ok(())
    }

    /// What all methods have in common on a model of these sizes, in `mode`: the published values for GPT-J 6B, Llama 3 and 3.1 8B, Llama 3.2
    /// 3B, Mistral 7B, Qwen2 and Qwen2.5 7B and GPT-2 XL, recognised by their sizes; for other models layers at the same depth and the values
    /// of this file's table.
    pub(in crate::edit) fn of_model(config: &ModelConfig, mode: Mode) -> Self {
        Self::of_row(row(config), config, mode)
    }

    /// [`Settings::of_model`] as version 1 of the recipe meant it.
    pub(in crate::edit) fn of_model_in_version_1(config: &ModelConfig, mode: Mode) -> Self {
        Self::of_row(row_of_version_1(config), config, mode)
    }

    fn of_row(row: &Row, config: &ModelConfig, mode: Mode) -> Self {
        let layers = match row.layers {
            Layers::Range(first, last) => (first..=last).collect(),
            Layers::ByDepth => by_depth(config.layers),
        };
        Self {
            layers,
            fact_token: FactToken::SubjectLast,
            v_lr: row.v_lr,
            v_num_grad_steps: row.v_num_grad_steps,
            v_weight_decay: row.v_weight_decay,
            clamp_norm_factor: row.clamp_norm_factor,
            kl_factor: KL_FACTOR,
            mom2_update_weight: row.mom2_update_weight,
            mom2_ridge: row.mom2_ridge,
            nullspace_threshold: row.nullspace_threshold,
            l2: row.l2,
            edited_key_weight: KeyWeight::Share(row.edited_key_weight),
            projection: Projection::Exact,
            mode,
            repo_n0: REPO_N0,
            ..Self::scratch()
        }
    }
}

/// 12.5% to 26.5% of the depth, always at least one layer that exists.
fn by_depth(layers: usize) -> Vec<usize> {
    let last = ((layers * 265 + 500) / 1000).min(layers.saturating_sub(1));
    let first = ((layers + 4) / 8).min(last);
    (first..=last).collect()
}

/// Weights in matrices (norms and biases do not matter at this precision).
pub(crate) fn parameters(config: &ModelConfig) -> u64 {
    let product = |a: usize, b: usize| (a as u64).saturating_mul(b as u64);
    let matrices = match config.activation {
        Activation::SiluGated | Activation::GeluTanhGated => 3,
        Activation::GeluTanh | Activation::Gelu => 2,
    };
    let attention = product(config.hidden, config.head_dim).saturating_mul(2 * (config.heads + config.kv_heads) as u64);
    let block = attention.saturating_add(product(config.hidden, config.inner).saturating_mul(matrices));
    let tables = if config.tied_head { 1 } else { 2 };
    block.saturating_mul(config.layers as u64).saturating_add(product(config.vocab, config.hidden).saturating_mul(tables))
}
