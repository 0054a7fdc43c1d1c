//! Recipe in, Report out: the experiment, its result, the link that carries the one, the verdict on the other.

pub mod link;
#[allow(clippy::module_inception, reason = "the Recipe is what the module is named after")]
mod recipe;
mod report;
mod verdict;
#[cfg(test)]
mod tests;

pub use crate::facts::{Order, Skipped};
pub use recipe::{MAX_FACTS, MAX_TEXT, ModelRef, RECIPE_VERSION, Recipe, StatisticsRef, check_templates};
pub use report::{
    Accuracy, Average, BeforeAfter, LanguageAccuracy, LanguageReport, PerLayer, Report, StatisticsReport, StepReport, Timing,
};
pub use verdict::{Difference, Digest, Stage, Verdict};
