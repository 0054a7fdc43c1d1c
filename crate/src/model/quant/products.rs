//! Products of packed rows with few rows of activations: each block becomes floats in registers and is multiplied there, so that no weight is
//! written to memory. The floats are those of [`super::dequantize`].

use super::StoredType;
use super::blocks::{BlockVisitor, visit_blocks};
use super::unpacked::Unpacked;
use crate::model::kernels::vector::vectorized;

/// Rows of activations up to which this beats unpacking a piece of the matrix for a blocked product.
pub(in crate::model) const FEW: usize = 4;

/// Sums that are kept apart: two vector registers of 16.
const LANES: usize = 32;
/// Values that are unpacked at a time, a divisor of every group.
const RUN: usize = 16;

/// Hands each of the `packed` rows' products with the rows of `x` `[n, cols]`, at most [`FEW`], to `take` as (row of the matrix, row of `x`,
/// product).
///
/// # Panics
/// Where there are more rows of `x`: callers count them.
pub(in crate::model) fn products<'a>(
    ty: StoredType,
    packed: impl Iterator<Item = &'a [u8]>,
    x: &[f32],
    cols: usize,
    take: impl FnMut(usize, usize, f32),
) {
    match x.len() / cols.max(1) {
        0 => {}
        1 => of_rows::<1>(ty, packed, x, cols, take),
        2 => of_rows::<2>(ty, packed, x, cols, take),
        3 => of_rows::<3>(ty, packed, x, cols, take),
        4 => of_rows::<4>(ty, packed, x, cols, take),
        n => unreachable!("{n} rows are more than {FEW}"),
    }
}

fn of_rows<'a, const N: usize>(
    ty: StoredType,
    packed: impl Iterator<Item = &'a [u8]>,
    x: &[f32],
    cols: usize,
    mut take: impl FnMut(usize, usize, f32),
) {
    vectorized(
        #[inline(always)]
        || {
            for (j, bytes) in packed.enumerate() {
                let mut row = Row { rest: [x; N], sums: [[0.0; LANES]; N] };
                for (i, rest) in row.rest.iter_mut().enumerate() {
                    *rest = &x[i * cols..(i + 1) * cols];
                }
                visit_blocks(ty, bytes, &mut row);
                for i in 0..N {
                    take(j, i, halves(row.sums[i]));
                }
            }
        },
    );
}

/// A packed row on its way: what is left of the rows of activations, and the sums so far.
struct Row<'a, const N: usize> {
    rest: [&'a [f32]; N],
    sums: [[f32; LANES]; N],
}

impl<const N: usize> BlockVisitor for Row<'_, N> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "zipped iterators are calls, which are compiled without the wide registers")]
    fn block<const LEN: usize, const GROUPS: usize>(&mut self, block: &Unpacked<LEN, GROUPS>) {
        let each = LEN / GROUPS;
        let mut sums = self.sums;
        let mut x = [&[0.0; LEN]; N];
        for i in 0..N {
            let Some((first, rest)) = self.rest[i].split_first_chunk::<LEN>() else { return };
            (x[i], self.rest[i]) = (first, rest);
        }
        for run in 0..LEN / RUN {
            let (from, group) = (run * RUN, run * RUN / each);
            let (scale, min, lane) = (block.scales[group], block.mins[group], from % LANES);
            let mut values = [0.0; RUN];
            for l in 0..RUN {
                values[l] = f32::from(block.codes[from + l]) * scale + min;
            }
            for i in 0..N {
                for l in 0..RUN {
                    sums[i][lane + l] += values[l] * x[i][from + l];
                }
            }
        }
        self.sums = sums;
    }
}

/// The sum of all, half onto half.
#[inline(always)]
fn halves(mut sums: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            sums[l] += sums[l + width];
        }
        width /= 2;
    }
    sums[0]
}
