//! Products with weight matrices: packed ones become floats a piece at a time, in the cache of the core that multiplies with them.

use std::cell::Cell;

use faer::linalg::matmul::matmul;
use faer::reborrow::ReborrowMut;
use faer::{Accum, MatMut, MatRef, Par};

use super::spread;
use super::vector::{dot, vectorized};
use crate::model::quant::StoredMatrix;

/// Elements of a matrix that one piece of work multiplies with: as floats they fit the second-level cache beside the activations.
const PIECE: usize = 1 << 17;

/// Rows of activations up to which dot products beat the blocked product, which copies its operands.
const FEW: usize = 3;

/// Why a range of rows and columns within the shape can be unpacked.
const CHECKED: &str = "a stored matrix holds all of its rows: its constructor checked";

/// A matrix `[rows, cols]` in host memory.
#[derive(Clone, Copy)]
pub(in crate::model) enum Source<'a> {
    /// Row-major floats with their number of columns.
    Floats(&'a [f32], usize),
    /// A file's blocks.
    Packed(&'a StoredMatrix),
}

impl Source<'_> {
    fn rows(self) -> usize {
        match self {
            Self::Floats(values, cols) => values.len() / cols.max(1),
            Self::Packed(stored) => stored.rows,
        }
    }

    fn cols(self) -> usize {
        match self {
            Self::Floats(_, cols) => cols,
            Self::Packed(stored) => stored.cols,
        }
    }

    /// `x W^T` onto `out`: `x` is `[n, cols]`, `out` `[n, rows]`; replaced, or added to where `add`.
    pub(in crate::model) fn forward(self, x: &[f32], out: &mut [f32], add: bool) {
        let (rows, cols) = (self.rows(), self.cols());
        let n = x.len() / cols.max(1);
        if n == 0 || rows == 0 {
            return;
        }
        let piece = (PIECE / cols).clamp(1, rows);
        let x_matrix = MatRef::from_row_major_slice(x, n, cols);
        let out = MatMut::from_row_major_slice_mut(out, n, rows);
        spread(columns(out, piece), |(from, mut out): (usize, MatMut<'_, f32>)| {
            let count = out.ncols();
            self.with_rows(from, count, |weights| {
                if n <= FEW {
                    vectorized(
                        #[inline(always)]
                        || {
                            for (j, weights) in weights.chunks_exact(cols).enumerate() {
                                for (i, x) in x.chunks_exact(cols).enumerate() {
                                    let product = dot(x, weights);
                                    out[(i, j)] = if add { out[(i, j)] + product } else { product };
                                }
                            }
                        },
                    );
                } else {
                    let weights = MatRef::from_row_major_slice(weights, count, cols);
                    matmul(out, accumulation(add), x_matrix, weights.transpose(), 1.0, Par::Seq);
                }
            });
        });
    }

    /// `g W` onto `out`: `g` is `[n, rows]`, `out` `[n, cols]`; replaced, or added to where `add`.
    pub(in crate::model) fn backward(self, gradient: &[f32], out: &mut [f32], add: bool) {
        let (rows, cols) = (self.rows(), self.cols());
        let n = gradient.len() / rows.max(1);
        if n == 0 || cols == 0 {
            return;
        }
        let unit = match self {
            Self::Floats(..) => 1,
            Self::Packed(stored) => stored.ty.block_len(),
        };
        // Whole blocks; at least 64 columns, or the kernel of the product has too little to do a row.
        let piece = (PIECE / rows).max(64).next_multiple_of(unit).min(cols);
        let gradient = MatRef::from_row_major_slice(gradient, n, rows);
        let out = MatMut::from_row_major_slice_mut(out, n, cols);
        spread(columns(out, piece), |(from, mut out): (usize, MatMut<'_, f32>)| {
            let count = out.ncols();
            match self {
                Self::Floats(values, _) => {
                    let weights = MatRef::from_row_major_slice(values, rows, cols).subcols(from, count);
                    matmul(out, accumulation(add), gradient, weights, 1.0, Par::Seq);
                }
                Self::Packed(stored) => {
                    // A tall matrix (an output head) in several pieces, so that its floats stay few.
                    let step = (PIECE / count).max(64);
                    for start in (0..rows).step_by(step) {
                        let held = step.min(rows - start);
                        with_scratch(held * count, |values| {
                            stored.dequantize_part(start..start + held, from..from + count, values).expect(CHECKED);
                            let weights = MatRef::from_row_major_slice(values, held, count);
                            matmul(out.rb_mut(), accumulation(add || start > 0), gradient.subcols(start, held), weights, 1.0, Par::Seq);
                        });
                    }
                }
            }
        });
    }

    fn with_rows(self, from: usize, count: usize, work: impl FnOnce(&[f32])) {
        let cols = self.cols();
        match self {
            Self::Floats(values, _) => work(&values[from * cols..(from + count) * cols]),
            Self::Packed(stored) => with_scratch(count * cols, |values| {
                stored.dequantize_rows(from..from + count, values).expect(CHECKED);
                work(values);
            }),
        }
    }
}

/// `a^T b` onto `out`: `a` is `[n, rows]`, `b` `[n, cols]`, `out` `[rows, cols]`: the gradient of a weight matrix.
pub(in crate::model) fn outer(a: &[f32], b: &[f32], rows: usize, cols: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows * cols];
    let n = a.len() / rows.max(1);
    if n == 0 || cols == 0 {
        return out;
    }
    let (a, b) = (MatRef::from_row_major_slice(a, n, rows), MatRef::from_row_major_slice(b, n, cols));
    let piece = (PIECE / cols).clamp(1, rows);
    spread(out.chunks_mut(piece * cols).enumerate().collect(), |(i, out): (usize, &mut [f32])| {
        let count = out.len() / cols;
        let out = MatMut::from_row_major_slice_mut(out, count, cols);
        matmul(out, Accum::Replace, a.subcols(i * piece, count).transpose(), b, 1.0, Par::Seq);
    });
    out
}

/// Lets `work` write to `len` floats that stay with the thread: fresh memory for every piece would cost as much as unpacking into it.
fn with_scratch(len: usize, work: impl FnOnce(&mut [f32])) {
    thread_local! {
        static SCRATCH: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
    }
    let mut values = SCRATCH.take();
    if values.len() < len {
        values.resize(len, 0.0);
    }
    work(&mut values[..len]);
    SCRATCH.set(values);
}

fn accumulation(add: bool) -> Accum {
    if add { Accum::Add } else { Accum::Replace }
}

/// `matrix` cut into runs of `piece` columns, each with its first column.
fn columns(matrix: MatMut<'_, f32>, piece: usize) -> Vec<(usize, MatMut<'_, f32>)> {
    let (mut rest, mut from, mut pieces) = (matrix, 0, Vec::new());
    while rest.ncols() > piece {
        let (head, tail) = rest.split_at_col_mut(piece);
        pieces.push((from, head));
        rest = tail;
        from += piece;
    }
    pieces.push((from, rest));
    pieces
}
