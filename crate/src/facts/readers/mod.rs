//! Readers of the layouts in which facts are published.
//!
//! A file is a JSON array of records or one record per line (JSON lines). The fields of the first record tell its layout:
//!
//! | layout | fields | language |
//! |---|---|---|
//! | [`Format::Zsre`] | `subject, src, rephrase, alt, answers, loc, loc_ans` (MEND) | `language`, else en |
//! | [`Format::Multilingual`] | `id` and a zsRE-like record under each language (BMIKE-53, MzsRE; `old`, `port`, `port_ans`, `portability`) | the key |
//! | [`Format::CounterFact`] | `subject, prompt, target_new, ground_truth, rephrase_prompt, locality_prompt, ...` (EasyEdit); `locality` and `portability` with questions by kind (KnowEdit) | `language`, else en |
//! | [`Format::CounterFactOriginal`] | `requested_rewrite {prompt, subject, target_new, target_true}, paraphrase_prompts, neighborhood_prompts` | `language`, else en |
//! | [`Format::Facts`] | those of [`Fact`](super::Fact); all but `language, subject, prompt, new_object` optional | `language` |
//!
//! A file of one language alone can be given with it ([`read_facts_in`]), which is then the language of records that say none.
//!
//! Decisions:
//! * The new object is `alt` (as LangEdit edits), the true one `answers[0]` or `old`.
//! * The neighbour of a zsRE-like record is `loc` made a question: a question mark (ASCII or full-width) at the end stays single, and where
//!   there is none an ASCII one is added, as the published loader does, which however doubles it. The words `nq question: ` stay
//!   where the record has them (English MEND and MzsRE) and are not put before other languages, unlike in LangEdit's loader.
//! * KnowEdit's questions of locality are about the same subject where their kind is `Relation_Specificity` or `Forgetfulness` or their
//!   prompt has the subject, and neighbours otherwise. Of a list of aliases the first is the answer.
//! * White space and invisible characters at the ends of texts are no part of them, nor are invisible ones inside objects and answers.
//! * A rephrase equal to the prompt is kept; [`Fact::repeated_rephrases`](super::Fact::repeated_rephrases) counts it.
//! * A missing or empty text stays empty: [`Dataset::select`] passes such a record over and says so.
//! * A record that has another layout, a field of the wrong type or the id and language of an earlier one is passed over by its place in the
//!   file; the selection lists it. A file without any record that can be read is refused with the first one's reason.
//! * Facts without an id are numbered within their language, so that parallel lists line up.

mod layouts;
mod record;

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::{Dataset, language_code};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// A layout of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// MEND's zsRE.
    Zsre,
    /// Records under language codes: BMIKE-53, MzsRE.
    Multilingual,
    /// CounterFact as EasyEdit flattens it.
    CounterFact,
    /// CounterFact as ROME published it.
    CounterFactOriginal,
    /// This crate's own [`Fact`](crate::facts::Fact).
    Facts,
}

const FORMATS: [(Format, &str, &str); 5] = [
    (Format::Zsre, "zsre", "subject, src, alt"),
    (Format::Multilingual, "multilingual", "<language>: {subject, src, alt}"),
    (Format::CounterFact, "counterfact", "subject, prompt, target_new"),
    (Format::CounterFactOriginal, "counterfact-original", "requested_rewrite"),
    (Format::Facts, "facts", "language, subject, prompt, new_object"),
];

impl Format {
    fn entry(self) -> (&'static str, &'static str) {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or(("", ""), |(_, name, fields)| (*name, *fields))
    }

    /// The layout that `record` has.
    fn of(record: &Map<String, Value>) -> Option<Self> {
        FORMATS.iter().map(|(format, ..)| *format).find(|format| layouts::fits(*format, record))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry().0)
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = || FORMATS.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ");
        FORMATS.iter().find(|(_, known, _)| *known == name).map(|(format, ..)| *format).ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("unknown data format `{name}`")).hint(format!("the known formats are {}", known()))
        })
    }
}

/// Reads the facts in `bytes`, in `format` or in the layout that the first record has which has one. A record that cannot be read is passed over
/// ([`Dataset::unread`]).
///
/// # Errors
/// The text is not UTF-8 or not JSON (the message names line and column), has no record, or none can be read: none has the layout, each has a
/// field of the wrong type (the message names the first).
pub fn read_facts(bytes: &[u8], format: Option<Format>) -> Result<Dataset> {
    let mut dataset = Dataset::default();
    Reader { dataset: &mut dataset, unnumbered: HashMap::new(), layout: format, only: None }.read(bytes)?;
    Ok(dataset)
}

/// Adds to `dataset` the facts in `bytes`, one file of several with a language each. Records that do not say their language are in
/// `language`, and of records with several languages only it is taken. Records of the same id, or without ids at the same place of their files,
/// are the same record. A record in another language, or whose id `dataset` has in `language` already, is passed over.
///
/// # Errors
/// As [`read_facts`].
pub fn read_facts_in(dataset: &mut Dataset, language: &str, bytes: &[u8]) -> Result<()> {
    Reader { dataset, unnumbered: HashMap::new(), layout: None, only: Some(&language_code(language)) }.read(bytes)
}

/// A file that is being read.
struct Reader<'a> {
    dataset: &'a mut Dataset,
    /// How many facts of a language had no id.
    unnumbered: HashMap<String, usize>,
    layout: Option<Format>,
    /// The one language that is taken.
    only: Option<&'a str>,
}

impl Reader<'_> {
    /// Adds what can be read of all records; an error where none can.
    fn read(mut self, bytes: &[u8]) -> Result<()> {
        let (mut first, mut taken) = (None, false);
        for (index, value) in parse(bytes)?.iter().enumerate() {
            let place = format!("record {}", index + 1);
            match self.add(index, value) {
                Ok(()) => taken = true,
                Err(error) => {
                    self.dataset.pass_over(&place, self.only.unwrap_or_default(), &error);
                    first.get_or_insert(error.at(place));
                }
            }
        }
        first.filter(|_| !taken).map_or(Ok(()), Err)
    }

    /// Adds the facts of the record at `index`.
    fn add(&mut self, index: usize, value: &Value) -> Result<()> {
        let Some(map) = value.as_object() else { bail!(Data, "not a JSON object") };
        let Some(layout) = self.layout.or_else(|| Format::of(map)) else { return Err(unknown(map)) };
        if !layouts::fits(layout, map) {
            let (name, fields) = layout.entry();
            bail!(Data, "does not have the layout {name} ({fields}); its fields are {}", fields_of(map));
        }
        let mut facts = layouts::read(layout, index, map, self.only)?;
        if let (Some(only), Some(other)) = (self.only, facts.first().map(|fact| fact.language.clone())) {
            facts.retain(|fact| fact.language == only);
            ensure!(!facts.is_empty(), Data, "it is in `{other}`, and its file was given for `{only}`");
        }
        self.layout = Some(layout);
        for mut fact in facts {
            if fact.id.is_empty() {
                let number = self.unnumbered.entry(fact.language.clone()).or_default();
                fact.id = number.to_string();
                *number += 1;
            }
            self.dataset.insert(fact)?;
        }
        Ok(())
    }
}

/// The records of a JSON array, or of JSON values one after the other.
fn parse(bytes: &[u8]) -> Result<Vec<Value>> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error::new(ErrorKind::Data, format!("the data is not UTF-8 text (byte {})", error.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut records = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value.map_err(|error| {
            Error::new(ErrorKind::Data, format!("not JSON: {error}")).hint("expected a JSON array of records, or JSON lines")
        })? {
            Value::Array(array) => records.extend(array),
            value => records.push(value),
        }
    }
    ensure!(!records.is_empty(), Data, "the data has no records");
    Ok(records)
}

fn fields_of(map: &Map<String, Value>) -> String {
    map.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn unknown(map: &Map<String, Value>) -> Error {
    let known = FORMATS.iter().map(|(_, name, fields)| format!("{name} ({fields})")).collect::<Vec<_>>().join("; ");
    Error::new(ErrorKind::Data, format!("unknown layout, with the fields {}", fields_of(map)))
        .hint(format!("the known layouts are {known}"))
}
