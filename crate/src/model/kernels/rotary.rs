//! The rotary embedding applied in place to packed queries or keys.

use super::vector::vectorized;
use super::{for_each_task, grain_rows};

/// Cosines and sines of a layout's tokens, `[tokens, pairs]` each.
#[derive(Clone, Debug)]
pub(in crate::model) struct Angles {
    pub(in crate::model) cos: Vec<f32>,
    pub(in crate::model) sin: Vec<f32>,
    pub(in crate::model) pairs: usize,
    /// Pairs are (2i, 2i+1) rather than (i, i + pairs).
    pub(in crate::model) interleaved: bool,
}

impl Angles {
    /// Rotates the leading `2 pairs` values of each head of `x` `[tokens, width]`; backwards where `back`, which is also the gradient.
    pub(in crate::model) fn rotate(&self, x: &mut [f32], width: usize, head_dim: usize, back: bool) {
        let (pairs, rows) = (self.pairs, grain_rows(width));
        if pairs == 0 {
            return;
        }
        let sign = if back { -1.0 } else { 1.0 };
        let tasks = x.chunks_mut(rows * width).zip(self.cos.chunks(rows * pairs)).zip(self.sin.chunks(rows * pairs)).collect();
        for_each_task(tasks, |((x, cos), sin): ((&mut [f32], &[f32]), &[f32])| {
            vectorized(
                #[inline(always)]
                || {
                    for ((x, cos), sin) in x.chunks_exact_mut(width).zip(cos.chunks_exact(pairs)).zip(sin.chunks_exact(pairs)) {
                        for head in x.chunks_exact_mut(head_dim) {
                            if self.interleaved {
                                for (([first, second], cos), sin) in head.as_chunks_mut::<2>().0.iter_mut().zip(cos).zip(sin) {
                                    turn(first, second, *cos, sign * sin);
                                }
                            } else if let Some((first, rest)) = head.split_at_mut_checked(pairs) {
                                for (((first, second), cos), sin) in first.iter_mut().zip(rest).zip(cos).zip(sin) {
                                    turn(first, second, *cos, sign * sin);
                                }
                            }
                        }
                    }
                },
            );
        });
    }
}

#[inline(always)]
fn turn(first: &mut f32, second: &mut f32, cos: f32, sin: f32) {
    (*first, *second) = (*first * cos - *second * sin, *second * cos + *first * sin);
}
