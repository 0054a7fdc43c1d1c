//! What tracing gives, as JSON. Defined field by field under "Trace report" in `recipe/SCHEMA.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChosenLayers, Component, Trace, TraceAverage, TracePrompt, average};
use crate::facts::Skipped;

/// The traced effects of one fact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct TracedFact {
    /// Identifier of the record.
    pub id: String,
    /// ISO 639-1 code.
    pub language: String,
    /// The subject.
    pub subject: String,
    /// The prompt.
    pub prompt: String,
    /// Text of the token whose probability is followed.
    pub answer: String,
    /// Whether the fact's true object begins with it; `None` where the data has no true object.
    pub known: Option<bool>,
    /// What each token of the prompt covers.
    pub tokens: Vec<String>,
    /// Position of the subject's first token.
    pub subject_start: usize,
    /// Position behind the subject's last token.
    pub subject_end: usize,
    /// Probability of the answer in the clean run.
    pub clean: f64,
    /// Mean probability of the answer over the corrupted runs.
    pub corrupted: f64,
    /// Indirect effects by component, `[token][layer]`. Before the subject all are 0: nothing is corrupted there. A token that was not
    /// traced has no numbers.
    pub effects: BTreeMap<Component, Vec<Vec<f64>>>,
}

impl TracedFact {
    /// `trace` of `prompt`, whose followed token reads `answer`, on a model of `layers` layers.
    pub fn new(prompt: &TracePrompt, answer: String, trace: Trace, layers: usize) -> Self {
        let length = prompt.tokens.len();
        let whole = |traced: Vec<Vec<f64>>| {
            let behind = length.saturating_sub(trace.first + traced.len());
            let untraced = |position: usize| if position < prompt.subject.start { vec![0.0; layers] } else { Vec::new() };
            (0..trace.first).map(untraced).chain(traced).chain(vec![Vec::new(); behind]).collect()
        };
        Self {
            id: prompt.fact.id.clone(),
            language: prompt.fact.language.clone(),
            subject: prompt.fact.subject.clone(),
            prompt: prompt.fact.prompt.clone(),
            answer,
            known: prompt.known,
            tokens: prompt.labels.clone(),
            subject_start: prompt.subject.start,
            subject_end: prompt.subject.end,
            clean: trace.clean,
            corrupted: trace.corrupted,
            effects: trace.effects.into_iter().map(|(component, traced)| (component, whole(traced))).collect(),
        }
    }
}

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
