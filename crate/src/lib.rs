//! LangEdit: multilingual model editing with null-space projection (arXiv 2506.10800), in one crate for the command and the browser.
//!
//! # Layout
//! Each layer uses only those above it in this list.
//!
//! * [`error`]: the one error type, with a kind, a message and a hint.
//! * `event_loop`: the browser's events, let in while the one thread computes.
//! * [`device`]: which device computes, and the one function that reads results back from it.
//! * [`schedule`]: independent pieces of work, side by side where there are cores for it.
//! * [`linalg`]: key covariance, eigendecomposition, null-space projector, closed-form solves, principal angles.
//! * [`model`]: decoder-only transformer on burn, packed weights, hooks, key/value cache, block-wise backward.
//! * [`checkpoint`]: GGUF and safetensors, read and written.
//! * [`text`]: tokenizers, subject location, context templates.
//! * [`facts`]: the fact and its readers.
//! * [`edit`]: target values, keys, spreading, the methods, the edit history.
//! * [`evaluate`]: efficacy, generality, specificity, portability, the accuracy matrix.
//! * [`chart`]: line charts and heat maps as SVG.
//! * [`recipe`]: Recipe in, Report out; the engine between them; the link codec.
//! * `train` (native only): the small model that the crate carries, from the catalogue.
//! * `web` (wasm only) and `cli` (native only): the two thin shells.

pub mod chart;
pub mod checkpoint;
pub mod device;
pub mod edit;
pub mod error;
pub mod evaluate;
mod event_loop;
pub mod facts;
pub mod gpu;
pub mod linalg;
pub mod model;
pub mod recipe;
pub mod schedule;
pub mod text;

#[cfg(not(target_family = "wasm"))]
pub mod cli;
#[cfg(not(target_family = "wasm"))]
pub mod train;
#[cfg(target_family = "wasm")]
pub mod web;

pub use error::{Error, ErrorKind, Result};
