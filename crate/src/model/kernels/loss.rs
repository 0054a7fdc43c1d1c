//! Losses of logits and their gradients, row by row while a row is in the cache, in place of the logits.

use faer::traits::pulp::{Simd, WithSimd};

use super::for_each_task;
use super::vector::{exp, largest, vectorized};

/// Replaces each row of logits `[rows, vocab]` by `weight (softmax - onehot(target))`, the gradient of the weighted negative
/// log-likelihood, and returns `log p(target)` of each row. Every target is below `vocab`.
pub(crate) fn likelihood_gradients(logits: &mut [f32], vocab: usize, targets: &[usize], weights: &[f32]) -> Vec<f32> {
    let mut of_targets = vec![0.0; targets.len()];
    let tasks = logits.chunks_exact_mut(vocab).zip(&mut of_targets).zip(targets.iter().zip(weights)).collect();
    for_each_task(tasks, |((logits, of_target), (&target, &weight)): ((&mut [f32], &mut f32), (&usize, &f32))| {
        vectorized(
            #[inline(always)]
            || {
                let normalizer = log_sum_exp(logits);
                *of_target = logits[target] - normalizer;
                for logit in logits.iter_mut() {
                    *logit = weight * exp(*logit - normalizer);
                }
                logits[target] -= weight;
            },
        );
    });
    of_targets
}

/// Replaces each row of logits `[rows, vocab]` by the gradient of `factor KL(p || q)`, `factor p (log p - log q - KL)`, and returns the
/// divergences. `before` holds log q.
pub(crate) fn divergence_gradients(logits: &mut [f32], vocab: usize, before: &[f32], factor: f32) -> Vec<f32> {
    let mut divergences = vec![0.0; logits.len() / vocab.max(1)];
    let tasks = logits.chunks_exact_mut(vocab).zip(before.chunks_exact(vocab)).zip(&mut divergences).collect();
    for_each_task(tasks, |((logits, before), divergence): ((&mut [f32], &[f32]), &mut f32)| {
        vectorized(
            #[inline(always)]
            || {
                let normalizer = log_sum_exp(logits);
                let mut sums = [0.0_f32; 32];
                let (chunks, rest) = logits.as_chunks::<32>();
                for (logits, before) in chunks.iter().zip(before.as_chunks::<32>().0) {
                    for ((sum, logit), before) in sums.iter_mut().zip(logits).zip(before) {
                        let log_p = logit - normalizer;
                        *sum += exp(log_p) * (log_p - before);
                    }
                }
                let of_rest = rest.iter().zip(before.as_chunks::<32>().1).map(|(logit, before)| {
                    let log_p = logit - normalizer;
                    exp(log_p) * (log_p - before)
                });
                *divergence = sums.iter().sum::<f32>() + of_rest.sum::<f32>();
                for (logit, before) in logits.iter_mut().zip(before) {
                    let log_p = *logit - normalizer;
                    *logit = factor * exp(log_p) * (log_p - before - *divergence);
                }
            },
        );
    });
    divergences
}

/// Log-probabilities of rows of logits `[rows, vocab]`.
pub(crate) fn log_probabilities(logits: &[f32], vocab: usize) -> Vec<f32> {
    let mut out = logits.to_vec();
    for_each_task(out.chunks_exact_mut(vocab).collect(), |row: &mut [f32]| {
        vectorized(
            #[inline(always)]
            || {
                let normalizer = log_sum_exp(row);
                row.iter_mut().for_each(|logit| *logit -= normalizer);
            },
        );
    });
    out
}

/// The largest of many values.
struct Largest<'a>(&'a [f32]);

impl WithSimd for Largest<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        largest(simd, self.0)
    }
}

#[inline(always)]
fn log_sum_exp(logits: &[f32]) -> f32 {
    let most = vectorized(Largest(logits));
    let mut sums = [0.0_f32; 32];
    let (chunks, rest) = logits.as_chunks::<32>();
    for chunk in chunks {
        for (sum, logit) in sums.iter_mut().zip(chunk) {
            *sum += exp(logit - most);
        }
    }
    let total = sums.iter().sum::<f32>() + rest.iter().map(|logit| exp(logit - most)).sum::<f32>();
    most + total.ln()
}
