//! Seeded top-k sampling.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Draws an index among the `k` largest `logits` with probability proportional to `exp(logit)`, as the context templates are drawn.
///
/// One 64-bit number is taken from `rng` a call, whatever happens. Equal logits rank by index; NaN ranks below everything and is drawn only
/// when there is nothing else. `k` of zero counts as one; without logits the result is 0.
pub fn sample_top_k(logits: &[f32], k: usize, rng: &mut ChaCha8Rng) -> usize {
    // The upper 53 bits make a uniform number in [0, 1).
    let uniform = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let value = |logit: f32| if logit.is_nan() { f32::NEG_INFINITY } else { logit };
    let mut best: Vec<(usize, f32)> = Vec::with_capacity(k.min(logits.len()) + 1);
    for (index, logit) in logits.iter().map(|logit| value(*logit)).enumerate() {
        let place = best.partition_point(|(_, kept)| *kept >= logit);
        if place < k.max(1) {
            best.insert(place, (index, logit));
            best.truncate(k.max(1));
        }
    }
    let Some(&(first, largest)) = best.first() else { return 0 };
    let weight = |logit: f32| if logit == largest { 1.0 } else { f64::from(logit - largest).exp() };
    let total: f64 = best.iter().map(|(_, logit)| weight(*logit)).sum();
    let mut left = uniform * total;
    for (index, logit) in &best {
        left -= weight(*logit);
        if left < 0.0 {
            return *index;
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn frequencies_follow_the_renormalised_softmax() {
        let logits = [0.0, 2.0, f32::NAN, 1.0, -3.0, 2.0];
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut counts = [0usize; 6];
        let draws = 40_000;
        for _ in 0..draws {
            counts[sample_top_k(&logits, 3, &mut rng)] += 1;
        }
        assert_eq!((counts[0], counts[2], counts[4]), (0, 0, 0));
        let total = 2.0 * 2f64.exp() + 1f64.exp();
        for (index, logit) in [(1, 2f64), (5, 2.0), (3, 1.0)] {
            let (expected, got) = (logit.exp() / total, counts[index] as f64 / f64::from(draws));
            assert!((expected - got).abs() < 0.01, "index {index}: expected {expected:.3}, drew {got:.3}");
        }
    }

    #[test]
    fn one_seed_one_sequence() {
        let logits: Vec<f32> = (0..50).map(|i| (i as f32 * 0.7).sin()).collect();
        let draw = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            (0..20).map(|_| sample_top_k(&logits, 5, &mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn degenerate_logits_have_an_answer() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        assert_eq!(sample_top_k(&[], 5, &mut rng), 0);
        assert_eq!(sample_top_k(&[1.0, 4.0, 4.0], 0, &mut rng), 1);
        assert_eq!(sample_top_k(&[f32::NAN, f32::INFINITY, 0.0], 2, &mut rng), 1);
        assert!(sample_top_k(&[f32::NEG_INFINITY; 3], 2, &mut rng) < 2);
    }
}
