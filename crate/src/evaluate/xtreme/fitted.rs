//! A prompt with as many shots as the model has room for.

use super::{Item, Prompts, Style};
use crate::Result;
use crate::text::Tokenizer;

/// Longest context of published prompts: LangEdit's table has the models' own limits, at most this.
pub const MOST_TOKENS: usize = 4096;

/// A prompt as a model is asked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The text.
    pub text: String,
    /// Its tokens, the beginning-of-sequence token included where there is one.
    pub ids: Vec<u32>,
    /// Shots in it.
    pub shots: usize,
}

impl Fitted {
    /// The prompt for `item` with the first shots of `prompts` that leave room for `behind` tokens in a model of `positions`. `None` where the
    /// question alone is too long for the model.
    ///
    /// As published the room is that of [`kept_shots`] within [`MOST_TOKENS`], and the question is asked even if it is longer than that.
    /// Corrected, the whole prompt is what is counted, and the model's own positions are the limit.
    ///
    /// # Errors
    /// A text cannot be tokenised.
    pub fn new(tokenizer: &Tokenizer, prompts: &Prompts, item: &Item, behind: usize, positions: usize) -> Result<Option<Self>> {
        let with = |shots: usize| -> Result<Self> {
            let text = prompts.prompt(item, shots);
            Ok(Self { ids: tokenizer.encode(&text)?.ids, text, shots })
        };
        let fits = |fitted: &Self| fitted.ids.len() + behind <= positions;
        if prompts.style() == Style::Published {
            let length = |text: &str| Ok(tokenizer.encode(text)?.len());
            let shots = prompts.shots().iter().map(|shot| length(shot)).collect::<Result<Vec<_>>>()?;
            let fitted = with(kept_shots(positions.min(MOST_TOKENS), length(&prompts.question(item))?, &shots, behind))?;
            return Ok(Some(fitted).filter(fits));
        }
        for shots in (0..=prompts.shots().len()).rev() {
            let fitted = with(shots)?;
            if fits(&fitted) {
                return Ok(Some(fitted));
            }
        }
        Ok(None)
    }
}

/// As published: how many shots fit into `context` tokens beside a question of `question` tokens and `behind` generated ones, in order; the first
/// that does not fit ends it, whatever follows. Each text is tokenised by itself, so that a begin token counts once for each.
pub fn kept_shots(context: usize, question: usize, shots: &[usize], behind: usize) -> usize {
    let used = shots.iter().scan(question + behind, |used, shot| {
        *used += shot;
        Some(*used)
    });
    used.take_while(|&used| used <= context).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_shot_without_room_ends_the_published_prompt() {
        assert_eq!(kept_shots(100, 50, &[30, 15], 5), 2);
        assert_eq!(kept_shots(100, 50, &[31, 15, 1], 5), 1);
        assert_eq!(kept_shots(100, 50, &[46, 1], 5), 0);
        assert_eq!(kept_shots(100, 200, &[0, 1], 5), 0);
    }
}
