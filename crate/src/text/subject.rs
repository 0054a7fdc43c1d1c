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
    /// At least half of it, from a word's start on, up to the end of the word in the prompt: an inflected or shortened name.
    Partial,
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
    let subject = subject.trim();
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

fn find_exact(prompt: &str, subject: &str) -> Option<Range<usize>> {
    if subject.is_empty() {
        return None;
    }
    prompt.find(subject).map(|start| start..start + subject.len())
}

/// A base character with the combining marks that follow it; decomposition never reaches across its ends.
struct Cluster {
    folded: String,
    bytes: Range<usize>,
}

impl Cluster {
    fn in_word(&self) -> bool {
        self.folded.chars().next().is_some_and(char::is_alphanumeric)
    }

    /// Of a script that is written without spaces, so that a word may start or end anywhere.
    fn unspaced(&self) -> bool {
        self.folded.chars().next().is_some_and(|c| matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}'))
    }
}

/// Two texts have the same NFC exactly if they have the same NFD, so both are decomposed, and lowercased character by character.
fn clusters(text: &str) -> Vec<Cluster> {
    let starts: Vec<usize> = text.char_indices().filter(|&(at, c)| at == 0 || canonical_combining_class(c) == 0).map(|(at, _)| at).collect();
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    starts.iter().zip(ends).map(|(&from, to)| Cluster { folded: text.get(from..to).map(fold).unwrap_or_default(), bytes: from..to }).collect()
}

fn fold(text: &str) -> String {
    text.nfd().flat_map(char::to_lowercase).nfd().collect()
}

/// First place where `subject` occurs up to canonical equivalence and case, as bytes of `prompt`.
///
/// A match has to begin and end between clusters: `Andre` is not found in `André`.
fn find_normalized(prompt: &str, subject: &str) -> Option<Range<usize>> {
    let wanted = fold(subject);
    if wanted.is_empty() {
        return None;
    }
    let clusters = clusters(prompt);
    (0..clusters.len()).find_map(|first| {
        let mut rest = wanted.as_str();
        for cluster in clusters.get(first..)? {
            rest = rest.strip_prefix(cluster.folded.as_str())?;
            if rest.is_empty() {
                return Some(clusters.get(first)?.bytes.start..cluster.bytes.end);
            }
        }
        None
    })
}

/// Fewest letters and digits that a part of a subject is recognised by.
const FEWEST_LETTERS: usize = 3;

/// The longest part of `subject` that occurs in `prompt` up to canonical equivalence and case, to the end of the prompt's word.
///
/// It begins where a word begins, in both, and holds at least half of the subject's letters and digits, and [`FEWEST_LETTERS`] of them.
fn find_partial(prompt: &str, subject: &str) -> Option<Range<usize>> {
    let (prompt, subject) = (clusters(prompt), clusters(subject));
    let word_start = |text: &[Cluster], at: usize| {
        text.get(at).is_some_and(|c| c.in_word() && (c.unspaced() || at.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|before| !before.in_word())))
    };
    let letters = |text: &[Cluster]| text.iter().filter(|cluster| cluster.in_word()).count();
    let mut longest = (0, 0..0);
    for first in (0..prompt.len()).filter(|&at| word_start(&prompt, at)) {
        for from in (0..subject.len()).filter(|&at| word_start(&subject, at)) {
            let (here, there) = (prompt.get(first..)?, subject.get(from..)?);
            let same = here.iter().zip(there).take_while(|(a, b)| a.folded == b.folded).count();
            let held = letters(here.get(..same)?);
            if held > longest.0 {
                longest = (held, first..first + same);
            }
        }
    }
    let (held, mut span) = longest;
    if held < FEWEST_LETTERS || 2 * held < letters(&subject) {
        return None;
    }
    while span.end > span.start && !prompt.get(span.end - 1)?.in_word() {
        span.end -= 1;
    }
    if !prompt.get(span.end - 1)?.unspaced() {
        span.end += prompt.get(span.end..)?.iter().take_while(|cluster| cluster.in_word() && !cluster.unspaced()).count();
    }
    Some(prompt.get(span.start)?.bytes.start..prompt.get(span.end - 1)?.bytes.end)
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

    #[test]
    fn an_inflected_or_shortened_name_is_found_in_part() {
        let part = |prompt: &'static str, subject| find_partial(prompt, subject).map(|bytes| &prompt[bytes]);
        assert_eq!(part("Von welcher Firma wurde das deutsche U-Boot U-270 hergestellt?", "Deutsches U-Boot U-270"), Some("U-Boot U-270"));
        assert_eq!(part("Welcher Künstler hat Rufen Sie den Arzt geschaffen?", "Rufen Sie den Arzt an"), Some("Rufen Sie den Arzt"));
        assert_eq!(part("Kdo postavil most přes Vltavu?", "Vltava"), Some("Vltavu"));
        assert_eq!(part("谁设计了图迪亚消防局？", "图迪亚消防站"), Some("图迪亚消防"));
        assert_eq!(part("Wer war der Star?", "Starkstrom"), None, "less than half");
        assert_eq!(part("Who is it?", "is"), None, "too short to be sure");
        assert_eq!(part("Was ist unverblümt?", "Blümt"), None, "inside a word");
    }

    proptest! {
        #[test]
        fn a_part_is_a_range_of_the_prompt(prompt in "\\PC{0,24}", subject in "\\PC{0,12}") {
            if let Some(bytes) = find_partial(&prompt, &subject) {
                prop_assert!(!prompt.get(bytes).unwrap().is_empty());
            }
        }

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
