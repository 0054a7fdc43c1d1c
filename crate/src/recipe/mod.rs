//! Recipe in, Report out: the experiment, its result, the link that carries the one, the verdict on the other.

#[allow(clippy::module_inception, reason = "the Recipe is what the module is named after")]
mod recipe;
mod report;
mod verdict;

pub use recipe::{MAX_FACTS, MAX_TEXT, ModelRef, Order, RECIPE_VERSION, Recipe, StatisticsRef, check_templates};
pub use report::{
    Accuracy, Average, BeforeAfter, LanguageAccuracy, LanguageReport, PerLayer, Report, Skipped, StatisticsReport, StepReport, Timing,
};
pub use verdict::{Difference, Digest, Stage, Verdict};
