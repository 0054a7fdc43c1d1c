//! `norm(x) W^T`: each unit has a tile of tokens and rows, unpacks a code once and multiplies it with all its tokens.

use burn::tensor::Tensor;
use cubecl::prelude::*;

use super::{Matrix, unpacked};
use crate::gpu::activation::activated;
use crate::gpu::norm::{RowNorm, moments};
use crate::gpu::parameters::{Activation, Added, Packing};
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

    /// Rows of a tile that lie next to each other; of a gated tile as many rows of the gate as of the up-projection.
    fn run(self) -> usize {
        if self.gated() { TILE_ROWS / 2 } else { TILE_ROWS }
    }
}

impl Matrix {
    /// `norm(x) W^T`, `(+ bias) (+ onto)`: `x` is `[n, cols]`, the result `[n, rows]`.
    pub fn forward(&self, x: Tensor<2>, norm: Option<&RowNorm>, added: Added<'_>) -> Tensor<2> {
        let n = x.dims()[0];
        let x = floats(x);
        let out = empty(&x, [n, self.rows]);
        let variant = self.variant(norm, None);
        let (count, dim) = self.tiles(n, variant);
        #[allow(unsafe_code, reason = "tokens and rows of a tile are clamped to the shape, and only those within it are written")]
        unsafe {
            forward_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                x.into_buffer_arg(),
                self.words.clone().into_buffer_arg(),
                self.scales.clone().into_buffer_arg(),
                norm.map(|norm| norm.vectors.clone().into_buffer_arg()).into(),
                added.bias.map(|bias| floats(bias.clone()).into_buffer_arg()).into(),
                added.onto.map(|onto| floats(onto).into_buffer_arg()).into(),
                out.clone().into_buffer_arg(),
                n as u32,
                self.rows as u32,
                self.cols as u32,
                norm.map_or(0.0, |norm| norm.epsilon),
                variant,
            );
        }
        tensor(out)
    }

    /// `norm(x) W^T (+ bias)` and the keys that the activation makes of it, `[n, rows / 2]` where it is gated.
    pub fn forward_activated(
        &self,
        x: Tensor<2>,
        norm: Option<&RowNorm>,
        bias: Option<&Tensor<1>>,
        activation: Activation,
    ) -> (Tensor<2>, Tensor<2>) {
        let n = x.dims()[0];
        let x = floats(x);
        let variant = self.variant(norm, Some(activation));
        let out = empty(&x, [n, self.rows]);
        let keys = empty(&x, [n, if variant.gated() { self.rows / 2 } else { self.rows }]);
        let (count, dim) = self.tiles(n, variant);
        #[allow(unsafe_code, reason = "tokens and rows of a tile are clamped to the shape, and only those within it are written")]
        unsafe {
            activated_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                x.into_buffer_arg(),
                self.words.clone().into_buffer_arg(),
                self.scales.clone().into_buffer_arg(),
                norm.map(|norm| norm.vectors.clone().into_buffer_arg()).into(),
                bias.map(|bias| floats(bias.clone()).into_buffer_arg()).into(),
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

    fn variant(&self, norm: Option<&RowNorm>, activation: Option<Activation>) -> Variant {
        Variant { packing: self.packing, normed: norm.is_some(), centred: norm.is_some_and(|norm| norm.centred), activation }
    }

    fn tiles(&self, n: usize, variant: Variant) -> (CubeCount, CubeDim) {
        let span = if variant.gated() { self.rows / 2 } else { self.rows };
        grid(span.div_ceil(variant.run()), n.div_ceil(TILE_TOKENS), 1)
    }
}

/// Sums of a tile of tokens and rows, `[TILE_TOKENS * TILE_ROWS]`.
#[cube]
fn tile(
    x: &[f32],
    words: &[u32],
    scales: &[f32],
    norm: ComptimeOption<Box<[f32]>>,
    n: usize,
    span: usize,
    cols: usize,
    first_token: usize,
    first_row: usize,
    epsilon: f32,
    #[comptime] variant: Variant,
) -> Array<f32> {
    let run = comptime![variant.run()];
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
    let packing = comptime![variant.packing];
    let per_word = comptime![packing.per_word()];
    let step = comptime![packing.step()];
    for block in 0..cols / step {
        let start = block * step;
        let mut weight_scales = Array::<f32>::new(TILE_ROWS);
        let mut weight_mins = Array::<f32>::new(TILE_ROWS);
        if comptime![packing.is_coded()] {
            #[unroll]
            for j in 0..TILE_ROWS {
                let group = (row_starts[j] + start) / step;
                weight_scales[j] = scales[2 * group];
                weight_mins[j] = scales[2 * group + 1];
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
                    #[comptime]
                    match norm.clone() {
                        ComptimeOption::Some(vectors) => {
                            value = (value - means[i]) * inverse_roots[i] * vectors[at + c];
                            if comptime![variant.centred] {
                                value += vectors[cols + at + c];
                            }
                        }
                        ComptimeOption::None => {}
                    }
                    activations[i] = value;
                }
                #[unroll]
                for j in 0..TILE_ROWS {
                    let weight = unpacked(packed[j], weight_scales[j], weight_mins[j], c, packing);
                    #[unroll]
                    for i in 0..TILE_TOKENS {
                        sums[comptime![i * TILE_ROWS + j]] += activations[i] * weight;
                    }
                }
            }
        }
    }
    sums
}

#[cube(launch_unchecked)]
fn forward_kernel(
    x: &[f32],
    words: &[u32],
    scales: &[f32],
    norm: ComptimeOption<Box<[f32]>>,
    bias: ComptimeOption<Box<[f32]>>,
    onto: ComptimeOption<Box<[f32]>>,
    out: &mut [f32],
    n: u32,
    rows: u32,
    cols: u32,
    epsilon: f32,
    #[comptime] variant: Variant,
) {
    let (n, rows, cols) = (n as usize, rows as usize, cols as usize);
    let first_row = ABSOLUTE_POS_X as usize * TILE_ROWS;
    let first_token = ABSOLUTE_POS_Y as usize * TILE_TOKENS;
    if first_row >= rows {
        terminate!();
    }
    let sums = tile(x, words, scales, norm, n, rows, cols, first_token, first_row, epsilon, variant);
    #[unroll]
    for i in 0..TILE_TOKENS {
        #[unroll]
        for j in 0..TILE_ROWS {
            let (token, row) = (first_token + i, first_row + j);
            if token < n && row < rows {
                let mut sum = sums[comptime![i * TILE_ROWS + j]];
                #[comptime]
                match bias.clone() {
                    ComptimeOption::Some(bias) => sum += bias[row],
                    ComptimeOption::None => {}
                }
                #[comptime]
                match onto.clone() {
                    ComptimeOption::Some(onto) => sum += onto[token * rows + row],
                    ComptimeOption::None => {}
                }
                out[token * rows + row] = sum;
            }
        }
    }
}

#[cube(launch_unchecked)]
fn activated_kernel(
    x: &[f32],
    words: &[u32],
    scales: &[f32],
    norm: ComptimeOption<Box<[f32]>>,
    bias: ComptimeOption<Box<[f32]>>,
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
    let mut sums = tile(x, words, scales, norm, n, span, cols, first_token, first_row, epsilon, variant);
    #[unroll]
    for i in 0..TILE_TOKENS {
        let token = first_token + i;
        #[unroll]
        for j in 0..TILE_ROWS {
            let within = first_row + comptime![j % run];
            if token < n && within < span {
                let row = within + comptime![j / run] * span;
                #[comptime]
                match bias.clone() {
                    ComptimeOption::Some(bias) => sums[comptime![i * TILE_ROWS + j]] += bias[row],
                    ComptimeOption::None => {}
                }
                out[token * rows + row] = sums[comptime![i * TILE_ROWS + j]];
            }
        }
        #[unroll]
        for j in 0..run {
            let row = first_row + j;
            if token < n && row < span {
                // Without a gate the second argument is not looked at.
                let up = sums[comptime![i * TILE_ROWS + (j + run) % TILE_ROWS]];
                keys[token * span + row] = activated(sums[comptime![i * TILE_ROWS + j]], up, comptime![variant.activates()]);
            }
        }
    }
}
