//! What a family computes: the traits that the model, the readers of checkpoints and the commands go by.

use serde::{Deserialize, Serialize};

/// The MLP's non-linearity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// x * sigmoid(x), multiplied by the up-projection (gated MLP).
    SiluGated,
    /// The tanh approximation of GELU, multiplied by the up-projection (gated MLP).
    GeluTanhGated,
    /// The tanh approximation of GELU, not gated.
    GeluTanh,
    /// `x Phi(x)`, with the distribution function Phi of the normal distribution; not gated.
    Gelu,
}

impl Activation {
    /// Whether the MLP has a gate projection.
    pub fn gated(self) -> bool {
        match self {
            Self::SiluGated | Self::GeluTanhGated => true,
            Self::GeluTanh | Self::Gelu => false,
        }
    }
}

/// What a family's norms compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormKind {
    /// `x / sqrt(mean(x^2) + eps) * w`.
    Rms,
    /// `(x - mean) / sqrt(var + eps) * w + b`.
    Layer,
}

/// Where a block has norms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormPlaces {
    /// What attention and MLP read is normed.
    Before,
    /// That, and what they put out, before it is added to the residual stream.
    Around,
    /// What they put out alone.
    Behind,
}

impl NormPlaces {
    /// Whether what is read is normed.
    pub fn before(self) -> bool {
        self != Self::Behind
    }

    /// Whether what is put out is normed.
    pub fn behind(self) -> bool {
        self != Self::Before
    }
}

/// What one norm of the queries or of the keys takes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryKeyNorm {
    /// Each head, with one gain for all.
    Heads,
    /// All heads at once.
    Width,
}

/// How a block's two sub-layers are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockOrder {
    /// The MLP reads the residual stream after the attention has added to it, through a norm of its own.
    Sequential,
    /// Attention and MLP read the block's input through one norm; the sum of both is added to it.
    Parallel,
    /// As [`BlockOrder::Parallel`], but each reads it through a norm of its own.
    ParallelNormedApart,
}

impl BlockOrder {
    /// Whether the MLP reads the block's input, and not what the attention has added to it.
    pub fn parallel(self) -> bool {
        self != Self::Sequential
    }

    /// Whether the MLP has a norm of its own in front of it, where sub-layers have one there.
    pub fn mlp_has_norm(self) -> bool {
        self != Self::Parallel
    }
}

/// How a family tells positions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Positions {
    /// A table of vectors, added to the embeddings.
    Learned,
    /// Queries and keys are rotated.
    Rotary {
        /// Pairs are (2i, 2i+1) rather than (i, i + dims/2), in the layout of Hugging Face.
        interleaved: bool,
        /// Only the leading dimensions of a head are rotated; the checkpoint says how many.
        partial: bool,
    },
}

/// Which linear layers have biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Biases {
    /// The query, key and value projections.
    pub query_key_value: bool,
    /// The attention's output projection.
    pub attention_output: bool,
    /// All projections of the MLP.
    pub mlp: bool,
    /// The output head, where it is not the embedding.
    pub head: bool,
}

/// Layers between those that attend to everything: their tokens see the last `window` positions, themselves included, and are rotated by
/// frequencies of their own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalLayers {
    /// Positions that a token sees.
    pub window: usize,
    /// Every so many layers, the last of them attends to everything.
    pub period: usize,
    /// Base of their rotary embedding.
    pub rope_theta: f64,
}

impl LocalLayers {
    /// Whether a layer, counted from 0, is local.
    pub fn contains(&self, layer: usize) -> bool {
        !(layer + 1).is_multiple_of(self.period)
    }
}

/// What sets a family apart from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traits {
    /// All norms of the model.
    pub norm: NormKind,
    /// Where attention and MLP have norms.
    pub norms: NormPlaces,
    /// Embeddings are multiplied by the square root of the hidden size.
    pub scaled_embeddings: bool,
    /// Layers that see a window only, as they are where the checkpoint does not say otherwise; `None`: the family has none.
    pub local_layers: Option<LocalLayers>,
    /// How attention and MLP are joined.
    pub order: BlockOrder,
    /// Which linear layers have biases.
    pub biases: Biases,
    /// What of the queries and keys passes a norm before it is rotated.
    pub query_key_norm: Option<QueryKeyNorm>,
    /// Every so many layers, the last of them rotates nothing, where the checkpoint does not say otherwise; `None`: all rotate.
    pub unrotated_every: Option<usize>,
    /// Heads may have any size and share keys and values. Without it, heads x head_dim = hidden and each head has its own.
    pub grouped_heads: bool,
    /// The MLP's non-linearity, which also says whether it is gated.
    pub activation: Activation,
    /// How positions are told apart.
    pub positions: Positions,
    /// Base of the rotary embedding where the checkpoint does not say.
    pub rope_theta: f64,
}
