//! The parts of a family's declaration: its traits, and what the two file formats call it and its tensors.

use super::traits::Traits;

/// All that the crate knows of a family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declaration {
    /// What people call it.
    pub(crate) label: &'static str,
    /// What it computes.
    pub(crate) traits: Traits,
    /// Its checkpoints in Hugging Face layout.
    pub(crate) hugging_face: HuggingFace,
    /// Its GGUF files; `None` where they have another family's architecture.
    pub(crate) gguf: Option<Gguf>,
}

/// Checkpoints in Hugging Face layout. Source: `transformers.models.<model_type>`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HuggingFace {
    /// `model_type` in config.json.
    pub(crate) model_type: &'static str,
    /// The class with the language model's head, as in `architectures`; tells the family where `model_type` is missing.
    pub(crate) architecture: &'static str,
    /// Where config.json has what.
    pub(crate) fields: Fields,
    /// Size of a head where config.json does not say; `None`: hidden / heads.
    pub(crate) head_dim: Option<usize>,
    /// `sliding_window` where config.json does not say (null is none); `None`: the family has no such window.
    pub(crate) sliding_window: Option<usize>,
    /// `tie_word_embeddings` where config.json does not say.
    pub(crate) tied_head: bool,
    /// What is in front of every tensor's name but the head's, `model.`; checkpoints of the inner model lack it.
    pub(crate) prefix: &'static str,
    /// The names of its tensors, without the prefix.
    pub(crate) tensors: TensorNames,
}

/// Fields of config.json that families name differently.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) hidden: &'static str,
    pub(crate) inner: &'static str,
    /// The inner size in multiples of the hidden size, where it may be left out.
    pub(crate) inner_per_hidden: Option<usize>,
    pub(crate) layers: &'static str,
    pub(crate) heads: &'static str,
    pub(crate) max_positions: &'static str,
    pub(crate) norm_eps: &'static str,
    /// The epsilon where it is left out.
    pub(crate) default_norm_eps: f64,
    pub(crate) activation: &'static str,
    /// Switches that must have this value, or be left out: with another the model would compute something that the crate does not.
    pub(crate) fixed: &'static [(&'static str, bool)],
    /// Fields that must be left out or null, for the same reason.
    pub(crate) absent: &'static [&'static str],
    /// Scores are divided by the square root of this field, where there is one, instead of the head's size.
    pub(crate) query_scalar: Option<(&'static str, usize)>,
    /// Base of the rotary embedding.
    pub(crate) rope_theta: &'static str,
    /// The share of a head's dimensions that is rotated, and what it is where it is left out, in families where it may be less than one.
    pub(crate) rotary_share: Option<(&'static str, f64)>,
}

/// GGUF files. Source: `gguf/constants.py` of llama.cpp.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gguf {
    /// `general.architecture`, also in front of the metadata keys.
    pub(crate) architecture: &'static str,
    /// The converter permutes the rows of q and k, so that pairs of rotated dimensions lie side by side.
    pub(crate) permuted: bool,
    /// The names of its tensors.
    pub(crate) tensors: TensorNames,
}

/// A canonical module (see [`crate::checkpoint`]) and what a file calls it.
pub(crate) type Name = (&'static str, &'static str);

/// How modules of a block that have one name in a file lie in its tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// The outputs of one after those of the other, in the order of the table.
    Stacked,
    /// Head by head, the outputs of each module for it.
    ByHead,
}

/// What one format calls the tensors of a family: a module's name here, then `.weight` or `.bias`. Modules of one name share a tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TensorNames {
    /// Modules outside the blocks.
    pub(crate) outside: &'static [Name],
    /// What precedes a block's number.
    pub(crate) blocks: &'static str,
    /// Modules of a block, in one or more tables.
    pub(crate) block: &'static [&'static [Name]],
    /// How modules lie in a tensor that they share.
    pub(crate) sharing: Sharing,
    /// Matrices of blocks are stored `[in, out]`.
    pub(crate) transposed: bool,
    /// The gains of norms are stored less one.
    pub(crate) gains_less_one: bool,
}
