//! The engine: (model, Recipe, Observer) -> Report. [`Session::run`] is the one door to it, for the command, an experiment's cell, the page,
//! a lesson and a link alike; [`Session::trial`] is the same and leaves the model as it was.

mod ahead;
mod clock;
mod collect;
mod fingerprint;
mod input;
mod measure;
mod merging;
mod prepare;
mod step;
mod steps;
mod vet;
mod warnings;

use std::collections::BTreeMap;

use super::digest::Digest;
use super::edits::Edits;
use super::observer::Observer;
use super::recipe::{Recipe, StatisticsRef};
use super::report::{BeforeAfter, Report, StatisticsReport, Timing};
use super::session::Session;
use crate::edit::{FactToken, MergeSettings, SettingName};
use crate::{Result, ensure};
use clock::Clock;
use input::Run;
use prepare::Prepared;

pub(super) use collect::Begun;
pub use input::{KeyStatistics, RecallInput, RunInput};

impl Session {
    /// Runs a recipe on the unedited model, which then has the recipe's edits in place of its own. Steps that this session has made already with
    /// the same facts, settings and statistics are not made again, and questions that were asked behind them are not asked again, as far as its
    /// memory goes. On an error, or when the observer cancels, the model is as it was before.
    ///
    /// # Errors
    /// The recipe is not valid or not for this model, no fact of it fits the model, a strict run has a fact that does not, a sweep without a
    /// merge, the device failed, the observer could not store a step, or it cancelled.
    pub async fn run(&mut self, input: RunInput, observer: &mut dyn Observer) -> Result<Report> {
        let before = self.take_edits();
        let outcome = self.run_unedited(input, &before, observer).await;
        if outcome.is_err() {
            self.take_edits();
            self.put_back(before);
        }
        outcome
    }

    /// As [`Session::run`], but the model is as it was before in any case. The steps are remembered, so that running the same recipe next does not
    /// make them again.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn trial(&mut self, input: RunInput, observer: &mut dyn Observer) -> Result<Report> {
        self.trial_then(input, observer, async |_, _| Ok(())).await.map(|(report, ())| report)
    }

    /// As [`Session::trial`], and asks something of the model while it has the recipe's edits.
    ///
    /// # Errors
    /// As [`Session::run`], and those of `ask`.
    pub async fn trial_then<T>(
        &mut self,
        input: RunInput,
        observer: &mut dyn Observer,
        ask: impl AsyncFnOnce(&Self, &mut dyn Observer) -> Result<T>,
    ) -> Result<(Report, T)> {
        let before = self.take_edits();
        let outcome = match self.run_unedited(input, &before, observer).await {
            Ok(report) => ask(self, observer).await.map(|answer| (report, answer)),
            Err(error) => Err(error),
        };
        self.take_edits();
        self.put_back(before);
        outcome
    }

    /// Runs a recipe on a model without edits; `before` are those that it had, whose steps need not be made again.
    async fn run_unedited(&mut self, mut input: RunInput, before: &Edits, observer: &mut dyn Observer) -> Result<Report> {
        let mut clock = Clock::start(input.spent);
        self.vet(&mut input, observer).await?;
        clock.count(|timing| &mut timing.template_seconds);
        let RunInput { recipe, sweep, statistics, evaluation, recall, data, skipped, mut warnings, strict: _, chosen_layers, spent: _ } =
            input;
        ensure!(sweep.is_empty() || recipe.merge.is_some(), Usage, "a sweep over merges needs a recipe that merges");
        ensure!(sweep.is_empty() || evaluation.asks(), Usage, "a sweep over merges measures them: it cannot be run without evaluation");
        sweep.iter().try_for_each(MergeSettings::check)?;
        let mut run = Run { settings: recipe.resolve(self.config())?, recipe, sweep, evaluation };
        run.settings.check_method(run.recipe.method)?;
        if !run.recipe.method.spec().uses(SettingName::FactToken) {
            // How a fact is divided into requests is decided before the method sees it.
            run.settings.fact_token = FactToken::SubjectLast;
        }
        let mut prepared = self.prepare(&run, statistics, recall.as_ref(), observer, &mut clock).await?;

        let statistics = StatisticsReport {
            source: prepared.statistics.provenance().to_owned(),
            count: prepared.statistics.count() as u64,
            sha256: prepared.statistics_sha256.clone(),
        };
        run.recipe.statistics = Some(StatisticsRef { source: statistics.source.clone(), sha256: statistics.sha256.clone() });
        let mut report = self.blank_report(&run, &prepared, statistics);
        (report.data, report.skipped, report.chosen_layers) = (data, skipped, chosen_layers);
        match run.recipe.merge {
            Some(merge) => self.run_merge(&run, merge, &mut prepared, &mut report, &mut clock, observer).await?,
            None => self.run_steps(&run, before, &mut prepared, &mut report, &mut clock, observer).await?,
        }
        warnings.extend(self.warnings(&report, &run.recipe)?);
        report.warnings = warnings;
        let expected = Some(Digest::of(&report));
        report.recipe = Some(Recipe { templates: Some(report.templates.clone()), expected, ..run.recipe });
        clock.count(|timing| &mut timing.copy_seconds);
        report.timing = self.timing(&clock);
        Ok(report)
    }

    /// The report of a run that has not begun.
    fn blank_report(&self, run: &Run, prepared: &Prepared, statistics: StatisticsReport) -> Report {
        let Run { recipe, settings, .. } = run;
        Report {
            generator: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.name.clone(),
            model_sha256: self.sha256.clone(),
            device: self.device.clone(),
            method: recipe.method,
            mode: recipe.mode,
            projection: settings.projection,
            merge: None,
            seed: recipe.seed,
            settings: settings.clone(),
            data: None,
            templates: prepared.templates.by_language().clone(),
            statistics,
            projectors: prepared.projectors.clone(),
            steps: Vec::new(),
            languages: BTreeMap::new(),
            average: BeforeAfter::default(),
            facts: Vec::new(),
            accuracy_matrix: Vec::new(),
            sweep: Vec::new(),
            skipped: Vec::new(),
            warnings: Vec::new(),
            timing: Timing::default(),
            chosen_layers: None,
            recipe: None,
        }
    }

    /// Time and memory so far.
    fn timing(&self, clock: &Clock) -> Timing {
        Timing { resident_weight_bytes: Some(self.model.resident_bytes() as u64), ..clock.timing() }
    }
}
