//! Recipe in, Report out: the experiment, its result, the link that carries the one, the verdict on the other.

mod compose;
mod cross_lingual;
mod edits;
mod engine;
mod figures;
pub mod link;
mod observer;
#[allow(clippy::module_inception, reason = "the Recipe is what the module is named after")]
mod recipe;
mod report;
#[cfg(test)]
mod schema;
mod session;
#[cfg(not(target_family = "wasm"))]
mod store;
#[cfg(test)]
mod tests;
mod transfer;
mod verdict;

pub use crate::facts::{Order, Skipped};
pub use compose::Composition;
pub use cross_lingual::CrossLingual;
pub use engine::{KeyStatistics, RecallInput, RunInput};
pub use figures::{Along, Disturbance, HeatMap, LayerFigures, Parts, Spectrum, StepFigures, Term, Terms};
pub use observer::{Activity, Observer, Unobserved};
pub use recipe::{MAX_FACTS, MAX_TEXT, ModelRef, RECIPE_VERSION, Recipe, StatisticsRef, check_templates};
pub use report::{
    Accuracy, BeforeAfter, LanguageAccuracy, MergeReport, PerLayer, Report, StatisticsReport, StepReport, SweepPoint, Timing,
};
pub use session::{Session, StepKeys, StepRecord};
#[cfg(not(target_family = "wasm"))]
pub use store::{RunStore, step_tensors};
pub use transfer::{AccuracyTransfer, TransferReport};
pub use verdict::{Difference, Digest, Stage, Verdict};
