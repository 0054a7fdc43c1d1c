//! Matrices as they are stored: GGML block formats, their exact dequantisation, and bytes that may be those of a memory-mapped file.

mod activations;
mod blocks;
mod bytes;
mod dequantize;
mod grouped;
mod k_blocks;
mod lanes;
mod matrix;
mod products;
mod quantize;
mod stored_type;
#[cfg(test)]
mod tests;
mod unpacked;

pub(in crate::model) use activations::Activations;
pub use bytes::Bytes;
pub use grouped::Grouped;
pub use matrix::StoredMatrix;
pub use quantize::{quantize_q4_1, quantize_q8_0};
pub use stored_type::StoredType;
