//! Version 1 of what a link holds: the recipe with one-letter keys, defaults left out and facts as arrays.
//!
//! Frozen: what it reads may never change. A new field of the recipe needs a key that older links lack, or a new version.

use std::fmt;

use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::bounded::Bounded;
use crate::edit::{MergeMethod, MergeSettings, Method, Mode, Projection};
use crate::facts::{Fact, Probe};
use crate::recipe::recipe::{MAX_LANGUAGES, MAX_PROBES};
use crate::recipe::{Digest, MAX_FACTS, ModelRef, Order, RECIPE_VERSION, Recipe, StatisticsRef};
use crate::{Error, ErrorKind, Result};

/// A list of pairs, which maps are written as, so that their length is bounded.
type Pairs<T, const MOST: usize> = Bounded<(String, T), MOST>;
type Strings = Bounded<String, MAX_PROBES>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// Model name.
    m: String,
    /// Model SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    h: Option<String>,
    /// Method.
    a: Method,
    /// Mode, unless paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<Mode>,
    /// Projection, unless exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<Projection>,
    /// Merge: method, shared covariance, scale, rank ratio, density.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    g: Option<(MergeMethod, bool, f64, f64, f64)>,
    /// Settings.
    #[serde(default, skip_serializing_if = "Bounded::is_empty")]
    s: Pairs<String, 64>,
    /// Seed.
    r: u64,
    /// Languages.
    l: Bounded<String, MAX_LANGUAGES>,
    /// Order, unless round robin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<Order>,
    /// Batch.
    b: usize,
    /// Steps.
    n: Bounded<usize, MAX_FACTS>,
    /// Facts.
    f: Bounded<WireFact, MAX_FACTS>,
    /// Templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<Pairs<Strings, MAX_LANGUAGES>>,
    /// Statistics: source and SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    k: Option<(String, Option<String>)>,
    /// Digest: templates, targets, deltas, metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<WireDigest>,
}

type WireDigest = (String, Bounded<f64, MAX_FACTS>, Bounded<f64, MAX_FACTS>, Pairs<[Option<f64>; 3], MAX_LANGUAGES>);

/// `[id, language, subject, prompt, new object, true object, rephrases, neighbours, portability, same subject]`, cut after the last that says something.
struct WireFact(Fact);

/// The compact JSON.
pub(super) fn write(recipe: &Recipe) -> Result<Vec<u8>> {
    let wire = Wire {
        m: recipe.model.name.clone(),
        h: recipe.model.sha256.clone(),
        a: recipe.method,
        o: (recipe.mode != Mode::Paper).then_some(recipe.mode),
        p: (recipe.projection != Projection::Exact).then_some(recipe.projection),
        g: recipe.merge.map(|m| (m.method, m.shared_covariance, m.scale, m.rank_ratio, m.density)),
        s: Bounded(recipe.settings.clone().into_iter().collect()),
        r: recipe.seed,
        l: Bounded(recipe.languages.clone()),
        d: (recipe.order != Order::RoundRobin).then_some(recipe.order),
        b: recipe.batch,
        n: Bounded(recipe.steps.clone()),
        f: Bounded(recipe.facts.iter().cloned().map(WireFact).collect()),
        t: recipe
            .templates
            .as_ref()
            .map(|all| Bounded(all.iter().map(|(language, list)| (language.clone(), Bounded(list.clone()))).collect())),
        k: recipe.statistics.as_ref().map(|s| (s.source.clone(), s.sha256.clone())),
        x: recipe.expected.as_ref().map(|digest| {
            let metrics = digest.metrics.iter().map(|(language, numbers)| (language.clone(), *numbers)).collect();
            (digest.templates.clone(), Bounded(digest.targets.clone()), Bounded(digest.deltas.clone()), Bounded(metrics))
        }),
    };
    serde_json::to_vec(&wire).map_err(|error| Error::new(ErrorKind::Link, format!("the recipe cannot be written: {error}")))
}

/// The recipe of compact JSON, not yet validated.
pub(super) fn read(json: &[u8]) -> Result<Recipe> {
    let wire: Wire = serde_json::from_slice(json).map_err(|error| super::damaged(&error.to_string()))?;
    Ok(Recipe {
        version: RECIPE_VERSION,
        model: ModelRef { name: wire.m, sha256: wire.h },
        method: wire.a,
        mode: wire.o.unwrap_or(Mode::Paper),
        projection: wire.p.unwrap_or(Projection::Exact),
        merge: wire.g.map(|(method, shared_covariance, scale, rank_ratio, density)| MergeSettings {
            method,
            shared_covariance,
            scale,
            rank_ratio,
            density,
        }),
        settings: wire.s.0.into_iter().collect(),
        seed: wire.r,
        languages: wire.l.0,
        order: wire.d.unwrap_or(Order::RoundRobin),
        batch: wire.b,
        steps: wire.n.0,
        facts: wire.f.0.into_iter().map(|WireFact(fact)| fact).collect(),
        templates: wire.t.map(|all| all.0.into_iter().map(|(language, list)| (language, list.0)).collect()),
        statistics: wire.k.map(|(source, sha256)| StatisticsRef { source, sha256 }),
        expected: wire.x.map(|(templates, targets, deltas, metrics)| Digest {
            templates,
            targets: targets.0,
            deltas: deltas.0,
            metrics: metrics.0.into_iter().collect(),
        }),
    })
}

impl Serialize for WireFact {
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
