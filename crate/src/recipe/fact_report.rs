//! What became of each fact.

use serde::{Deserialize, Serialize};

use crate::evaluate::{Scores, Success};
use crate::facts::Fact;

/// What a fact's questions gave before the first and after the last step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct FactReport {
    /// Identifier of the record.
    pub id: String,
    /// ISO 639-1 code of the language.
    pub language: String,
    /// On the unedited model.
    pub before: FactScores,
    /// After the last step.
    pub after: FactScores,
}

/// Percentages of one fact, each the mean over its questions of the kind; left out where it has none. With four decimals, which a mean over
/// facts shares with [`super::Accuracy`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct FactScores {
    /// New object's tokens after the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficacy: Option<f64>,
    /// 100 if all of them are right, else 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficacy_exact: Option<f64>,
    /// New object's tokens after the other wordings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generality: Option<f64>,
    /// Gold answer's tokens after unrelated questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specificity: Option<f64>,
    /// Answer's tokens after questions that follow from the new fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portability: Option<f64>,
    /// Gold answer's tokens after other questions about the same subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specificity_subject: Option<f64>,
    /// 100 if the new object is likelier than the true one behind the prompt, else 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficacy_success: Option<f64>,
    /// Share of the other wordings behind which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generality_success: Option<f64>,
    /// Share of the neighbours behind which the true object is likelier than the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specificity_success: Option<f64>,
}

impl FactReport {
    /// What `fact` gave on the unedited model and on the edited one.
    pub(super) fn new(fact: &Fact, before: FactScores, after: FactScores) -> Self {
        Self { id: fact.id.clone(), language: fact.language.clone(), before, after }
    }
}

impl FactScores {
    /// Of a fact's scores and success rates.
    pub(super) fn of(scores: &Scores, success: &Success) -> Self {
        let rounded = |value: Option<f64>| value.map(|value| (value * 1e4).round() / 1e4);
        Self {
            efficacy: rounded(scores.efficacy),
            efficacy_exact: rounded(scores.efficacy_exact),
            generality: rounded(scores.generality),
            specificity: rounded(scores.specificity),
            portability: rounded(scores.portability),
            specificity_subject: rounded(scores.specificity_subject),
            efficacy_success: rounded(success.efficacy),
            generality_success: rounded(success.generality),
            specificity_success: rounded(success.specificity),
        }
    }
}
