//! Inner loops in vector registers, and the switch to the widest that the processor has.
//!
//! Reductions and what is short (an attention head's values) say which registers they use; longer loops without a sum are left to the compiler.
//! Products are rounded before they are added, on every processor alike.

use faer::traits::pulp::{Arch, Simd, WithSimd};

/// Runs `work` compiled for the instruction set found at run time. What `work` calls is compiled along only where it is inlined.
#[inline(always)]
pub(in crate::model) fn vectorized<W: WithSimd>(work: W) -> W::Output {
    Arch::new().dispatch(work)
}

/// `sum a b` of equally many.
#[inline(always)]
pub(in crate::model) fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    let mut rest = 0.0;
    for i in 0..a_rest.len().min(b_rest.len()) {
        rest += a_rest[i] * b_rest[i];
    }
    rest + four_sums(simd, a.len().min(b.len()), |i| simd.mul_f32s(a[i], b[i]))
}

/// `sum a`.
#[inline(always)]
pub(in crate::model) fn sum<S: Simd>(simd: S, a: &[f32]) -> f32 {
    let (a, a_rest) = S::as_simd_f32s(a);
    let mut rest = 0.0;
    for &a in a_rest {
        rest += a;
    }
    rest + four_sums(simd, a.len(), |i| a[i])
}

/// The largest value; negative infinity of none.
#[inline(always)]
pub(in crate::model) fn largest<S: Simd>(simd: S, a: &[f32]) -> f32 {
    let (a, a_rest) = S::as_simd_f32s(a);
    let mut most = simd.splat_f32s(f32::NEG_INFINITY);
    for &a in a {
        most = simd.max_f32s(a, most);
    }
    let mut most = simd.reduce_max_f32s(most);
    for &a in a_rest {
        most = if a > most { a } else { most };
    }
    most
}

/// `y += scale x` of equally many.
#[inline(always)]
pub(in crate::model) fn add_scaled<S: Simd>(simd: S, y: &mut [f32], scale: f32, x: &[f32]) {
    let ((y, y_rest), (x, x_rest)) = (S::as_mut_simd_f32s(y), S::as_simd_f32s(x));
    let scales = simd.splat_f32s(scale);
    for i in 0..y.len().min(x.len()) {
        y[i] = simd.add_f32s(y[i], simd.mul_f32s(scales, x[i]));
    }
    for i in 0..y_rest.len().min(x_rest.len()) {
        y_rest[i] += scale * x_rest[i];
    }
}

/// `sum_i term(i)` in four independent sums, which hide the latency of an addition.
#[inline(always)]
fn four_sums<S: Simd>(simd: S, terms: usize, term: impl Fn(usize) -> S::f32s) -> f32 {
    let mut sums = [simd.splat_f32s(0.0); 4];
    let whole = terms - terms % 4;
    let mut i = 0;
    while i < whole {
        sums[0] = simd.add_f32s(sums[0], term(i));
        sums[1] = simd.add_f32s(sums[1], term(i + 1));
        sums[2] = simd.add_f32s(sums[2], term(i + 2));
        sums[3] = simd.add_f32s(sums[3], term(i + 3));
        i += 4;
    }
    while i < terms {
        sums[0] = simd.add_f32s(sums[0], term(i));
        i += 1;
    }
    simd.reduce_sum_f32s(simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3])))
}

/// `e^x` to 2 units in the last place within `[-87, 88]`, the value at the bound outside: 2^n e^r with x = n ln 2 + r, |r| <= ln 2 / 2, and
/// the Taylor polynomial of degree 7. Free of branches and calls, so that loops over it become vector code.
#[inline(always)]
pub(in crate::model) fn exp(x: f32) -> f32 {
    /// 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first of so few bits that its products with n are exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let tail = 1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0));
    let polynomial = 1.0 + (r + r * r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * tail))));
    polynomial * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
pub(in crate::model) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `tanh x = 1 - 2 / (e^2x + 1)`.
#[inline(always)]
pub(in crate::model) fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * x) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for i in -87_000..88_000 {
            let x = i as f32 / 1000.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2.5e-7, "{x}: {error}");
        }
        assert!(exp(-1e9) < 1e-37 && exp(f32::NAN).is_nan());
        assert!((sigmoid(0.0) - 0.5).abs() < 1e-7 && (tanh(-20.0) + 1.0).abs() < 1e-7 && (tanh(0.3) - 0.3_f32.tanh()).abs() < 1e-6);
    }

    struct Reductions<'a>(&'a [f32], &'a [f32]);

    impl WithSimd for Reductions<'_> {
        type Output = (f32, f32, f32, Vec<f32>);

        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let mut onto = self.1.to_vec();
            add_scaled(simd, &mut onto, 3.0, self.0);
            (dot(simd, self.0, self.1), sum(simd, self.0), largest(simd, self.0), onto)
        }
    }

    #[test]
    fn every_value_is_taken_once() {
        for len in [0_usize, 1, 31, 32, 33, 100, 259] {
            let (a, b): (Vec<f32>, Vec<f32>) = (0..len).map(|i| (i as f32, 2.0)).unzip();
            let whole = (len * len.saturating_sub(1)) as f32;
            let (dot, sum, largest, onto) = vectorized(Reductions(&a, &b));
            assert_eq!((dot, 2.0 * sum), (whole, whole), "{len}");
            assert_eq!(largest, if len == 0 { f32::NEG_INFINITY } else { len as f32 - 1.0 });
            assert!(onto.iter().zip(&a).all(|(y, x)| *y == 2.0 + 3.0 * x));
        }
    }
}
