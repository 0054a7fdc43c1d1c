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

/// Continues each row of `decoder`, whose last `logits` are given, with the likeliest token until `max_tokens` or one of `end_tokens`, which
/// is left out. A row that has ended is computed no further.
///
/// # Errors
/// As [`Decoder::feed`].
pub async fn continue_greedily(
    mut decoder: Decoder<'_>,
    mut logits: Vec<Vec<f32>>,
    max_tokens: usize,
    end_tokens: &[u32],
) -> Result<Vec<Vec<u32>>> {
    let mut continuations = vec![Vec::new(); logits.len()];
    // Which continuation each row of the decoder belongs to.
    let mut rows: Vec<usize> = (0..logits.len()).collect();
    for left in (0..max_tokens).rev() {
        let mut going: Vec<usize> = Vec::with_capacity(rows.len());
        for (at, (&row, logits)) in rows.iter().zip(&logits).enumerate() {
            let best = top_k(logits, 1).first().map(|&(token, _)| token);
            if let Some(token) = best.filter(|token| !end_tokens.contains(token)) {
                continuations[row].push(token);
                going.push(at);
            }
        }
        if left == 0 || going.is_empty() {
            break;
        }
        if going.len() < rows.len() {
            decoder = decoder.forked(&going);
            rows = going.iter().map(|&at| rows[at]).collect();
        }
        let next: Vec<Vec<u32>> = rows.iter().map(|&row| continuations[row].last().copied().into_iter().collect()).collect();
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
