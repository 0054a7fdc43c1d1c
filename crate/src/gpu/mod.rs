//! Kernels for GPUs, written once in CubeCL for WebGPU, Vulkan, Metal and CUDA.
//!
//! Each computes in one dispatch what the CPU's loops in `model::kernels` compute in one pass; the tests hold the two against each other.
//! No unit waits for another: it owns its outputs and keeps its sums in registers. A barrier costs a software adapter more than the
//! arithmetic around it, and what neighbours share a GPU has in its caches. Sums are f32 whatever the storage.
//!
//! * [`Matrix`]: a weight matrix, packed or of floats; its products, forward and transposed, unpack codes in registers, norm what they are
//!   given and apply the MLP's [`Activation`].
//! * [`RowNorm`], [`HeadGains`]: norms by rows, and by heads of queries and keys.
//! * [`AttentionShape`], [`Spans`]: attention of packed rows after a cache, with rotary embedding.
//! * [`row_losses`], [`Descent`]: the objective of target values at the logits, and Adam on all deltas of a batch.

#![allow(
    clippy::collapsible_if,
    clippy::manual_memcpy,
    clippy::needless_pass_by_value,
    reason = "kernels are their own language: conditions known when they are compiled stand apart, and slices of buffers are not copied whole"
)]

#[cfg(not(feature = "gpu"))]
mod absent;
#[cfg(feature = "gpu")]
mod activation;
#[cfg(feature = "gpu")]
mod attention;
#[cfg(feature = "gpu")]
mod descent;
#[cfg(feature = "gpu")]
mod head_norm;
#[cfg(feature = "gpu")]
mod loss;
#[cfg(feature = "gpu")]
mod norm;
mod parameters;
#[cfg(feature = "gpu")]
mod product;
#[cfg(feature = "gpu")]
mod spans;
#[cfg(feature = "gpu")]
mod spread;
#[cfg(feature = "gpu")]
mod tensors;
#[cfg(feature = "gpu")]
mod unpack;

pub use parameters::{
    Activation, Added, AttentionShape, DescentSettings, ERF_POLYNOMIAL, ERF_SLOPE, GELU_CUBIC, GELU_SLOPE, HeadGains, Packing, RowLosses,
};

#[cfg(not(feature = "gpu"))]
pub use absent::*;
#[cfg(feature = "gpu")]
pub use {
    attention::Attended,
    descent::{Descent, FactTable},
    loss::row_losses,
    norm::RowNorm,
    product::Matrix,
    spans::Spans,
    spread::spread,
};
