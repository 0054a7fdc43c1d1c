//! Where a name occurs in a text: literally, up to case and composition, or in part.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Fewest letters and digits that half a name is recognised by.
const FEWEST_LETTERS: usize = 3;
/// Fewest letters and digits of a word that stands for the whole name.
const FEWEST_OF_A_WORD: usize = 4;

/// First place where `name` occurs character by character, as bytes of `text`.
pub(super) fn find_exact(text: &str, name: &str) -> Option<Range<usize>> {
    if name.is_empty() {
        return None;
    }
    text.find(name).map(|start| start..start + name.len())
}

/// First place where `name` occurs up to canonical equivalence and case, as bytes of `text`.
///
/// A match has to begin and end between clusters: `Andre` is not found in `André`.
pub(super) fn find_normalized(text: &str, name: &str) -> Option<Range<usize>> {
    let wanted = fold(name);
    if wanted.is_empty() {
        return None;
    }
    let clusters = clusters(text);
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

/// The longest part of `name` that occurs in `text` up to canonical equivalence and case, to the end of the text's word.
///
/// It begins where a word begins, in both. It is recognised by half of the name's letters and digits, three at least, or by whole words
/// of four or more that begin with a capital or a digit in both, such as `IAAF` of `IAAF Combined Events Challenge`.
pub(super) fn find_partial(text: &str, name: &str) -> Option<Range<usize>> {
    let (text, name) = (clusters(text), clusters(name));
    let half = FEWEST_LETTERS.max(letters(&name).div_ceil(2));
    let mut longest = (0, 0..0);
    for first in word_starts(&text) {
        for from in word_starts(&name) {
            let (here, there) = (text.get(first..)?, name.get(from..)?);
            let same = here.iter().zip(there).take_while(|(a, b)| a.folded == b.folded).count();
            let mut part = here.get(..same)?;
            if letters(part) < half {
                let ends_words = |&end: &usize| [here, there].iter().all(|side| !side.get(end).is_some_and(Cluster::in_word));
                part = here.get(..(0..=same).rev().find(ends_words).unwrap_or(0))?;
                if !here.first()?.capital || !there.first()?.capital || letters(part) < FEWEST_OF_A_WORD {
                    continue;
                }
            }
            if letters(part) > longest.0 {
                longest = (letters(part), first..first + part.len());
            }
        }
    }
    let mut end = longest.1.clone().rev().find(|&at| text.get(at).is_some_and(Cluster::in_word))? + 1;
    if !text.get(end - 1)?.unspaced() {
        end += text.get(end..)?.iter().take_while(|cluster| cluster.in_word() && !cluster.unspaced()).count();
    }
    Some(text.get(longest.1.start)?.bytes.start..text.get(end - 1)?.bytes.end)
}

/// A base character with the combining marks that follow it; decomposition never reaches across its ends.
struct Cluster {
    folded: String,
    bytes: Range<usize>,
    /// Begins with an upper-case letter or a digit.
    capital: bool,
}

impl Cluster {
    fn in_word(&self) -> bool {
        self.folded.chars().next().is_some_and(char::is_alphanumeric)
    }

    /// Of a script that is written without spaces, so that a word may start or end anywhere.
    fn unspaced(&self) -> bool {
        let unspaced = |c| matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}');
        self.folded.chars().next().is_some_and(unspaced)
    }
}

/// Two texts have the same NFC exactly if they have the same NFD, so both are decomposed, and lowercased character by character.
fn clusters(text: &str) -> Vec<Cluster> {
    let starts: Vec<usize> =
        text.char_indices().filter(|&(at, c)| at == 0 || canonical_combining_class(c) == 0).map(|(at, _)| at).collect();
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    let pieces = starts.iter().zip(ends).filter_map(|(&from, to)| Some((text.get(from..to)?, from..to)));
    pieces
        .map(|(piece, bytes)| Cluster {
            folded: fold(piece),
            bytes,
            capital: piece.starts_with(|c: char| c.is_uppercase() || c.is_numeric()),
        })
        .collect()
}

fn fold(text: &str) -> String {
    text.nfd().flat_map(char::to_lowercase).nfd().collect()
}

fn letters(text: &[Cluster]) -> usize {
    text.iter().filter(|cluster| cluster.in_word()).count()
}

/// Where words begin.
fn word_starts(text: &[Cluster]) -> impl Iterator<Item = usize> {
    let after_word = |at: usize| at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(Cluster::in_word);
    text.iter().enumerate().filter(move |&(at, cluster)| cluster.in_word() && (cluster.unspaced() || !after_word(at))).map(|(at, _)| at)
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
        assert_eq!(part("Quand a été lancé le Défi des épreuves combinées de l'IAAF?", "IAAF Combined Events Challenge"), Some("IAAF"));
        assert_eq!(part("Wer spielt mit in dem Film?", "Gone mit dem Wind of Change"), None, "no name, and less than half");
        assert_eq!(part("Wer war der Star?", "Starkstrom"), None, "less than half, and no whole word");
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
