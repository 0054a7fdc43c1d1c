//! Where a name occurs in a text: literally, up to case and composition, or in part.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::invisible::is_invisible;

/// Fewest letters and digits that half a name is recognised by.
const FEWEST_LETTERS: usize = 3;
/// Fewest letters and digits of a word that stands for the whole name.
const FEWEST_OF_A_WORD: usize = 4;

/// First place where `name` stands character by character as a word, as bytes of `text` (see [`first_word`]).
pub(super) fn find_exact(text: &str, name: &str) -> Option<Range<usize>> {
    let clusters = clusters(text);
    first_word(&clusters, |first| {
        let rest = clusters.get(first..)?;
        let start = rest.first()?.bytes.start;
        let whole = text.get(start..)?.starts_with(name);
        rest.iter().position(|cluster| whole && cluster.bytes.end == start + name.len()).map(|last| first + last + 1)
    })
}

/// How often `name` stands as a word, up to canonical equivalence, case and invisible characters.
#[cfg(any(target_family = "wasm", test))]
pub(crate) fn occurrences(text: &str, name: &str) -> usize {
    let (mut rest, mut count) = (text, 0);
    // What is found ends where a word does, so the rest begins where one may.
    while let Some(place) = find_normalized(rest, name).filter(|place| !place.is_empty()) {
        count += 1;
        rest = rest.get(place.end..).unwrap_or_default();
    }
    count
}

/// First place where `name` stands as a word up to canonical equivalence, case and invisible characters, as bytes of `text`.
///
/// A match has to begin and end between clusters: `Andre` is not found in `André`.
pub(super) fn find_normalized(text: &str, name: &str) -> Option<Range<usize>> {
    let (clusters, wanted) = (clusters(text), fold(name));
    first_word(&clusters, |first| {
        let mut rest = wanted.as_str();
        for (at, cluster) in clusters.iter().enumerate().skip(first) {
            rest = rest.strip_prefix(cluster.folded.as_str())?;
            if rest.is_empty() {
                return Some(at + 1);
            }
        }
        None
    })
}

/// The first match that begins and ends where a word does, so that `Java` is not found in `JavaScript`; `end_of` says where a match that begins
/// at a cluster ends.
///
/// Word boundaries are those of Unicode's UAX 29 but for marks between letters, which part words here: names stand behind an elided article
/// (`l'Iran`) and before a genitive (`Iran's`). Scripts written without spaces part words anywhere, and so do, where there is no better match,
/// scripts that attach particles to names.
fn first_word(text: &[Cluster], end_of: impl Fn(usize) -> Option<usize>) -> Option<Range<usize>> {
    let places: Vec<Range<usize>> = (0..text.len()).filter_map(|first| Some(first..end_of(first)?)).collect();
    [Cluster::unspaced, Cluster::unspaced_or_with_particles].into_iter().find_map(|parts_anywhere| {
        let as_word = |place: &&Range<usize>| [place.start, place.end].iter().all(|&at| is_boundary(text, at, parts_anywhere));
        let Range { start, end } = places.iter().find(as_word)?.clone();
        Some(text.get(start)?.bytes.start..text.get(end.checked_sub(1)?)?.bytes.end)
    })
}

/// Whether a word may end before the cluster at `at` and another begin there; next to one that `parts_anywhere`, always.
fn is_boundary(text: &[Cluster], at: usize, parts_anywhere: fn(&Cluster) -> bool) -> bool {
    let cluster = |at: Option<usize>| at.and_then(|at| text.get(at));
    let (Some(before), Some(after)) = (cluster(at.checked_sub(1)), cluster(Some(at))) else { return true };
    // The point or comma of a number: 1 does not stand as a word in 1.5.
    let within_number = before.is_digit() && after.is_point() && cluster(Some(at + 1)).is_some_and(Cluster::is_digit)
        || before.is_point() && after.is_digit() && cluster(at.checked_sub(2)).is_some_and(Cluster::is_digit);
    parts_anywhere(before) || parts_anywhere(after) || !(before.in_word() && after.in_word() || within_number)
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
        self.first().is_some_and(char::is_alphanumeric)
    }

    fn first(&self) -> Option<char> {
        self.folded.chars().next()
    }

    fn is_digit(&self) -> bool {
        self.first().is_some_and(char::is_numeric)
    }

    fn is_point(&self) -> bool {
        matches!(self.first(), Some('.' | ','))
    }

    /// Of a script that is written without spaces, so that a word may start or end anywhere.
    fn unspaced(&self) -> bool {
        // Thai, Lao and Tibetan; Burmese; Khmer; Tai; Javanese; ideographs, kana and bopomofo.
        matches!(
            self.first(),
            Some(
                '\u{e00}'..='\u{fff}'
                | '\u{1000}'..='\u{109f}'
                | '\u{1780}'..='\u{17ff}'
                | '\u{1950}'..='\u{19df}'
                | '\u{1a20}'..='\u{1aaf}'
                | '\u{2e80}'..='\u{2fdf}'
                | '\u{3005}'..='\u{3007}'
                | '\u{3040}'..='\u{312f}'
                | '\u{3400}'..='\u{9fff}'
                | '\u{a980}'..='\u{a9ff}'
                | '\u{aa60}'..='\u{aadf}'
                | '\u{f900}'..='\u{faff}'
                | '\u{ff66}'..='\u{ff9f}'
                | '\u{20000}'..='\u{3ffff}',
            )
        )
    }

    /// As [`unspaced`](Self::unspaced), or of a script that writes particles and articles together with a name: Korean behind it, Hebrew and
    /// Arabic before it. (Folding decomposes Korean syllables.)
    fn unspaced_or_with_particles(&self) -> bool {
        let with_particles = matches!(
            self.first(),
            Some(
                '\u{590}'..='\u{6ff}'
                | '\u{750}'..='\u{77f}'
                | '\u{8a0}'..='\u{8ff}'
                | '\u{1100}'..='\u{11ff}'
                | '\u{fb1d}'..='\u{fdff}'
                | '\u{fe70}'..='\u{fefe}',
            )
        );
        with_particles || self.unspaced()
    }
}

/// Two texts have the same NFC exactly if they have the same NFD, so both are decomposed, and lowercased character by character. Invisible
/// characters are in no cluster.
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
        .filter(|cluster| !cluster.folded.is_empty())
        .collect()
}

fn fold(text: &str) -> String {
    text.nfd().filter(|&c| !is_invisible(c)).flat_map(char::to_lowercase).nfd().collect()
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
    fn a_name_is_found_as_a_word() {
        let place = |prompt: &str, name: &str| find_exact(prompt, name).map(|bytes| prompt[..bytes.start].to_owned());
        for (prompt, name, before) in [
            ("JavaScript is younger than Java, which", "Java", Some("JavaScript is younger than ")),
            ("An Iranian said that Iran lies in", "Iran", Some("An Iranian said that ")),
            ("Manchester is larger than Man.", "Man", Some("Manchester is larger than ")),
            ("In 2011 and 1.5 years the number 1", "1", Some("In 2011 and 1.5 years the number ")),
            ("Rome was not built in a day; Rome is", "Rome", Some("")),
            ("Où est l'Iran ?", "Iran", Some("Où est l'")),
            ("Iran’s capital", "Iran", Some("")),
            ("C++11 follows C++ (1998).", "C++ (1998)", Some("C++11 follows ")),
            ("The {} set and {}set", "{}set", Some("The {} set and ")),
            ("Andre\u{301} is not Andre", "Andre", Some("Andre\u{301} is not ")),
            ("aa aaa aa a", "aa a", Some("aa aaa ")),
            ("法国的首都在法国", "法国", Some("")),
            ("日本でJavaの本", "Java", Some("日本で")),
            ("ประเทศไทยอยู่ที่ไหน", "ไทย", Some("ประเทศ")),
            ("서울시는 서울 안에", "서울", Some("서울시는 ")),
            ("서울은 어디에", "서울", Some("")),
            ("מה הבירה של צרפת ובצרפת", "צרפת", Some("מה הבירה של ")),
            ("מה יש בצרפת", "צרפת", Some("מה יש ב")),
            ("JavaScript was developed by", "Java", None),
            ("In 2011 it was", "1", None),
            ("KKWE", "KWE", None),
            ("Who?", "", None),
        ] {
            assert_eq!(place(prompt, name).as_deref(), before, "{prompt}");
        }
        assert_eq!(found("JavaScript or JAVA?", "Java"), Some("JAVA"));
        assert_eq!(found("JAVASCRIPT", "Java"), None);
        assert_eq!(found("Is Ja\u{ad}va\u{200b} old?", "Java"), Some("Ja\u{ad}va"));
    }

    #[test]
    fn a_name_that_stands_there_twice_is_counted() {
        for (text, name, times) in [
            ("Rome was not built in a day; Rome is the capital of", "Rome", 2),
            ("JavaScript is younger than Java, and java beans", "Java", 2),
            ("法国的首都在法国", "法国", 2),
            ("Who?", "Rome", 0),
            ("Who?", "", 0),
        ] {
            assert_eq!(occurrences(text, name), times, "{text}");
        }
    }

    #[test]
    fn an_inflected_or_shortened_name_is_found_in_part() {
        let part = |prompt: &'static str, subject| find_partial(prompt, subject).map(|bytes| &prompt[bytes]);
        assert_eq!(part("Von welcher Firma wurde das deutsche U-Boot U-270 hergestellt?", "Deutsches U-Boot U-270"), Some("U-Boot U-270"));
        assert_eq!(part("Welcher Künstler hat Rufen Sie den Arzt geschaffen?", "Rufen Sie den Arzt an"), Some("Rufen Sie den Arzt"));
        assert_eq!(part("Kdo postavil most přes Vltavu?", "Vltava"), Some("Vltavu"));
        assert_eq!(part("Wie lautet der Name von Ciceros Ehepartner?", "Cicero"), Some("Ciceros"));
        assert_eq!(part("Kdo je v Bhopalu?", "Bhopal"), Some("Bhopalu"));
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
        fn a_decomposed_subject_is_found(before in "([a-z ]{0,7} )?", subject in "[a-zäöüéřşộкйกำ中]{1,6}", after in "[ a-z]{0,4}") {
            let prompt = format!("{before}{subject} {after}");
            let decomposed: String = subject.nfd().flat_map(char::to_uppercase).collect();
            prop_assert!(find_normalized(&prompt, &decomposed).is_some());
        }
    }
}
