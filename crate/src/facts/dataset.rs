//! The facts of a file, by record and language.

use std::collections::{BTreeMap, HashMap};

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::fact::EMPTY;
use super::skipped::{Skipped, listed};
use super::unlike_ids::{UnlikeIds, compare};
use super::{Fact, language_code};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Why a record cannot be used in a language that it does not have.
const NO_RECORD: &str = "no record in this language";

/// The facts of a file in file order. A record is what one fact says, in one or more languages.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    records: Vec<Record>,
    by_id: HashMap<String, usize>,
    /// What could not be read, each with the number of records in front of it.
    unread: Vec<(usize, Skipped)>,
}

#[derive(Clone, Debug)]
struct Record {
    id: String,
    facts: BTreeMap<String, Fact>,
}

/// Which of many facts are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// The first, whatever the seed.
    First,
    /// Other ones for each seed.
    Seed,
}

/// The same records in each of several languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The languages in the order they were asked for.
    pub languages: Vec<String>,
    /// For each language its facts in file order; the n-th facts of all languages are the same record.
    pub facts: Vec<Vec<Fact>>,
    /// What was passed over on the way.
    pub skipped: Vec<Skipped>,
    /// Languages whose ids seem to be of different schemes, so that what was paired may not say the same.
    pub unlike_ids: Option<UnlikeIds>,
}

impl Selection {
    /// All of `facts`, the languages in the order in which they first appear. Languages may differ in how many facts they have.
    pub fn by_language(facts: impl IntoIterator<Item = Fact>) -> Self {
        let mut selection = Self::default();
        for fact in facts {
            let at = selection.languages.iter().position(|code| *code == fact.language);
            match at.and_then(|at| selection.facts.get_mut(at)) {
                Some(own) => own.push(fact),
                None => {
                    selection.languages.push(fact.language.clone());
                    selection.facts.push(vec![fact]);
                }
            }
        }
        selection
    }

    /// Facts per language.
    pub fn per_language(&self) -> usize {
        self.facts.first().map_or(0, Vec::len)
    }
}

impl Dataset {
    /// Adds a fact; facts with the same id are one record.
    ///
    /// # Errors
    /// The record already has a fact in that language, or the fact has no language.
    pub(super) fn insert(&mut self, fact: Fact) -> Result<()> {
        ensure!(!fact.language.is_empty(), Data, "record `{}` has no language", fact.id);
        let next = self.records.len();
        let at = *self.by_id.entry(fact.id.clone()).or_insert(next);
        if at == next {
            self.records.push(Record { id: fact.id.clone(), facts: BTreeMap::new() });
        }
        let Some(record) = self.records.get_mut(at) else { return Ok(()) };
        if record.facts.contains_key(&fact.language) {
            let message = format!("record `{}` occurs twice in {}", fact.id, fact.language);
            return Err(Error::new(ErrorKind::Data, message).hint("give the second one a different id"));
        }
        record.facts.insert(fact.language.clone(), fact.tidied());
        Ok(())
    }

    /// Passes over what stands at `place` of a file: of that of `language`, where there are several.
    pub(super) fn pass_over(&mut self, place: &str, language: &str, error: &Error) {
        let skipped = Skipped { id: place.to_owned(), language: language.to_owned(), reason: error.message().to_owned() };
        self.unread.push((self.records.len(), skipped));
    }

    /// The records of the file that could not be read.
    pub fn unread(&self) -> impl Iterator<Item = &Skipped> {
        self.unread.iter().map(|(_, skipped)| skipped)
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it has no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The fact of record `id` in `language`.
    pub fn get(&self, id: &str, language: &str) -> Option<&Fact> {
        self.records.get(*self.by_id.get(id)?)?.facts.get(&language_code(language))
    }

    /// All facts in file order, the languages of a record in alphabetical order.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.records.iter().flat_map(|record| record.facts.values())
    }

    /// How many records each language has.
    pub fn languages(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for fact in self.facts() {
            *counts.entry(fact.language.as_str()).or_insert(0) += 1;
        }
        counts
    }

    /// The first `per_language` records, after `offset` others, that can be used in all of `languages`: prompt, subject and new object
    /// are there. The file's order is kept, and records passed over among those taken are listed with the reason.
    ///
    /// `offset` counts usable records, so selections with offsets 0, n, 2n... do not overlap. Fewer than `per_language` are returned when
    /// the file has no more. Languages go by [`language_code`], so `cz` and `du` are understood.
    ///
    /// # Errors
    /// No language or no fact is asked for, a language is named twice or occurs nowhere in the file, or no record is usable.
    pub fn select(&self, languages: &[String], per_language: usize, offset: usize) -> Result<Selection> {
        let languages = self.check_languages(languages)?;
        ensure!(per_language > 0, Usage, "0 facts per language were asked for; ask for 1 or more");
        let mut facts: Vec<Vec<Fact>> = vec![Vec::new(); languages.len()];
        let mut skipped = Vec::new();
        let (mut usable, mut from, mut to) = (0, 0, 0);
        for (index, record) in self.records.iter().enumerate() {
            if usable == offset.saturating_add(per_language) {
                break;
            }
            if usable < offset {
                from = index + 1;
            }
            to = index + 1;
            let problems: Vec<Skipped> = languages.iter().filter_map(|language| record.problem(language)).collect();
            if problems.is_empty() {
                usable += 1;
                if usable > offset {
                    for (language, facts) in languages.iter().zip(&mut facts) {
                        facts.extend(record.facts.get(language).cloned());
                    }
                }
            } else if usable >= offset {
                skipped.extend(problems);
            }
        }
        if usable <= offset {
            return Err(self.none_left(&languages, usable, offset));
        }
        let last = to == self.records.len();
        let among = |at: usize| from <= at && (at < to || last);
        skipped.extend(self.unread.iter().filter(|(at, _)| among(*at)).map(|(_, skipped)| skipped.clone()));
        let unlike_ids = self.unlike_ids(&languages);
        Ok(Selection { languages, facts, skipped, unlike_ids })
    }

    /// `per_language` records that can be used in all of `languages`, drawn by `seed`; fewer where the file has no more. The file's order is kept,
    /// and all records that could not be drawn are listed with the reason.
    ///
    /// # Errors
    /// As [`Dataset::select`].
    pub fn sample(&self, languages: &[String], per_language: usize, seed: u64) -> Result<Selection> {
        let mut all = self.select(languages, self.len().max(1), 0)?;
        ensure!(per_language > 0, Usage, "0 facts per language were asked for; ask for 1 or more");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = index::sample(&mut rng, all.per_language(), per_language.min(all.per_language())).into_vec();
        drawn.sort_unstable();
        for facts in &mut all.facts {
            *facts = drawn.iter().filter_map(|&at| facts.get(at).cloned()).collect();
        }
        Ok(all)
    }

    /// The first two of `languages` whose ids seem to be of different schemes.
    fn unlike_ids(&self, languages: &[String]) -> Option<UnlikeIds> {
        let ids = |language: &String| -> Vec<&str> {
            self.records.iter().filter(|record| record.facts.contains_key(language)).map(|record| record.id.as_str()).collect()
        };
        let (first, others) = languages.split_first()?;
        others.iter().find_map(|other| compare([first, other], [&ids(first), &ids(other)]))
    }

    /// Why none of the records that follow the first `offset` usable ones can be used: the first of them by name, and what to do.
    fn none_left(&self, languages: &[String], usable: usize, offset: usize) -> Error {
        let message =
            format!("no record is left after skipping {offset}: {usable} of {} can be used in {}", self.len(), languages.join(", "));
        if usable > 0 {
            return Error::new(ErrorKind::Data, message).hint("use a smaller offset");
        }
        let problems = || self.records.iter().flat_map(|record| languages.iter().filter_map(|language| record.problem(language)));
        let hint = if let Some(unlike) = self.unlike_ids(languages) {
            let UnlikeIds { languages: [a, b], examples: [in_a, in_b], .. } = unlike;
            format!("facts that say the same share an id, but those in {a} are such as `{in_a}`, those in {b} such as `{in_b}`")
        } else if problems().all(|problem| problem.reason == NO_RECORD) {
            "use fewer languages: each record needs a prompt, subject and new object in all of them".to_owned()
        } else if problems().any(|problem| problem.reason.starts_with(EMPTY)) {
            "each record needs a prompt, the subject as the prompt names it, and a new object: add to the file what is missing".to_owned()
        } else {
            "shorten what is too long, or take questions out where there are too many".to_owned()
        };
        Error::new(ErrorKind::Data, format!("{message}; {}", listed(problems()))).hint(hint)
    }

    fn check_languages(&self, languages: &[String]) -> Result<Vec<String>> {
        ensure!(!languages.is_empty(), Usage, "no language was given");
        let present = self.languages();
        let mut codes: Vec<String> = Vec::with_capacity(languages.len());
        for name in languages {
            let code = language_code(name);
            ensure!(!codes.contains(&code), Usage, "the language {code} was given twice");
            if !present.contains_key(code.as_str()) {
                let known: Vec<&str> = present.keys().copied().collect();
                bail!(Data, "the data has no records in `{name}`; its languages are {}", known.join(", "));
            }
            codes.push(code);
        }
        Ok(codes)
    }
}

impl Record {
    fn problem(&self, language: &str) -> Option<Skipped> {
        let reason = match self.facts.get(language) {
            None => NO_RECORD.to_owned(),
            Some(fact) => fact.problem()?,
        };
        Some(Skipped { id: self.id.clone(), language: language.to_owned(), reason })
    }
}
