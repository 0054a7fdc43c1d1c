//! Products with weight matrices: packed ones become floats a piece at a time, in the cache of the core that multiplies with them; with few rows
//! of activations their codes are multiplied as they are.

use std::cell::Cell;

use faer::linalg::matmul::matmul;
use faer::reborrow::ReborrowMut;
use faer::traits::pulp::{Simd, WithSimd};
use faer::{Accum, MatMut, MatRef, Par};

use super::tile::Tiles;
use super::vector::{dot, vectorized};
use super::{cores, for_each_task};
use crate::model::quant::{Activations, StoredMatrix};

/// Elements of a matrix that about one piece of work multiplies with: as floats they fit the second-level cache beside the activations.
const PIECE: usize = 1 << 17;

/// Rows of activations up to which dot products with floats beat the blocked product, which copies its operands.
const FEW: usize = 3;

/// Whether [`Tiles`] beats both.
const TILES: bool = cfg!(target_arch = "wasm32");

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
        let piece = piece(cols, rows * cols, unit);
        let gradient = MatRef::from_row_major_slice(gradient, n, rows);
        let out = MatMut::from_row_major_slice_mut(out, n, cols);
        for_each_task(columns(out, piece), |(from, mut out): (usize, MatMut<'_, f32>)| {
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

/// `x W^T` onto an `out` for each matrix W of `cols` columns, on all cores at once: `x` is `[n, cols]`, `out` `[n, rows]`; replaced, or added to
/// where `add`.
pub(in crate::model) fn forward(x: &[f32], cols: usize, products: Vec<(Source<'_>, &mut [f32])>, add: bool) {
    let n = x.len() / cols.max(1);
    let x_matrix = MatRef::from_row_major_slice(x, n, cols);
    let (mut activations, mut tasks): (Vec<Activations>, _) = (Vec::new(), Vec::new());
    for (source, out) in products {
        let rows = source.rows();
        if n == 0 || rows == 0 {
            continue;
        }
        // Matrices of one format share what is made of the activations for it.
        let packed = match source {
            Source::Packed(stored) => activations.iter().position(|made| made.are_for(stored)).or_else(|| {
                activations.push(stored.activations(x)?);
                Some(activations.len() - 1)
            }),
            Source::Floats(..) => None,
        };
        let out = MatMut::from_row_major_slice_mut(out, n, rows);
        tasks.extend(columns(out, piece(rows, rows * cols, 1)).into_iter().map(|(from, out)| (source, packed, from, out)));
    }
    for_each_task(tasks, |(source, packed, from, mut out): (Source<'_>, Option<usize>, usize, MatMut<'_, f32>)| {
        let count = out.ncols();
        if let (Source::Packed(stored), Some(at)) = (source, packed) {
            return stored.products(from..from + count, &activations[at], |j, i, product| {
                out[(i, j)] = if add { out[(i, j)] + product } else { product };
            });
        }
        source.with_rows(from, count, |weights| {
            if TILES {
                vectorized(Tiles { x, weights, cols, out, add });
            } else if n <= FEW {
                vectorized(FewRows { x, weights, cols, out: out.rb_mut(), add });
            } else {
                let weights = MatRef::from_row_major_slice(weights, count, cols);
                matmul(out, accumulation(add), x_matrix, weights.transpose(), 1.0, Par::Seq);
            }
        });
    });
}

/// `x W^T` onto `out`, dot product by dot product.
struct FewRows<'a> {
    x: &'a [f32],
    weights: &'a [f32],
    cols: usize,
    out: MatMut<'a, f32>,
    add: bool,
}

impl WithSimd for FewRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, weights, cols, mut out, add } = self;
        for (j, weights) in weights.chunks_exact(cols).enumerate() {
            for (i, x) in x.chunks_exact(cols).enumerate() {
                let product = dot(simd, x, weights);
                out[(i, j)] = if add { out[(i, j)] + product } else { product };
            }
        }
    }
}

/// How many of `len` rows or columns of a matrix of `elements` are one piece, in multiples of `unit`: about [`PIECE`] elements, as many
/// pieces for each core, and not so narrow that the product has too little to do in each.
fn piece(len: usize, elements: usize, unit: usize) -> usize {
    const NARROWEST: usize = 64;
    let cores = cores();
    let wanted = elements.div_ceil(PIECE).next_multiple_of(cores);
    let most = (len / NARROWEST).max(1);
    let pieces = if wanted <= most { wanted } else { most - most % cores.min(most) };
    len.div_ceil(pieces).next_multiple_of(unit.max(8)).min(len)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

    use super::*;
    use crate::model::quant::quantize_q4_1;

    fn values(len: usize, seed: f32) -> Vec<f32> {
        (0..len).map(|i| ((i as f32 + seed) * 0.37).sin()).collect()
    }

    fn reference(n: usize, inner: usize, m: usize, at: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
        let sum = |i, j| (0..inner).map(|l| f64::from(at(i, j, l))).sum::<f64>() as f32;
        (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).map(|(i, j)| sum(i, j)).collect()
    }

    /// Equal up to the rounding of sums of `terms` products of values below 1, taken twice at most.
    fn close(ours: &[f32], theirs: &[f32], terms: usize) {
        assert_eq!(ours.len(), theirs.len());
        let worst = ours.iter().zip(theirs).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
        assert!(worst < 2e-6 * terms as f32, "{worst} in sums of {terms}");
    }

    /// Both products, with few and many rows of activations, on matrices of one piece and of several.
    #[test]
    fn products_are_sums_of_products() {
        for (rows, cols) in [(3, 32), (700, 288)] {
            let floats = values(rows * cols, 0.1);
            let packed = quantize_q4_1(rows, cols, &floats).unwrap();
            let mut unpacked = vec![0.0; rows * cols];
            packed.dequantize_rows(0..rows, &mut unpacked).unwrap();
            for (source, w) in [(Source::Floats(&floats, cols), &floats), (Source::Packed(&packed), &unpacked)] {
                for n in [1, 2, 3, 4, 9] {
                    let (x, g) = (values(n * cols, 0.5), values(n * rows, 0.7));
                    let forward = reference(n, cols, rows, |i, j, l| x[i * cols + l] * w[j * cols + l]);
                    let mut out = vec![f32::NAN; n * rows];
                    super::forward(&x, cols, vec![(source, &mut out)], false);
                    close(&out, &forward, cols);
                    super::forward(&x, cols, vec![(source, &mut out)], true);
                    close(&out, &forward.iter().map(|y| 2.0 * y).collect::<Vec<_>>(), cols);
                    let backward = reference(n, rows, cols, |i, j, l| g[i * rows + l] * w[l * cols + j]);
                    let mut out = vec![f32::NAN; n * cols];
                    source.backward(&g, &mut out, false);
                    close(&out, &backward, rows);
                    source.backward(&g, &mut out, true);
                    close(&out, &backward.iter().map(|y| 2.0 * y).collect::<Vec<_>>(), rows);
                }
            }
        }
    }

    #[test]
    fn pieces_cover_everything_in_whole_units() {
        for (len, elements, unit) in [(1536, 1536 * 576, 1), (576, 49152 * 576, 32), (192, 192 * 576, 1), (3, 96, 1), (256, 256 * 7, 256)] {
            let piece = piece(len, elements, unit);
            assert!(piece > 0 && piece <= len && (piece.is_multiple_of(unit) || piece == len), "{len} {elements} {unit}: {piece}");
        }
    }
}
