//! The Report: what an experiment gave. Percentages are 0 to 100; `SCHEMA.md` beside this file defines every number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fact_report::FactReport;
use super::figures::StepFigures;
use super::per_layer::PerLayer;
use super::recipe::Recipe;
use super::warning::{NamedFact, Warning};
use crate::edit::{MergeSettings, Method, Mode, Projection, Settings, SolverReport};
use crate::evaluate::trace::ChosenLayers;
use crate::evaluate::{Scores, Success};
use crate::facts::Draw;
pub(super) use crate::facts::Skipped;

/// The result of a [`Recipe`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Report {
    /// Version of the crate that made it.
    pub generator: String,
    /// Name of the model.
    pub model: String,
    /// Hex SHA-256 of its checkpoint.
    pub model_sha256: String,
    /// The device that it ran on.
    pub device: String,
    /// How the edit was computed.
    pub method: Method,
    /// Formulas of the paper or of the public code.
    pub mode: Mode,
    /// How the projector followed the edits.
    pub projection: Projection,
    /// How separate edits of the languages were merged, where they were: then each of `steps` is one language's edit from the unedited
    /// weights, and each row of `accuracy_matrix` is measured under that edit alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<MergeReport>,
    /// The seed.
    pub seed: u64,
    /// The settings after defaults and overrides.
    pub settings: Settings,
    /// Where the facts come from, where the command took them from somewhere; a recipe that was handed over holds its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataReport>,
    /// The context templates that were used, by language.
    pub templates: BTreeMap<String, Vec<String>>,
    /// The key statistics that were used.
    pub statistics: StatisticsReport,
    /// Where the projectors of the pre-trained keys were read from, where they were not worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projectors: Option<ProjectorsReport>,
    /// One entry a step, in order.
    pub steps: Vec<StepReport>,
    /// Accuracy by language, before the first and after the last step; empty where nothing was asked.
    pub languages: BTreeMap<String, BeforeAfter>,
    /// Mean over the languages, each counting the same.
    pub average: BeforeAfter,
    /// What became of each fact, in the order of the recipe; empty where nothing was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<FactReport>,
    /// After each step (row, in the order of `steps`): accuracy by language over all facts of the recipe in it. The row of a step after which
    /// nothing was asked is empty; there are no rows where nothing was asked at all.
    pub accuracy_matrix: Vec<BTreeMap<String, LanguageAccuracy>>,
    /// Accuracy under other merges of the same separate edits, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweepPoint>,
    /// Facts that were not edited in, with the reason.
    pub skipped: Vec<Skipped>,
    /// What the run fell back on, and what to do about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// Where the time and the memory went.
    pub timing: Timing,
    /// Why these layers were edited, where they were chosen for this run (`--layers auto`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_layers: Option<ChosenLayers>,
    /// The recipe that gives this report again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
}

impl Report {
    /// The method, with the merge where there was one: `langedit`, `memit+tsvm`, `alphaedit+sum+shared`.
    pub fn method_label(&self) -> String {
        self.merge.as_ref().map_or_else(|| self.method.to_string(), |merge| merge.settings.label(self.method))
    }
}

/// Where the facts of a run come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct DataReport {
    /// `builtin`, or the names of the files, without folders.
    pub source: String,
    /// Hex SHA-256 of the files' bytes, one file after another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Which of its facts were taken.
    pub draw: Draw,
}

/// A merge and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct MergeReport {
    /// As in the recipe.
    pub settings: MergeSettings,
    /// ||Delta||_F of the merged change.
    pub delta_norm: PerLayer<f64>,
    /// Columns of its factors, at least its rank.
    pub columns: PerLayer<usize>,
}

/// Accuracy under one merge of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct SweepPoint {
    /// How the languages' edits were merged.
    pub merge: MergeSettings,
    /// Accuracy by language.
    pub languages: BTreeMap<String, Accuracy>,
    /// Mean over the languages.
    pub average: Accuracy,
}

/// The pre-trained keys' second moments that the methods preserve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct StatisticsReport {
    /// Where they come from, in words.
    pub source: String,
    /// Tokens behind them.
    pub count: u64,
    /// Hex SHA-256 of the statistics file, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Projectors that a run read from files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct ProjectorsReport {
    /// The names of their folders or files, without those around them.
    pub source: String,
    /// Hex SHA-256 of the bytes of the edited layers' files, one after another in the order of the layers.
    pub sha256: String,
}

/// One step: a batch of facts edited in together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct StepReport {
    /// Language of its facts (of the first, where they differ).
    pub language: String,
    /// Languages of its facts in the order in which they come, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Number of facts.
    pub facts: usize,
    /// Their ids, in order.
    pub fact_ids: Vec<String>,
    /// Dimension of the null space that the step's change was projected onto; empty where the method does not project (version 0.1.0 wrote
    /// d_in there).
    pub null_dimension: PerLayer<usize>,
    /// Seconds for the step: targets, keys, projector and solve.
    pub seconds: f64,
    /// Of which for the target values.
    pub target_seconds: f64,
    /// Of which for projector and solve.
    pub solve_seconds: f64,
    /// Loss of the target value at each optimisation step, per fact in order.
    pub losses: Vec<Vec<f64>>,
    /// Mean over facts of ||z - h|| at the last edited layer, measured when the layer's turn comes.
    pub z_error: PerLayer<f64>,
    /// ||Delta||_F of the step's change.
    pub delta_norm: PerLayer<f64>,
    /// Mean ||k|| over facts.
    pub key_norm: PerLayer<f64>,
    /// Mean ||r|| over facts, r being the layer's share of the residual.
    pub residual_norm: PerLayer<f64>,
    /// By language of earlier steps: ||Delta K||_F / (||Delta||_F ||K||_F), K being the keys edited in in that language before.
    pub leak: BTreeMap<String, PerLayer<f64>>,
    /// What was added to the diagonal of a layer's covariance because it is singular; left out where nothing was.
    #[serde(default, skip_serializing_if = "PerLayer::is_empty")]
    pub ridge: PerLayer<f64>,
    /// Where the closed form was worked out; left out where all of it was on the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solver: Option<SolverReport>,
    /// Facts whose subject was not found in the prompt, so that the last prompt token was taken.
    pub subject_fallbacks: usize,
    /// Their ids, in order; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_fallback_ids: Vec<String>,
    /// Facts whose subject was found in the prompt only in part ([`crate::text::MatchKind::Partial`]).
    #[serde(default)]
    pub subject_partials: usize,
    /// Their ids, in order; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_partial_ids: Vec<String>,
    /// Facts of earlier steps that the model did not say behind the step's stage at the subject, so that the stage at the answer wrote them again
    /// (AnswerEdit with `subject_layers`); left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rehearsed: Vec<NamedFact>,
    /// By language after the step, where it was asked for: as [`Accuracy::recall`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recall: BTreeMap<String, f64>,
    /// By language after the step, where it was asked for: as [`Accuracy::recall_subject`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recall_subject: BTreeMap<String, f64>,
    /// What the step's pictures are drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<StepFigures>,
}

/// Before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct BeforeAfter {
    /// On the unedited model.
    pub before: Accuracy,
    /// After the last step.
    pub after: Accuracy,
}

/// Percentages, `None` where no fact has such a question. Unless said otherwise: teacher-forced token accuracy, the papers' metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Accuracy {
    /// Facts behind it.
    pub facts: usize,
    /// New object's tokens after the prompt.
    pub efficacy: Option<f64>,
    /// New object's tokens after the other wordings.
    pub generality: Option<f64>,
    /// Gold answer's tokens after unrelated questions.
    pub specificity: Option<f64>,
    /// Answer's tokens after questions that follow from the new fact.
    pub portability: Option<f64>,
    /// Share of facts all of whose tokens are right: what greedy generation of as many tokens gives.
    pub efficacy_exact: Option<f64>,
    /// The same for the other wordings.
    pub generality_exact: Option<f64>,
    /// `generality` over the wordings that differ from the prompt.
    pub generality_distinct: Option<f64>,
    /// Positions of the unrelated questions' answers at which the unedited model's choice is kept (100 before editing).
    pub specificity_agreement: Option<f64>,
    /// Gold answer's tokens after other questions about the same subject.
    pub specificity_subject: Option<f64>,
    /// Positions of those answers at which the unedited model's choice is kept (100 before editing).
    pub specificity_subject_agreement: Option<f64>,
    /// Share of facts whose new object is likelier than the true one behind the prompt, where the neighbours of most facts have the true object
    /// as their answer ([`crate::evaluate::Comparisons`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficacy_success: Option<f64>,
    /// The same behind the other wordings, mean over facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generality_success: Option<f64>,
    /// Share of neighbours behind which the true object is likelier than the new one, mean over facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specificity_success: Option<f64>,
    /// Share of questions about facts of the embedded catalogue that the recipe does not edit, and none of whose subjects it edits,
    /// answered right in every token; where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// The same of its other facts about subjects that the recipe edits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_subject: Option<f64>,
}

impl Accuracy {
    /// What was measured on `facts` facts.
    pub fn of(scores: &Scores, facts: usize) -> Self {
        Self {
            facts,
            efficacy: scores.efficacy,
            generality: scores.generality,
            specificity: scores.specificity,
            portability: scores.portability,
            efficacy_exact: scores.efficacy_exact,
            generality_exact: scores.generality_exact,
            generality_distinct: scores.generality_distinct,
            specificity_agreement: scores.specificity_agreement,
            specificity_subject: scores.specificity_subject,
            specificity_subject_agreement: scores.specificity_subject_agreement,
            efficacy_success: None,
            generality_success: None,
            specificity_success: None,
            recall: None,
            recall_subject: None,
        }
    }

    /// CounterFact's success rates.
    pub fn success(&self) -> Success {
        Success { efficacy: self.efficacy_success, generality: self.generality_success, specificity: self.specificity_success }
    }

    /// The mean of each number over the entries that have it, each entry counting the same; `facts` is the sum.
    pub fn mean<'a>(entries: impl IntoIterator<Item = &'a Self>) -> Self {
        let entries: Vec<&Self> = entries.into_iter().collect();
        let mean = |number: fn(&Self) -> Option<f64>| {
            let values: Vec<f64> = entries.iter().filter_map(|entry| number(entry)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        Self {
            facts: entries.iter().map(|entry| entry.facts).sum(),
            efficacy: mean(|a| a.efficacy),
            generality: mean(|a| a.generality),
            specificity: mean(|a| a.specificity),
            portability: mean(|a| a.portability),
            efficacy_exact: mean(|a| a.efficacy_exact),
            generality_exact: mean(|a| a.generality_exact),
            generality_distinct: mean(|a| a.generality_distinct),
            specificity_agreement: mean(|a| a.specificity_agreement),
            specificity_subject: mean(|a| a.specificity_subject),
            specificity_subject_agreement: mean(|a| a.specificity_subject_agreement),
            efficacy_success: mean(|a| a.efficacy_success),
            generality_success: mean(|a| a.generality_success),
            specificity_success: mean(|a| a.specificity_success),
            recall: mean(|a| a.recall),
            recall_subject: mean(|a| a.recall_subject),
        }
    }
}

/// One cell of the accuracy matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct LanguageAccuracy {
    /// As [`Accuracy::efficacy`].
    pub efficacy: Option<f64>,
    /// As [`Accuracy::generality`].
    pub generality: Option<f64>,
    /// As [`Accuracy::specificity`].
    pub specificity: Option<f64>,
}

/// Where the time (seconds) and the memory (bytes) went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Timing {
    /// From the start to the report.
    pub total_seconds: f64,
    /// Opening the checkpoint and putting it on the device.
    #[serde(default)]
    pub load_seconds: f64,
    /// Choosing the layers by causal tracing, where that was asked for.
    #[serde(default)]
    pub trace_seconds: f64,
    /// Key statistics.
    #[serde(default)]
    pub statistics_seconds: f64,
    /// Context templates.
    #[serde(default)]
    pub template_seconds: f64,
    /// Target values, over the steps that this run made.
    #[serde(default)]
    pub target_seconds: f64,
    /// Projectors, keys and solves: before the first step and over the steps that this run made.
    #[serde(default)]
    pub solve_seconds: f64,
    /// What the steps' figures are drawn from, leaks among it.
    #[serde(default)]
    pub figure_seconds: f64,
    /// Evaluation.
    #[serde(default)]
    pub evaluate_seconds: f64,
    /// Putting back steps that were known already, and handing steps and reports on.
    #[serde(default)]
    pub copy_seconds: f64,
    /// Most memory of the process, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// Weights kept resident.
    pub resident_weight_bytes: Option<u64>,
}

impl Timing {
    /// The parts together: the total but for what no part counts.
    pub fn parts(&self) -> f64 {
        self.load_seconds
            + self.trace_seconds
            + self.statistics_seconds
            + self.template_seconds
            + self.target_seconds
            + self.solve_seconds
            + self.figure_seconds
            + self.evaluate_seconds
            + self.copy_seconds
    }
}
