//! A fact written out: `[id, language, subject, prompt, new object, true object, rephrases, neighbours, portability, same subject]`, cut after
//! the last that says something.
//!
//! Frozen like the version that it belongs to; the checks of references (`reference.rs`) are hashes of this form.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::bounded::{Bounded, Strings};
use crate::facts::{Fact, Probe};
use crate::recipe::limits::MAX_PROBES;

/// A fact that is written out.
#[derive(Clone, Debug)]
pub(super) struct WireFact(pub(super) Fact);

impl WireFact {
    /// Its compact JSON.
    pub(super) fn json(fact: &Fact) -> Vec<u8> {
        // Nothing of a fact can fail to be JSON.
        serde_json::to_vec(&Borrowed(fact)).unwrap_or_default()
    }
}

/// The same for a fact that is stored elsewhere.
struct Borrowed<'a>(&'a Fact);

impl Serialize for WireFact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Borrowed(&self.0).serialize(serializer)
    }
}

impl Serialize for Borrowed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(fact) = self;
        let probes = |list: &[Probe]| -> Vec<(String, String)> { list.iter().map(|p| (p.prompt.clone(), p.answer.clone())).collect() };
        let length = match () {
            () if !fact.same_subject.is_empty() => 10,
            () if !fact.portability.is_empty() => 9,
            () if !fact.neighbours.is_empty() => 8,
            () if !fact.rephrases.is_empty() => 7,
            () if fact.true_object.is_some() => 6,
            () => 5,
        };
        let mut seq = serializer.serialize_seq(Some(length))?;
        for text in [&fact.id, &fact.language, &fact.subject, &fact.prompt, &fact.new_object] {
            seq.serialize_element(text)?;
        }
        if length > 5 {
            seq.serialize_element(&fact.true_object)?;
        }
        if length > 6 {
            seq.serialize_element(&fact.rephrases)?;
        }
        if length > 7 {
            seq.serialize_element(&probes(&fact.neighbours))?;
        }
        if length > 8 {
            seq.serialize_element(&probes(&fact.portability))?;
        }
        if length > 9 {
            seq.serialize_element(&probes(&fact.same_subject))?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for WireFact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = WireFact;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fact: 5 to 10 entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<WireFact, A::Error> {
                let mut text = |name: &'static str| -> Result<String, A::Error> {
                    seq.next_element()?.ok_or_else(|| A::Error::custom(format_args!("a fact without its {name}")))
                };
                let (id, language, subject) = (text("id")?, text("language")?, text("subject")?);
                let (prompt, new_object) = (text("prompt")?, text("new object")?);
                let true_object = seq.next_element()?.flatten();
                let rephrases = seq.next_element::<Strings>()?.unwrap_or_default().0;
                let mut probes = || -> Result<Vec<Probe>, A::Error> {
                    let pairs = seq.next_element::<Bounded<(String, String), MAX_PROBES>>()?.unwrap_or_default();
                    Ok(pairs.0.into_iter().map(|(prompt, answer)| Probe { prompt, answer }).collect())
                };
                let (neighbours, portability, same_subject) = (probes()?, probes()?, probes()?);
                Ok(WireFact(Fact {
                    id,
                    language,
                    subject,
                    prompt,
                    new_object,
                    true_object,
                    rephrases,
                    neighbours,
                    same_subject,
                    portability,
                }))
            }
        }
        deserializer.deserialize_seq(Parts)
    }
}
