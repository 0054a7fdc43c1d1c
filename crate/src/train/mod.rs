//! Training of the small model that the crate carries. Only native.

mod batch;
mod fused;
mod network;
mod optimizer;
#[cfg(test)]
mod tests;

pub use optimizer::Rule;
