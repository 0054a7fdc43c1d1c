//! What a model says to prompts that begin alike.

use std::ops::Range;

use crate::model::{Decoder, Transformer, continue_greedily};
use crate::schedule::{each, lanes, runs};
use crate::{Result, ensure};

/// Bytes of activations, logits, and keys and values that are alive at the same time, about.
const HELD_BYTES: usize = 512 << 20;

/// What is asked behind each prompt.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Tokens to generate, at most.
    pub tokens: usize,
    /// Ids at which a generation ends.
    pub end_tokens: &'a [u32],
    /// Answers whose probabilities are wanted, as ids, each of at least one token.
    pub answers: &'a [Vec<u32>],
}

/// What a model says to a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The greedy continuation, an end token excluded.
    pub tokens: Vec<u32>,
    /// `mean_i ln p(answer token i | prompt, answer tokens before i)` of each wanted answer.
    pub likelihoods: Vec<f64>,
}

/// The replies to `prompts`. What all of them begin with, as few-shot prompts do, passes through the model once; each prompt's rest once for its
/// continuation and all of its answers. `progress` sees (done, all) prompts and says whether to go on.
///
/// # Errors
/// An empty prompt, a token or position that the model does not know, a failed device, or `progress` said stop.
pub async fn replies(
    model: &Transformer,
    prompts: &[Vec<u32>],
    wanted: Wanted<'_>,
    mut progress: impl FnMut(usize, usize) -> bool,
) -> Result<Vec<Reply>> {
    let shared = shared_beginning(prompts);
    let mut beginning = Decoder::new(model);
    if shared > 0 {
        beginning.feed(&[prompts[0][..shared].to_vec()]).await?;
    }
    let bytes: Vec<usize> = prompts.iter().map(|prompt| bytes_of(model, shared, prompt.len(), wanted)).collect();
    let lanes = lanes(model.device());
    // A piece a lane and turn, so that progress is seen and a stop is heard between them.
    let pieces = runs(&bytes, HELD_BYTES / lanes, lanes);
    let mut replies = Vec::with_capacity(prompts.len());
    for turn in pieces.chunks(lanes) {
        let beginning = &beginning;
        let of_turn = each(model.device(), turn.to_vec(), |piece: Range<usize>| async move {
            let decoder = if shared > 0 { beginning.forked(&vec![0; piece.len()]) } else { Decoder::new(model) };
            let rests: Vec<Vec<u32>> = prompts[piece].iter().map(|prompt| prompt[shared..].to_vec()).collect();
            replies_of_piece(decoder, &rests, wanted).await
        });
        replies.extend(of_turn.await?.into_iter().flatten());
        ensure!(progress(replies.len(), prompts.len()), Cancelled, "stopped while asking");
    }
    Ok(replies)
}

async fn replies_of_piece(mut decoder: Decoder<'_>, rests: &[Vec<u32>], wanted: Wanted<'_>) -> Result<Vec<Reply>> {
    let logits = decoder.feed(rests).await?;
    let mut likelihoods = vec![Vec::with_capacity(wanted.answers.len()); rests.len()];
    for answer in wanted.answers {
        for (all, likelihood) in likelihoods.iter_mut().zip(likelihoods_of(&decoder, &logits, answer).await?) {
            all.push(likelihood);
        }
    }
    let continued = continue_greedily(decoder, logits, wanted.tokens, wanted.end_tokens).await?;
    Ok(continued.into_iter().zip(likelihoods).map(|(tokens, likelihoods)| Reply { tokens, likelihoods }).collect())
}

/// The mean log-probability of `answer` behind each row of `decoder`, whose last logits are given.
async fn likelihoods_of(decoder: &Decoder<'_>, logits: &[Vec<f32>], answer: &[u32]) -> Result<Vec<f64>> {
    let mut sums = vec![0.0; logits.len()];
    let Some((&first, others)) = answer.split_first() else { return Ok(sums) };
    add_log_probabilities(&mut sums, logits, first)?;
    if !others.is_empty() {
        let rows: Vec<usize> = (0..logits.len()).collect();
        let mut forked = decoder.forked(&rows);
        for (&before, &token) in answer.iter().zip(others) {
            add_log_probabilities(&mut sums, &forked.feed(&vec![vec![before]; rows.len()]).await?, token)?;
        }
    }
    Ok(sums.into_iter().map(|sum| sum / answer.len() as f64).collect())
}

/// Adds `ln p(token)` of each row of logits to its sum.
fn add_log_probabilities(sums: &mut [f64], logits: &[Vec<f32>], token: u32) -> Result<()> {
    for (sum, logits) in sums.iter_mut().zip(logits) {
        let logit = logits.get(token as usize).copied();
        ensure!(logit.is_some(), Text, "a token of an answer is outside the model's vocabulary of {}", logits.len());
        *sum += f64::from(logit.unwrap_or_default()) - log_sum_exp(logits);
    }
    Ok(())
}

/// In f64: logits of some tens leave an f32 sum five digits.
fn log_sum_exp(logits: &[f32]) -> f64 {
    let most = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    most + logits.iter().map(|&logit| (f64::from(logit) - most).exp()).sum::<f64>().ln()
}

/// How many tokens all prompts begin with; each keeps one behind them at least.
fn shared_beginning(prompts: &[Vec<u32>]) -> usize {
    let Some((first, others)) = prompts.split_first() else { return 0 };
    let alike = |other: &Vec<u32>| first.iter().zip(other).take_while(|(a, b)| a == b).count();
    let shortest = prompts.iter().map(Vec::len).min().unwrap_or(0);
    others.iter().map(alike).min().unwrap_or(first.len()).min(shortest.saturating_sub(1))
}

/// What a prompt of `len` tokens, `shared` of them computed before, holds at most while it is answered.
fn bytes_of(model: &Transformer, shared: usize, len: usize, wanted: Wanted<'_>) -> usize {
    let config = model.config();
    let (whole, rest) = (len + wanted.tokens, len - shared);
    // Twice: a step writes the longer ones beside those that it reads.
    let keys_and_values = 2 * 2 * whole * config.kv_heads * config.head_dim * config.layers;
    let activations = rest * (6 * config.hidden + 3 * config.inner + config.heads * len);
    4 * (keys_and_values + activations + 2 * config.vocab)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_beginning_leaves_each_prompt_a_token() {
        assert_eq!(shared_beginning(&[]), 0);
        assert_eq!(shared_beginning(&[vec![1, 2, 3]]), 2);
        assert_eq!(shared_beginning(&[vec![1, 2, 3], vec![1, 2, 4, 5]]), 2);
        assert_eq!(shared_beginning(&[vec![1, 2], vec![1, 2, 4, 5]]), 1);
        assert_eq!(shared_beginning(&[vec![1, 2], vec![3]]), 0);
    }

    #[test]
    fn the_sum_of_exponentials_does_not_overflow() {
        assert!((log_sum_exp(&[1000.0, 1000.0]) - (1000.0 + 2.0_f64.ln())).abs() < 1e-9);
    }
}
