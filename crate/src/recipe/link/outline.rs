//! What can be read of a link that is refused: one of a newer version, or of another catalogue. To look at, never to run.

use serde::Serialize;
use serde_json::Value;

use super::entries::{self, Entry};
use super::fact::WireFact;
use super::{VERSION, decode, inflate, parts};
use crate::facts::{Catalogue, Fact};
use crate::recipe::MAX_FACTS;

/// Most bytes that such a link may inflate to: it is read as JSON of any form, which needs many times the memory.
const MAX_OUTLINED: usize = 1 << 20;
/// Parts of a fact that version 1 knows.
const PARTS: usize = 10;

/// What a link is about, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Outline {
    /// The format that it is written in.
    pub version: u32,
    /// Why it is refused.
    pub why: Why,
    /// The same in words.
    pub message: String,
    /// Name of the model.
    pub model: Option<String>,
    /// The method's name, which may be one that this version does not have.
    pub method: Option<String>,
    /// The facts that could be read, in order.
    pub facts: Vec<Fact>,
    /// How many facts could not.
    pub unread: usize,
}

/// Why a link that is whole is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// It is written in a newer format.
    Newer,
    /// It holds something that this version does not know.
    Unknown,
    /// Its facts are not what the catalogue at hand gives.
    Catalogue,
}

/// What can be read of a link that [`decode`] refuses though it is whole; `None` where it is damaged, no link at all, or is not refused.
pub fn outline(link: &str, catalogue: Option<&Catalogue>) -> Option<Outline> {
    let refusal = decode(link, catalogue).err()?;
    let (version, body) = parts(link).ok()?;
    let json = inflate(&body, MAX_OUTLINED).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let held = match &json {
        Some(Value::Object(held)) => Some(held),
        _ if version > VERSION => None,
        _ => return None,
    };
    let text = |key: &str| held.and_then(|held| held.get(key)).and_then(Value::as_str).map(str::to_owned);
    let list = held.and_then(|held| held.get("f")).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let known: Vec<Entry> = list.iter().take(MAX_FACTS).filter_map(entry).collect();
    let unknown = list.len() - known.len();
    // Without the digest nothing is said about whether all of them are as they were, which is why they are not run.
    let read = entries::read(known, text("c").as_deref(), catalogue).unwrap_or_default();
    let why = match version {
        VERSION if unknown == 0 && read.differs() => Why::Catalogue,
        VERSION => Why::Unknown,
        _ => Why::Newer,
    };
    Some(Outline {
        version,
        why,
        message: refusal.to_string(),
        model: text("m"),
        method: text("a"),
        unread: unknown + read.missing(),
        facts: read.facts,
    })
}

/// A fact of whatever version: what it has beyond what version 1 knows is passed over.
fn entry(value: &Value) -> Option<Entry> {
    match value {
        Value::String(reference) => Some(Entry::Reference(reference.clone())),
        Value::Array(parts) => {
            let known = Value::Array(parts.iter().take(PARTS).cloned().collect());
            serde_json::from_value::<WireFact>(known).ok().map(|fact| Entry::Full(Box::new(fact)))
        }
        _ => None,
    }
}
