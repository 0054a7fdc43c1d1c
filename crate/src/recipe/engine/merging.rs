//! A recipe that merges: one edit per language from W_0, then one change of the weights, made of all of them.

mod edits;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use web_time::Instant;

use super::measure::Marks;
use super::{Activity, Observer, Prepared, Report, RunInput, Session, StepStore, Timing, chain, finish, run_fingerprint};
use crate::edit::{LanguageUpdate, MergeSettings, Settings, merge};
use crate::facts::Fact;
use crate::linalg::LowRank;
use crate::recipe::Recipe;
use crate::recipe::report::{Accuracy, MergeReport, StepReport};
use crate::recipe::session::StepRecord;
use crate::{Error, ErrorKind, Result, ensure};

pub(in crate::recipe) use edits::SeparateEdits;
use edits::{LanguageEdit, all_keys};

/// Accuracy under one merge of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// How the languages' edits were merged.
    pub merge: MergeSettings,
    /// Accuracy by language.
    pub languages: BTreeMap<String, Accuracy>,
    /// Mean over the languages.
    pub average: Accuracy,
}

/// A merge at work: what every part of it needs.
struct Run<'a> {
    recipe: &'a Recipe,
    settings: Settings,
    groups: Vec<Vec<Fact>>,
    /// Steps that the observer hears of: languages, variants, the merge itself.
    steps: usize,
}

impl Session {
    /// [`Session::run`] of a recipe with `merge`, and accuracy under other merges of the same edits. The model ends with the recipe's merge.
    ///
    /// # Errors
    /// As [`Session::run`]; `Usage` where the recipe does not merge or a variant is out of range. The edits before stay as they were.
    pub async fn run_sweep(
        &mut self,
        recipe: &Recipe,
        variants: &[MergeSettings],
        input: RunInput,
        observer: &mut dyn Observer,
        store: &mut StepStore<'_>,
    ) -> Result<(Report, Vec<SweepPoint>)> {
        recipe.validate()?;
        ensure!(recipe.merge.is_some(), Usage, "the recipe does not say how to merge");
        variants.iter().try_for_each(MergeSettings::check)?;
        let settings = recipe.resolve(self.config())?;
        let groups = by_language(recipe);
        let run = Run { recipe, settings, steps: groups.len() + variants.len() + 1, groups };
        let records = std::mem::take(&mut self.records);
        let history = std::mem::take(&mut self.history);
        self.clear_edits(&history);
        match self.merged(&run, variants, &input, observer).await {
            Ok(done) => {
                if let (Some(record), Some(deltas)) = (self.records.first(), self.history.step(0)) {
                    store(record, deltas)?;
                }
                observer.partial(&done.0);
                Ok(done)
            }
            Err(error) => {
                self.undo_to(0);
                self.reinstate(records, &history)?;
                Err(error)
            }
        }
    }

    async fn merged(
        &mut self,
        run: &Run<'_>,
        variants: &[MergeSettings],
        input: &RunInput,
        observer: &mut dyn Observer,
    ) -> Result<(Report, Vec<SweepPoint>)> {
        let started = Instant::now();
        let recipe = run.recipe;
        let wanted = recipe.merge.ok_or_else(|| Error::new(ErrorKind::Usage, "the recipe does not say how to merge"))?;
        let mut clock = Timing { load_seconds: input.load_seconds, ..Timing::default() };
        let mut prepared = self.prepare(recipe, &run.settings, input, observer, &mut clock).await?;
        let mut report = self.blank_report(recipe, &run.settings, &prepared.templates, &prepared.statistics, input);

        let fingerprint = run_fingerprint(self, recipe, &run.settings, &prepared.templates, &prepared.statistics);
        let fingerprint = run.groups.iter().fold(fingerprint, |held, facts| chain(&held, facts));
        let mut separate = match self.separate.take().filter(|separate| separate.fingerprint == fingerprint) {
            Some(separate) => separate,
            None => SeparateEdits {
                targets: self.separate_targets(run, &prepared.templates, observer).await?,
                fingerprint: fingerprint.clone(),
                own: None,
                shared: None,
            },
        };
        let done = self.merge_all(run, (&wanted, variants), &mut prepared, &mut separate, (&mut report, &mut clock), observer).await;
        self.separate = Some(separate);
        let (points, deltas, after) = done?;

        let edits = self.separate.as_ref().map_or(&[][..], |separate| separate.of(wanted.shared_covariance));
        report.steps = edits.iter().map(|edit| edit.report.clone()).collect();
        report.accuracy_matrix = edits.iter().filter_map(|edit| edit.alone.as_ref().map(|(_, row)| row.clone())).collect();
        report.merge = Some(MergeReport {
            settings: wanted,
            delta_norm: deltas.iter().map(|(&layer, delta)| (layer, delta.frobenius_norm())).collect(),
            columns: deltas.iter().map(|(&layer, delta)| (layer, delta.rank())).collect(),
        });
        let targets = self.separate.iter().flat_map(|separate| &separate.targets).flat_map(|(targets, _)| targets);
        let mut record = StepRecord {
            index: 0,
            languages: run.groups.iter().flatten().map(|fact| fact.language.clone()).collect(),
            fingerprint: format!("{fingerprint} merged {wanted:?}"),
            targets: targets.map(|target| target.value.clone()).collect(),
            keys: all_keys(edits)?,
            report: merged_step(edits, &report),
            accuracy: Some((prepared.questions.fingerprint.clone(), prepared.questions.row(&after))),
        };
        after.note_recall(&mut record.report);
        self.records.push(record);
        prepared.questions.fill(&mut report, recipe, &prepared.before, &after);
        clock.target_seconds = report.steps.iter().map(|step| step.target_seconds).sum();
        clock.total_seconds = started.elapsed().as_secs_f64() + input.load_seconds;
        finish(self, &mut report, recipe, &prepared.templates, clock);
        Ok((report, points))
    }

    /// Makes the edits that are missing, measures each alone and under each variant, and leaves the model with the merge that is wanted.
    async fn merge_all(
        &mut self,
        run: &Run<'_>,
        (wanted, variants): (&MergeSettings, &[MergeSettings]),
        prepared: &mut Prepared,
        separate: &mut SeparateEdits,
        (report, clock): (&mut Report, &mut Timing),
        observer: &mut dyn Observer,
    ) -> Result<(Vec<SweepPoint>, BTreeMap<usize, LowRank>, Marks)> {
        let started = Instant::now();
        for shared in [false, true] {
            let needed = variants.iter().chain([wanted]).any(|merge| merge.shared_covariance == shared);
            if needed && separate.slot(shared).is_none() {
                let edits = self.language_edits(run, prepared, &separate.targets, shared).await?;
                *separate.slot(shared) = Some(edits);
            }
        }
        clock.solve_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        for (index, edit) in separate.slot(wanted.shared_covariance).iter_mut().flatten().enumerate() {
            if edit.alone.as_ref().is_none_or(|(asked, _)| *asked != prepared.questions.fingerprint) {
                let marks = self.measured(&edit.deltas, prepared, observer, (index + 1, run.steps)).await;
                self.undo_to(0);
                let marks = marks?;
                marks.note_recall(&mut edit.report);
                edit.alone = Some((prepared.questions.fingerprint.clone(), prepared.questions.row(&marks)));
            }
        }
        let mut points = Vec::with_capacity(variants.len());
        for (index, variant) in variants.iter().enumerate() {
            let deltas = merged_layers(separate.of(variant.shared_covariance), variant, run.recipe.seed)?;
            let marks = self.measured(&deltas, prepared, observer, (run.groups.len() + index + 1, run.steps)).await;
            self.undo_to(0);
            prepared.questions.fill(report, run.recipe, &prepared.before, &marks?);
            points.push(SweepPoint {
                merge: *variant,
                languages: report.languages.iter().map(|(code, accuracy)| (code.clone(), accuracy.after)).collect(),
                average: report.average.after,
            });
        }
        let deltas = merged_layers(separate.of(wanted.shared_covariance), wanted, run.recipe.seed)?;
        let after = self.measured(&deltas, prepared, observer, (run.steps, run.steps)).await?;
        clock.evaluate_seconds += started.elapsed().as_secs_f64();
        Ok((points, deltas, after))
    }

    /// The marks with `deltas` laid over the base weights; they stay there.
    async fn measured(
        &mut self,
        deltas: &BTreeMap<usize, LowRank>,
        prepared: &mut Prepared,
        observer: &mut dyn Observer,
        step: (usize, usize),
    ) -> Result<Marks> {
        self.history.begin_step();
        for (&layer, delta) in deltas {
            self.history.apply(&mut self.model, layer, delta.clone());
        }
        prepared.questions.ask(self, observer, Activity::Evaluate, step).await
    }
}

/// The recipe's facts by language, in the order of its languages; languages without facts are left out.
fn by_language(recipe: &Recipe) -> Vec<Vec<Fact>> {
    let of = |language: &String| recipe.facts.iter().filter(|fact| fact.language == *language).cloned().collect::<Vec<_>>();
    recipe.languages.iter().map(of).filter(|facts| !facts.is_empty()).collect()
}

/// The merge of every layer.
fn merged_layers(edits: &[LanguageEdit], settings: &MergeSettings, seed: u64) -> Result<BTreeMap<usize, LowRank>> {
    let layers = edits.first().map(|edit| edit.deltas.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
    layers
        .into_iter()
        .map(|layer| {
            let updates: Vec<LanguageUpdate<'_>> = edits
                .iter()
                .filter_map(|edit| edit.deltas.get(&layer).map(|delta| LanguageUpdate { language: &edit.language, delta }))
                .collect();
            // Seeds have 53 bits, layers ten: each layer draws its own.
            merge(&updates, settings, seed ^ ((layer as u64) << 53)).map(|delta| (layer, delta))
        })
        .collect()
}

/// The one step that a merge is in the history of edits.
fn merged_step(edits: &[LanguageEdit], report: &Report) -> StepReport {
    let reports = || edits.iter().map(|edit| &edit.report);
    StepReport {
        language: reports().next().map(|step| step.language.clone()).unwrap_or_default(),
        facts: reports().map(|step| step.facts).sum(),
        fact_ids: reports().flat_map(|step| step.fact_ids.iter().cloned()).collect(),
        null_dimension: reports().next().map(|step| step.null_dimension.clone()).unwrap_or_default(),
        seconds: reports().map(|step| step.seconds).sum(),
        target_seconds: reports().map(|step| step.target_seconds).sum(),
        solve_seconds: reports().map(|step| step.solve_seconds).sum(),
        losses: reports().flat_map(|step| step.losses.iter().cloned()).collect(),
        delta_norm: report.merge.as_ref().map(|merge| merge.delta_norm.clone()).unwrap_or_default(),
        subject_fallbacks: reports().map(|step| step.subject_fallbacks).sum(),
        subject_partials: reports().map(|step| step.subject_partials).sum(),
        ..StepReport::default()
    }
}
