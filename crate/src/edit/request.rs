//! A fact as the editor sees it: token ids of its prompts under each context template, and where the edited token lies in each.

use crate::Result;
use crate::ensure;
use crate::facts::Fact;
use crate::text::{MatchKind, Tokenizer, fill, locate_in};

use super::settings::FactToken;

/// A tokenised prompt and the position whose hidden state the edit reads and changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Token ids.
    pub tokens: Vec<u32>,
    /// Position of the edited token.
    pub lookup: usize,
}

/// One fact, or one token of its new object, tokenised for editing (ARCHITECTURE, Methods).
#[derive(Clone, Debug)]
pub struct Request {
    /// The prompt under each context template; the bare prompt first. What of the new object is said already is part of it.
    pub prompts: Vec<Prompt>,
    /// Ids of the new object, or of its one token.
    pub target: Vec<u32>,
    /// Which token of the new object `target` begins with; 0 begins another fact.
    pub token: usize,
    /// `{subject} is a`, whose next-token distribution the edit should keep; cut behind the edited token, which is where it is measured.
    pub essence: Prompt,
    /// How the subject was found in the bare prompt.
    pub matched: MatchKind,
}

impl Request {
    /// The requests of `fact`, each of which has one key and one target value: [`Request::new`], or with [`FactToken::Answer`] one for each
    /// token of the new object, which is asked for behind the prompt and the tokens before it.
    ///
    /// # Errors
    /// As [`Request::new`].
    pub fn all(tokenizer: &Tokenizer, fact: &Fact, templates: &[String], fact_token: FactToken) -> Result<Vec<Self>> {
        let whole = Self::new(tokenizer, fact, templates, fact_token)?;
        Ok(match fact_token {
            FactToken::SubjectLast | FactToken::PromptLast => vec![whole],
            FactToken::Answer => (0..whole.target.len()).map(|token| whole.of_token(token)).collect(),
        })
    }

    /// The request for one token of the new object alone.
    fn of_token(&self, token: usize) -> Self {
        let (said, rest) = self.target.split_at(token);
        let prompts = self.prompts.iter().map(|prompt| {
            let tokens: Vec<u32> = prompt.tokens.iter().chain(said).copied().collect();
            Prompt { lookup: tokens.len() - 1, tokens }
        });
        Self { prompts: prompts.collect(), target: rest[..1].to_vec(), token, essence: self.essence.clone(), matched: self.matched }
    }

    /// The requests of each fact.
    pub fn by_fact(requests: &[Self]) -> impl DoubleEndedIterator<Item = &[Self]> {
        requests.chunk_by(|_, next| next.token > 0)
    }

    /// Tokenises `fact` under `templates` (the first is `{}`).
    ///
    /// # Errors
    /// A prompt or the new object has no tokens.
    pub fn new(tokenizer: &Tokenizer, fact: &Fact, templates: &[String], fact_token: FactToken) -> Result<Self> {
        let (_, target) = tokenizer.continuation(&fact.prompt, &fact.new_object)?;
        ensure!(!target.is_empty(), Text, "the new object `{}` of fact `{}` has no tokens", fact.new_object, fact.id);
        let mut matched = MatchKind::Exact;
        let mut prompts = Vec::with_capacity(templates.len());
        for (index, template) in templates.iter().enumerate() {
            let encoding = tokenizer.encode(&fill(template, &fact.prompt)?)?;
            ensure!(!encoding.ids.is_empty(), Text, "the prompt `{}` of fact `{}` has no tokens", fact.prompt, fact.id);
            let lookup = match fact_token {
                FactToken::PromptLast | FactToken::Answer => encoding.ids.len() - 1,
                FactToken::SubjectLast => {
                    let span = locate_in(&encoding, &fact.prompt, &fact.subject, template)?;
                    if index == 0 {
                        matched = span.match_kind;
                    }
                    span.last().min(encoding.ids.len() - 1)
                }
            };
            prompts.push(Prompt { tokens: encoding.ids, lookup });
        }
        let text = format!("{} is a", fact.subject);
        let encoding = tokenizer.encode(&text)?;
        let lookup = match fact_token {
            FactToken::PromptLast | FactToken::Answer => encoding.ids.len() - 1,
            FactToken::SubjectLast => locate_in(&encoding, &text, &fact.subject, "{}")?.last(),
        }
        .min(encoding.ids.len() - 1);
        let mut tokens = encoding.ids;
        tokens.truncate(lookup + 1);
        Ok(Self { prompts, target, token: 0, essence: Prompt { tokens, lookup }, matched })
    }

    /// Token ids whose hidden states the v* optimisation recomputes in every step.
    pub fn active_tokens(&self) -> usize {
        let rows = self.prompts.iter().map(|prompt| prompt.tokens.len() - prompt.lookup + self.target.len() - 1);
        rows.sum::<usize>() + 1
    }
}
