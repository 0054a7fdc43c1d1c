//! What tracing gives, as JSON. Defined field by field under "Trace report" in `recipe/SCHEMA.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChosenLayers, TraceAverage, TracedFact, average};
use crate::facts::Skipped;

/// The corruption that was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct NoiseReport {
    /// Standard deviation of the traced subjects' token embeddings.
    pub deviation: f64,
    /// Standard deviation of the noise: the published 3 times `deviation`, or what was asked for.
    pub scale: f64,
    /// Noisy runs of each fact.
    pub samples: usize,
    /// Seed of the noise.
    pub seed: u64,
}

/// The result of tracing facts in one or more languages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct TraceReport {
    /// Version of the crate that made it.
    pub generator: String,
    /// Name of the model.
    pub model: String,
    /// Hex SHA-256 of its checkpoint.
    pub model_sha256: String,
    /// The device that it ran on.
    pub device: String,
    /// Number of the model's layers.
    pub layers: usize,
    /// Layers whose MLP or attention outputs were restored together.
    pub window: usize,
    /// The corruption.
    pub noise: NoiseReport,
    /// The facts, in order.
    pub facts: Vec<TracedFact>,
    /// Averages by language.
    pub languages: BTreeMap<String, TraceAverage>,
    /// Average over all facts.
    pub average: TraceAverage,
    /// The layers that the averages recommend to edit.
    pub chosen_layers: Option<ChosenLayers>,
    /// Facts that were passed over, with the reason.
    pub skipped: Vec<Skipped>,
    /// Seconds that tracing took, the model's opening excluded.
    pub seconds: f64,
}

impl TraceReport {
    /// Fills in the averages over `facts`.
    pub fn summarise(&mut self) {
        let mut languages: Vec<&String> = self.facts.iter().map(|fact| &fact.language).collect();
        languages.sort_unstable();
        languages.dedup();
        self.languages = languages
            .into_iter()
            .map(|language| (language.clone(), average(self.facts.iter().filter(|fact| fact.language == *language))))
            .collect();
        self.average = average(&self.facts);
    }
}
