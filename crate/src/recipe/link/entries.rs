//! The facts of a link: each written out, or a reference to the catalogue.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::MAX_INFLATED;
use super::fact::WireFact;
use super::reference::{References, Together, Unread};
use crate::edit::settings::parse::excerpt;
use crate::facts::{Catalogue, Fact};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// After this many references that lead nowhere the others are not tried: each costs a search.
const PATIENCE: usize = 200;
/// Most references that an error names.
const NAMED: usize = 3;

/// A fact of a link.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Full(Box<WireFact>),
    Reference(String),
}

/// What the entries give.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Those that could be read, in order.
    pub(super) facts: Vec<Fact>,
    /// The references that could not.
    unread: Vec<(String, Unread)>,
    /// Whether there was a catalogue, where one was needed.
    catalogue: bool,
    /// Whether the facts behind the references are, together, those that were written.
    intact: bool,
}

/// Entries for these facts, and the digest of those that became references, where any did.
///
/// # Errors
/// `Link`: what the references stand for is larger than a reader takes.
pub(super) fn write(facts: &[Fact], catalogue: Option<&Catalogue>) -> Result<(Vec<Entry>, Option<String>)> {
    let mut references = catalogue.map(References::new);
    let (mut together, mut bytes, mut any) = (Together::default(), 0_usize, false);
    let mut entries = Vec::with_capacity(facts.len());
    for fact in facts {
        let reference = references.as_mut().and_then(|references| references.abbreviate(fact));
        entries.push(match reference {
            Some(reference) => {
                bytes += together.add(fact);
                any = true;
                Entry::Reference(reference)
            }
            None => Entry::Full(Box::new(WireFact(fact.clone()))),
        });
    }
    if bytes > MAX_INFLATED {
        return Err(super::too_large(facts.len(), &format!("{bytes} bytes, at most {MAX_INFLATED}")));
    }
    Ok((entries, any.then(|| together.finish())))
}

/// The facts of entries, of which those that are references together have that digest.
///
/// # Errors
/// `Link`: they are larger than [`MAX_INFLATED`].
pub(super) fn read(entries: Vec<Entry>, digest: Option<&str>, catalogue: Option<&Catalogue>) -> Result<Facts> {
    let needed = entries.iter().any(|entry| matches!(entry, Entry::Reference(_)));
    let references = catalogue.filter(|_| needed).map(References::new);
    let mut read = Facts { catalogue: !needed || references.is_some(), ..Facts::default() };
    let (mut together, mut bytes) = (Together::default(), 0_usize);
    for entry in entries {
        let reference = match entry {
            Entry::Full(full) => {
                let WireFact(fact) = *full;
                read.facts.push(fact);
                continue;
            }
            Entry::Reference(reference) => reference,
        };
        let patient = read.unread.len() < PATIENCE;
        match references.as_ref().filter(|_| patient).map_or(Err(Unread::Absent), |references| references.expand(&reference)) {
            Ok(fact) => {
                bytes += together.add(&fact);
                ensure!(bytes <= MAX_INFLATED, Link, "the link's references expand to more than {MAX_INFLATED} bytes");
                read.facts.push(fact);
            }
            Err(why) => read.unread.push((reference, why)),
        }
    }
    read.intact = read.unread.is_empty() && (!needed || digest == Some(together.finish().as_str()));
    Ok(read)
}

impl Facts {
    /// All the facts, just as they were written.
    ///
    /// # Errors
    /// `Link`: what is missing, or reads otherwise.
    pub(super) fn strict(self) -> Result<Vec<Fact>> {
        const HINT: &str = "keep the link, and open it where it was made or in a newer version";
        if self.intact {
            return Ok(self.facts);
        }
        if !self.catalogue {
            bail!(Link, "the link refers to facts of the catalogue, which is not available here");
        }
        let count = self.unread.len() + self.facts.len();
        let named = |why: Unread| {
            let ids = self.unread.iter().filter(|(_, found)| *found == why).map(|(reference, _)| {
                let mut parts = reference.splitn(4, ' ');
                let (language, place) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
                excerpt(&format!("{} in {language}", place.split(':').next().unwrap_or_default()))
            });
            let (list, all) = (ids.clone().take(NAMED).collect::<Vec<_>>().join(", "), ids.count());
            (all > 0).then(|| format!("{all} of its {count} facts {} ({list}{})", verb(why), if all > NAMED { ", ..." } else { "" }))
        };
        let reasons: Vec<String> = [named(Unread::Absent), named(Unread::Changed)].into_iter().flatten().collect();
        let message = match reasons.as_slice() {
            [] => "the facts of the catalogue that the link refers to are worded differently here".to_owned(),
            reasons => format!("the link was made with another catalogue of facts: {}", reasons.join("; ")),
        };
        Err(Error::new(ErrorKind::Link, message).hint(HINT))
    }

    /// Whether the catalogue gives other facts than were written.
    pub(super) fn differs(&self) -> bool {
        !self.intact
    }

    /// How many could not be read.
    pub(super) fn missing(&self) -> usize {
        self.unread.len()
    }
}

fn verb(why: Unread) -> &'static str {
    match why {
        Unread::Absent => "are not in this one",
        Unread::Changed => "are worded differently in this one",
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Full(fact) => fact.serialize(serializer),
            Self::Reference(reference) => serializer.serialize_str(reference),
        }
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fact: 5 to 10 entries, or a reference")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Entry, E> {
                Ok(Entry::Reference(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Entry, A::Error> {
                WireFact::deserialize(SeqAccessDeserializer::new(seq)).map(|fact| Entry::Full(Box::new(fact)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
