//! Continuing prompts token by token.

use super::cache::Cache;
use super::finite::ensure_finite_outputs;
use super::transformer::Transformer;
use crate::device::{read, upload_indices};
use crate::{Result, ensure};

/// Continues a batch of prompts; the caller picks each next token from the logits.
#[derive(Debug)]
pub struct Decoder<'a> {
    model: &'a Transformer,
    cache: Cache,
}

impl<'a> Decoder<'a> {
    /// A decoder that has seen nothing.
    pub fn new(model: &'a Transformer) -> Self {
        Self { model, cache: Cache::default() }
    }

    /// A decoder that goes on from the given rows of this one, in this order; a row may be named more than once.
    #[must_use]
    pub fn forked(&self, rows: &[usize]) -> Self {
        Self { model: self.model, cache: self.cache.forked(rows) }
    }

    /// Feeds the next tokens of every row (at least one each, the same rows each time) and returns the logits after each row's last.
    ///
    /// # Errors
    /// An empty row, a token or position that the model does not know, logits that are not finite, or a device that failed.
    pub async fn feed(&mut self, rows: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        ensure!(rows.iter().all(|row| !row.is_empty()), Text, "an empty prompt cannot be continued");
        let (h, layout) = self.cache.advance(self.model, rows)?;
        let ends: Vec<usize> = layout.rows().iter().enumerate().map(|(r, row)| layout.index(r, row.past + row.len - 1)).collect();
        let logits = self.model.logits(h.select(0, upload_indices(&ends, self.model.device())));
        let values = read(logits).await?;
        ensure_finite_outputs(&values)?;
        Ok(values.chunks_exact(self.model.config().vocab).map(<[f32]>::to_vec).collect())
    }
}

/// What greedy generation says.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuation {
    /// Its tokens, without the one that ended it.
    pub tokens: Vec<u32>,
    /// The product of their probabilities.
    pub probability: f64,
}

/// Continues each row of `decoder`, whose last `logits` are given, with the likeliest token until `max_tokens` or one of `end_tokens`, which
/// is left out. A row that has ended is computed no further.
///
/// # Errors
/// As [`Decoder::feed`].
pub async fn continue_greedily(
    decoder: Decoder<'_>,
    logits: Vec<Vec<f32>>,
    max_tokens: usize,
    end_tokens: &[u32],
) -> Result<Vec<Vec<u32>>> {
    let continuations = continue_likeliest(decoder, logits, max_tokens, end_tokens, || true).await?;
    Ok(continuations.into_iter().map(|continuation| continuation.tokens).collect())
}

/// As [`continue_greedily`], with probabilities. `going` says before each token whether to go on.
///
/// # Errors
/// As [`Decoder::feed`]; `going` said stop.
pub async fn continue_likeliest(
    mut decoder: Decoder<'_>,
    mut logits: Vec<Vec<f32>>,
    max_tokens: usize,
    end_tokens: &[u32],
    mut going: impl FnMut() -> bool,
) -> Result<Vec<Continuation>> {
    let mut continuations = vec![Continuation { tokens: Vec::new(), probability: 1.0 }; logits.len()];
    // Which continuation each row of the decoder belongs to.
    let mut rows: Vec<usize> = (0..logits.len()).collect();
    for left in (0..max_tokens).rev() {
        let mut unfinished: Vec<usize> = Vec::with_capacity(rows.len());
        for (at, (&row, logits)) in rows.iter().zip(&logits).enumerate() {
            let best = top_k(logits, 1).first().copied();
            if let Some((token, logit)) = best.filter(|(token, _)| !end_tokens.contains(token)) {
                let Continuation { tokens, probability } = &mut continuations[row];
                tokens.push(token);
                *probability /= logits.iter().map(|&other| f64::from(other - logit).exp()).sum::<f64>();
                unfinished.push(at);
            }
        }
        if left == 0 || unfinished.is_empty() {
            break;
        }
        ensure!(going(), Cancelled, "stopped while generating");
        if unfinished.len() < rows.len() {
            decoder = decoder.forked(&unfinished);
            rows = unfinished.iter().map(|&at| rows[at]).collect();
        }
        let next: Vec<Vec<u32>> = rows.iter().map(|&row| continuations[row].tokens.last().copied().into_iter().collect()).collect();
        logits = decoder.feed(&next).await?;
    }
    Ok(continuations)
}

/// The `k` largest logits with their ids, largest first; the lower id wins a tie.
pub fn top_k(logits: &[f32], k: usize) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(k + 1);
    for (id, &logit) in (0_u32..).zip(logits) {
        if best.len() < k || best.last().is_some_and(|&(_, worst)| logit > worst) {
            let place = best.partition_point(|&(_, held)| held >= logit);
            best.insert(place, (id, logit));
            best.truncate(k);
        }
    }
    best
}
