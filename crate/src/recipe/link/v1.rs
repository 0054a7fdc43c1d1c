//! Version 1 of what a link holds: the recipe with one-letter keys, defaults left out, facts as arrays or as references to the catalogue.
//!
//! Frozen: what it reads may never change. A new field of the recipe needs a key that older links lack, or a new version. A recipe without
//! facts of the catalogue is written as before there were references; with them, hashes and numbers are
//! packed too.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::bounded::{Bounded, Strings};
use super::entries::{self, Entry};
use super::numbers::Numbers;
use crate::checkpoint::digest::hex;
use crate::edit::{MergeMethod, MergeSettings, Method, Mode, Projection};
use crate::facts::Catalogue;
use crate::recipe::limits::MAX_LANGUAGES;
use crate::recipe::{Digest, MAX_FACTS, ModelRef, Order, Recipe, StatisticsRef};
use crate::{Error, ErrorKind, Result};

/// The model's hash in the source of its statistics, which often names it.
const MODEL: &str = "\u{7f}";
/// Characters of a shortened hash.
const SHORT_HASH: usize = 43;

/// A list of pairs, which maps are written as, so that their length is bounded.
type Pairs<T, const MOST: usize> = Bounded<(String, T), MOST>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// Version of the recipe, unless 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    v: Option<u32>,
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
    f: Bounded<Entry, MAX_FACTS>,
    /// 64 bits of the SHA-256 of the facts that are references.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    c: Option<String>,
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

type WireDigest = (String, Numbers, Numbers, Pairs<[Option<f64>; 3], MAX_LANGUAGES>);

/// The compact JSON, with references where there is a catalogue.
///
/// # Errors
/// `Link`: the facts are larger than a reader takes.
pub(super) fn write(recipe: &Recipe, catalogue: Option<&Catalogue>) -> Result<Vec<u8>> {
    let (facts, together) = entries::write(&recipe.facts, catalogue)?;
    let source = recipe.statistics.as_ref().map(|statistics| statistics.source.as_str()).unwrap_or_default();
    let packed = together.is_some() && !source.contains(MODEL);
    let hash = |hex: &Option<String>| hex.as_ref().map(|hex| if packed { shortened(hex) } else { hex.clone() });
    let source = |source: &str| match &recipe.model.sha256 {
        Some(sha256) if packed => source.replacen(sha256, MODEL, 1),
        _ => source.to_owned(),
    };
    let wire = Wire {
        v: (recipe.version != 1).then_some(recipe.version),
        m: recipe.model.name.clone(),
        h: hash(&recipe.model.sha256),
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
        f: Bounded(facts),
        c: together.clone(),
        t: recipe
            .templates
            .as_ref()
            .map(|all| Bounded(all.iter().map(|(language, list)| (language.clone(), Bounded(list.clone()))).collect())),
        k: recipe.statistics.as_ref().map(|s| (source(&s.source), hash(&s.sha256))),
        x: recipe.expected.as_ref().map(|digest| {
            let metrics = digest.metrics.iter().map(|(language, numbers)| (language.clone(), *numbers)).collect();
            let numbers = |list: &[f64]| Numbers::new(list, together.is_some());
            (digest.templates.clone(), numbers(&digest.targets), numbers(&digest.deltas), Bounded(metrics))
        }),
    };
    serde_json::to_vec(&wire).map_err(|error| Error::new(ErrorKind::Link, format!("the recipe cannot be written: {error}")))
}

/// The recipe of compact JSON, not yet validated.
///
/// # Errors
/// `Link`: not that JSON, or a reference that does not lead to its fact.
pub(super) fn read(json: &[u8], catalogue: Option<&Catalogue>) -> Result<Recipe> {
    let wire: Wire = serde_json::from_slice(json).map_err(|error| match error.classify() {
        Category::Data => Error::new(ErrorKind::Link, format!("the link contains something that this version cannot read: {error}"))
            .hint("keep the link, and open it in a newer version"),
        Category::Io | Category::Syntax | Category::Eof => super::damaged(&error.to_string()),
    })?;
    let short = wire.h.as_ref().is_some_and(|hash| hash.len() == SHORT_HASH);
    let sha256 = wire.h.map(lengthened);
    let source = |source: String| match &sha256 {
        Some(sha256) if short => source.replacen(MODEL, sha256, 1),
        _ => source,
    };
    Ok(Recipe {
        version: wire.v.unwrap_or(1),
        statistics: wire.k.map(|(text, sha256)| StatisticsRef { source: source(text), sha256: sha256.map(lengthened) }),
        model: ModelRef { name: wire.m, sha256 },
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
        facts: entries::read(wire.f.0, wire.c.as_deref(), catalogue)?.strict()?,
        templates: wire.t.map(|all| all.0.into_iter().map(|(language, list)| (language, list.0)).collect()),
        expected: wire.x.map(|(templates, targets, deltas, metrics)| Digest {
            templates,
            targets: targets.values(),
            deltas: deltas.values(),
            metrics: metrics.0.into_iter().collect(),
        }),
    })
}

/// A hash in 43 characters instead of 64 hex digits.
fn shortened(hex: &str) -> String {
    let byte = |at| hex.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    bytes.map_or_else(|| hex.to_owned(), |bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// The hex digits of a hash that may have been shortened; whether it is one is for the recipe to say.
fn lengthened(hash: String) -> String {
    match URL_SAFE_NO_PAD.decode(&hash) {
        Ok(bytes) if hash.len() == SHORT_HASH => hex(&bytes),
        _ => hash,
    }
}
