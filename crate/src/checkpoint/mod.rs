//! Checkpoints: GGUF and safetensors, read without trusting them, and edited weights written back.
//!
//! Canonical weight names, whatever the file calls them. Linear weights are `[out, in]`:
//! `embed`, `positions` (where they are learned), `layers.N.attn_norm.{weight,bias}`, `layers.N.attn.{q,k,v,o}.{weight,bias}`,
//! `layers.N.attn.{q,k}_norm.weight` (where they are normed), `layers.N.mlp_norm.{weight,bias}` (absent in parallel blocks; neither it nor
//! `attn_norm` where outputs alone are normed),
//! `layers.N.{attn,mlp}_post_norm.weight` (where outputs are normed; gains as they are multiplied with, whatever the file stores),
//! `layers.N.mlp.{gate,up,down}.{weight,bias}` (`gate` only where gated), `final_norm.{weight,bias}`, `head.{weight,bias}` (absent
//! where tied). Which of them a family has, and what the files call them, its declaration says (`model/family/`).

use crate::Result;
use crate::model::ModelConfig;
use crate::model::quant::StoredMatrix;

#[cfg(not(target_family = "wasm"))]
mod builtin;
pub(crate) mod digest;
#[cfg(not(target_family = "wasm"))]
mod disk;
mod gguf;
mod manifest;
mod names;
mod not_finite;
mod safetensors_dir;
mod save;
mod stand_in;
mod summary;
mod tensors;

#[cfg(not(target_family = "wasm"))]
pub use builtin::{BUILTIN, builtin_known, builtin_manifest, builtin_model, builtin_statistics, open_builtin};
#[cfg(not(target_family = "wasm"))]
pub use disk::{cache_dir, map_file, open, own_mark, write_atomically};
pub use gguf::open_gguf;
pub use manifest::{ManifestFile, ModelManifest};
pub use names::{Expected, expected_tensors};
pub use not_finite::NotFinite;
pub use safetensors_dir::open_files;
#[cfg(not(target_family = "wasm"))]
pub use save::{About, check_saved_alone, save_safetensors_dir, write_gguf};
pub use save::{Replaced, save_gguf};
pub use summary::{Summary, TypeSummary};

/// The vocabulary that a GGUF file carries.
#[derive(Clone, Debug, Default)]
pub struct GgufVocabulary {
    /// `tokenizer.ggml.model`: `gpt2` (byte-level BPE) or `llama` (SentencePiece).
    pub model: String,
    /// `tokenizer.ggml.pre`: which pre-tokenizer the BPE uses (`smollm`, `qwen2`, `llama-bpe`, `gpt-2`, `default`, ...).
    pub pre: String,
    /// Token texts in id order.
    pub tokens: Vec<String>,
    /// SentencePiece scores, in id order.
    pub scores: Vec<f32>,
    /// GGML token types in id order (1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte).
    pub token_types: Vec<i32>,
    /// BPE merges, `left right`, best first.
    pub merges: Vec<String>,
    /// Beginning-of-sequence id.
    pub bos: Option<u32>,
    /// End-of-sequence id.
    pub eos: Option<u32>,
    /// Unknown id.
    pub unknown: Option<u32>,
    /// Whether encoding prepends `bos`; `None` where the file does not say (then SentencePiece does and BPE does not).
    pub add_bos: Option<bool>,
    /// Whether SentencePiece puts a space in front of the text.
    pub add_space_prefix: Option<bool>,
}

/// Where the tokenizer comes from.
#[derive(Clone, Debug)]
pub enum TokenizerSource {
    /// The text of a Hugging Face `tokenizer.json`.
    Json(String),
    /// A GGUF vocabulary.
    Gguf(Box<GgufVocabulary>),
}

/// The tensors of a checkpoint under their canonical names.
pub trait TensorSource: Send + Sync {
    /// The matrix `name` (vectors have one row), `None` where the checkpoint has none.
    ///
    /// # Errors
    /// The tensor is truncated, has an unsupported type or the wrong shape.
    fn matrix(&self, name: &str) -> Result<Option<StoredMatrix>>;

    /// What the file stores, under the file's own names; empty where the source is no file.
    fn stored(&self) -> Vec<StoredTensor> {
        Vec::new()
    }
}

/// A tensor as a file stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTensor {
    /// The file's name for it.
    pub name: String,
    /// Its format, as in `Q4_K`.
    pub ty: &'static str,
    /// Its shape, outermost dimension first.
    pub shape: Vec<usize>,
    /// Bytes in the file.
    pub bytes: usize,
    /// Whether the model has a use for it; masks and copies of the embedding are passed over.
    pub used: bool,
}

/// An opened checkpoint.
pub struct Checkpoint {
    /// Name for reports: the model's own name, or the file's.
    pub name: String,
    /// Architecture and sizes.
    pub config: ModelConfig,
    /// Its tokenizer.
    pub tokenizer: TokenizerSource,
    /// Its tensors.
    pub tensors: Box<dyn TensorSource>,
    /// Hex SHA-256 over the contents (of all shards in order), for statistics caches and links.
    pub sha256: String,
    /// End-of-sequence ids: generation stops at any of them.
    pub end_tokens: Vec<u32>,
    /// What the files leave open or say in two ways, and how it was read: sentences for the user.
    pub warnings: Vec<String>,
}
