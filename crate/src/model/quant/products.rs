//! Products of packed rows with few rows of activations: each block's codes are multiplied in registers, as integers, so that no weight is written to
//! memory or becomes a float.
//!
//! A value is `code * scale + min`, so a group's part of a product is `scale sum(code x) + min sum(x)`; with activations as integers of 32 bits in two
//! halves ([`super::activations`]) the sums are exact, on every processor alike, and what is left to round are their products with the scales.

use super::StoredType;
use super::activations::{Activations, By, FEW, Group, Groups, STEPS};
use super::blocks::{BlockVisitor, visit_blocks};
use super::lanes::{Lanes, PLAIN};
use super::unpacked::Unpacked;

/// Codes that are multiplied at a time, a divisor of every group.
const RUN: usize = 16;

/// Hands each of the `packed` rows' products with the rows of `x` to `take` as (row of the matrix, row of `x`, product).
pub(super) fn products<'a>(ty: StoredType, packed: impl Iterator<Item = &'a [u8]>, x: &Activations, take: impl FnMut(usize, usize, f32)) {
    match &x.by {
        By::Sixteen(groups) => of_groups(ty, packed, (x.rows, groups), take),
        By::ThirtyTwo(groups) => of_groups(ty, packed, (x.rows, groups), take),
    }
}

fn of_groups<'a, const EACH: usize>(
    ty: StoredType,
    packed: impl Iterator<Item = &'a [u8]>,
    x: (usize, &Groups<EACH>),
    take: impl FnMut(usize, usize, f32),
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = faer::traits::pulp::x86::V3::try_new() {
        return simd.vectorize(
            #[inline(always)]
            || of_count(simd, ty, packed, x, take),
        );
    }
    of_count(PLAIN, ty, packed, x, take);
}

#[inline(always)]
fn of_count<'a, const EACH: usize>(
    with: impl Lanes,
    ty: StoredType,
    packed: impl Iterator<Item = &'a [u8]>,
    (rows, groups): (usize, &Groups<EACH>),
    take: impl FnMut(usize, usize, f32),
) {
    match rows {
        1 => of_rows::<EACH, 1>(with, ty, packed, groups, take),
        2 => of_rows::<EACH, 2>(with, ty, packed, groups, take),
        3 => of_rows::<EACH, 3>(with, ty, packed, groups, take),
        _ => of_rows::<EACH, FEW>(with, ty, packed, groups, take),
    }
}

#[inline(always)]
fn of_rows<'a, const EACH: usize, const N: usize>(
    with: impl Lanes,
    ty: StoredType,
    packed: impl Iterator<Item = &'a [u8]>,
    groups: &Groups<EACH>,
    mut take: impl FnMut(usize, usize, f32),
) {
    let each = groups.groups.len() / N;
    for (j, bytes) in packed.enumerate() {
        let mut row = Row { with, rest: [Rest::default(); N], sums: [with.zeros(); N], mins: [[0.0; 8]; N] };
        for (i, rest) in row.rest.iter_mut().enumerate() {
            let own = i * each..(i + 1) * each;
            *rest = Rest { groups: &groups.groups[own.clone()], scales: &groups.scales[own.clone()], sums: &groups.sums[own] };
        }
        visit_blocks(ty, bytes, &mut row);
        for i in 0..N {
            take(j, i, halves(with.to_array(row.sums[i])) + halves(row.mins[i]));
        }
    }
}

/// A packed row on its way: what is left of the rows of activations, and the sums so far.
struct Row<'a, L: Lanes, const EACH: usize, const N: usize> {
    with: L,
    rest: [Rest<'a, EACH>; N],
    sums: [L::Floats; N],
    /// What the minima contribute.
    mins: [[f32; 8]; N],
}

/// What is left of a row of activations.
#[derive(Clone, Copy, Default)]
struct Rest<'a, const EACH: usize> {
    groups: &'a [Group<EACH>],
    scales: &'a [f32],
    sums: &'a [f32],
}

impl<'a, const EACH: usize> Rest<'a, EACH> {
    /// Takes as many groups, their scales and their sums.
    #[inline(always)]
    fn take<const GROUPS: usize>(&mut self) -> Option<(&'a [Group<EACH>; GROUPS], &'a [f32; GROUPS], &'a [f32; GROUPS])> {
        let (groups, scales, sums);
        (groups, self.groups) = self.groups.split_first_chunk()?;
        (scales, self.scales) = self.scales.split_first_chunk()?;
        (sums, self.sums) = self.sums.split_first_chunk()?;
        Some((groups, scales, sums))
    }
}

impl<L: Lanes, const EACH: usize, const N: usize> BlockVisitor for Row<'_, L, EACH, N> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "zipped iterators are calls, which are compiled without the wide registers")]
    fn block<const LEN: usize, const GROUPS: usize>(&mut self, block: &Unpacked<LEN, GROUPS>) {
        let codes: &[[u8; RUN]] = block.codes.as_chunks().0;
        for i in 0..N {
            let Some((x, x_scales, x_sums)) = self.rest[i].take::<GROUPS>() else { return };
            let mut scales = block.scales;
            let (mut sums, mut mins) = (self.sums[i], self.mins[i]);
            for group in 0..GROUPS {
                scales[group] *= x_scales[group];
                mins[group % 8] += block.mins[group] * x_sums[group];
            }
            for group in 0..GROUPS {
                let (coarse_runs, fine_runs) = (x[group].coarse.as_chunks().0, x[group].fine.as_chunks().0);
                let codes = &codes[group * (EACH / RUN)..(group + 1) * (EACH / RUN)];
                let mut coarse = self.with.dots(&codes[0], &coarse_runs[0]);
                let mut fine = self.with.dots(&codes[0], &fine_runs[0]);
                for run in 1..EACH / RUN {
                    coarse = self.with.add(coarse, self.with.dots(&codes[run], &coarse_runs[run]));
                    fine = self.with.add(fine, self.with.dots(&codes[run], &fine_runs[run]));
                }
                sums = self.with.add_scaled(sums, coarse, fine, 1.0 / STEPS, scales[group]);
            }
            (self.sums[i], self.mins[i]) = (sums, mins);
        }
    }

    #[inline(always)]
    fn halves(&self, words: [u32; 8]) -> [f32; 8] {
        self.with.to_array(self.with.halves(words))
    }
}

/// The sum of all, half onto half.
#[inline(always)]
fn halves([a, b, c, d, e, f, g, h]: [f32; 8]) -> f32 {
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
