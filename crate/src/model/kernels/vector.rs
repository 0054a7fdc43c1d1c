//! Inner loops that the compiler turns into vector code, and the switch that lets it use the processor's widest registers.

use faer::traits::pulp::Arch;

/// Values that a reduction holds in flight: enough independent sums to hide the latency of an addition.
const LANES: usize = 32;

/// Runs `work` compiled for the instruction set found at run time. What `work` calls is compiled along only where it is inlined.
#[inline(always)]
pub(in crate::model) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// `sum a b`.
#[inline(always)]
pub(in crate::model) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    total(sums) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// `sum a`.
#[inline(always)]
pub(in crate::model) fn sum(a: &[f32]) -> f32 {
    let (chunks, rest) = a.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for chunk in chunks {
        for (sum, a) in sums.iter_mut().zip(chunk) {
            *sum += a;
        }
    }
    total(sums) + rest.iter().sum::<f32>()
}

/// The largest value; negative infinity of none.
#[inline(always)]
pub(in crate::model) fn largest(a: &[f32]) -> f32 {
    let (chunks, rest) = a.as_chunks::<LANES>();
    let mut most = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (most, &a) in most.iter_mut().zip(chunk) {
            *most = if a > *most { a } else { *most };
        }
    }
    rest.iter().chain(&most).fold(f32::NEG_INFINITY, |most, &a| most.max(a))
}

/// `y += scale x`.
#[inline(always)]
pub(in crate::model) fn add_scaled(y: &mut [f32], scale: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += scale * x;
    }
}

/// Pairwise, so that the compiler halves registers.
#[inline(always)]
fn total(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
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

    #[test]
    fn reductions_take_every_value_once() {
        for len in [0_usize, 1, 31, 32, 33, 100] {
            let (a, b): (Vec<f32>, Vec<f32>) = (0..len).map(|i| (i as f32, 2.0)).unzip();
            let whole = (len * len.saturating_sub(1)) as f32;
            assert_eq!((dot(&a, &b), 2.0 * sum(&a)), (whole, whole), "{len}");
            assert_eq!(largest(&a), if len == 0 { f32::NEG_INFINITY } else { len as f32 - 1.0 });
        }
    }
}
