//! `g W`: each unit has a tile of tokens and columns and goes down the rows.

use burn::tensor::Tensor;
use cubecl::prelude::*;

use super::{Matrix, unpacked};
use crate::gpu::activation::slopes;
use crate::gpu::parameters::{Activation, Packing};
use crate::gpu::tensors::{empty, floats, grid, tensor};

/// Tokens whose sums one unit keeps.
const TILE_TOKENS: usize = 4;
/// Columns of the matrix that it keeps sums of.
const SPAN: usize = 8;

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Variant {
    packing: Packing,
    onto: bool,
    activation: Option<Activation>,
}

impl Variant {
    fn gated(self) -> bool {
        self.activation.is_some_and(Activation::gated)
    }

    /// The activation of a kernel that has one.
    fn activates(self) -> Activation {
        self.activation.unwrap_or(Activation::Gelu)
    }
}

impl Matrix {
    /// `g W (+ onto)`: `g` is `[n, rows]`, `onto` and the result `[n, cols]`.
    pub fn backward(&self, gradient: Tensor<2>, onto: Option<Tensor<2>>) -> Tensor<2> {
        self.launch_backward(gradient, onto, None)
    }

    /// The gradient with respect to what the activation was given, `inner`, of its shape: that of the keys is `g W`.
    pub fn backward_activated(&self, gradient: Tensor<2>, inner: Tensor<2>, activation: Activation) -> Tensor<2> {
        self.launch_backward(gradient, Some(inner), Some(activation))
    }

    /// With an activation `beside` is what it was given, else what is added.
    fn launch_backward(&self, gradient: Tensor<2>, beside: Option<Tensor<2>>, activation: Option<Activation>) -> Tensor<2> {
        let n = gradient.dims()[0];
        let gradient = floats(gradient);
        let variant = Variant { packing: self.packing, onto: beside.is_some() && activation.is_none(), activation };
        let out = empty(&gradient, [n, if variant.gated() { 2 * self.cols } else { self.cols }]);
        let beside = beside.map_or_else(|| gradient.clone(), floats);
        let (count, dim) = grid(self.cols.div_ceil(SPAN), n.div_ceil(TILE_TOKENS), 1);
        #[allow(unsafe_code, reason = "tokens and columns of a tile are clamped to the shape, and only those within it are written")]
        unsafe {
            backward_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                gradient.into_buffer_arg(),
                self.words.clone().into_buffer_arg(),
                self.scales.clone().into_buffer_arg(),
                beside.into_buffer_arg(),
                out.clone().into_buffer_arg(),
                n as u32,
                self.rows as u32,
                self.cols as u32,
                variant,
            );
        }
        tensor(out)
    }
}

#[cube(launch_unchecked)]
fn backward_kernel(
    gradient: &[f32],
    words: &[u32],
    scales: &[f32],
    beside: &[f32],
    out: &mut [f32],
    n: u32,
    rows: u32,
    cols: u32,
    #[comptime] variant: Variant,
) {
    let (n, rows, cols) = (n as usize, rows as usize, cols as usize);
    let first_col = ABSOLUTE_POS_X as usize * SPAN;
    let first_token = ABSOLUTE_POS_Y as usize * TILE_TOKENS;
    if first_col >= cols {
        terminate!();
    }
    let mut sums = Array::<f32>::new(comptime![TILE_TOKENS * SPAN]);
    let mut token_starts = Array::<usize>::new(TILE_TOKENS);
    #[unroll]
    for i in 0..TILE_TOKENS {
        token_starts[i] = min(first_token + i, n - 1) * rows;
    }
    #[unroll]
    for i in 0..comptime![TILE_TOKENS * SPAN] {
        sums[i] = 0.0;
    }
    let packing = comptime![variant.packing];
    let per_word = comptime![packing.per_word()];
    let group = comptime![packing.step()];
    for row in 0..rows {
        let mut slopes_of = Array::<f32>::new(TILE_TOKENS);
        #[unroll]
        for i in 0..TILE_TOKENS {
            slopes_of[i] = gradient[token_starts[i] + row];
        }
        #[unroll]
        for word in 0..comptime![SPAN / per_word] {
            // A tile that reaches beyond the row reads its last word again.
            let at = row * cols + min(first_col + word * per_word, cols - per_word);
            let packed = words[at / per_word];
            let mut scale = 0.0f32;
            let mut least = 0.0f32;
            if comptime![packing.is_coded()] {
                scale = scales[2 * (at / group)];
                least = scales[2 * (at / group) + 1];
            }
            #[unroll]
            for c in 0..per_word {
                let weight = unpacked(packed, scale, least, c, packing);
                #[unroll]
                for i in 0..TILE_TOKENS {
                    sums[comptime![i * SPAN + word * per_word + c]] += slopes_of[i] * weight;
                }
            }
        }
    }
    #[unroll]
    for i in 0..TILE_TOKENS {
        #[unroll]
        for c in 0..SPAN {
            let (token, col) = (first_token + i, first_col + c);
            if token < n && col < cols {
                let sum = sums[comptime![i * SPAN + c]];
                if comptime![variant.gated()] {
                    let start = token * 2 * cols + col;
                    let (gate, up) = slopes(beside[start], beside[start + cols], comptime![variant.activates()]);
                    out[start] = sum * gate;
                    out[start + cols] = sum * up;
                } else if comptime![variant.activation.is_some()] {
                    let (slope, _) = slopes(beside[token * cols + col], 0.0f32, comptime![variant.activates()]);
                    out[token * cols + col] = sum * slope;
                } else if comptime![variant.onto] {
                    out[token * cols + col] = sum + beside[token * cols + col];
                } else {
                    out[token * cols + col] = sum;
                }
            }
        }
    }
}
