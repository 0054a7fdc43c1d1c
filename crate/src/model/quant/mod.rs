//! The block formats of quantised matrices (GGML types): sizes and exact dequantisation.
