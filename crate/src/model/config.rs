//! What one decoder-only transformer looks like: its family, its sizes, its rotary embedding.

use serde::{Deserialize, Serialize};

use super::family::{Activation, Family, LocalLayers};

/// Llama 3.1's frequency scaling (`rope_type: "llama3"`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Llama3Scaling {
    /// Long wavelengths are stretched by this factor.
    pub factor: f64,
    /// Wavelengths above `original_positions / low_freq_factor` are stretched fully.
    pub low_freq_factor: f64,
    /// Wavelengths below `original_positions / high_freq_factor` are left alone.
    pub high_freq_factor: f64,
    /// Context length of the pre-training.
    pub original_positions: usize,
}

/// Rotary position embedding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rope {
    /// Base of the geometric series of wavelengths.
    pub theta: f64,
    /// How many leading dimensions of each head are rotated (head_dim, but 64 of 256 for GPT-J).
    pub dims: usize,
    /// Pairs are (2i, 2i+1) rather than (i, i + dims/2). GGUF stores llama's q and k rows permuted for this form.
    pub interleaved: bool,
    /// Llama 3.1 scaling, where configured.
    pub llama3: Option<Llama3Scaling>,
    /// Explicit divisors of the dims/2 frequencies, where the checkpoint has some: GGUF's `rope_freqs.weight`, the factors of longrope for short
    /// texts, or one and the same of linear scaling.
    pub frequency_divisors: Option<Vec<f32>>,
    /// What rotated queries and keys are multiplied by (longrope); 1 where it is `None`.
    #[serde(default)]
    pub attention_factor: Option<f64>,
}

/// Everything about a model but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Which family.
    pub family: Family,
    /// Vocabulary size (rows of the embedding).
    pub vocab: usize,
    /// Residual stream size, d_out of the edited matrix.
    pub hidden: usize,
    /// MLP inner size, d_in of the edited matrix.
    pub inner: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key/value heads (fewer than `heads` under grouped-query attention).
    pub kv_heads: usize,
    /// Size of one head.
    pub head_dim: usize,
    /// Longest sequence that the positions allow; the sliding window's length where that is shorter.
    pub max_positions: usize,
    /// Epsilon of the norms.
    pub norm_eps: f64,
    /// Rotary embedding; `None` for learned positions.
    pub rope: Option<Rope>,
    /// Layers that see a window only, in families that have them.
    #[serde(default)]
    pub local: Option<LocalLayers>,
    /// Every so many layers, the last of them rotates nothing, in families that have such layers.
    #[serde(default)]
    pub unrotated_every: Option<usize>,
    /// Scores are divided by the square root of this, where it is not the head's size.
    #[serde(default)]
    pub query_scalar: Option<usize>,
    /// MLP non-linearity.
    pub activation: Activation,
    /// The output head is the embedding matrix.
    pub tied_head: bool,
}

impl ModelConfig {
    /// The rotary embedding of the local layers.
    pub(super) fn local_rope(&self) -> Option<Rope> {
        let local = self.local?;
        // Scaling stretches the positions of what sees them all.
        self.rope.clone().map(|rope| Rope {
            theta: local.rope_theta,
            llama3: None,
            frequency_divisors: None,
            attention_factor: None,
            ..rope
        })
    }
}
