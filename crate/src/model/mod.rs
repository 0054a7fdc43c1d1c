//! Decoder-only transformer on burn: configuration, packed weights, forward with hooks, key/value cache, block-wise backward.

mod config;
pub mod quant;

pub use config::{Activation, Family, Llama3Scaling, ModelConfig, Rope};
