//! The languages' separate edits: made once, merged in many ways.

use std::collections::BTreeMap;

use web_time::Instant;

use super::super::input::Run;
use super::super::prepare::Prepared;
use super::super::step::step_report;
use crate::edit::{Group, LayerOutcome, MergeSettings, Procedure, Request, Stage, StepOutcome, Target, target_values, update_layers};
use crate::facts::Fact;
use crate::linalg::{KeyCovariance, Resting};
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::per_layer::PerLayer;
use crate::recipe::separate_edits::LanguageEdit;
use crate::recipe::session::Session;
use crate::text::ContextTemplates;
use crate::{Result, bail, ensure};

/// A merge at work.
pub(super) struct Merge<'a> {
    pub(super) run: &'a Run,
    pub(super) wanted: MergeSettings,
    /// The facts of each language.
    pub(super) groups: Vec<Vec<Fact>>,
    /// Steps that the observer hears of: languages, points of the sweep, the merge itself.
    pub(super) steps: usize,
}

impl Merge<'_> {
    /// Whether the questions are asked under the edit of the language at `index` alone.
    pub(super) fn asked_alone(&self, index: usize) -> bool {
        self.run.evaluation.between(index)
    }
}

impl Session {
    /// The requests of each language.
    fn group_requests(&self, job: &Merge<'_>, templates: &ContextTemplates) -> Result<Vec<Vec<Request>>> {
        job.groups.iter().map(|facts| self.requests(facts, templates, &job.run.settings)).collect()
    }

    /// The target values of each language on the unedited model.
    pub(super) async fn separate_targets(
        &self,
        job: &Merge<'_>,
        templates: &ContextTemplates,
        observer: &mut dyn Observer,
    ) -> Result<Vec<(Vec<Target>, f64)>> {
        let mut all = Vec::with_capacity(job.groups.len());
        for (index, requests) in self.group_requests(job, templates)?.iter().enumerate() {
            observer.pause().await;
            ensure!(!observer.cancelled(), Cancelled, "stopped before language {}", index + 1);
            let started = Instant::now();
            observer.progress(Activity::Targets, index + 1, job.steps, 0, requests.len());
            let targets = target_values(&self.model, requests, &job.run.settings, |done| {
                observer.progress(Activity::Targets, index + 1, job.steps, done, requests.len());
                !observer.cancelled()
            })
            .await?;
            all.push((targets, started.elapsed().as_secs_f64()));
        }
        Ok(all)
    }

    /// Each language's edit from the unedited model: one language after the other, or all side by side where they share a covariance.
    pub(super) async fn language_edits(
        &mut self,
        job: &Merge<'_>,
        prepared: &Prepared,
        targets: &[(Vec<Target>, f64)],
        shared: bool,
        observer: &mut dyn Observer,
    ) -> Result<Vec<LanguageEdit>> {
        let settings = &job.run.settings;
        let requests = self.group_requests(job, &prepared.templates)?;
        let groups: Vec<Group<'_>> = requests.iter().zip(targets).map(|(requests, (targets, _))| Group { requests, targets }).collect();
        let mut procedure = Procedure::new(job.run.recipe.method, settings, &prepared.statistics)?;
        let Some(editor) = procedure.editor_mut() else {
            MergeSettings::check_base(job.run.recipe.method)?;
            bail!(Usage, "edits made by `{}` cannot be merged", job.run.recipe.method);
        };
        // Of twelve languages of 700 facts each the factors and keys take up what five Cholesky factors would; those are made again for each language
        // in a thousandth of the time that its target values take.
        if !KeyCovariance::is_small(self.config().inner) {
            editor.hold_one_factor();
        }
        let together = if shared { groups.len().max(1) } else { 1 };
        let (layers, passes) = (settings.layers.len(), groups.len().div_ceil(together));
        let mut made: Vec<LanguageEdit> = Vec::with_capacity(groups.len());
        for (pass, groups) in groups.chunks(together).enumerate() {
            let started = Instant::now();
            let edits = update_layers(&mut self.model, editor, groups, settings, self.solver, shared, |done| {
                observer.progress(Activity::Solve, 0, job.steps, pass * layers + done, passes * layers);
                !observer.cancelled()
            })
            .await?;
            let each_seconds = started.elapsed().as_secs_f64() / groups.len() as f64;
            for (edit, group) in edits.into_iter().zip(groups) {
                let target_seconds = targets.get(made.len()).map_or(0.0, |(_, seconds)| *seconds);
                let outcome = StepOutcome {
                    targets: Vec::new(),
                    losses: group.targets.iter().map(|target| target.losses.clone()).collect(),
                    layers: edit.layers,
                    target_seconds,
                    solve_seconds: each_seconds,
                };
                let facts = job.groups.get(made.len()).map(Vec::as_slice).unwrap_or_default();
                let stage = Stage { requests: group.requests.to_vec(), earlier: Vec::new(), settings: settings.clone() };
                let mut report = step_report(facts, &[stage], &outcome);
                report.seconds = target_seconds + each_seconds;
                let resting = |layer: LayerOutcome| {
                    let dim = layer.keys.nrows();
                    (layer.layer, Resting::new(layer.keys, dim))
                };
                made.push(LanguageEdit {
                    language: report.language.clone(),
                    report,
                    keys: outcome.layers.into_iter().map(resting).collect(),
                    deltas: edit.updates.into_iter().map(|(layer, update)| (layer, update.into())).collect(),
                });
            }
        }
        let leaks: Vec<_> = made.iter().map(|edit| leak(edit, &made)).collect::<Result<_>>()?;
        for (edit, leak) in made.iter_mut().zip(leaks) {
            edit.report.leak = leak;
        }
        Ok(made)
    }
}

/// `|Delta_t K_j|_F / (|Delta_t|_F |K_j|_F)` of a language's update on the keys of each other one.
fn leak(edit: &LanguageEdit, all: &[LanguageEdit]) -> Result<BTreeMap<String, PerLayer<f64>>> {
    let mut leaks: BTreeMap<String, PerLayer<f64>> = BTreeMap::new();
    for (layer, delta) in &edit.deltas {
        let delta = delta.low_rank()?;
        let norm = delta.frobenius_norm();
        for other in all.iter().filter(|other| other.language != edit.language) {
            let Some(keys) = other.keys.get(layer).map(Resting::wide) else { continue };
            let scale = norm * keys.norm_l2();
            let leak = if scale > 0.0 { delta.apply(&keys)?.norm_l2() / scale } else { 0.0 };
            leaks.entry(other.language.clone()).or_default().insert(*layer, leak);
        }
    }
    Ok(leaks)
}

/// The keys of each language by layer, in the order of the languages.
pub(super) fn all_keys(edits: &[LanguageEdit]) -> BTreeMap<usize, Vec<Resting>> {
    let mut all: BTreeMap<usize, Vec<Resting>> = BTreeMap::new();
    for (&layer, keys) in edits.iter().flat_map(|edit| &edit.keys) {
        all.entry(layer).or_default().push(keys.clone());
    }
    all
}
