//! What a run is given.

use std::sync::Arc;

use crate::edit::{MergeSettings, Settings, Statistics};
use crate::evaluate::trace::ChosenLayers;
use crate::facts::{Catalogue, Skipped};
use crate::recipe::evaluation::Evaluation;
use crate::recipe::recipe::Recipe;
use crate::recipe::report::{DataReport, ProjectorsReport, Timing};
use crate::recipe::warning::Warning;

/// Asks, together with the questions about the facts, what the model still knows of the facts that the recipe does not edit.
#[derive(Clone, Debug)]
pub struct RecallInput {
    /// What it knew.
    pub catalogue: Arc<Catalogue>,
    /// At most so many questions in each language about other subjects, and as many about edited ones, drawn by the recipe's seed; all where
    /// `None`.
    pub sample: Option<usize>,
}

/// Key statistics of the unedited model that a run is given.
#[derive(Clone, Debug)]
pub struct KeyStatistics {
    /// The statistics.
    pub statistics: Statistics,
    /// Hex SHA-256 of the file that they were read from, where they were.
    pub sha256: Option<String>,
    /// Where their projectors were read from, where they were.
    pub projectors: Option<ProjectorsReport>,
}

impl From<Statistics> for KeyStatistics {
    fn from(statistics: Statistics) -> Self {
        Self { statistics, sha256: None, projectors: None }
    }
}

/// What is run, and what a run is given beside the recipe.
#[derive(Clone, Debug)]
pub struct RunInput {
    /// The experiment.
    pub recipe: Recipe,
    /// Other merges of the same separate edits to measure, for a recipe that merges: the points of [`Report::sweep`](crate::recipe::Report::sweep).
    pub sweep: Vec<MergeSettings>,
    /// Key statistics of the unedited model; without them the engine collects its own from the corpus it ships.
    pub statistics: Option<KeyStatistics>,
    /// When the questions about the facts are asked.
    pub evaluation: Evaluation,
    /// What else is asked then, where it is.
    pub recall: Option<RecallInput>,
    /// Where the recipe's facts were taken from, for the report.
    pub data: Option<DataReport>,
    /// Facts that were passed over when the recipe was made, for the report.
    pub skipped: Vec<Skipped>,
    /// What was fallen back on when the recipe was made, for the report.
    pub warnings: Vec<Warning>,
    /// Whether a fact that was skipped, that does not fit the model or whose subject is not in its prompt ends the run before it begins.
    pub strict: bool,
    /// Why the recipe edits these layers, where they were chosen for it, for the report.
    pub chosen_layers: Option<ChosenLayers>,
    /// Time that was spent on the run before it began, by part, for the report.
    pub spent: Timing,
}

impl RunInput {
    /// `recipe` with nothing beside it.
    pub fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            sweep: Vec::new(),
            statistics: None,
            evaluation: Evaluation::default(),
            recall: None,
            data: None,
            skipped: Vec::new(),
            warnings: Vec::new(),
            strict: false,
            chosen_layers: None,
            spent: Timing::default(),
        }
    }
}

/// A run at work: what all its parts read.
pub(super) struct Run {
    pub(super) recipe: Recipe,
    pub(super) settings: Settings,
    pub(super) sweep: Vec<MergeSettings>,
    pub(super) evaluation: Evaluation,
}
