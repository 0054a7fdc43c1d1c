//! RMS norms of queries and keys, of each head or of all together, side by side with values that have none.

use burn::tensor::Tensor;
use cubecl::prelude::*;

use super::parameters::{AttentionShape, HeadGains};
use super::tensors::{empty, floats, grid, tensor};

impl HeadGains {
    /// `projected`, queries, keys and values side by side `[tokens, width]`, with its queries and keys normed.
    pub fn forward(&self, projected: Tensor<2>, shape: AttentionShape) -> Tensor<2> {
        let nothing = projected.clone();
        self.launch(projected, nothing, shape, false)
    }

    /// Gradient with respect to `projected`, given that of [`HeadGains::forward`].
    pub fn backward(&self, projected: Tensor<2>, gradient: Tensor<2>, shape: AttentionShape) -> Tensor<2> {
        self.launch(projected, gradient, shape, true)
    }

    fn launch(&self, projected: Tensor<2>, gradient: Tensor<2>, shape: AttentionShape, adjoint: bool) -> Tensor<2> {
        let [tokens, width] = projected.dims();
        let projected = floats(projected);
        let out = empty(&projected, [tokens, width]);
        let (count, dim) = grid(shape.heads + 2 * shape.kv_heads, tokens, 1);
        #[allow(unsafe_code, reason = "units behind the token's last head stop")]
        unsafe {
            head_norm_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                projected.into_buffer_arg(),
                floats(gradient).into_buffer_arg(),
                floats(self.query.clone()).into_buffer_arg(),
                floats(self.key.clone()).into_buffer_arg(),
                out.clone().into_buffer_arg(),
                self.epsilon as f32,
                shape,
                self.whole,
                adjoint,
            );
        }
        tensor(out)
    }
}

#[cube(launch_unchecked)]
fn head_norm_kernel(
    projected: &[f32],
    gradient: &[f32],
    query_gain: &[f32],
    key_gain: &[f32],
    out: &mut [f32],
    epsilon: f32,
    #[comptime] shape: AttentionShape,
    #[comptime] whole: bool,
    #[comptime] adjoint: bool,
) {
    let (slot, token) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize);
    let head_dim = shape.head_dim;
    if slot >= comptime![shape.heads + 2 * shape.kv_heads] {
        terminate!();
    }
    let start = token * comptime![shape.width()] + slot * head_dim;
    if slot >= comptime![shape.heads + shape.kv_heads] {
        for i in 0..head_dim {
            out[start + i] = gradient[start + i];
        }
        terminate!();
    }
    let of_query = slot < shape.heads;
    // What is normed together, and where this head begins in it.
    let mut first = start;
    let mut size = comptime![head_dim].runtime();
    let mut offset = comptime![0usize].runtime();
    if comptime![whole] {
        let before = select(of_query, 0, comptime![shape.heads]);
        first = token * comptime![shape.width()] + before * head_dim;
        size = select(of_query, comptime![shape.heads * head_dim], comptime![shape.kv_heads * head_dim]);
        offset = start - first;
    }
    let mut square = 0.0f32;
    for i in 0..size {
        square += projected[first + i] * projected[first + i];
    }
    let scale = 1.0f32 / f32::sqrt(square / f32::cast_from(size) + epsilon);
    let mut along = 0.0f32;
    if comptime![adjoint] {
        for i in 0..size {
            // There are as many queries as keys at least.
            let mut gain = query_gain[i];
            if !of_query {
                gain = key_gain[i];
            }
            along += gradient[first + i] * gain * projected[first + i] * scale;
        }
        along /= f32::cast_from(size);
    }
    for i in 0..head_dim {
        let mut gain = query_gain[offset + i];
        if !of_query {
            gain = key_gain[offset + i];
        }
        let normed = projected[start + i] * scale;
        out[start + i] = if comptime![adjoint] { (gradient[start + i] * gain - normed * along) * scale } else { normed * gain };
    }
}
