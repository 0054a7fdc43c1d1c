//! Dot products of many rows with many rows in registers of four floats, tile by tile and without copies of the operands: for WebAssembly, whose
//! registers no library's product is written for as other processors' are.
//!
//! Measured in V8 with 28 rows, 576 x 1,536: 29 GFLOP/s, where the general product, which packs what is transposed, has 19. The product with a
//! matrix as it stands gains nothing (20 against 22), and fused multiply-adds (relaxed SIMD) add less than a tenth, as loads are what limits: no
//! reason for a second module.

use faer::MatMut;

/// Rows of activations and of weights in a tile: their eight sums and what is multiplied fit the sixteen registers of most processors.
const ROWS: usize = 4;
const WIDE: usize = 2;

/// `x W^T` onto `out`, replaced or added to where `add`: `x` is `[n, cols]`, `weights` `[m, cols]`, `out` `[n, m]`.
pub(super) fn times_transposed(mut out: MatMut<'_, f32>, add: bool, x: &[f32], weights: &[f32], cols: usize) {
    // A tile's rows of activations stay in the nearest cache while the weights pass by.
    for (i, x) in x.chunks(ROWS * cols).enumerate() {
        for (j, weights) in weights.chunks(WIDE * cols).enumerate() {
            let take = |a: usize, b: usize, product: f32| {
                let out = &mut out[(i * ROWS + a, j * WIDE + b)];
                *out = if add { *out + product } else { product };
            };
            match (x.len() / cols, weights.len() / cols) {
                (1, 1) => dots::<1, 1>(x, weights, cols, take),
                (2, 1) => dots::<2, 1>(x, weights, cols, take),
                (3, 1) => dots::<3, 1>(x, weights, cols, take),
                (_, 1) => dots::<ROWS, 1>(x, weights, cols, take),
                (1, _) => dots::<1, WIDE>(x, weights, cols, take),
                (2, _) => dots::<2, WIDE>(x, weights, cols, take),
                (3, _) => dots::<3, WIDE>(x, weights, cols, take),
                _ => dots::<ROWS, WIDE>(x, weights, cols, take),
            }
        }
    }
}

/// The products of each of `A` rows with each of `B` rows, all of `cols` values.
#[inline(always)]
fn dots<const A: usize, const B: usize>(x: &[f32], weights: &[f32], cols: usize, mut take: impl FnMut(usize, usize, f32)) {
    let whole = cols / 4;
    let x_fours: [_; A] = std::array::from_fn(|a| fours(x, a, cols));
    let weight_fours: [_; B] = std::array::from_fn(|b| fours(weights, b, cols));
    let mut sums = [[four::zeros(); B]; A];
    for k in 0..whole {
        let weights: [_; B] = std::array::from_fn(|b| four::load(&weight_fours[b][k]));
        for a in 0..A {
            let x = four::load(&x_fours[a][k]);
            for b in 0..B {
                sums[a][b] = four::add_product(sums[a][b], x, weights[b]);
            }
        }
    }
    for (a, sums) in sums.iter().enumerate() {
        for (b, &sum) in sums.iter().enumerate() {
            let rest: f32 = (4 * whole..cols).map(|k| x[a * cols + k] * weights[b * cols + k]).sum();
            let [p, q, r, s] = four::to_array(sum);
            take(a, b, ((p + r) + (q + s)) + rest);
        }
    }
}

/// A row, four values at a time.
#[inline(always)]
fn fours(rows: &[f32], at: usize, cols: usize) -> &[[f32; 4]] {
    &rows[at * cols..(at + 1) * cols].as_chunks().0[..cols / 4]
}

/// Four floats.
#[cfg(target_arch = "wasm32")]
mod four {
    use std::arch::wasm32::{f32x4, f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, v128};

    #[inline(always)]
    pub(super) fn zeros() -> v128 {
        f32x4_splat(0.0)
    }

    #[inline(always)]
    pub(super) fn load(&[a, b, c, d]: &[f32; 4]) -> v128 {
        f32x4(a, b, c, d)
    }

    #[inline(always)]
    pub(super) fn add_product(sum: v128, a: v128, b: v128) -> v128 {
        f32x4_add(sum, f32x4_mul(a, b))
    }

    #[inline(always)]
    pub(super) fn to_array(v: v128) -> [f32; 4] {
        [f32x4_extract_lane::<0>(v), f32x4_extract_lane::<1>(v), f32x4_extract_lane::<2>(v), f32x4_extract_lane::<3>(v)]
    }
}

/// The same where it is tested.
#[cfg(not(target_arch = "wasm32"))]
mod four {
    pub(super) fn zeros() -> [f32; 4] {
        [0.0; 4]
    }

    pub(super) fn load(values: &[f32; 4]) -> [f32; 4] {
        *values
    }

    pub(super) fn add_product(sum: [f32; 4], a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|l| sum[l] + a[l] * b[l])
    }

    pub(super) fn to_array(values: [f32; 4]) -> [f32; 4] {
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_the_sums_of_products() {
        for (n, m, cols) in [(1, 1, 1), (4, 2, 8), (5, 3, 6), (7, 4, 33), (11, 9, 70), (3, 1, 4)] {
            let value = |at: usize| ((at * 7 + 3) as f32 * 0.37).sin();
            let x: Vec<f32> = (0..n * cols).map(value).collect();
            let weights: Vec<f32> = (0..m * cols).map(|at| value(at + 1000)).collect();
            // Part of a wider matrix, as another task has the rest of it.
            let mut out = vec![0.5; n * (m + 3)];
            for add in [false, true] {
                times_transposed(MatMut::from_row_major_slice_mut(&mut out, n, m + 3).subcols_mut(2, m), add, &x, &weights, cols);
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
