//! The traced effects of one fact, as a trace report lists them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Component, Trace, TracePrompt};

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
