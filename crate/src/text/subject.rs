//! Which tokens of a prompt are its subject.

use std::ops::Range;

use super::occurrence::{find_exact, find_normalized, find_partial};
use super::{Encoding, Tokenizer, fill, trim_unseen};
use crate::{Result, ensure};

/// How the subject was found in the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// Character by character, as a word.
    Exact,
    /// As a word, up to canonical equivalence (composed or not), letter case and invisible characters.
    Normalized,
    /// At least half of it, or one of its names, up to the end of the word in the prompt: an inflected, shortened or translated subject.
    Partial,
    /// Not at all: the span is the last token of the prompt.
    PromptEnd,
}

/// Where a subject is in the encoding of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectSpan {
    /// Positions in [`Tokenizer::encode`] of the filled-in template, beginning-of-sequence token counted.
    pub tokens: Range<usize>,
    /// How it was found; everything but `Exact` is worth reporting.
    pub match_kind: MatchKind,
}

impl SubjectSpan {
    /// Position of the last token: the one that is edited.
    pub fn last(&self) -> usize {
        self.tokens.end.saturating_sub(1)
    }
}

/// Finds `subject` in `prompt` once the prompt is put into `context_template` (which has one `{}`).
///
/// The filled-in text is tokenised as a whole, and the span ends at the last token that holds bytes of the subject's last character.
/// Where no token crosses the subject's end this is `len(tok(prefix + subject)) - 1`, the rule of AlphaEdit and EasyEdit; where the
/// tokenizer merges across it (or splits a Chinese or Thai character over several tokens), it is still a position that has seen the
/// whole subject. It is looked for as a word: `Java` in `JavaScript` does not count. Of several occurrences as a word the first counts.
///
/// A subject that does not occur literally is looked for up to canonical equivalence and case, then in part (translated questions
/// inflect and shorten names: `Deutsches U-Boot U-270` is asked as `das deutsche U-Boot U-270`). Failing that the span is the last token
/// of the prompt: a key that questions of the same form share, so such an edit harms others. [`SubjectSpan::match_kind`] says which it was.
///
/// # Errors
/// The template does not have exactly one `{}`, the prompt is empty, or the text cannot be tokenised.
pub fn locate_subject(tokenizer: &Tokenizer, prompt: &str, subject: &str, context_template: &str) -> Result<SubjectSpan> {
    let encoding = tokenizer.encode(&fill(context_template, prompt)?)?;
    locate_in(&encoding, prompt, subject, context_template)
}

/// [`locate_subject`] in the encoding of the filled-in template.
///
/// # Errors
/// The prompt is empty.
pub fn locate_in(encoding: &Encoding, prompt: &str, subject: &str, context_template: &str) -> Result<SubjectSpan> {
    ensure!(!prompt.trim().is_empty(), Text, "the prompt about `{subject}` is empty");
    let start = context_template.find("{}").unwrap_or(0);
    let subject = trim_unseen(subject);
    let found = find_exact(prompt, subject)
        .map(|bytes| (bytes, MatchKind::Exact))
        .or_else(|| find_normalized(prompt, subject).map(|bytes| (bytes, MatchKind::Normalized)))
        .or_else(|| find_partial(prompt, subject).map(|bytes| (bytes, MatchKind::Partial)));
    if let Some((bytes, match_kind)) = found
        && let Some(tokens) = covering(encoding, start + bytes.start..start + bytes.end)
    {
        return Ok(SubjectSpan { tokens, match_kind });
    }
    let end = start + prompt.len();
    let last = encoding.offsets.iter().rposition(|&(from, to)| from < to && from < end && to > start);
    let Some(last) = last else {
        crate::bail!(Text, "the prompt `{prompt}` has no tokens");
    };
    Ok(SubjectSpan { tokens: last..last + 1, match_kind: MatchKind::PromptEnd })
}

/// The tokens that hold any byte of `bytes`.
fn covering(encoding: &Encoding, bytes: Range<usize>) -> Option<Range<usize>> {
    let touches = |&(from, to): &(usize, usize)| from < to && from < bytes.end && to > bytes.start;
    let first = encoding.offsets.iter().position(touches)?;
    let last = encoding.offsets.iter().rposition(touches)?;
    Some(first..last + 1)
}
