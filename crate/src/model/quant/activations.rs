//! Rows of activations as integers, so that their products with the integer codes of a packed matrix are exact sums.
#![allow(clippy::needless_range_loop, reason = "zipped iterators are calls, which are compiled without the wide registers")]

use super::{Grouped, StoredMatrix, StoredType};
use crate::model::kernels::vector::vectorized;

/// Rows of activations up to which products with packed rows beat unpacking a piece of the matrix for a blocked product.
pub(super) const FEW: usize = 4;

/// The largest 16-bit integer of both signs.
const LARGEST: f32 = 32_767.0;
/// Steps of the finer number in one of the coarser: its half is [`LARGEST`].
pub(super) const STEPS: f32 = 2.0 * LARGEST;

/// In the middle of the singles from 2^23 to 2^24, which are whole numbers: what is added to it is rounded to one.
const WHOLE: f32 = 1.5 * (1 << 23) as f32;

/// As many activations as the codes of a matrix that share a scale, each in units of the group's scale: `coarse + fine / STEPS`, which holds what an
/// f32 does to 2^-24 of the largest among them.
#[derive(Clone, Debug)]
pub(super) struct Group<const LEN: usize> {
    pub(super) coarse: [i16; LEN],
    pub(super) fine: [i16; LEN],
}

/// Rows of activations in groups.
#[derive(Clone, Debug)]
pub(super) struct Groups<const LEN: usize> {
    pub(super) groups: Vec<Group<LEN>>,
    /// The scale of each. NaN where an activation is no finite number: so is what comes of it.
    pub(super) scales: Vec<f32>,
    /// The sum of each.
    pub(super) sums: Vec<f32>,
}

/// Few rows of activations, one after another, in groups as long as those of the codes that they meet.
#[derive(Clone, Debug)]
pub(in crate::model) struct Activations {
    pub(super) rows: usize,
    pub(super) by: By,
}

#[derive(Clone, Debug)]
pub(super) enum By {
    Sixteen(Groups<16>),
    ThirtyTwo(Groups<32>),
}

impl Activations {
    /// Rows `x` `[n, cols]` for a matrix of `ty`, where that is a packed format and the rows are few enough; `cols` are whole blocks of it.
    pub(super) fn new(ty: StoredType, x: &[f32], cols: usize) -> Option<Self> {
        let (_, each) = Grouped::layout(ty)?;
        let rows = Some(x.len() / cols.max(1)).filter(|rows| (1..=FEW).contains(rows))?;
        Some(Self { rows, by: if each == 16 { By::Sixteen(Groups::new(x)) } else { By::ThirtyTwo(Groups::new(x)) } })
    }

    /// Whether these, made of the same rows, are those for `matrix`.
    pub(in crate::model) fn are_for(&self, matrix: &StoredMatrix) -> bool {
        let each = match self.by {
            By::Sixteen(_) => 16,
            By::ThirtyTwo(_) => 32,
        };
        Grouped::layout(matrix.ty).is_some_and(|(_, group)| group == each)
    }
}

impl<const LEN: usize> Groups<LEN> {
    fn new(x: &[f32]) -> Self {
        let x = x.as_chunks().0;
        let mut groups = vec![Group { coarse: [0; LEN], fine: [0; LEN] }; x.len()];
        let (mut scales, mut sums) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        vectorized(
            #[inline(always)]
            || {
                for i in 0..x.len() {
                    (scales[i], sums[i]) = groups[i].set(&x[i]);
                }
            },
        );
        Self { groups, scales, sums }
    }
}

impl<const LEN: usize> Group<LEN> {
    /// Takes `x`; returns the scale and the sum.
    #[inline(always)]
    fn set(&mut self, x: &[f32; LEN]) -> (f32, f32) {
        let (mut largest, mut broken) = (0.0_f32, 0.0);
        for l in 0..LEN {
            largest = if x[l].abs() > largest { x[l].abs() } else { largest };
            broken += x[l] * 0.0;
        }
        let scale = largest / LARGEST;
        // Below, a reciprocal would overflow; such activations are zeros beside any others.
        let inverse = if scale >= f32::MIN_POSITIVE { 1.0 / scale } else { 0.0 };
        let (mut coarse_sum, mut fine_sum) = (0_i32, 0_i32);
        for l in 0..LEN {
            let steps = x[l] * inverse;
            // Rounded by a sum, ties to even: `round_ties_even` is a call.
            let whole = steps + WHOLE - WHOLE;
            (self.coarse[l], self.fine[l]) = (whole as i16, ((steps - whole) * STEPS) as i16);
            coarse_sum += i32::from(self.coarse[l]);
            fine_sum += i32::from(self.fine[l]);
        }
        let scale = scale + broken;
        (scale, (coarse_sum as f32 + fine_sum as f32 / STEPS) * scale)
    }
}
