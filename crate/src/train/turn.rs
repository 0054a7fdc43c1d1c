//! Rotary embedding by tensor operations, and the splitting into heads, for training.

use burn::prelude::*;

use crate::device::upload;
use crate::model::Rope;

/// Rotary embedding and the splitting into heads, for rows of one length.
pub(super) struct Turn<'a> {
    rope: &'a Rope,
    /// `[tokens, 1, dims / 2]`, as the sines.
    cos: Tensor<3>,
    sin: Tensor<3>,
    /// Rows, their length, size of a head.
    shape: [usize; 3],
}

impl<'a> Turn<'a> {
    /// For tokens at `positions`, of rows, their length and heads of the size in `shape`.
    pub(super) fn new(rope: &'a Rope, positions: &[usize], shape: [usize; 3], device: &Device) -> Self {
        let frequencies = rope.frequencies();
        let angles = positions.iter().flat_map(|&position| frequencies.iter().map(move |&frequency| position as f64 * frequency));
        let (sin, cos): (Vec<f32>, Vec<f32>) = angles.map(|angle| (angle.sin() as f32, angle.cos() as f32)).unzip();
        let table = [positions.len(), 1, frequencies.len()];
        Self { rope, cos: upload(cos, table, device), sin: upload(sin, table, device), shape }
    }

    pub(super) fn forth(&self, packed: Tensor<2>, heads: usize) -> Tensor<2> {
        self.rotate(packed, heads, &self.sin)
    }

    pub(super) fn back(&self, packed: Tensor<2>, heads: usize) -> Tensor<2> {
        self.rotate(packed, heads, &self.sin.clone().neg())
    }

    fn rotate(&self, packed: Tensor<2>, heads: usize, sin: &Tensor<3>) -> Tensor<2> {
        let [n, width] = packed.dims();
        self.turned(packed.reshape([n, heads, self.shape[2]]), sin).reshape([n, width])
    }

    /// Rotates `[n, heads, head_dim]`; with negated sines it rotates back.
    fn turned(&self, x: Tensor<3>, sin: &Tensor<3>) -> Tensor<3> {
        let (cos, rope) = (&self.cos, self.rope);
        let [n, heads, head_dim] = x.dims();
        let half = rope.dims / 2;
        let turned = x.clone().slice([0..n, 0..heads, 0..rope.dims]);
        let (first, second) = if rope.interleaved {
            let pairs = turned.reshape([n, heads, half, 2]);
            (
                pairs.clone().slice([0..n, 0..heads, 0..half, 0..1]).reshape([n, heads, half]),
                pairs.slice([0..n, 0..heads, 0..half, 1..2]).reshape([n, heads, half]),
            )
        } else {
            (turned.clone().slice([0..n, 0..heads, 0..half]), turned.slice([0..n, 0..heads, half..rope.dims]))
        };
        let rotated_first = first.clone() * cos.clone() - second.clone() * sin.clone();
        let rotated_second = second * cos.clone() + first * sin.clone();
        let rotated = if rope.interleaved {
            Tensor::cat(vec![rotated_first.unsqueeze_dim::<4>(3), rotated_second.unsqueeze_dim::<4>(3)], 3).reshape([n, heads, rope.dims])
        } else {
            Tensor::cat(vec![rotated_first, rotated_second], 2)
        };
        if rope.dims == head_dim { rotated } else { Tensor::cat(vec![rotated, x.slice([0..n, 0..heads, rope.dims..head_dim])], 2) }
    }

    /// `[tokens, heads * size] -> [rows, heads, length, size]`.
    pub(super) fn split(&self, packed: Tensor<2>, heads: usize) -> Tensor<4> {
        let [rows, longest, size] = self.shape;
        packed.reshape([rows, longest, heads, size]).swap_dims(1, 2)
    }

    /// Back again.
    pub(super) fn merge(&self, split: Tensor<4>) -> Tensor<2> {
        let [rows, heads, longest, size] = split.dims();
        split.swap_dims(1, 2).reshape([rows * longest, heads * size])
    }

    /// `[rows, heads, length, size] -> [rows, kv_heads, group * length, size]`: queries that share a key head become one matrix.
    pub(super) fn group(&self, split: Tensor<4>, kv_heads: usize) -> Tensor<4> {
        let [rows, heads, longest, size] = split.dims();
        split.reshape([rows, kv_heads, heads / kv_heads * longest, size])
    }

    pub(super) fn ungroup(&self, grouped: Tensor<4>, heads: usize) -> Tensor<4> {
        let [rows, longest, size] = self.shape;
        grouped.reshape([rows, heads, longest, size])
    }
}
