//! General-text perplexity: what an edit costs the language model as such.

use serde::{Deserialize, Serialize};

use super::Question;
use super::likelihood::log_probabilities;
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;
use crate::{Result, ensure};

/// Longest piece of a text, in tokens; longer texts are cut into pieces that are read independently.
pub const PIECE_TOKENS: usize = 512;

/// How well a model predicts texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Perplexity {
    /// Texts.
    pub texts: usize,
    /// Predicted tokens. The first token of a text counts where the tokenizer puts a beginning-of-sequence token in front of it.
    pub tokens: usize,
    /// exp of the mean of -ln p over the predicted tokens.
    pub perplexity: f64,
    /// Sum of -log2 p over the bytes of the texts: comparable between tokenizers, and between languages up to their encoding.
    pub bits_per_byte: f64,
}

/// The perplexity of `texts`. `progress` sees (done, all) pieces and says whether to go on.
///
/// # Errors
/// No text has a token that can be predicted, the device failed, or `progress` said stop.
pub async fn perplexity(
    model: &Transformer,
    tokenizer: &Tokenizer,
    texts: &[&str],
    progress: impl FnMut(usize, usize) -> bool + MaybeSend,
) -> Result<Perplexity> {
    let longest = PIECE_TOKENS.min(model.config().max_positions).max(2);
    let (mut questions, mut bytes) = (Vec::new(), 0);
    for text in texts {
        let ids = tokenizer.encode(text)?.ids;
        bytes += text.len();
        // Neighbouring pieces share a token, so that each token but the first is predicted once.
        let mut start = 0;
        while start + 1 < ids.len() {
            let end = (start + longest).min(ids.len());
            questions.push(Question { prompt: vec![ids[start]], answer: ids[start + 1..end].to_vec() });
            start = end - 1;
        }
    }
    ensure!(!questions.is_empty(), Data, "no text has at least two tokens");
    let logs = log_probabilities(model, &questions, progress).await?;
    let tokens: usize = logs.iter().map(Vec::len).sum();
    let loss = -logs.iter().flatten().sum::<f64>();
    Ok(Perplexity {
        texts: texts.len(),
        tokens,
        perplexity: (loss / tokens as f64).exp(),
        bits_per_byte: loss / std::f64::consts::LN_2 / bytes.max(1) as f64,
    })
}
