//! RMS norm and layer norm by rows: their moments, which the products behind them compute as they read, and their adjoint.

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::tensors::{empty, floats, grid, tensor};

/// A norm over rows of `width` values.
#[derive(Clone, Debug)]
pub struct RowNorm {
    /// Gain, then the shift where there is one, `[width]` each.
    pub(super) vectors: CubeTensor,
    pub(super) centred: bool,
    pub(super) epsilon: f32,
    width: usize,
}

impl RowNorm {
    /// `x / sqrt(mean(x^2) + eps) * gain`, or with a shift `(x - mean) / sqrt(var + eps) * gain + shift`; products compute it
    /// ([`Matrix::forward`](super::Matrix::forward)).
    pub fn new(gain: &Tensor<1>, shift: Option<&Tensor<1>>, epsilon: f64) -> Self {
        let width = gain.dims()[0];
        let vectors = match shift {
            Some(shift) => Tensor::cat(vec![gain.clone(), shift.clone()], 0),
            None => gain.clone(),
        };
        Self { vectors: floats(vectors), centred: shift.is_some(), epsilon: epsilon as f32, width }
    }

    /// Of each row of `x`, added to `onto`.
    pub fn forward_onto(&self, x: Tensor<2>, onto: Tensor<2>) -> Tensor<2> {
        let [n, width] = x.dims();
        let x = floats(x);
        let out = empty(&x, [n, width]);
        let (count, dim) = grid(n, 1, 1);
        #[allow(unsafe_code, reason = "a unit stays within its row, and rows behind the last have none")]
        unsafe {
            forward_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                x.into_buffer_arg(),
                self.vectors.clone().into_buffer_arg(),
                floats(onto).into_buffer_arg(),
                out.clone().into_buffer_arg(),
                n as u32,
                self.width as u32,
                self.epsilon,
                self.centred,
            );
        }
        tensor(out)
    }

    /// Gradient with respect to `x`, given that of the output, `(+ onto)`. With u = g * gain and n the normalised x:
    /// RMS `r (u - n mean(u n))`, layer norm `r (u - mean(u) - n mean(u n))`.
    pub fn backward(&self, x: Tensor<2>, gradient: Tensor<2>, onto: Option<Tensor<2>>) -> Tensor<2> {
        let [n, width] = x.dims();
        let x = floats(x);
        let out = empty(&x, [n, width]);
        let add = onto.is_some();
        let onto = onto.map_or_else(|| x.clone(), floats);
        let (count, dim) = grid(n, 1, 1);
        #[allow(unsafe_code, reason = "a unit stays within its row, and rows behind the last have none")]
        unsafe {
            backward_kernel::launch_unchecked(
                &out.client.clone(),
                count,
                dim,
                x.into_buffer_arg(),
                floats(gradient).into_buffer_arg(),
                self.vectors.clone().into_buffer_arg(),
                onto.into_buffer_arg(),
                out.clone().into_buffer_arg(),
                n as u32,
                self.width as u32,
                self.epsilon,
                self.centred,
                add,
            );
        }
        tensor(out)
    }
}

/// Mean and inverse root mean square of a row of `x`; the mean of an RMS norm is 0.
#[cube]
pub(super) fn moments(x: &[f32], start: usize, width: usize, epsilon: f32, #[comptime] centred: bool) -> (f32, f32) {
    let mut mean = 0.0f32;
    if comptime![centred] {
        for i in 0..width {
            mean += x[start + i];
        }
        mean /= f32::cast_from(width);
    }
    let mut square = 0.0f32;
    for i in 0..width {
        let value = x[start + i] - mean;
        square += value * value;
    }
    (mean, 1.0f32 / f32::sqrt(square / f32::cast_from(width) + epsilon))
}

#[cube(launch_unchecked)]
fn forward_kernel(x: &[f32], vectors: &[f32], onto: &[f32], out: &mut [f32], n: u32, width: u32, epsilon: f32, #[comptime] centred: bool) {
    let row = ABSOLUTE_POS_X as usize;
    let width = width as usize;
    if row >= n as usize {
        terminate!();
    }
    let start = row * width;
    let (mean, scale) = moments(x, start, width, epsilon, centred);
    for i in 0..width {
        let mut value = (x[start + i] - mean) * scale * vectors[i];
        if comptime![centred] {
            value += vectors[width + i];
        }
        out[start + i] = value + onto[start + i];
    }
}

#[cube(launch_unchecked)]
fn backward_kernel(
    x: &[f32],
    gradient: &[f32],
    vectors: &[f32],
    onto: &[f32],
    out: &mut [f32],
    n: u32,
    width: u32,
    epsilon: f32,
    #[comptime] centred: bool,
    #[comptime] add: bool,
) {
    let row = ABSOLUTE_POS_X as usize;
    let width = width as usize;
    if row >= n as usize {
        terminate!();
    }
    let start = row * width;
    let (mean, scale) = moments(x, start, width, epsilon, centred);
    let mut sum = 0.0f32;
    let mut along = 0.0f32;
    for i in 0..width {
        let u = gradient[start + i] * vectors[i];
        sum += u;
        along += u * (x[start + i] - mean) * scale;
    }
    along /= f32::cast_from(width);
    sum /= f32::cast_from(width);
    for i in 0..width {
        let mut value = gradient[start + i] * vectors[i] - (x[start + i] - mean) * scale * along;
        if comptime![centred] {
            value -= sum;
        }
        value *= scale;
        if comptime![add] {
            value += onto[start + i];
        }
        out[start + i] = value;
    }
}
