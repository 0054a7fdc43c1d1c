//! A fact as tracing sees it: tokens, the subject's among them, and the answer that is followed.

use std::ops::Range;

use crate::facts::Fact;
use crate::text::{MatchKind, Tokenizer, locate_subject};
use crate::{Result, bail, ensure};

/// What identifies a traced fact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceFact {
    /// Identifier of the record.
    pub id: String,
    /// ISO 639-1 code.
    pub language: String,
    /// The subject as it is named in the prompt.
    pub subject: String,
    /// The prompt.
    pub prompt: String,
}

/// A tokenised prompt with the answer whose probability after it is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracePrompt {
    /// Which fact it is.
    pub fact: TraceFact,
    /// Token ids, beginning-of-sequence token included where there is one.
    pub tokens: Vec<u32>,
    /// What each token covers of the prompt. A token that holds part of a character shows the whole character.
    pub labels: Vec<String>,
    /// Positions of the subject's tokens.
    pub subject: Range<usize>,
    /// The token that is followed.
    pub answer: u32,
    /// Whether the answer is the first token of the fact's true object; `None` where the fact has none.
    pub known: Option<bool>,
}

impl TracePrompt {
    /// Tokenises `fact` for following the token `answer`.
    ///
    /// # Errors
    /// `Text`: the prompt has no tokens, or the subject does not occur in it.
    pub fn new(tokenizer: &Tokenizer, fact: &Fact, answer: u32) -> Result<Self> {
        let span = locate_subject(tokenizer, &fact.prompt, &fact.subject, "{}")?;
        if span.match_kind == MatchKind::PromptEnd {
            bail!(Text, "the subject `{}` does not occur in the prompt", fact.subject);
        }
        let encoding = tokenizer.encode(&fact.prompt)?;
        ensure!(span.tokens.end <= encoding.len(), Text, "the subject `{}` is outside the prompt", fact.subject);
        let labels = encoding
            .offsets
            .iter()
            .map(|&(start, end)| fact.prompt.get(start..end).unwrap_or_default().to_owned())
            .zip(&encoding.ids)
            .map(|(label, &id)| if label.is_empty() { tokenizer.token_text(id).unwrap_or_default() } else { label })
            .collect();
        let first_tokens = match &fact.true_object {
            Some(object) => first_tokens(tokenizer, &fact.prompt, object)?,
            None => Vec::new(),
        };
        Ok(Self {
            fact: TraceFact {
                id: fact.id.clone(),
                language: fact.language.clone(),
                subject: fact.subject.clone(),
                prompt: fact.prompt.clone(),
            },
            tokens: encoding.ids,
            labels,
            subject: span.tokens,
            answer,
            known: (!first_tokens.is_empty()).then(|| first_tokens.contains(&answer)),
        })
    }

    /// Ids of the subject's tokens.
    pub fn subject_tokens(&self) -> &[u32] {
        self.tokens.get(self.subject.clone()).unwrap_or_default()
    }

    /// Position of the subject's last token.
    pub fn subject_last(&self) -> usize {
        self.subject.end.saturating_sub(1)
    }
}

/// Tokens with which `object` may begin behind `prompt`: with a space in front, and without, as scripts without spaces write.
fn first_tokens(tokenizer: &Tokenizer, prompt: &str, object: &str) -> Result<Vec<u32>> {
    if object.trim().is_empty() {
        return Ok(Vec::new());
    }
    let spaced = tokenizer.continuation(prompt, object)?.1;
    let bare = tokenizer.encode_plain(object.trim())?.ids;
    Ok(spaced.first().into_iter().chain(bare.first()).copied().collect())
}
