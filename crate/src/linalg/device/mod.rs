//! The same mathematics on any burn device, from matrix products alone.
//!
//! * [`upload`], [`download`]: host matrices to and from tensors; every readback is asynchronous, as browsers demand.
//! * [`sign_projector`]: the null-space projector of a covariance without an eigendecomposition.
//! * [`DeviceProjector`], [`low_rank_solve`]: the LangEdit and AlphaEdit update; only an `m x m` Gram matrix visits the host.
//!
//! Precision is that of the tensors. On CUDA burn multiplies f32 matrices in TF32 where it finds tensor cores: use f64 tensors there.

mod copies;
mod sign;
mod solve;

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

pub use copies::{download, upload};
pub use sign::{SignOptions, SignReport, sign_projector};
pub use solve::{DeviceLowRank, DeviceProjector, low_rank_solve};
