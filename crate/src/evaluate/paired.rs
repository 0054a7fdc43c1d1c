//! Two methods on the same facts: how large their difference is, and whether it may be chance.
//!
//! * [`bootstrap_interval`]: the percentile interval of a mean of paired differences.
//! * [`mcnemar`]: the exact test of McNemar on answers that only one of the two has right.

/// Share of the bootstrap distribution outside of the interval, half of it on either side.
const OUTSIDE: f64 = 0.05;

/// The generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): few lines in any language, so that anybody can draw the same samples.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`: the upper 64 bits of the product with `n`.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

/// The 95 % interval of the mean of `values` by the percentile bootstrap (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993,
/// chapter 13; for paired systems Koehn, EMNLP 2004): `resamples` times as many values are drawn with replacement as there are, by SplitMix64
/// from `seed`, and their mean taken; of the B sorted means those with the indices floor(0.025 B) and B - 1 - floor(0.025 B) are the ends.
///
/// `None` without values or resamples. With paired differences d_i = a_i - b_i the unit that is drawn is the pair, so that what makes a fact
/// hard for both methods does not widen the interval.
pub fn bootstrap_interval(values: &[f64], resamples: usize, seed: u64) -> Option<(f64, f64)> {
    let mut generator = SplitMix64(seed);
    let mut means: Vec<f64> = (0..if values.is_empty() { 0 } else { resamples })
        .map(|_| {
            values.iter().map(|_| values.get(generator.below(values.len())).copied().unwrap_or(0.0)).sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let cut = (OUTSIDE / 2.0 * means.len() as f64).floor() as usize;
    Some((*means.get(cut)?, *means.get(means.len().checked_sub(1 + cut)?)?))
}

/// The exact two-sided p-value of McNemar's test (Psychometrika 12, 1947): of the questions that only one of two methods has right, `only_a` and
/// `only_b` in number, each belongs to either with probability 1/2 if the methods are equally good, so with n = a + b and X ~ Bin(n, 1/2)
///
/// p = min(1, 2 P(X <= min(a, b))) = min(1, 2^(1 - n) sum_{i <= min(a, b)} C(n, i)).
///
/// 1 where there is no such question. The questions must be independent of one another: one a fact, in one language.
pub fn mcnemar(only_a: usize, only_b: usize) -> f64 {
    let n = only_a + only_b;
    // ln C(n, i) - n ln 2, from one i to the next: 2^-n itself is 0 from n = 1,075 on.
    let mut term = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for i in 0..=only_a.min(only_b) {
        sum += term.exp();
        term += ((n - i) as f64).ln() - ((i + 1) as f64).ln();
    }
    (2.0 * sum).min(1.0)
}
