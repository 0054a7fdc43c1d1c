//! RMS norm and layer norm over the rows of `[n, width]`, forward and backward.

use faer::traits::pulp::{Simd, WithSimd};

use super::vector::{dot, sum, vectorized};
use super::{for_each_task, grain_rows};

/// Gain, shift and epsilon of a norm; a shift makes it a layer norm.
#[derive(Clone, Copy)]
pub(in crate::model) struct Gains<'a> {
    pub(in crate::model) weight: &'a [f32],
    pub(in crate::model) bias: Option<&'a [f32]>,
    pub(in crate::model) epsilon: f64,
}

impl Gains<'_> {
    /// `(x - mean) r w + b` with `r = 1 / sqrt(var + eps)`, or `x r w` with `r = 1 / sqrt(mean(x^2) + eps)`.
    pub(in crate::model) fn forward(self, x: &[f32]) -> Vec<f32> {
        let width = self.weight.len();
        let mut out = vec![0.0; x.len()];
        let run = grain_rows(width) * width;
        for_each_task(out.chunks_mut(run).zip(x.chunks(run)).collect(), |(out, x): (&mut [f32], &[f32])| {
            vectorized(Forward { gains: self, x, out });
        });
        out
    }

    /// Adds the gradient with respect to `x` to `onto`, given that of the output. With u = g w and n the normalised x: RMS
    /// `r (u - n mean(u n))`, layer norm `r (u - mean(u) - n mean(u n))`.
    pub(in crate::model) fn backward_onto(self, x: &[f32], gradient: &[f32], onto: &mut [f32]) {
        let width = self.weight.len();
        let run = grain_rows(width) * width;
        let tasks = onto.chunks_mut(run).zip(x.chunks(run)).zip(gradient.chunks(run)).collect();
        for_each_task(tasks, |((onto, x), gradient): ((&mut [f32], &[f32]), &[f32])| {
            vectorized(Backward { gains: self, x, gradient, onto });
        });
    }

    /// Mean (0 for an RMS norm) and `1 / sqrt(variance + eps)`.
    #[inline(always)]
    fn moments<S: Simd>(&self, simd: S, x: &[f32]) -> (f32, f32) {
        let width = x.len() as f32;
        if self.bias.is_none() {
            return (0.0, 1.0 / (dot(simd, x, x) / width + self.epsilon as f32).sqrt());
        }
        let mean = sum(simd, x) / width;
        let mut variance = 0.0;
        let (chunks, rest) = x.as_chunks::<16>();
        let mut sums = [0.0_f32; 16];
        for chunk in chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum += (x - mean) * (x - mean);
            }
        }
        variance += sums.iter().sum::<f32>() + rest.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>();
        (mean, 1.0 / (variance / width + self.epsilon as f32).sqrt())
    }
}

/// [`Gains::forward`] of some rows.
struct Forward<'a> {
    gains: Gains<'a>,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { gains, x, out } = self;
        let width = gains.weight.len();
        for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
            let (mean, scale) = gains.moments(simd, x);
            match gains.bias {
                Some(bias) => {
                    for (((out, x), w), b) in out.iter_mut().zip(x).zip(gains.weight).zip(bias) {
                        *out = (x - mean) * scale * w + b;
                    }
                }
                None => {
                    for ((out, x), w) in out.iter_mut().zip(x).zip(gains.weight) {
                        *out = x * scale * w;
                    }
                }
            }
        }
    }
}

/// [`Gains::backward_onto`] of some rows.
struct Backward<'a> {
    gains: Gains<'a>,
    x: &'a [f32],
    gradient: &'a [f32],
    onto: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { gains, x, gradient, onto } = self;
        let width = gains.weight.len();
        let mut u = vec![0.0; width];
        for ((onto, x), g) in onto.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(gradient.chunks_exact(width)) {
            let (mean, scale) = gains.moments(simd, x);
            for ((u, g), w) in u.iter_mut().zip(g).zip(gains.weight) {
                *u = g * w;
            }
            let middle = if gains.bias.is_some() { sum(simd, &u) / width as f32 } else { 0.0 };
            // mean(u n) = r (mean(u x) - mean(u) mean(x))
            let along = scale * (dot(simd, &u, x) / width as f32 - middle * mean);
            for ((onto, x), u) in onto.iter_mut().zip(x).zip(&u) {
                *onto += scale * (u - middle - (x - mean) * scale * along);
            }
        }
    }
}
