//! Which fact a typed question means.
//!
//! Texts are compared word by word (in Chinese, character by character) after case, accents and punctuation are taken away. A word may
//! have as many typing errors as a third of its letters; words of the subject fewer, so that Mali is not taken for Bali. Words left out
//! or put in cost their letters, words that are different words the letters of both. A question is found where all that
//! costs no more than a sixth of its letters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Catalogue, CatalogueFact};
use crate::facts::language_code;

/// Most questions that are returned.
const MOST: usize = 8;
/// Longest text that is looked at, in characters: longer than any wording.
const LONGEST: usize = 300;
/// What a question may differ by: its letters divided by this.
const TOLERANCE: usize = 6;

/// A fact that a text may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the fact.
    pub fact: usize,
    /// Language of the wording.
    pub language: String,
    /// The catalogue's wording that is closest to the text.
    pub prompt: String,
    /// How far it is from the text: letters that differ; 0 where only case, accents, spaces or punctuation do.
    pub distance: usize,
}

impl Catalogue {
    /// The facts that `text` may ask for, the closest first; empty where the catalogue has no such fact. Without a `language`, all are
    /// tried.
    pub fn find(&self, text: &str, language: Option<&str>) -> Vec<Match> {
        let typed = words(&text.chars().take(LONGEST).collect::<String>());
        let wanted = language.map(language_code);
        let languages = self.languages.iter().filter(|code| wanted.as_ref().is_none_or(|wanted| wanted == *code));
        let mut matches: Vec<Match> = languages
            .flat_map(|language| self.facts.iter().enumerate().map(move |(index, fact)| (language, index, fact)))
            .filter_map(|(language, index, fact)| self.closest(&typed, language, index, fact))
            .collect();
        matches.sort_by_key(|found| found.distance);
        matches.truncate(MOST);
        matches
    }

    /// The wording of a fact that is closest to what was typed, where one is close enough.
    fn closest(&self, typed: &[String], language: &str, index: usize, fact: &CatalogueFact) -> Option<Match> {
        let subject = words(&fact.names.get(language)?.subject);
        let named = |word: &String| typed.iter().any(|t| within(t, word, subject_errors(word)));
        if !subject.iter().all(named) {
            return None;
        }
        let wordings = self.wordings(index, language)?;
        let inflected = words(&wordings.subject);
        let strict = |word: &String| subject.contains(word) || inflected.contains(word);
        let prompts = wordings.trained.into_iter().chain(wordings.held_out);
        let (distance, prompt) = prompts.map(|prompt| (distance(typed, &words(&prompt), strict), prompt)).min_by_key(|(d, _)| *d)?;
        let letters: usize = words(&prompt).iter().map(|word| letters(word)).sum();
        (distance * TOLERANCE <= letters).then(|| Match { fact: index, language: language.to_owned(), prompt, distance })
    }
}

/// Lower-case words without accents and punctuation; each Chinese character is a word.
fn words(text: &str) -> Vec<String> {
    let mut list: Vec<String> = vec![String::new()];
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        let whole = ideograph(c);
        if whole || !c.is_alphanumeric() {
            // Marks within a word (L'Idiot, n'djamena) part it in the wordings and in what is typed alike.
            list.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), list.last_mut()) {
            match c {
                'ß' => word.push_str("ss"),
                'æ' => word.push_str("ae"),
                'œ' => word.push_str("oe"),
                'ø' => word.push('o'),
                'ł' => word.push('l'),
                'ı' => word.push('i'),
                other => word.push(other),
            }
        }
        if whole {
            list.push(String::new());
        }
    }
    list.retain(|word| !word.is_empty());
    list
}

/// Whether a character stands for itself rather than being a letter of a word.
fn ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn letters(word: &str) -> usize {
    word.chars().count()
}

/// Typing errors that a word of the subject may have.
fn subject_errors(word: &str) -> usize {
    match letters(word) {
        0..=4 => 0,
        5..=7 => 1,
        _ => 2,
    }
}

/// Typing errors that another word may have.
fn other_errors(word: &str) -> usize {
    if word.chars().all(ideograph) { 0 } else { (letters(word) / 3).max(1) }
}

/// Whether `a` has at most `most` typing errors against `b`. Almost all pairs differ in length or need no error at all, so look there first.
fn within(a: &str, b: &str, most: usize) -> bool {
    a == b || (most > 0 && letters(a).abs_diff(letters(b)) <= most && errors(a, b) <= most)
}

/// What it costs to make `typed` into `wording`; `strict` tells the words that may have few errors.
fn distance(typed: &[String], wording: &[String], strict: impl Fn(&String) -> bool) -> usize {
    let mut row: Vec<usize> = std::iter::once(0)
        .chain(wording.iter().scan(0, |sum, word| {
            *sum += letters(word);
            Some(*sum)
        }))
        .collect();
    for t in typed {
        let mut diagonal = row.first().copied().unwrap_or_default();
        let mut left = diagonal + letters(t);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (above, w) in row.iter_mut().skip(1).zip(wording) {
            let wrong = errors(t, w);
            let allowed = if strict(w) { subject_errors(w) } else { other_errors(w) };
            let replaced = diagonal + if wrong <= allowed { wrong } else { letters(t) + letters(w) };
            diagonal = *above;
            left = replaced.min(*above + letters(t)).min(left + letters(w));
            *above = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Letters put in, left out, wrong or swapped with their neighbour (Damerau-Levenshtein, optimal string alignment).
fn errors(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(x != y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(&y) && b.get(j - 1) == Some(&x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}
