//! Rows put where they belong among rows of zeros.

use burn::tensor::{Int, Tensor};
use cubecl::prelude::*;

use super::tensors::{empty, floats, grid, tensor, words};

/// Row i of the result, as many as `places`, is row `places[i]` of `values` `[n, width]`; zeros where there is none.
pub fn spread(values: Tensor<2>, places: &Tensor<1, Int>) -> Tensor<2> {
    let ([n, width], [rows]) = (values.dims(), places.dims());
    let values = floats(values);
    let out = empty(&values, [rows, width]);
    let (count, dim) = grid(width, rows, 1);
    #[allow(unsafe_code, reason = "units behind the row's last value stop, and a place behind the last row is not read")]
    unsafe {
        spread_kernel::launch_unchecked(
            &out.client.clone(),
            count,
            dim,
            values.into_buffer_arg(),
            words(places.clone()).into_buffer_arg(),
            out.clone().into_buffer_arg(),
            n as u32,
            width as u32,
        );
    }
    tensor(out)
}

#[cube(launch_unchecked)]
fn spread_kernel(values: &[f32], places: &[u32], out: &mut [f32], n: u32, width: u32) {
    let (column, row, width) = (ABSOLUTE_POS_X as usize, ABSOLUTE_POS_Y as usize, width as usize);
    if column >= width {
        terminate!();
    }
    let place = places[row];
    let mut value = 0.0f32;
    if place < n {
        value = values[place as usize * width + column];
    }
    out[row * width + column] = value;
}
