//! Dot products of many rows with many rows tile by tile in vector registers and without copies of the operands: for WebAssembly, whose
//! registers no library's product is written for as other processors' are.
//!
//! Measured in V8 with 28 rows, 576 x 1,536: 32 GFLOP/s, where the general product, which packs what is transposed, has 19. The product with a
//! matrix as it stands gains nothing (20 against 22), and fused multiply-adds (relaxed SIMD) add less than a tenth, as loads are what limits: no
//! reason for a second module.

use faer::MatMut;
use faer::traits::pulp::{Simd, WithSimd};

/// Rows of activations and of weights in a tile: their eight sums and what is multiplied fit the sixteen registers of most processors.
const ROWS: usize = 4;
const WIDE: usize = 2;

/// `x W^T` onto `out`, replaced or added to where `add`: `x` is `[n, cols]`, `weights` `[m, cols]`, `out` `[n, m]`.
pub(super) struct Tiles<'a> {
    pub(super) x: &'a [f32],
    pub(super) weights: &'a [f32],
    pub(super) cols: usize,
    pub(super) out: MatMut<'a, f32>,
    pub(super) add: bool,
}

impl WithSimd for Tiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, weights, cols, mut out, add } = self;
        // A tile's rows of activations stay in the nearest cache while the weights pass by.
        for (i, x) in x.chunks(ROWS * cols).enumerate() {
            for (j, weights) in weights.chunks(WIDE * cols).enumerate() {
                let take = |a: usize, b: usize, product: f32| {
                    let out = &mut out[(i * ROWS + a, j * WIDE + b)];
                    *out = if add { *out + product } else { product };
                };
                match (x.len() / cols, weights.len() / cols) {
                    (1, 1) => dots::<S, 1, 1>(simd, x, weights, cols, take),
                    (2, 1) => dots::<S, 2, 1>(simd, x, weights, cols, take),
                    (3, 1) => dots::<S, 3, 1>(simd, x, weights, cols, take),
                    (_, 1) => dots::<S, ROWS, 1>(simd, x, weights, cols, take),
                    (1, _) => dots::<S, 1, WIDE>(simd, x, weights, cols, take),
                    (2, _) => dots::<S, 2, WIDE>(simd, x, weights, cols, take),
                    (3, _) => dots::<S, 3, WIDE>(simd, x, weights, cols, take),
                    _ => dots::<S, ROWS, WIDE>(simd, x, weights, cols, take),
                }
            }
        }
    }
}

/// The products of each of `A` rows with each of `B` rows, all of `cols` values.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "zipped iterators are calls, which are compiled without the wide registers")]
fn dots<S: Simd, const A: usize, const B: usize>(
    simd: S,
    x: &[f32],
    weights: &[f32],
    cols: usize,
    mut take: impl FnMut(usize, usize, f32),
) {
    let x: [_; A] = std::array::from_fn(|a| S::as_simd_f32s(&x[a * cols..(a + 1) * cols]));
    let weights: [_; B] = std::array::from_fn(|b| S::as_simd_f32s(&weights[b * cols..(b + 1) * cols]));
    let whole = x[0].0.len();
    let (x_registers, weight_registers) = (x.map(|(registers, _)| &registers[..whole]), weights.map(|(registers, _)| &registers[..whole]));
    let mut sums = [[simd.splat_f32s(0.0); B]; A];
    for k in 0..whole {
        for a in 0..A {
            for b in 0..B {
                sums[a][b] = simd.add_f32s(sums[a][b], simd.mul_f32s(x_registers[a][k], weight_registers[b][k]));
            }
        }
    }
    for a in 0..A {
        for b in 0..B {
            let rest: f32 = x[a].1.iter().zip(weights[b].1).map(|(x, weight)| x * weight).sum();
            take(a, b, simd.reduce_sum_f32s(sums[a][b]) + rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kernels::vector::vectorized;

    #[test]
    fn tiles_are_the_sums_of_products() {
        for (n, m, cols) in [(1, 1, 1), (4, 2, 8), (5, 3, 6), (7, 4, 33), (11, 9, 70), (3, 1, 4)] {
            // Not in step with each other: f32 does not resolve the bound in sums of seventy.
            let x: Vec<f32> = (0..n * cols).map(|at| ((at * 7 + 3) as f32 * 0.37).sin()).collect();
            let weights: Vec<f32> = (0..m * cols).map(|at| ((at * 11 + 5) as f32 * 0.53).cos()).collect();
            // Part of a wider matrix, as another task has the rest of it.
            let mut out = vec![0.5; n * (m + 3)];
            for add in [false, true] {
                let out = MatMut::from_row_major_slice_mut(&mut out, n, m + 3).subcols_mut(2, m);
                vectorized(Tiles { x: &x, weights: &weights, cols, out, add });
            }
            for i in 0..n {
                for j in 0..m {
                    let terms = x[i * cols..].iter().zip(&weights[j * cols..]).take(cols);
                    let expected: f64 = terms.map(|(x, w)| 2.0 * f64::from(*x) * f64::from(*w)).sum();
                    let found = f64::from(out[i * (m + 3) + 2 + j]);
                    assert!((found - expected).abs() < 1e-5, "{n} x {m} x {cols} at {i}, {j}: {found}, {expected}");
                }
                assert_eq!([out[i * (m + 3)], out[i * (m + 3) + 1], out[i * (m + 3) + 2 + m]], [0.5; 3]);
            }
        }
    }
}
