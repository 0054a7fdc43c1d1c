//! Rows of a packed matrix as floats.

use burn::tensor::{Int, Tensor};
use cubecl::prelude::*;

use super::product::{Matrix, Packing};
use super::tensors::{empty, grid, tensor, words};

/// Rows along one dimension of a grid.
const LINES: usize = 1 << 15;

impl Matrix {
    /// The floats `[rows, cols]`.
    pub fn dense(&self) -> Tensor<2> {
        if self.packing.bits == 32 { tensor(self.words.clone()) } else { self.unpacked(None, self.rows) }
    }

    /// The rows at `indices` as floats, `[indices, cols]`.
    pub fn lookup(&self, indices: Tensor<1, Int>) -> Tensor<2> {
        let count = indices.dims()[0];
        self.unpacked(Some(indices), count)
    }

    fn unpacked(&self, indices: Option<Tensor<1, Int>>, count: usize) -> Tensor<2> {
        let out = empty(&self.words, [count, self.cols]);
        let chosen = indices.is_some();
        let indices = indices.map_or_else(|| self.words.clone(), words);
        // A vocabulary has more rows than one dimension of a grid.
        let (cubes, dim) = grid(self.cols, count.min(LINES), count.div_ceil(LINES));
        #[allow(unsafe_code, reason = "units behind the last value stop, and its caller has checked the indices")]
        unsafe {
            unpack_kernel::launch_unchecked(
                &out.client.clone(),
                cubes,
                dim,
                self.words.clone().into_buffer_arg(),
                self.scales.clone().into_buffer_arg(),
                self.mins.clone().into_buffer_arg(),
                indices.into_buffer_arg(),
                out.clone().into_buffer_arg(),
                count as u32,
                self.cols as u32,
                self.packing,
                chosen,
            );
        }
        tensor(out)
    }
}

#[cube(launch_unchecked)]
fn unpack_kernel(
    words: &[u32],
    scales: &[f32],
    mins: &[f32],
    indices: &[u32],
    out: &mut [f32],
    lines: u32,
    cols: u32,
    #[comptime] packing: Packing,
    #[comptime] chosen: bool,
) {
    let (column, cols) = (ABSOLUTE_POS_X as usize, cols as usize);
    let line = ABSOLUTE_POS_Z as usize * LINES + ABSOLUTE_POS_Y as usize;
    if column >= cols || line >= lines as usize {
        terminate!();
    }
    let mut row = line;
    if comptime![chosen] {
        row = indices[line] as usize;
    }
    let index = row * cols + column;
    out[line * cols + column] = if comptime![packing.bits == 32] {
        f32::reinterpret(words[index])
    } else {
        let per_word = comptime![32 / packing.bits];
        let mask = comptime![(1u32 << packing.bits) - 1];
        let code = (words[index / per_word] >> ((index % per_word * comptime![packing.bits]) as u32)) & mask;
        f32::cast_from(code) * scales[index / comptime![packing.group]] + mins[index / comptime![packing.group]]
    };
}
