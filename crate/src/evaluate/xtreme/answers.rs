//! Scores of MLQA, as LangEdit's code computes them and corrected.

use std::collections::BTreeMap;

use super::decoded::is_space;
use crate::evaluate::texts::is_unspaced;

mod segment;

/// As published: the answer's first line, lower-cased, white space kept.
pub fn published_line(answer: &str) -> String {
    answer.split('\n').next().unwrap_or_default().to_lowercase()
}

/// As published: a line of [`published_line`] compared with the gold answer character by character.
pub fn published_exact(line: &str, gold: &str) -> bool {
    line == gold.to_lowercase()
}

/// As published: bag-of-words F1 of [`published_words`]; 0 where nothing is common, both empty included.
pub fn published_f1(line: &str, gold: &str, language: &str) -> f64 {
    let (line, gold) = (published_words(line, language), published_words(gold, language));
    if line.is_empty() { 0.0 } else { bag_f1(&line, &gold) }
}

/// As published, of a lower-cased text: in Chinese jieba's words, nothing removed; elsewhere what is left when the English articles become spaces
/// and everything but a-z, 0-9 and white space is deleted, so that accented letters vanish.
pub fn published_words(text: &str, language: &str) -> Vec<String> {
    let text = text.to_lowercase();
    if language == "zh" {
        return segment::words(&text);
    }
    let mut kept = String::with_capacity(text.len());
    // Runs of letters, numbers and underscores are what a word boundary separates.
    for run in text.split_inclusive(|c| !is_word(c)) {
        let word = run.trim_end_matches(|c| !is_word(c));
        let end = &run[word.len()..];
        kept.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        kept.push_str(end);
    }
    kept.retain(|c| matches!(c, 'a'..='z' | '0'..='9') || is_space(c));
    kept.split(is_space).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A word character of Python's regular expressions, which marks are not.
fn is_word(character: char) -> bool {
    character == '_' || (character.is_alphanumeric() && !is_mark(character))
}

/// The answer in a generated text: its first line.
pub fn first_line(generated: &str) -> &str {
    generated.trim_start().lines().next().unwrap_or_default().trim()
}

/// Exact match after [`normalised`].
pub fn corrected_exact(predicted: &str, gold: &str, language: &str) -> bool {
    normalised(predicted, language) == normalised(gold, language)
}

/// Bag-of-words F1 after [`normalised`].
pub fn corrected_f1(predicted: &str, gold: &str, language: &str) -> f64 {
    bag_f1(&normalised(predicted, language), &normalised(gold, language))
}

/// Words to compare, by MLQA's own rules but for dashes and slashes, which separate words: lower case, punctuation removed in every script, the
/// language's articles removed; Chinese, Japanese and Thai characters are words of their own.
pub fn normalised(text: &str, language: &str) -> Vec<String> {
    let articles: &[&str] = match language {
        "en" => &["a", "an", "the"],
        "de" => &["ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"],
        "es" => &["un", "una", "unos", "unas", "el", "la", "los", "las"],
        "fr" => &["un", "une", "des", "le", "la", "les"],
        "nl" => &["een", "de", "het"],
        _ => &[],
    };
    let mut spaced = String::with_capacity(text.len());
    for character in text.to_lowercase().chars() {
        match character {
            c if is_unspaced(c) => spaced.extend([' ', c, ' ']),
            c if c.is_alphanumeric() || is_mark(c) => spaced.push(c),
            '-' | '/' | '\u{2010}'..='\u{2015}' => spaced.push(' '),
            c if c.is_whitespace() => spaced.push(' '),
            // Other punctuation goes without leaving a space, as in SQuAD's normaliser.
            _ => {}
        }
    }
    spaced.split_whitespace().filter(|word| !articles.contains(word)).map(str::to_owned).collect()
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// `2 P R / (P + R)` over the words that both have, counted as often as both have them; 1 where both are empty, 0 where one is.
pub fn bag_f1(predicted: &[String], gold: &[String]) -> f64 {
    if predicted.is_empty() || gold.is_empty() {
        return f64::from(u8::from(predicted.is_empty() && gold.is_empty()));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in gold {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut common = 0;
    for word in predicted {
        if let Some(count) = counts.get_mut(word.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    2.0 * f64::from(common) / (predicted.len() + gold.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_vanish_as_published_and_stay_when_corrected() {
        assert_eq!(published_f1("köln", "Koln", "de"), 0.0);
        assert_eq!(published_f1("kln", "Köln", "de"), 1.0);
        assert_eq!(corrected_f1("Kln", "Köln", "de"), 0.0);
        assert_eq!(corrected_f1("das KÖLN!", "Köln", "de"), 1.0);
        assert!(corrected_exact("The Red Army.", "Red Army", "en") && !published_exact("the red army.", "Red Army"));
        assert!(published_exact("red army", "Red Army"));
        assert_eq!(normalised("El año, ¿cuál?", "es"), ["año", "cuál"]);
    }

    #[test]
    fn published_words_end_at_boundaries_and_join_across_hyphens() {
        assert_eq!(published_words("The-Red_the a'b 1–2\u{3000}c", "en"), ["redthe", "b", "12", "c"]);
        assert_eq!(published_f1("", "", "en"), 0.0);
        assert_eq!(published_f1("the", "The", "en"), 0.0);
        assert_eq!(published_line("Red \r\nArmy"), "red \r");
        assert_eq!(corrected_f1("two pointed", "two-pointed", "en"), 1.0);
    }

    #[test]
    fn chinese_is_compared_by_characters_when_corrected_and_by_words_as_published() {
        assert_eq!(normalised("波特，A1", "zh"), ["波", "特", "a1"]);
        assert_eq!(corrected_f1("哈利波特。", "波特", "zh"), 2.0 / 3.0);
        assert_eq!(published_f1("哈利波特", "波特", "zh"), 0.0);
        assert_eq!(published_f1("波特", "波特", "zh"), 1.0);
    }

    #[test]
    fn repeated_words_count_as_often_as_both_have_them() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(bag_f1(&words("a a b"), &words("a c")), 0.4);
        assert_eq!((bag_f1(&[], &[]), bag_f1(&[], &words("a"))), (1.0, 0.0));
        assert_eq!(first_line(" \n Red Army\nQuestion: x"), "Red Army");
    }
}
