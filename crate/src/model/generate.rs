//! Continuing prompts token by token.

use super::cache::Cache;
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

    /// Feeds the next tokens of every row (at least one each, the same rows each time) and returns the logits behind each row's last.
    ///
    /// # Errors
    /// An empty row, a token or position that the model does not know, or a device that failed.
    pub async fn feed(&mut self, rows: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        ensure!(rows.iter().all(|row| !row.is_empty()), Text, "an empty prompt cannot be continued");
        let (h, layout) = self.cache.advance(self.model, rows)?;
        let ends: Vec<usize> = layout.rows().iter().enumerate().map(|(r, row)| layout.index(r, row.past + row.len - 1)).collect();
        let logits = self.model.logits(h.select(0, upload_indices(&ends, self.model.device())));
        let values = read(logits).await?;
        Ok(values.chunks_exact(self.model.config().vocab).map(<[f32]>::to_vec).collect())
    }
}

/// A greedy continuation.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuation {
    /// Ids of the continuation, an end token excluded.
    pub tokens: Vec<u32>,
    /// The ten likeliest first tokens with their logits, best first.
    pub top: Vec<(u32, f32)>,
}

/// Continues each prompt with the likeliest token until `max_tokens` or one of `end_tokens`; `on_token` sees (row, token) as it comes.
///
/// # Errors
/// As [`Decoder::feed`].
pub async fn generate_greedy(
    model: &Transformer,
    prompts: &[Vec<u32>],
    max_tokens: usize,
    end_tokens: &[u32],
    mut on_token: impl FnMut(usize, u32),
) -> Result<Vec<Continuation>> {
    let mut decoder = Decoder::new(model);
    let mut next: Vec<Vec<u32>> = prompts.to_vec();
    let mut done = vec![false; prompts.len()];
    let mut continuations = vec![Continuation { tokens: Vec::new(), top: Vec::new() }; prompts.len()];
    for step in 0..max_tokens.max(1) {
        let logits = decoder.feed(&next).await?;
        for (row, logits) in logits.iter().enumerate() {
            let best = top_k(logits, if step == 0 { 10 } else { 1 });
            let Some(&(token, _)) = best.first() else { continue };
            next[row] = vec![token];
            if step == 0 {
                continuations[row].top = best;
            }
            done[row] |= end_tokens.contains(&token) || max_tokens == 0;
            if !done[row] {
                continuations[row].tokens.push(token);
                on_token(row, token);
            }
        }
        if done.iter().all(|&done| done) {
            break;
        }
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
