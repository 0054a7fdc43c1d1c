//! Scores of MLQA.

use std::collections::BTreeMap;

/// The answer in a generated text: its first line.
pub fn first_line(generated: &str) -> &str {
    generated.trim_start().lines().next().unwrap_or_default().trim()
}

/// As published: both lower-cased, compared character by character.
pub fn published_exact(predicted: &str, gold: &str) -> bool {
    predicted.to_lowercase() == gold.to_lowercase()
}

/// As published: in Chinese over words of the text as it is, elsewhere over what is left when the English articles and everything but a-z,
/// 0-9 and spaces are removed, so that accented letters vanish. The published Chinese words are jieba's; these are characters.
pub fn published_f1(predicted: &str, gold: &str, language: &str) -> f64 {
    if language == "zh" {
        let characters = |text: &str| text.to_lowercase().chars().filter(|c| !c.is_whitespace()).map(String::from).collect::<Vec<_>>();
        return bag_f1(&characters(predicted), &characters(gold));
    }
    let words = |text: &str| {
        let without = words_without(&text.to_lowercase(), &["a", "an", "the"]);
        let kept: String = without.chars().filter(|c| matches!(c, 'a'..='z' | '0'..='9' | ' ')).collect();
        kept.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    bag_f1(&words(predicted), &words(gold))
}

/// Exact match after [`normalised`], by MLQA's own rules.
pub fn corrected_exact(predicted: &str, gold: &str, language: &str) -> bool {
    normalised(predicted, language) == normalised(gold, language)
}

/// Bag-of-words F1 after [`normalised`], by MLQA's own rules.
pub fn corrected_f1(predicted: &str, gold: &str, language: &str) -> f64 {
    bag_f1(&normalised(predicted, language), &normalised(gold, language))
}

/// Words to compare: lower case, punctuation removed in every script, the language's articles removed; Chinese, Japanese and Thai characters
/// are words of their own.
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
            c if c.is_whitespace() => spaced.push(' '),
            // Punctuation goes without leaving a space, as in SQuAD's normaliser.
            _ => {}
        }
    }
    spaced.split_whitespace().filter(|word| !articles.contains(word)).map(str::to_owned).collect()
}

/// A character of a script that puts no space between words.
pub(in crate::evaluate) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{e00}'..='\u{e7f}' | '\u{20000}'..='\u{323af}')
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

fn words_without(text: &str, removed: &[&str]) -> String {
    text.split(' ').filter(|word| !removed.contains(word)).collect::<Vec<_>>().join(" ")
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
        assert_eq!(published_f1("Köln", "Koln", "de"), 0.0);
        assert_eq!(published_f1("Kln", "Köln", "de"), 1.0);
        assert_eq!(corrected_f1("Kln", "Köln", "de"), 0.0);
        assert_eq!(corrected_f1("das KÖLN!", "Köln", "de"), 1.0);
        assert!(corrected_exact("The Red Army.", "Red Army", "en") && !published_exact("The Red Army.", "Red Army"));
        assert!(published_exact("red army", "Red Army"));
        assert_eq!(normalised("El año, ¿cuál?", "es"), ["año", "cuál"]);
    }

    #[test]
    fn chinese_is_compared_by_characters() {
        assert_eq!(normalised("波特，A1", "zh"), ["波", "特", "a1"]);
        assert_eq!(corrected_f1("哈利波特。", "波特", "zh"), 2.0 / 3.0);
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
