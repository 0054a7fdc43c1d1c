//! What kernels are told: plain values, the same with kernels and without.

use burn::tensor::Tensor;

/// sqrt(2 / pi), of the tanh form of GELU.
pub const GELU_SLOPE: f32 = 0.797_884_560_802_865_4_f64 as f32;
/// The cubic term of the tanh form of GELU.
pub const GELU_CUBIC: f32 = 0.044_715;

/// In `erf(x) = 1 - (a1 t + ... + a5 t^5) e^(-x^2)`, `t = 1 / (1 + slope x)`, for x >= 0, within 1.5e-7. Source: Abramowitz and Stegun, 7.1.26.
pub const ERF_SLOPE: f32 = 0.327_591_1;
/// The coefficients a1 to a5 of that.
pub const ERF_POLYNOMIAL: [f32; 5] = [0.254_829_6, -0.284_496_74, 1.421_413_7, -1.453_152, 1.061_405_4];

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Singles.
    F32,
    /// Halves, two in a word.
    F16,
    /// The upper halves of singles, two in a word.
    Bf16,
    /// Codes of 4 or 8 bits, `value = code * scale + min` by groups of 16 or 32 along the row.
    Codes {
        /// Width of a code.
        bits: usize,
        /// Codes that share a scale and a minimum.
        group: usize,
    },
}

/// What is added to a product.
#[derive(Clone, Debug, Default)]
pub struct Added<'a> {
    /// To every row, `[out]`.
    pub bias: Option<&'a Tensor<1>>,
    /// `[n, out]`.
    pub onto: Option<Tensor<2>>,
}

/// What makes keys of the projections of an MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `silu(gate) up`, the gate first.
    SiluGated,
    /// `gelu(gate) up` with [`Activation::GeluTanh`], the gate first.
    GeluTanhGated,
    /// `0.5 x (1 + tanh(slope (x + cubic x^3)))`.
    GeluTanh,
    /// `x Phi(x)`, Phi being the distribution function of the normal distribution.
    Gelu,
}

impl Activation {
    /// Whether there is a gate.
    pub const fn gated(self) -> bool {
        match self {
            Self::SiluGated | Self::GeluTanhGated => true,
            Self::GeluTanh | Self::Gelu => false,
        }
    }
}

/// Sizes of an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttentionShape {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values.
    pub kv_heads: usize,
    /// Values of a head.
    pub head_dim: usize,
    /// Values of a head that are rotated; 0 without rotary embedding.
    pub rotary: usize,
    /// Whether pairs are neighbours, or lie half of the rotated values apart.
    pub interleaved: bool,
    /// How many positions a query sees, its own included; 0 is all.
    pub window: usize,
}

/// Gains of the RMS norms of queries and of keys: `[head_dim]` each for head after head, or as wide as all heads together.
#[derive(Clone, Debug)]
pub struct HeadGains {
    /// Of the queries.
    pub query: Tensor<1>,
    /// Of the keys.
    pub key: Tensor<1>,
    /// Added to the mean square.
    pub epsilon: f64,
    /// All heads pass one norm together.
    pub whole: bool,
}

/// What the optimisation of target values is set to.
#[derive(Clone, Copy, Debug)]
pub struct DescentSettings {
    /// Adam's decay rates of its moments.
    pub betas: [f32; 2],
    /// The term in Adam's denominator.
    pub epsilon: f32,
    /// Weight of `|delta| / |h0|^2` in the loss.
    pub decay: f64,
    /// Longest delta, in norms of h0.
    pub clamp: f64,
    /// A fact whose loss is below this is done.
    pub converged: f32,
    /// Steps at most; the last one measures only.
    pub steps: usize,
}

/// Losses and gradients of rows of logits, the first of which predict a token each and the others of which are essence prompts.
#[derive(Clone, Debug)]
pub struct RowLosses {
    /// `-log p` of each target, then `KL(after || before)` of each essence row, `[rows]`.
    pub losses: Tensor<1>,
    /// Gradient of `sum weight_i losses_i`, `[rows, vocab]`.
    pub toward_logits: Tensor<2>,
}
