//! Which fact a typed question means.
//!
//! Texts are compared word by word (in Chinese, character by character) after case, accents and punctuation are taken away: `words.rs`.
//! Each word of the subject must be there, and whatever is typed must be in the wording, but for light words such as articles: a word
//! more asks for something else (the *unofficial* language). Typing errors, spaces in the wrong place, light words, and words of the
//! wording that are missing add up; a question is found where all that costs no more than a quarter of what the wording says beside
//! the subject's name.

mod words;

use std::collections::HashMap;

use serde::Serialize;

use self::words::{Word, words};
use super::Catalogue;
use crate::facts::language_code;

/// Most questions that are returned.
const MOST: usize = 8;
/// Longest text that is looked at, in characters: longer than any wording.
const LONGEST: usize = 300;
/// What a question may differ by: the letters of the wording divided by this.
const TOLERANCE: usize = 4;
/// Most words that were meant as one, or were meant and became one.
const JOINED: usize = 3;
/// What a letter costs; a light word, left out, put in or in place of another, costs one.
const LETTER: usize = 2;

/// A fact that a text may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the fact.
    pub fact: usize,
    /// Language of the wording.
    pub language: String,
    /// The catalogue's wording that is closest to the text.
    pub prompt: String,
    /// How far it is from the text: letters that differ, two articles or other light words counting as one; 0 where only case, accents,
    /// spaces or punctuation do.
    pub distance: usize,
}

/// What a text is to a model that knows the catalogue and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Question {
    /// One of the catalogue's wordings, letter by letter.
    Verbatim,
    /// It means a question of the catalogue, which asks it so.
    Meant {
        /// The catalogue's wording.
        prompt: String,
    },
    /// The catalogue has no such question: what the model answers is a guess.
    Absent,
}

impl Catalogue {
    /// Whether the catalogue asks `text`, in any language, and how.
    pub fn question(&self, text: &str) -> Question {
        let found = self.find(text, None);
        let asked = text.trim_end();
        match found.first() {
            None => Question::Absent,
            Some(_) if found.iter().any(|found| found.distance == 0 && found.prompt == asked) => Question::Verbatim,
            Some(closest) => Question::Meant { prompt: closest.prompt.clone() },
        }
    }

    /// The facts that `text` may ask for, the closest first; empty where the catalogue has no such fact. Without a `language`, all are
    /// tried.
    pub fn find(&self, text: &str, language: Option<&str>) -> Vec<Match> {
        let typed = Typed::new(text);
        let wanted = language.map(language_code);
        let languages = self.languages.iter().filter(|code| wanted.as_ref().is_none_or(|wanted| wanted == *code));
        let mut matches = Vec::new();
        for language in languages {
            // Nine relations ask about the same countries.
            let mut names: HashMap<&str, Option<Vec<Word>>> = HashMap::new();
            for (index, fact) in self.facts.iter().enumerate() {
                let Some(subject) = fact.names.get(language).map(|names| names.subject.as_str()) else { continue };
                if let Some(name) = names.entry(subject).or_insert_with(|| typed.name(subject)) {
                    matches.extend(self.closest(&typed, language, index, name));
                }
            }
        }
        matches.sort_by_key(|found| found.distance);
        matches.truncate(MOST);
        matches
    }

    /// The wording of a fact that is closest to what was typed, where one is close enough.
    fn closest(&self, typed: &Typed, language: &str, index: usize, name: &[Word]) -> Option<Match> {
        let wordings = self.wordings(index, language)?;
        let inflected = telling(words(&wordings.subject));
        let prompts = wordings.trained.into_iter().chain(wordings.held_out);
        let close = |prompt: String| {
            let meant: Vec<Meant> =
                words(&prompt).into_iter().map(|word| Meant { named: name.contains(&word) || inflected.contains(&word), word }).collect();
            distance(&typed.words, &meant).map(|distance| (distance, prompt))
        };
        let (distance, prompt) = prompts.filter_map(close).min_by_key(|(distance, _)| *distance)?;
        Some(Match { fact: index, language: language.to_owned(), prompt, distance: distance.div_ceil(LETTER) })
    }
}

/// The words that tell a name from others: not its articles, unless it consists of such words.
fn telling(name: Vec<Word>) -> Vec<Word> {
    let all_light = name.iter().all(|word| word.light);
    name.into_iter().filter(|word| all_light || !word.light).collect()
}

/// What was typed.
struct Typed {
    words: Vec<Word>,
    /// The words, and neighbours as if no space parted them.
    pieces: Vec<Word>,
}

impl Typed {
    fn new(text: &str) -> Self {
        let words = words(&text.chars().take(LONGEST).collect::<String>());
        let joined = (2..=JOINED).flat_map(|count| words.windows(count).filter_map(Word::join));
        Self { pieces: words.iter().cloned().chain(joined).collect(), words }
    }

    /// The words of a name where all of them are in it, errors, wrong spaces and all. The wordings of all facts would take long; most
    /// names are nowhere near.
    fn name(&self, name: &str) -> Option<Vec<Word>> {
        let name = telling(words(name));
        let near = |word: &Word| self.pieces.iter().any(|piece| piece.errors(word, true).is_some() || piece.contains(word));
        name.iter().all(near).then_some(name)
    }
}

/// A word of a wording.
struct Meant {
    word: Word,
    /// It belongs to the subject's name.
    named: bool,
}

/// A way to make the beginning of a wording of the beginning of what was typed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    all: usize,
    /// Without the errors in the name, which are bounded word by word.
    beside_name: usize,
}

impl Cost {
    fn plus(self, errors: usize, named: bool) -> Self {
        Self { all: self.all + errors, beside_name: self.beside_name + if named { 0 } else { errors } }
    }
}

/// What it costs to make `typed` into `meant`, letters counting [`LETTER`]; `None` where it is too much, or asks for something else.
fn distance(typed: &[Word], meant: &[Meant]) -> Option<usize> {
    let says: usize = meant.iter().filter(|meant| !meant.named).map(|meant| meant.word.weight()).sum();
    let most = LETTER * (says / TOLERANCE).max(1);
    let width = meant.len() + 1;
    let mut costs: Vec<Option<Cost>> = vec![None; (typed.len() + 1) * width];
    for row in 0..=typed.len() {
        for column in 0..width {
            let before = |rows: usize, columns: usize| -> Option<(Cost, &[Word], &[Meant])> {
                let (from, to) = (row.checked_sub(rows)?, column.checked_sub(columns)?);
                let cost = costs.get(from * width + to).copied().flatten()?;
                Some((cost, typed.get(from..row)?, meant.get(to..column)?))
            };
            let start = (row + column == 0).then_some(Cost { all: 0, beside_name: 0 });
            let put_in = before(1, 0).and_then(|(cost, typed, _)| typed.iter().all(|word| word.light).then(|| cost.plus(1, false)));
            let left_out = before(0, 1).and_then(|(cost, _, meant)| Some(cost.plus(missing(meant.first()?)?, false)));
            let many = (2..=JOINED).flat_map(|count| [(count, 1), (1, count)]);
            let replaced = std::iter::once((1, 1)).chain(many).filter_map(|(rows, columns)| {
                let (cost, typed, meant) = before(rows, columns)?;
                let named = meant.iter().any(|meant| meant.named);
                Some(cost.plus(replacement(typed, meant, named)?, named))
            });
            let best = [start, put_in, left_out].into_iter().flatten().chain(replaced).min();
            if let Some(cell) = costs.get_mut(row * width + column) {
                *cell = best.filter(|cost| cost.beside_name <= most);
            }
        }
    }
    costs.last().copied().flatten().map(|cost| cost.all)
}

/// What it costs that a word of the wording is missing; `None` where it must not be.
fn missing(meant: &Meant) -> Option<usize> {
    match (meant.named, meant.word.light) {
        (true, _) => None,
        (false, true) => Some(1),
        (false, false) => Some(LETTER * meant.word.weight()),
    }
}

/// What it costs that words were typed in place of others, one on at least one side; `None` where they are different words.
fn replacement(typed: &[Word], meant: &[Meant], named: bool) -> Option<usize> {
    if let ([typed], [meant]) = (typed, meant) {
        let errors = typed.errors(&meant.word, named).map(|errors| errors * LETTER);
        return errors.or_else(|| (typed.light && meant.word.light && !named).then_some(1));
    }
    let meant: Vec<Word> = meant.iter().map(|meant| meant.word.clone()).collect();
    Some(Word::join(typed)?.errors(&Word::join(&meant)?, named)? * LETTER)
}
