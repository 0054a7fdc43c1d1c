//! `norm(x) W^T`: each unit has a tile of tokens and rows, unpacks a code once and multiplies it with all its tokens.

use burn::tensor::Tensor;
use cubecl::prelude::*;

use super::{Added, Matrix, Packing};
use crate::gpu::activation::{Activation, activated};
use crate::gpu::norm::{RowNorm, moments};
use crate::gpu::tensors::{empty, floats, grid, tensor};

/// Tokens whose sums one unit keeps.
const TILE_TOKENS: usize = 4;
/// Rows of the matrix whose products one unit forms with them.
const TILE_ROWS: usize = 4;

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Variant {
    packing: Packing,
    normed: bool,
    centred: bool,
    bias: bool,
    onto: bool,
    activation: Option<Activation>,
}

impl Variant {
    fn gated(self) -> bool {
        self.activation == Some(Activation::SiluGated)
    }

    /// Rows of a tile that lie next to each other; of a gated tile as many rows of the gate as of the up-projection.
    fn run(self) -> usize {
        if self.gated() { TILE_ROWS / 2 } else { TILE_ROWS }
    }
}

impl Matrix {
    pub(super) fn launch_forward(
        &self,
        x: Tensor<2>,
        norm: Option<&RowNorm>,
        added: Added<'_>,
        activation: Option<Activation>,
    ) -> (Tensor<2>, Tensor<2>) {
        let n = x.dims()[0];
        let x = floats(x);
        let variant = Variant {
            packing: self.packing,
            normed: norm.is_some(),
            centred: norm.is_some_and(|norm| norm.centred),
            bias: added.bias.is_some(),
            onto: added.onto.is_some(),
            activation,
        };
        let span = if variant.gated() { self.rows / 2 } else { self.rows };
        let out = empty(&x, [n, self.rows]);
        let keys = empty(&x, if activation.is_some() { [n, span] } else { [1, 1] });
        let (gain, shift) = norm.map_or_else(|| (x.clone(), x.clone()), |norm| (norm.gain.clone(), norm.shift.clone()));
        let bias = added.bias.map_or_else(|| x.clone(), |bias| floats(bias.clone()));
        let onto = added.onto.map_or_else(|| x.clone(), floats);
        let (count, dim) = grid(span.div_ceil(variant.run()), n.div_ceil(TILE_TOKENS), 1);
        #[allow(unsafe_code, reason = "tokens and rows of a tile are clamped to the shape, and only those within it are written")]
        unsafe {
            forward_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                x.into_buffer_arg(),
                self.words.clone().into_buffer_arg(),
                self.scales.clone().into_buffer_arg(),
                self.mins.clone().into_buffer_arg(),
                gain.into_buffer_arg(),
                shift.into_buffer_arg(),
                bias.into_buffer_arg(),
                onto.into_buffer_arg(),
                out.clone().into_buffer_arg(),
                keys.clone().into_buffer_arg(),
                n as u32,
                self.rows as u32,
                self.cols as u32,
                norm.map_or(0.0, |norm| norm.epsilon),
                variant,
            );
        }
        (tensor(out), tensor(keys))
    }
}

#[cube(launch_unchecked)]
fn forward_kernel(
    x: &[f32],
    words: &[u32],
    scales: &[f32],
    mins: &[f32],
    gain: &[f32],
    shift: &[f32],
    bias: &[f32],
    onto: &[f32],
    out: &mut [f32],
    keys: &mut [f32],
    n: u32,
    rows: u32,
    cols: u32,
    epsilon: f32,
    #[comptime] variant: Variant,
) {
    let (n, rows, cols) = (n as usize, rows as usize, cols as usize);
    let run = comptime![variant.run()];
    let span = if comptime![variant.gated()] { rows / 2 } else { rows };
    let first_row = ABSOLUTE_POS_X as usize * run;
    let first_token = ABSOLUTE_POS_Y as usize * TILE_TOKENS;
    if first_row >= span {
        terminate!();
    }
    let mut sums = Array::<f32>::new(comptime![TILE_TOKENS * TILE_ROWS]);
    let mut row_starts = Array::<usize>::new(TILE_ROWS);
    let mut token_starts = Array::<usize>::new(TILE_TOKENS);
    let mut means = Array::<f32>::new(TILE_TOKENS);
    let mut inverse_roots = Array::<f32>::new(TILE_TOKENS);
    #[unroll]
    for i in 0..TILE_TOKENS {
        token_starts[i] = min(first_token + i, n - 1) * cols;
        if comptime![variant.normed] {
            let (mean, inverse_root) = moments(x, token_starts[i], cols, epsilon, variant.centred);
            means[i] = mean;
            inverse_roots[i] = inverse_root;
        }
    }
    #[unroll]
    for j in 0..TILE_ROWS {
        row_starts[j] = (min(first_row + comptime![j % run], span - 1) + comptime![j / run] * span) * cols;
    }
    #[unroll]
    for i in 0..comptime![TILE_TOKENS * TILE_ROWS] {
        sums[i] = 0.0;
    }
    let bits = comptime![variant.packing.bits];
    let per_word = comptime![32 / bits];
    let mask = comptime![if bits == 32 { u32::MAX } else { (1u32 << bits) - 1 }];
    let step = comptime![if bits == 32 { 1 } else { variant.packing.group }];
    for block in 0..cols / step {
        let start = block * step;
        let mut weight_scales = Array::<f32>::new(TILE_ROWS);
        let mut weight_mins = Array::<f32>::new(TILE_ROWS);
        if comptime![bits != 32] {
            #[unroll]
            for j in 0..TILE_ROWS {
                weight_scales[j] = scales[(row_starts[j] + start) / step];
                weight_mins[j] = mins[(row_starts[j] + start) / step];
            }
        }
        for word in 0..step / per_word {
            let at = start + word * per_word;
            let mut packed = Array::<u32>::new(TILE_ROWS);
            #[unroll]
            for j in 0..TILE_ROWS {
                packed[j] = words[(row_starts[j] + at) / per_word];
            }
            #[unroll]
            for c in 0..per_word {
                let mut activations = Array::<f32>::new(TILE_TOKENS);
                #[unroll]
                for i in 0..TILE_TOKENS {
                    let mut value = x[token_starts[i] + at + c];
                    if comptime![variant.normed] {
                        value = (value - means[i]) * inverse_roots[i] * gain[at + c];
                        if comptime![variant.centred] {
                            value += shift[at + c];
                        }
                    }
                    activations[i] = value;
                }
                #[unroll]
                for j in 0..TILE_ROWS {
                    let weight = if comptime![bits == 32] {
                        f32::reinterpret(packed[j])
                    } else {
                        let code = (packed[j] >> comptime![(c * bits) as u32]) & mask;
                        f32::cast_from(code) * weight_scales[j] + weight_mins[j]
                    };
                    #[unroll]
                    for i in 0..TILE_TOKENS {
                        sums[comptime![i * TILE_ROWS + j]] += activations[i] * weight;
                    }
                }
            }
        }
    }
    #[unroll]
    for i in 0..TILE_TOKENS {
        let token = first_token + i;
        #[unroll]
        for j in 0..TILE_ROWS {
            let within = first_row + comptime![j % run];
            if token < n && within < span {
                let row = within + comptime![j / run] * span;
                let mut sum = sums[comptime![i * TILE_ROWS + j]];
                if comptime![variant.bias] {
                    sum += bias[row];
                }
                if comptime![variant.onto] {
                    sum += onto[token * rows + row];
                }
                out[token * rows + row] = sum;
                sums[comptime![i * TILE_ROWS + j]] = sum;
            }
        }
        if comptime![variant.activation.is_some()] {
            #[unroll]
            for j in 0..run {
                let row = first_row + j;
                if token < n && row < span {
                    // Without a gate the last argument is not looked at.
                    let up = sums[comptime![i * TILE_ROWS + (j + run) % TILE_ROWS]];
                    keys[token * span + row] = activated(sums[comptime![i * TILE_ROWS + j]], up, variant.gated());
                }
            }
        }
    }
}
