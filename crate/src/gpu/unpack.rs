//! Rows of a packed matrix as floats.

use burn::tensor::{Int, Tensor};
use cubecl::prelude::*;

use super::parameters::Packing;
use super::product::{Matrix, unpacked};
use super::tensors::{empty, grid, tensor, words};

/// Rows along one dimension of a grid.
const LINES: usize = 1 << 15;

impl Matrix {
    /// The floats `[rows, cols]`.
    pub fn dense(&self) -> Tensor<2> {
        if self.packing == Packing::F32 { tensor(self.words.clone()) } else { self.unpacked(None, self.rows) }
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
    let per_word = comptime![packing.per_word()];
    let word = words[index / per_word];
    let mut scale = 0.0f32;
    let mut least = 0.0f32;
    if comptime![packing.is_coded()] {
        let group = index / comptime![packing.step()];
        scale = scales[2 * group];
        least = scales[2 * group + 1];
    }
    let mut value = 0.0f32;
    #[unroll]
    for place in 0..per_word {
        if index % per_word == place {
            value = unpacked(word, scale, least, place, packing);
        }
    }
    out[line * cols + column] = value;
}
