//! What the downstream tasks give, as JSON. Defined field by field under "XTREME report" in `recipe/SCHEMA.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Task;
use crate::facts::Skipped;

/// Scores of one task in one language, in percent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskScore {
    /// Items behind the numbers.
    pub examples: usize,
    /// Solved examples before each item as published, if all fit.
    pub shots: usize,
    /// Items for which shots had to be dropped because the published prompt was too long for the model.
    pub shortened: usize,
    /// Items left out because one of their prompts is too long for the model even without shots.
    pub too_long: usize,
    /// F1 as LangEdit's code computes it, from its prompts.
    pub published: f64,
    /// F1 with the defects of that code corrected, from prompts without them.
    pub corrected: f64,
    /// Further numbers, by name.
    pub details: BTreeMap<String, f64>,
}

/// Both scores of a language or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct XtremeScore {
    /// Mean of the tasks' published F1.
    pub published: f64,
    /// Mean of the tasks' corrected F1.
    pub corrected: f64,
}

impl XtremeScore {
    /// The mean of `scores`, those with examples behind them; `None` where there are none.
    pub fn mean<'a>(scores: impl IntoIterator<Item = &'a TaskScore>) -> Option<Self> {
        let scores: Vec<&TaskScore> = scores.into_iter().filter(|score| score.examples > 0).collect();
        let mean = |number: fn(&TaskScore) -> f64| scores.iter().map(|score| number(score)).sum::<f64>() / scores.len() as f64;
        (!scores.is_empty()).then(|| Self { published: mean(|score| score.published), corrected: mean(|score| score.corrected) })
    }
}

/// The downstream tasks in several languages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct XtremeReport {
    /// Scores by task and language.
    pub tasks: BTreeMap<Task, BTreeMap<String, TaskScore>>,
    /// Mean over the tasks that a language has.
    pub languages: BTreeMap<String, XtremeScore>,
    /// Mean over all pairs of task and language. (How the papers average is not published.)
    pub average: XtremeScore,
    /// Tasks and languages for which there is no file, or no prompts; `id` is the task.
    pub skipped: Vec<Skipped>,
    /// Whether decoded texts were tidied for the published scores, as transformers does where the tokenizer says so (Llama 3's does).
    pub tidied: bool,
    /// Seconds that it took.
    pub seconds: f64,
}

impl XtremeReport {
    /// Fills in the means.
    pub fn summarise(&mut self) {
        let mut languages: Vec<&String> = self.tasks.values().flat_map(BTreeMap::keys).collect();
        languages.sort_unstable();
        languages.dedup();
        self.languages = languages
            .into_iter()
            .filter_map(|language| {
                Some((language.clone(), XtremeScore::mean(self.tasks.values().filter_map(|scores| scores.get(language)))?))
            })
            .collect();
        self.average = XtremeScore::mean(self.tasks.values().flat_map(BTreeMap::values)).unwrap_or_default();
    }
}
