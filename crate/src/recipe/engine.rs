//! The engine: (model, Recipe, Observer) -> Report.

mod fingerprint;
mod measure;
mod merging;
mod prepare;
mod step;

use std::collections::BTreeMap;

use web_time::Instant;

use super::observer::{Activity, Observer};
use super::recipe::Recipe;
use super::report::{BeforeAfter, Report, StatisticsReport, Timing};
use super::session::{Session, StepRecord};
use crate::Result;
use crate::edit::{Settings, Statistics};
use crate::facts::{Fact, Skipped};
use crate::linalg::Update;
use crate::text::ContextTemplates;
use fingerprint::{chain, run_fingerprint};
use prepare::Prepared;

pub use measure::RecallInput;
pub(super) use merging::SeparateEdits;
pub use merging::SweepPoint;

/// What a run is given beside the recipe.
#[derive(Clone, Debug, Default)]
pub struct RunInput {
    /// Key statistics of the unedited model; without them the engine collects its own from the corpus it ships.
    pub statistics: Option<Statistics>,
    /// Facts that were passed over when the recipe was made, for the report.
    pub skipped: Vec<Skipped>,
    /// Seconds that opening the model took, for the report.
    pub load_seconds: f64,
    /// What else is asked after each step, where it is.
    pub recall: Option<RecallInput>,
}

/// Called after each step with its record and changes, so that the host can store them.
pub type StepStore<'a> = dyn FnMut(&StepRecord, &BTreeMap<usize, Update>) -> Result<()> + 'a;

impl Session {
    /// Runs `recipe`. Steps that this session has made already with the same facts, settings and statistics are kept, not made again;
    /// others are taken back. On an error, or when the observer cancels, the steps finished so far stay.
    ///
    /// # Errors
    /// The recipe is not valid or not for this model, a prompt is too long, the device failed, or the observer cancelled.
    pub async fn run(
        &mut self,
        recipe: &Recipe,
        input: RunInput,
        observer: &mut dyn Observer,
        store: &mut StepStore<'_>,
    ) -> Result<Report> {
        if recipe.merge.is_some() {
            return self.run_sweep(recipe, &[], input, observer, store).await.map(|(report, _)| report);
        }
        let started = Instant::now();
        recipe.validate()?;
        let settings = recipe.resolve(self.config())?;
        let steps: Vec<&[Fact]> = recipe.step_facts().collect();
        let mut clock = Timing { load_seconds: input.load_seconds, ..Timing::default() };

        // Statistics, templates and the scores before are the unedited model's.
        let records = std::mem::take(&mut self.records);
        let history = std::mem::take(&mut self.history);
        self.clear_edits(&history);
        let prepared = self.prepare(recipe, &settings, &input, observer, &mut clock).await;
        let Prepared { mut procedure, statistics, templates, mut questions, before } = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                self.reinstate(records, &history)?;
                return Err(error);
            }
        };

        let mut report = self.blank_report(recipe, &settings, &templates, &statistics, &input);

        let mut fingerprint = run_fingerprint(self, recipe, &settings, &templates, &statistics);
        let mut kept = records.into_iter().enumerate();
        let mut after = before.clone();
        for (index, facts) in steps.iter().enumerate() {
            fingerprint = chain(&fingerprint, facts);
            let reusable = kept.next().filter(|(_, record)| record.fingerprint == fingerprint);
            let reused = reusable.is_some();
            let mut record = match reusable {
                Some((at, record)) => {
                    self.history.begin_step();
                    for (&layer, delta) in history.step(at).into_iter().flatten() {
                        self.history.apply(&mut self.model, layer, delta.clone());
                    }
                    for (&layer, keys) in &record.keys {
                        let update = history.step(at).and_then(|step| step.get(&layer));
                        procedure.remember(layer, &keys.solved, keys.recomputed.as_ref(), update)?;
                    }
                    record
                }
                None => {
                    kept = Vec::new().into_iter().enumerate();
                    self.make_step(&mut procedure, facts, &templates, &settings, &fingerprint, (index, &steps), observer).await?
                }
            };
            match &record.accuracy {
                Some((of, row)) if *of == questions.fingerprint && index + 1 < steps.len() => report.accuracy_matrix.push(row.clone()),
                _ => {
                    let clock_start = Instant::now();
                    let marks = questions.ask(self, observer, Activity::Evaluate, (index + 1, steps.len())).await;
                    clock.evaluate_seconds += clock_start.elapsed().as_secs_f64();
                    match marks {
                        Ok(marks) => after = marks,
                        Err(error) => {
                            self.records.push(record);
                            return Err(error);
                        }
                    }
                    after.note_recall(&mut record.report);
                    let row = questions.row(&after);
                    report.accuracy_matrix.push(row.clone());
                    record.accuracy = Some((questions.fingerprint.clone(), row));
                }
            }
            clock.target_seconds += record.report.target_seconds;
            clock.solve_seconds += record.report.solve_seconds;
            report.steps.push(record.report.clone());
            self.records.push(record);
            if !reused && let (Some(record), Some(deltas)) = (self.records.last(), self.history.step(index)) {
                store(record, deltas)?;
            }
            questions.fill(&mut report, recipe, &before, &after);
            clock.total_seconds = started.elapsed().as_secs_f64() + input.load_seconds;
            clock.resident_weight_bytes = Some(self.model.resident_bytes() as u64);
            report.timing = clock;
            observer.partial(&report);
        }
        questions.fill(&mut report, recipe, &before, &after);
        clock.total_seconds = started.elapsed().as_secs_f64() + input.load_seconds;
        finish(self, &mut report, recipe, &templates, clock);
        Ok(report)
    }

    /// The report of a run that has not begun.
    fn blank_report(
        &self,
        recipe: &Recipe,
        settings: &Settings,
        templates: &ContextTemplates,
        statistics: &Statistics,
        input: &RunInput,
    ) -> Report {
        Report {
            generator: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.name.clone(),
            model_sha256: self.sha256.clone(),
            device: self.device.clone(),
            method: recipe.method,
            mode: recipe.mode,
            projection: recipe.projection,
            merge: None,
            seed: recipe.seed,
            settings: settings.clone(),
            templates: templates.by_language().clone(),
            statistics: StatisticsReport {
                source: statistics.provenance().to_owned(),
                count: statistics.count() as u64,
                sha256: recipe.statistics.as_ref().and_then(|held| held.sha256.clone()),
            },
            steps: Vec::new(),
            languages: BTreeMap::new(),
            average: BeforeAfter::default(),
            accuracy_matrix: Vec::new(),
            skipped: input.skipped.clone(),
            timing: Timing::default(),
            chosen_layers: None,
            recipe: None,
        }
    }

    fn clear_edits(&mut self, history: &crate::edit::History) {
        let layers = (0..history.len()).filter_map(|step| history.step(step)).flat_map(|step| step.keys().copied());
        for layer in layers.collect::<std::collections::BTreeSet<_>>() {
            self.model.set_down(layer, None);
        }
    }

    fn reinstate(&mut self, records: Vec<StepRecord>, history: &crate::edit::History) -> Result<()> {
        for (index, record) in records.into_iter().enumerate() {
            self.restore(record, history.step(index).cloned().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// What is known only when all is done: time, memory, and the recipe that gives the report again.
fn finish(session: &Session, report: &mut Report, recipe: &Recipe, templates: &ContextTemplates, clock: Timing) {
    report.timing = Timing { resident_weight_bytes: Some(session.model.resident_bytes() as u64), ..clock };
    report.recipe = Some(Recipe { templates: Some(templates.by_language().clone()), ..recipe.clone() });
}
