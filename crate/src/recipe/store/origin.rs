//! Which run a folder holds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::files::no_json;
use crate::Result;
use crate::checkpoint::digest::hex;
use crate::edit::Statistics;
use crate::recipe::Recipe;

/// Version of the folder's layout.
pub(super) const LAYOUT: u32 = 1;

/// What a run depends on beside its recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) layout: u32,
    pub(super) model_sha256: String,
    /// The settings after the model's defaults.
    pub(super) settings: Value,
    pub(super) statistics: StatisticsOrigin,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StatisticsOrigin {
    pub(super) source: String,
    pub(super) sha256: String,
}

/// What two runs differ in, in words.
pub(super) fn differences(held: (&Recipe, &Origin), now: (&Recipe, &Origin)) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut compare = |name: &str, held: &Value, now: &Value| {
        let scalar = |value: &Value| !value.is_object() && value.to_string().len() <= 80;
        if held != now {
            all.push(if scalar(held) && scalar(now) { format!("{name} was {held} and is {now}") } else { format!("{name} differs") });
        }
    };
    compare("model (sha256)", &held.1.model_sha256.as_str().into(), &now.1.model_sha256.as_str().into());
    let (ours, theirs) = (as_read(held.0)?, as_read(now.0)?);
    for name in ["method", "merge", "seed", "languages", "order", "batch", "steps", "facts", "templates"] {
        compare(name, &ours[name], &theirs[name]);
    }
    let (ours, theirs) = (&held.1.settings, &now.1.settings);
    let names: BTreeSet<&String> = ours.as_object().into_iter().chain(theirs.as_object()).flat_map(serde_json::Map::keys).collect();
    for name in names {
        compare(name, &ours[name], &theirs[name]);
    }
    if held.1.statistics != now.1.statistics {
        all.push(format!("key statistics were from {} and are from {}", held.1.statistics.source, now.1.statistics.source));
    }
    Ok(all)
}

/// A value as it comes back from its JSON text.
pub(super) fn as_read(value: &impl Serialize) -> Result<Value> {
    serde_json::to_string(value).and_then(|text| serde_json::from_str(&text)).map_err(no_json)
}

/// Hex SHA-256 of the covariances' diagonals: whole ones of a large model would take minutes, and other keys have other diagonals.
pub(super) fn fingerprint(statistics: &Statistics) -> String {
    let mut hasher = Sha256::new();
    for (layer, covariance) in statistics.layers() {
        hasher.update(format!("{layer}:{}", covariance.count()).as_bytes());
        for value in covariance.variances() {
            hasher.update(value.to_le_bytes());
        }
    }
    hex(&hasher.finalize())
}
