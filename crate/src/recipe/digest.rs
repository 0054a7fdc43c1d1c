//! What a Recipe expects to come out, small enough for a link.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::limits::{MAX_FACTS, MAX_LANGUAGES};
use crate::{Result, ensure};

/// What a report comes down to for comparison, rounded; small enough for a link.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// First 16 hex digits of the SHA-256 of the templates.
    pub templates: String,
    /// Per step: mean over facts of the last loss (4 significant digits; 0 for methods without targets).
    pub targets: Vec<f64>,
    /// Per step: ||Delta||_F over all layers (4 significant digits).
    pub deltas: Vec<f64>,
    /// By language after the last step: efficacy, generality, specificity (2 decimals).
    pub metrics: BTreeMap<String, [Option<f64>; 3]>,
}

impl Digest {
    /// Checks the sizes.
    pub(super) fn validate(&self) -> Result<()> {
        let fits = self.targets.len() <= MAX_FACTS && self.deltas.len() <= MAX_FACTS && self.metrics.len() <= MAX_LANGUAGES;
        ensure!(fits && self.templates.len() <= 64, Data, "recipe.expected: larger than any report's digest");
        Ok(())
    }
}
