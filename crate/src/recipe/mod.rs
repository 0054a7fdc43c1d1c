//! Recipe in, Report out: the experiment, its result, the link that carries the one, the verdict on the other.

mod compose;
mod cross_lingual;
mod digest;
mod edits;
mod engine;
mod evaluation;
mod fact_report;
mod figures;
mod limits;
pub mod link;
mod memory;
mod observer;
mod per_layer;
mod recent;
#[allow(clippy::module_inception, reason = "the Recipe is what the module is named after")]
mod recipe;
mod report;
#[cfg(test)]
mod schema;
mod separate_edits;
mod session;
mod step_record;
#[cfg(not(target_family = "wasm"))]
mod store;
#[cfg(test)]
mod tests;
mod transfer;
mod verdict;
mod warning;

pub use crate::facts::{Order, Skipped};
pub use compose::Composition;
pub use cross_lingual::CrossLingual;
pub use digest::Digest;
pub use engine::{KeyStatistics, RecallInput, RunInput};
pub use evaluation::Evaluation;
pub use fact_report::{FactReport, FactScores};
pub use figures::{Along, Disturbance, HeatMap, LayerFigures, Parts, Spectrum, StepFigures, Term, Terms};
pub use limits::{MAX_FACTS, MAX_TEXT};
pub use observer::{Activity, Observer, Unobserved};
pub use per_layer::PerLayer;
pub use recipe::{ModelRef, RECIPE_VERSION, Recipe, StatisticsRef, check_templates};
pub use report::{
    Accuracy, BeforeAfter, DataReport, LanguageAccuracy, MergeReport, ProjectorsReport, Report, StatisticsReport, StepReport, SweepPoint,
    Timing,
};
pub use session::Session;
pub use step_record::{StepKeys, StepRecord};
#[cfg(not(target_family = "wasm"))]
pub use store::{RunStore, step_tensors};
pub use transfer::{AccuracyTransfer, TransferReport};
pub use verdict::{Difference, Stage, Verdict};
pub use warning::{NamedFact, Warning};
