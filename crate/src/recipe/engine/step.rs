//! One step: the edit, and what the report says of it.

use std::collections::BTreeMap;

use web_time::Instant;

use super::input::Run;
use crate::edit::{FactToken, LayerOutcome, Procedure, Request, Settings, SolverReport, Stage, StepOutcome, StepProgress, edit_step};
use crate::facts::Fact;
use crate::linalg::Matrix;
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::per_layer::PerLayer;
use crate::recipe::report::StepReport;
use crate::recipe::session::Session;
use crate::recipe::step_record::{HeldKey, StepKeys, StepRecord, held_keys};
use crate::recipe::warning::NamedFact;
use crate::text::{ContextTemplates, MatchKind};
use crate::{Result, ensure};

impl Session {
    /// Makes the step at `index` of all steps: its facts edited into the weights, and what the report says of it.
    pub(super) async fn make_step(
        &mut self,
        Run { settings, .. }: &Run,
        templates: &ContextTemplates,
        procedure: &mut Procedure,
        fingerprint: &str,
        (index, all_steps): (usize, &[&[Fact]]),
        observer: &mut dyn Observer,
    ) -> Result<StepRecord> {
        let facts = all_steps.get(index).copied().unwrap_or_default();
        let steps = all_steps.len();
        observer.pause().await;
        ensure!(!observer.cancelled(), Cancelled, "stopped before step {}", index + 1);
        let started = Instant::now();
        let before: Vec<&Fact> = all_steps.get(..index).unwrap_or_default().iter().flat_map(|step| step.iter()).collect();
        let stages = self.stages(facts, &before, templates, settings)?;
        let requests = stages.iter().map(|stage| stage.requests.len()).sum();
        let layers = stages.iter().map(|stage| stage.settings.layers.len()).sum();
        let watch = self.watch(all_steps.get(..index).unwrap_or_default(), facts, settings).await?;
        observer.progress(Activity::Targets, index + 1, steps, 0, requests);
        let solver = self.solver;
        let outcome = edit_step(&mut self.model, &mut self.history, procedure, &stages, solver, |progress| {
            let (activity, done, of) = match progress {
                StepProgress::Targets(done) => (Activity::Targets, done, requests),
                StepProgress::Layers(done) => (Activity::Solve, done, layers),
            };
            observer.progress(activity, index + 1, steps, done, of);
            !observer.cancelled()
        })
        .await?;
        let mut report = step_report(facts, &stages, &outcome);
        if let (Some(stage), Some(layer)) = (stages.last(), outcome.layers.last()) {
            report.rehearsed = rehearsed(&before, &stage.earlier, &layer.rehearsed);
        }
        report.leak = self.leak(index, &outcome)?;
        report.figures = Some(self.figures(index, facts, &outcome, procedure.editor(), settings, watch).await?);
        report.seconds = started.elapsed().as_secs_f64();
        Ok(StepRecord {
            index,
            fingerprint: fingerprint.to_owned(),
            targets: outcome.targets,
            keys: outcome
                .layers
                .into_iter()
                .map(|LayerOutcome { layer, keys, rehearsed, recomputed, .. }| {
                    let stage = stages.iter().find(|stage| stage.settings.layers.contains(&layer));
                    let languages = stage.map(|stage| request_languages(facts, &stage.requests)).unwrap_or_default();
                    (layer, StepKeys { languages, solved: keys, rehearsed, recomputed })
                })
                .collect(),
            separate_keys: BTreeMap::new(),
            report,
            accuracy: None,
        })
    }

    /// The stages of a step of `facts` behind those of the facts `before`. Where there are several, the last asks for what the ones before it spoiled.
    fn stages(&self, facts: &[Fact], before: &[&Fact], templates: &ContextTemplates, settings: &Settings) -> Result<Vec<Stage>> {
        let stage = |settings: Settings| Ok(Stage { requests: self.requests(facts, templates, &settings)?, earlier: Vec::new(), settings });
        let mut stages: Vec<Stage> = settings.stages().into_iter().map(stage).collect::<Result<_>>()?;
        if let [_, .., last] = &mut stages[..] {
            last.earlier = self.requests(before.iter().copied(), templates, &last.settings)?;
        }
        Ok(stages)
    }

    /// The requests of `facts`, in order: their prompts in every context template of their language.
    pub(super) fn requests<'a>(
        &self,
        facts: impl IntoIterator<Item = &'a Fact>,
        templates: &ContextTemplates,
        settings: &Settings,
    ) -> Result<Vec<Request>> {
        let mut requests = Vec::new();
        for fact in facts {
            let templates: Vec<String> = templates.get(&fact.language).into_iter().map(str::to_owned).collect();
            requests.extend(Request::all(&self.tokenizer, fact, &templates, settings.fact_token)?);
        }
        Ok(requests)
    }

    /// `|Delta K|_F / (|Delta|_F |K|_F)` of the step's updates on the keys edited before, by language and layer; without those of facts that the
    /// step wrote again.
    fn leak(&self, index: usize, outcome: &StepOutcome) -> Result<BTreeMap<String, PerLayer<f64>>> {
        let mut leaks: BTreeMap<String, PerLayer<f64>> = BTreeMap::new();
        for layer in &outcome.layers {
            let Some(delta) = self.history.step(index).and_then(|step| step.get(&layer.layer)) else { continue };
            let mut energies: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
            let past = || self.records.iter().enumerate().filter_map(|(step, record)| Some((step, &record.keys.get(&layer.layer)?.solved)));
            let all_moved = delta.apply_each(&past().map(|(_, keys)| keys).collect::<Vec<_>>())?;
            let moved: BTreeMap<usize, Matrix> = past().map(|(step, _)| step).zip(all_moved).collect();
            for (place, HeldKey { language, at: (step, column), solved, .. }) in
                held_keys(&self.records, layer.layer).into_iter().enumerate()
            {
                let Some(moved) = moved.get(&step).filter(|_| layer.rehearsed.binary_search(&place).is_err()) else { continue };
                let entry = energies.entry(language).or_default();
                entry.0 += moved.col(column).squared_norm_l2();
                entry.1 += solved.squared_norm_l2();
            }
            for (language, (moved, held)) in energies {
                let scale = layer.delta_norm * held.sqrt();
                let leak = if scale > 0.0 { moved.sqrt() / scale } else { 0.0 };
                leaks.entry(language.to_owned()).or_default().insert(layer.layer, leak);
            }
        }
        Ok(leaks)
    }
}

/// The language of each request of `facts`.
fn request_languages(facts: &[Fact], requests: &[Request]) -> Vec<String> {
    let of_fact = |(fact, requests): (&Fact, &[Request])| vec![fact.language.clone(); requests.len()];
    facts.iter().zip(Request::by_fact(requests)).flat_map(of_fact).collect()
}

/// The facts of `before` whose requests, `earlier`, at the places `rehearsed` were written again.
fn rehearsed(before: &[&Fact], earlier: &[Request], rehearsed: &[usize]) -> Vec<NamedFact> {
    let mut end = 0;
    let of_fact = |requests: &[Request]| {
        let start = end;
        end += requests.len();
        rehearsed.iter().any(|place| (start..end).contains(place))
    };
    let again = Request::by_fact(earlier).map(of_fact);
    before.iter().zip(again).filter(|(_, again)| *again).map(|(fact, _)| NamedFact::of(fact)).collect()
}

/// The loss of each fact at each step of descent: the mean over its requests, one that ended early keeping its last.
fn losses_by_fact(requests: &[Request], losses: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let mut rest = losses;
    let of_fact = |requests: &[Request]| {
        let (own, later) = rest.split_at(requests.len().min(rest.len()));
        rest = later;
        let steps = own.iter().map(Vec::len).max().unwrap_or(0);
        let at = |curve: &Vec<f32>, step: usize| curve.get(step).or(curve.last()).map_or(0.0, |&loss| f64::from(loss));
        (0..steps).map(|step| own.iter().map(|curve| at(curve, step)).sum::<f64>() / own.len() as f64).collect()
    };
    Request::by_fact(requests).map(of_fact).collect()
}

/// The report of a step but its time, leak and figures.
pub(super) fn step_report(facts: &[Fact], stages: &[Stage], outcome: &StepOutcome) -> StepReport {
    let at_subjects =
        || stages.iter().filter(|stage| stage.settings.fact_token == FactToken::SubjectLast).flat_map(|stage| &stage.requests);
    let mean_norm = |matrix: &Matrix| matrix.col_iter().map(|column| column.norm_l2()).sum::<f64>() / matrix.ncols().max(1) as f64;
    let per_layer = |value: &dyn Fn(&LayerOutcome) -> Option<f64>| -> PerLayer<f64> {
        outcome.layers.iter().filter_map(|layer| Some((layer.layer, value(layer)?))).collect()
    };
    let found = |how: MatchKind| -> Vec<String> {
        // At the subject a fact has one request.
        facts.iter().zip(at_subjects()).filter(|(_, request)| request.matched == how).map(|(fact, _)| fact.id.clone()).collect()
    };
    let (nowhere, partly) = (found(MatchKind::PromptEnd), found(MatchKind::Partial));
    StepReport {
        language: facts.first().map(|fact| fact.language.clone()).unwrap_or_default(),
        languages: several(facts.iter().map(|fact| &fact.language)),
        facts: facts.len(),
        fact_ids: facts.iter().map(|fact| fact.id.clone()).collect(),
        null_dimension: outcome.layers.iter().filter_map(|layer| Some((layer.layer, layer.null_dimension?))).collect(),
        seconds: 0.0,
        target_seconds: outcome.target_seconds,
        solve_seconds: outcome.solve_seconds,
        losses: stages.last().map(|stage| losses_by_fact(&stage.requests, &outcome.losses)).unwrap_or_default(),
        z_error: per_layer(&|layer| layer.target_error),
        delta_norm: per_layer(&|layer| Some(layer.delta_norm)),
        key_norm: per_layer(&|layer| Some(mean_norm(&layer.keys))),
        residual_norm: per_layer(&|layer| layer.residuals.as_ref().map(mean_norm)),
        leak: BTreeMap::new(),
        solver: outcome.layers.iter().filter_map(|layer| layer.solver).reduce(SolverReport::and).filter(|solver| !solver.is_of_host()),
        ridge: per_layer(&|layer| Some(layer.ridge).filter(|&ridge| ridge > 0.0)),
        subject_fallbacks: nowhere.len(),
        subject_fallback_ids: nowhere,
        subject_partials: partly.len(),
        subject_partial_ids: partly,
        rehearsed: Vec::new(),
        recall: BTreeMap::new(),
        recall_subject: BTreeMap::new(),
        figures: None,
    }
}

/// The languages in the order in which they come; nothing where there is only one.
pub(super) fn several<'a>(languages: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for language in languages {
        if !found.contains(language) {
            found.push(language.clone());
        }
    }
    if found.len() > 1 { found } else { Vec::new() }
}
