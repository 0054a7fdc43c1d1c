//! Decoder-only transformer on burn: configuration, packed weights, forward with hooks, key/value cache, block-wise backward.

mod attention;
mod block;
mod cache;
mod config;
mod family;
mod finite;
mod generate;
pub(crate) mod kernels;
mod layout;
mod linear;
mod mlp;
mod norm;
mod overlays;
mod projections;
pub mod quant;
mod rope;
mod transformer;
mod weight;

pub use attention::KeyValues;
pub use block::{BeforeValues, Block, BlockPass, SavedBlock};
pub use cache::Cache;
pub use config::{Llama3Scaling, ModelConfig, Rope};
pub use family::{Activation, Biases, BlockOrder, Family, LocalLayers, NormKind, NormPlaces, Positions, QueryKeyNorm, Traits};
pub(crate) use family::{Sharing, TensorNames};
pub(crate) use finite::{NOT_FINITE, ensure_finite_outputs};
pub use generate::{Continuation, Decoder, continue_greedily, continue_likeliest, top_k};
pub use layout::{Layout, Row};
pub use linear::Linear;
pub use mlp::Mlp;
pub use norm::Norm;
pub use overlays::Overlays;
pub use projections::Projections;
pub use transformer::{Lookup, Transformer};
pub use weight::{HostFloats, Weight};
