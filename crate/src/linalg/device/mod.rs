//! The same mathematics on any burn device, from matrix products alone.
//!
//! * [`sign_projector`]: the null-space projector of a covariance without an eigendecomposition.
//! * [`DeviceNullSpace`]: a projector on the device, `P K`, and the removal of the span of keys.
//! * [`device_update`]: the LangEdit and AlphaEdit update; only an `m x m` Gram matrix is factored on the host.
//! * [`upload`], [`download`]: host matrices to and from tensors; every readback is asynchronous, as browsers demand.
//!
//! Precision is that of the tensors: f32 on a GPU, whose products are kernels of [`crate::gpu`] and sum in f32.

mod copies;
mod null_space;
mod products;
mod sign;
mod solve;

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

pub use copies::{download, upload};
pub use null_space::DeviceNullSpace;
pub use sign::{SignReport, sign_projector};
pub use solve::{DeviceSolution, device_update};
