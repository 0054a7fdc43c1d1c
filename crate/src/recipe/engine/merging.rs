//! A recipe that merges: one edit per language from W_0, then one change of the weights, made of all of them.

mod edits;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clock::Clock;
use super::fingerprint::{chain, run_fingerprint};
use super::input::Run;
use super::measure::{Measurement, Questionnaire};
use super::prepare::Prepared;
use super::step::several;
use crate::Result;
use crate::edit::{Changes, MergeSettings, merge_resting};
use crate::facts::Fact;
use crate::recipe::Recipe;
use crate::recipe::observer::Observer;
use crate::recipe::per_layer::PerLayer;
use crate::recipe::report::{MergeReport, Report, StepReport, SweepPoint};
use crate::recipe::separate_edits::{LanguageEdit, SeparateEdits};
use crate::recipe::session::Session;
use crate::recipe::step_record::StepRecord;

use edits::{Merge, all_keys};

/// Names the weights that a merge of separate edits gives. The seed is DARE's.
fn merged_name(fingerprint: &str, merge: &MergeSettings, seed: u64) -> String {
    format!("{fingerprint} merged {merge:?} with seed {seed}")
}

impl Session {
    /// Edits each language of `run` alone, measures the edits and each merge of the sweep, leaves the model with the merge that is wanted, and
    /// fills the report.
    pub(super) async fn run_merge(
        &mut self,
        run: &Run,
        wanted: MergeSettings,
        prepared: &mut Prepared,
        report: &mut Report,
        clock: &mut Clock,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let groups = by_language(&run.recipe);
        let job = Merge { run, wanted, steps: groups.len() + run.sweep.len() + 1, groups };
        let fingerprint = job
            .groups
            .iter()
            .fold(run_fingerprint(self, run, &prepared.statistics), |held, facts| chain(&held, facts, &prepared.templates));
        let mut separate = match self.separate.take().filter(|separate| separate.fingerprint == fingerprint) {
            Some(separate) => separate,
            None => SeparateEdits {
                targets: self.separate_targets(&job, &prepared.templates, observer).await?,
                fingerprint: fingerprint.clone(),
                own: None,
                shared: None,
            },
        };
        clock.count(|timing| &mut timing.target_seconds);
        let done = self.merge_all(&job, &fingerprint, prepared, &mut separate, (report, clock), observer).await;
        let Merged { alone, changes, columns, after } = match done {
            Ok(done) => done,
            Err(error) => {
                self.separate = Some(separate);
                return Err(error);
            }
        };

        let edits = separate.of(wanted.shared_covariance);
        for (edit, measured) in edits.iter().zip(&alone) {
            let mut step = edit.report.clone();
            measured.note_recall(&mut step);
            report.steps.push(step);
        }
        if let Some(questions) = &prepared.questions {
            report.accuracy_matrix = alone.iter().map(|measured| questions.row(measured)).collect();
        }
        report.merge = Some(MergeReport {
            settings: wanted,
            delta_norm: changes.iter().map(|(&layer, change)| (layer, change.frobenius_norm())).collect(),
            columns,
        });
        let targets = separate.targets.iter().flat_map(|(targets, _)| targets);
        let mut record = StepRecord {
            index: 0,
            fingerprint: merged_name(&fingerprint, &wanted, run.recipe.seed),
            targets: targets.map(|target| target.value.clone()).collect(),
            keys: BTreeMap::new(),
            separate_keys: all_keys(edits),
            report: merged_step(edits, report),
            accuracy: None,
        };
        self.separate = Some(separate);
        if let (Some(questions), Some(after)) = (&prepared.questions, &after) {
            after.note_recall(&mut record.report);
            record.accuracy = Some((questions.fingerprint.clone(), questions.row(after)));
            questions.fill(report, &run.recipe, after);
        }
        if let Some(changes) = self.history.last() {
            observer.step(&record, changes)?;
        }
        self.records.push(Arc::new(record));
        report.timing = self.timing(clock);
        observer.partial(report);
        clock.count(|timing| &mut timing.copy_seconds);
        Ok(())
    }

    /// Makes the edits that are missing, measures each alone and under each merge of the sweep, and leaves the model with the wanted one.
    /// `fingerprint` is that of the separate edits.
    async fn merge_all(
        &mut self,
        job: &Merge<'_>,
        fingerprint: &str,
        prepared: &mut Prepared,
        separate: &mut SeparateEdits,
        (report, clock): (&mut Report, &mut Clock),
        observer: &mut dyn Observer,
    ) -> Result<Merged> {
        let Merge { run, wanted, .. } = job;
        for shared in [false, true] {
            let needed = run.sweep.iter().chain([wanted]).any(|merge| merge.shared_covariance == shared);
            if needed && separate.slot(shared).is_none() {
                let edits = self.language_edits(job, prepared, &separate.targets, shared, observer).await?;
                *separate.slot(shared) = Some(edits);
            }
        }
        clock.count(|timing| &mut timing.solve_seconds);
        let mut alone = Vec::new();
        for (index, edit) in separate.of(wanted.shared_covariance).iter().enumerate() {
            let asked = prepared.questions.as_mut().filter(|_| job.asked_alone(index));
            alone.push(match asked {
                Some(questions) => {
                    let weights = format!("{fingerprint} {} alone, shared: {}", edit.language, wanted.shared_covariance);
                    self.measured(&alone_changes(edit)?, (&weights, false), questions, observer, (index + 1, job.steps)).await?
                }
                None => Measurement::default(),
            });
        }
        let merged_weights = |merge: &MergeSettings| merged_name(fingerprint, merge, run.recipe.seed);
        for (index, point) in run.sweep.iter().enumerate() {
            let Some(questions) = &mut prepared.questions else { break };
            let changes = merged_layers(separate.of(point.shared_covariance), point, run.recipe.seed)?;
            let step = (job.groups.len() + index + 1, job.steps);
            let measured = self.measured(&changes, (&merged_weights(point), true), questions, observer, step).await?;
            questions.fill(report, &run.recipe, &measured);
            report.sweep.push(SweepPoint {
                merge: *point,
                languages: report.languages.iter().map(|(code, accuracy)| (code.clone(), accuracy.after)).collect(),
                average: report.average.after,
            });
        }
        let changes = merged_layers(separate.of(wanted.shared_covariance), wanted, run.recipe.seed)?;
        let columns = changes.iter().map(|(&layer, change)| (layer, change.columns())).collect();
        let after = match &mut prepared.questions {
            Some(questions) => {
                Some(self.measured(&changes, (&merged_weights(wanted), true), questions, observer, (job.steps, job.steps)).await?)
            }
            None => None,
        };
        self.lay_changes(&changes);
        clock.count(|timing| &mut timing.evaluate_seconds);
        Ok(Merged { alone, changes, columns, after })
    }

    /// What the unedited model answers with `changes` laid over its weights, which then have the name `weights`; afterwards it is as it was.
    async fn measured(
        &mut self,
        changes: &Arc<Changes>,
        (weights, whole): (&str, bool),
        questions: &mut Questionnaire,
        observer: &mut dyn Observer,
        step: (usize, usize),
    ) -> Result<Measurement> {
        if let Some(measured) = questions.remembered(&mut self.memory, weights, whole) {
            return Ok(measured);
        }
        self.lay_changes(changes);
        let measured = questions.ask(self, (weights, whole), observer, step).await;
        self.take_edits();
        measured
    }

    /// Lays `changes` over the weights of the unedited model, as the one step of its history.
    fn lay_changes(&mut self, changes: &Arc<Changes>) {
        self.history.note(Arc::clone(changes));
        self.history.lay(&mut self.model, 0);
    }
}

/// What a merge gave.
struct Merged {
    /// What the model answers under each language's edit alone; nothing where it was not asked.
    alone: Vec<Measurement>,
    /// The changes of the wanted merge, and the columns of their factors.
    changes: Arc<Changes>,
    columns: PerLayer<usize>,
    /// What the model answers under them, where it was asked.
    after: Option<Measurement>,
}

/// What a language's edit alone changes.
fn alone_changes(edit: &LanguageEdit) -> Result<Arc<Changes>> {
    let changes = edit.deltas.iter().map(|(&layer, delta)| Ok((layer, delta.low_rank()?.into()))).collect::<Result<_>>()?;
    Ok(Arc::new(changes))
}

/// The recipe's facts by language, in the order of its languages; languages without facts are left out.
fn by_language(recipe: &Recipe) -> Vec<Vec<Fact>> {
    let of = |language: &String| recipe.facts.iter().filter(|fact| fact.language == *language).cloned().collect::<Vec<_>>();
    recipe.languages.iter().map(of).filter(|facts| !facts.is_empty()).collect()
}

/// The merge of every layer.
fn merged_layers(edits: &[LanguageEdit], settings: &MergeSettings, seed: u64) -> Result<Arc<Changes>> {
    let layers = edits.first().map(|edit| edit.deltas.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
    let of_layer = |layer: usize| {
        let updates: Vec<_> = edits.iter().filter_map(|edit| Some((edit.language.as_str(), edit.deltas.get(&layer)?))).collect();
        // Seeds have 53 bits, layers ten: each layer draws its own.
        merge_resting(&updates, settings, seed ^ ((layer as u64) << 53)).map(|change| (layer, change))
    };
    layers.into_iter().map(of_layer).collect::<Result<_>>().map(Arc::new)
}

/// The one step that a merge is in the history of edits.
fn merged_step(edits: &[LanguageEdit], report: &Report) -> StepReport {
    let reports = || edits.iter().map(|edit| &edit.report);
    StepReport {
        language: reports().next().map(|step| step.language.clone()).unwrap_or_default(),
        languages: several(edits.iter().map(|edit| &edit.language)),
        facts: reports().map(|step| step.facts).sum(),
        fact_ids: reports().flat_map(|step| step.fact_ids.iter().cloned()).collect(),
        null_dimension: reports().next().map(|step| step.null_dimension.clone()).unwrap_or_default(),
        seconds: reports().map(|step| step.seconds).sum(),
        target_seconds: reports().map(|step| step.target_seconds).sum(),
        solve_seconds: reports().map(|step| step.solve_seconds).sum(),
        losses: reports().flat_map(|step| step.losses.iter().cloned()).collect(),
        delta_norm: report.merge.as_ref().map(|merge| merge.delta_norm.clone()).unwrap_or_default(),
        ridge: reports().flat_map(|step| &step.ridge).map(|(&layer, &ridge)| (layer, ridge)).collect(),
        subject_fallbacks: reports().map(|step| step.subject_fallbacks).sum(),
        subject_fallback_ids: reports().flat_map(|step| step.subject_fallback_ids.iter().cloned()).collect(),
        subject_partials: reports().map(|step| step.subject_partials).sum(),
        rehearsed: Vec::new(),
        subject_partial_ids: reports().flat_map(|step| step.subject_partial_ids.iter().cloned()).collect(),
        ..StepReport::default()
    }
}
