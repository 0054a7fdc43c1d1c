//! Rotary position embedding, in both pairings, with Llama 3.1's scaling; the backward rotation is the inverse one.

use burn::prelude::*;

use super::config::Rope;
use super::kernels::rotary::Angles;
use crate::device::upload;

impl Rope {
    /// Angular frequency of each of the dims/2 pairs, scaling applied.
    pub fn frequencies(&self) -> Vec<f64> {
        let half = self.dims / 2;
        (0..half)
            .map(|pair| {
                let frequency = self.theta.powf(-2.0 * pair as f64 / self.dims as f64);
                match (&self.frequency_divisors, &self.llama3) {
                    (Some(divisors), _) => frequency / divisors.get(pair).copied().map_or(1.0, f64::from),
                    (None, Some(scaling)) => {
                        let wavelength = 2.0 * std::f64::consts::PI / frequency;
                        let original = scaling.original_positions as f64;
                        if wavelength < original / scaling.high_freq_factor {
                            frequency
                        } else if wavelength > original / scaling.low_freq_factor {
                            frequency / scaling.factor
                        } else {
                            let smooth =
                                (original / wavelength - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
                            (1.0 - smooth) * frequency / scaling.factor + smooth * frequency
                        }
                    }
                    (None, None) => frequency,
                }
            })
            .collect()
    }

    /// Cosines and sines for the given positions.
    pub(super) fn angles(&self, positions: &[usize]) -> Angles {
        let frequencies = self.frequencies();
        let (cos, sin) = positions
            .iter()
            .flat_map(|&position| frequencies.iter().map(move |&frequency| (position as f64 * frequency).sin_cos()))
            .map(|(sin, cos)| (cos as f32, sin as f32))
            .unzip();
        Angles { cos, sin, pairs: frequencies.len(), interleaved: self.interleaved }
    }

    /// Cosines and sines for the given positions, `[n, 1, dims/2]` each.
    pub fn table(&self, positions: &[usize], device: &Device) -> (Tensor<3>, Tensor<3>) {
        let Angles { cos, sin, pairs, .. } = self.angles(positions);
        let shape = [positions.len(), 1, pairs];
        (upload(cos, shape, device), upload(sin, shape, device))
    }

    /// Rotates `[n, heads, head_dim]` by the angles of a [`Rope::table`]; with negated sines it rotates back.
    pub fn rotate(&self, x: Tensor<3>, cos: &Tensor<3>, sin: &Tensor<3>) -> Tensor<3> {
        let [n, heads, head_dim] = x.dims();
        let half = self.dims / 2;
        let turned = x.clone().slice([0..n, 0..heads, 0..self.dims]);
        let (first, second) = if self.interleaved {
            let pairs = turned.reshape([n, heads, half, 2]);
            (
                pairs.clone().slice([0..n, 0..heads, 0..half, 0..1]).reshape([n, heads, half]),
                pairs.slice([0..n, 0..heads, 0..half, 1..2]).reshape([n, heads, half]),
            )
        } else {
            (turned.clone().slice([0..n, 0..heads, 0..half]), turned.slice([0..n, 0..heads, half..self.dims]))
        };
        let rotated_first = first.clone() * cos.clone() - second.clone() * sin.clone();
        let rotated_second = second * cos.clone() + first * sin.clone();
        let rotated = if self.interleaved {
            Tensor::cat(vec![rotated_first.unsqueeze_dim::<4>(3), rotated_second.unsqueeze_dim::<4>(3)], 3).reshape([n, heads, self.dims])
        } else {
            Tensor::cat(vec![rotated_first, rotated_second], 2)
        };
        if self.dims == head_dim { rotated } else { Tensor::cat(vec![rotated, x.slice([0..n, 0..heads, self.dims..head_dim])], 2) }
    }
}
