//! Which tokens of a prompt are its subject.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::{Encoding, Tokenizer, fill};
use crate::{Result, ensure};

/// How the subject was found in the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// Character by character.
    Exact,
    /// Up to canonical equivalence (composed or not) and letter case.
    Normalized,
    /// Not at all: the span is the last token of the prompt.
    PromptEnd,
}

/// Where a subject lies in the encoding of a prompt.
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
/// whole subject. Of several occurrences the first counts.
///
/// A subject that does not occur literally is looked for up to canonical equivalence and case, and failing that the span is the last
/// token of the prompt; [`SubjectSpan::match_kind`] says which it was.
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
    let subject = subject.trim();
    let found = find_exact(prompt, subject)
        .map(|bytes| (bytes, MatchKind::Exact))
        .or_else(|| find_normalized(prompt, subject).map(|bytes| (bytes, MatchKind::Normalized)));
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

fn find_exact(prompt: &str, subject: &str) -> Option<Range<usize>> {
    if subject.is_empty() {
        return None;
    }
    prompt.find(subject).map(|start| start..start + subject.len())
}

/// First place where `subject` occurs up to canonical equivalence and case, as bytes of `prompt`.
///
/// Both are decomposed (two texts have the same NFC exactly if they have the same NFD) and lowercased character by character. A match has
/// to begin and end between a character and the next base character: `Andre` is not found in `André`.
fn find_normalized(prompt: &str, subject: &str) -> Option<Range<usize>> {
    let wanted = fold(subject);
    if wanted.is_empty() {
        return None;
    }
    // Clusters are a base character with the combining marks that follow it: decomposition never reaches across them.
    let mut folded = String::with_capacity(prompt.len());
    let mut bounds = vec![(0, 0)];
    let mut from = 0;
    for (at, character) in prompt.char_indices().skip(1).map(|(at, c)| (at, Some(c))).chain([(prompt.len(), None)]) {
        if character.is_none_or(|c| canonical_combining_class(c) == 0) {
            folded.push_str(&fold(prompt.get(from..at)?));
            bounds.push((folded.len(), at));
            from = at;
        }
    }
    let original = |folded: usize| bounds.binary_search_by_key(&folded, |bound| bound.0).ok().and_then(|i| bounds.get(i)).map(|b| b.1);
    folded.match_indices(wanted.as_str()).find_map(|(at, _)| Some(original(at)?..original(at + wanted.len())?))
}

fn fold(text: &str) -> String {
    text.nfd().flat_map(char::to_lowercase).nfd().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::*;

    fn found<'a>(prompt: &'a str, subject: &str) -> Option<&'a str> {
        find_normalized(prompt, subject).map(|bytes| &prompt[bytes])
    }

    #[test]
    fn case_and_composition_do_not_matter() {
        assert_eq!(found("Wo liegt die STRASSE des Königs?", "straße"), None);
        assert_eq!(found("Wo liegt das KÖNIGSSCHLOSS?", "Königsschloss"), Some("KÖNIGSSCHLOSS"));
        assert_eq!(found("Wo liegt das Ko\u{308}nigsschloss?", "Königsschloss"), Some("Ko\u{308}nigsschloss"));
        assert_eq!(found("Kde leží řeka VLTAVA?", "Vltava"), Some("VLTAVA"));
        assert_eq!(found("Где находится москва?", "Москва"), Some("москва"));
        assert_eq!(found("Vị vua của Việt Nam là ai?", "vie\u{323}\u{302}t nam"), Some("Việt Nam"));
        assert_eq!(found("İstanbul nerede?", "i\u{307}stanbul"), Some("İstanbul"));
    }

    #[test]
    fn a_base_letter_is_not_its_accented_form() {
        assert_eq!(found("Wer ist André?", "andre"), None);
        assert_eq!(found("Wer ist Andre\u{301}, Andre oder wer?", "ANDRE"), Some("Andre"));
    }

    proptest! {
        #[test]
        fn what_is_found_folds_to_the_subject(prompt in "\\PC{0,24}", subject in "\\PC{1,3}") {
            if let Some(bytes) = find_normalized(&prompt, &subject) {
                prop_assert_eq!(fold(prompt.get(bytes).unwrap()), fold(&subject));
            }
        }

        #[test]
        fn a_decomposed_subject_is_found(before in "[a-z ]{0,8}", subject in "[a-zäöüéřşộкйกำ中]{1,6}", after in "[ a-z]{0,4}") {
            let prompt = format!("{before}{subject} {after}");
            let decomposed: String = subject.nfd().flat_map(char::to_uppercase).collect();
            prop_assert!(find_normalized(&prompt, &decomposed).is_some());
        }
    }
}
