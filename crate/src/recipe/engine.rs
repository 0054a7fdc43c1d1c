//! The engine: (model, Recipe, Observer) -> Report.

mod merging;

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use web_time::Instant;

use super::observer::{Activity, Observer};
use super::recipe::Recipe;
use super::report::{Accuracy, LanguageAccuracy, LanguageReport, PerLayer, Report, StatisticsReport, StepReport, Timing};
use super::session::{Session, StepKeys, StepRecord};
use crate::checkpoint::digest::hex;
use crate::edit::settings::is_tiny;
use crate::edit::{Procedure, Request, Settings, Statistics, StepOutcome, edit_step};
use crate::evaluate::{Examination, Scores};
use crate::facts::{Fact, Skipped};
use crate::linalg::{Matrix, Update};
use crate::text::{ContextTemplates, MatchKind};
use crate::{Result, ensure};

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
        let Prepared { mut procedure, statistics, templates, mut examination, asked, before } = match prepared {
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
                Some((of, row)) if *of == asked && index + 1 < steps.len() => report.accuracy_matrix.push(row.clone()),
                _ => {
                    let clock_start = Instant::now();
                    let scores = ask(&mut examination, self, observer, Activity::Evaluate, (index + 1, steps.len())).await;
                    clock.evaluate_seconds += clock_start.elapsed().as_secs_f64();
                    match scores {
                        Ok(scores) => after = scores,
                        Err(error) => {
                            self.records.push(record);
                            return Err(error);
                        }
                    }
                    let row = matrix_row(&examination, &after);
                    report.accuracy_matrix.push(row.clone());
                    record.accuracy = Some((asked.clone(), row));
                }
            }
            clock.target_seconds += record.report.target_seconds;
            clock.solve_seconds += record.report.solve_seconds;
            report.steps.push(record.report.clone());
            self.records.push(record);
            if !reused && let (Some(record), Some(deltas)) = (self.records.last(), self.history.step(index)) {
                store(record, deltas)?;
            }
            fill_accuracy(&mut report, &examination, recipe, &before, &after);
            clock.total_seconds = started.elapsed().as_secs_f64() + input.load_seconds;
            clock.resident_weight_bytes = Some(self.model.resident_bytes() as u64);
            report.timing = clock;
            observer.partial(&report);
        }
        fill_accuracy(&mut report, &examination, recipe, &before, &after);
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
            average: LanguageReport::default(),
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

    async fn prepare(
        &mut self,
        recipe: &Recipe,
        settings: &Settings,
        input: &RunInput,
        observer: &mut dyn Observer,
        clock: &mut Timing,
    ) -> Result<Prepared> {
        let started = Instant::now();
        let statistics = match &input.statistics {
            Some(statistics) => statistics.clone(),
            None => self.default_statistics(&recipe.languages, settings.statistics_layers(recipe.method), observer).await?,
        };
        clock.statistics_seconds = started.elapsed().as_secs_f64();

        let templates = self.templates(recipe, observer).await?;

        let started = Instant::now();
        let lowest = settings.layers.first().copied().unwrap_or(0);
        let mut examination = Examination::new(&self.model, &self.tokenizer, &recipe.facts, lowest)?;
        let asked = facts_fingerprint(&recipe.facts);
        let before = ask(&mut examination, self, observer, Activity::EvaluateBefore, (0, recipe.steps.len())).await?;
        clock.evaluate_seconds = started.elapsed().as_secs_f64();
        Ok(Prepared { procedure: Procedure::new(recipe.method, settings, &statistics)?, statistics, templates, examination, asked, before })
    }

    /// The context templates of `recipe`: those that it carries, or else the unedited model's own, sampled with its seed. To be called
    /// before the first step.
    ///
    /// # Errors
    /// Templates that are not valid, or a device that failed.
    pub async fn templates(&mut self, recipe: &Recipe, observer: &mut dyn Observer) -> Result<ContextTemplates> {
        if let Some(given) = &recipe.templates {
            return ContextTemplates::from_map(given.clone());
        }
        let mut templates = ContextTemplates::new();
        if is_tiny(self.config()) {
            // The bare prompt alone, as every sentence was learnt: with contexts, 150 edits have 84 points of efficacy instead of 96.
            return Ok(templates);
        }
        for (done, language) in recipe.languages.iter().enumerate() {
            observer.progress(Activity::Templates, 0, recipe.steps.len(), done, recipe.languages.len());
            self.generate_templates(language, recipe.seed, &mut templates).await?;
        }
        Ok(templates)
    }

    /// Statistics of the corpus that is shipped, in `languages`, for a run without statistics of its own; collected once a session. To be
    /// called before the first step. None are collected where there are no `layers` to collect them of.
    ///
    /// # Errors
    /// A layer that the model does not have, a device that failed, or `observer` cancelled.
    pub async fn default_statistics(&mut self, languages: &[String], layers: &[usize], observer: &mut dyn Observer) -> Result<Statistics> {
        let (texts, source) = Self::default_corpus(languages);
        let key = format!("{source} {layers:?}");
        if layers.is_empty() {
            return Ok(Statistics::unused());
        }
        if let Some((held, statistics)) = &self.collected
            && *held == key
        {
            return Ok(statistics.clone());
        }
        let statistics = Statistics::collect(&self.model, &self.tokenizer, &texts, layers, source, |done, total| {
            observer.progress(Activity::Statistics, 0, 0, done, total);
            !observer.cancelled()
        })
        .await?;
        self.collected = Some((key, statistics.clone()));
        Ok(statistics)
    }

    #[allow(clippy::too_many_arguments, reason = "one call site; the arguments have nothing in common to be grouped by")]
    async fn make_step(
        &mut self,
        procedure: &mut Procedure,
        facts: &[Fact],
        templates: &ContextTemplates,
        settings: &Settings,
        fingerprint: &str,
        (index, all_steps): (usize, &[&[Fact]]),
        observer: &mut dyn Observer,
    ) -> Result<StepRecord> {
        let steps = all_steps.len();
        observer.pause().await;
        ensure!(!observer.cancelled(), Cancelled, "stopped before step {}", index + 1);
        let started = Instant::now();
        let requests = facts
            .iter()
            .map(|fact| {
                let templates: Vec<String> = templates.get(&fact.language).into_iter().map(str::to_owned).collect();
                Request::new(&self.tokenizer, fact, &templates, settings.fact_token)
            })
            .collect::<Result<Vec<_>>>()?;
        let watch = self.watch(all_steps.get(..index).unwrap_or_default(), facts, settings).await?;
        observer.progress(Activity::Targets, index + 1, steps, 0, facts.len());
        let outcome = edit_step(&mut self.model, &mut self.history, procedure, &requests, settings, |done| {
            observer.progress(Activity::Targets, index + 1, steps, done, facts.len());
            !observer.cancelled()
        })
        .await?;
        let mut report = step_report(facts, &requests, &outcome, settings, self.config().inner);
        report.leak = self.leak(index, &outcome)?;
        report.figures = Some(self.figures(index, facts, &outcome, procedure.editor(), settings, watch).await?);
        report.seconds = started.elapsed().as_secs_f64();
        Ok(StepRecord {
            index,
            languages: facts.iter().map(|fact| fact.language.clone()).collect(),
            fingerprint: fingerprint.to_owned(),
            targets: outcome.targets,
            keys: outcome
                .layers
                .into_iter()
                .map(|layer| (layer.layer, StepKeys { solved: layer.keys, recomputed: layer.recomputed }))
                .collect(),
            report,
            accuracy: None,
        })
    }

    /// `|Delta K|_F / (|Delta|_F |K|_F)` of the step's updates on the keys edited before, by language and layer.
    fn leak(&self, index: usize, outcome: &StepOutcome) -> Result<BTreeMap<String, PerLayer<f64>>> {
        let mut leaks: BTreeMap<String, PerLayer<f64>> = BTreeMap::new();
        for layer in &outcome.layers {
            let Some(delta) = self.history.step(index).and_then(|step| step.get(&layer.layer)) else { continue };
            let mut energies: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
            let past: Vec<_> = self.records.iter().filter_map(|record| Some((record, &record.keys.get(&layer.layer)?.solved))).collect();
            let all_moved = delta.apply_each(&past.iter().map(|(_, keys)| *keys).collect::<Vec<_>>())?;
            for ((record, keys), moved) in past.into_iter().zip(all_moved) {
                for (column, language) in record.languages.iter().enumerate().take(keys.ncols()) {
                    let entry = energies.entry(language).or_default();
                    entry.0 += moved.col(column).squared_norm_l2();
                    entry.1 += keys.col(column).squared_norm_l2();
                }
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

struct Prepared {
    procedure: Procedure,
    statistics: Statistics,
    templates: ContextTemplates,
    examination: Examination,
    asked: String,
    before: Vec<Scores>,
}

async fn ask(
    examination: &mut Examination,
    session: &Session,
    observer: &mut dyn Observer,
    activity: Activity,
    (step, steps): (usize, usize),
) -> Result<Vec<Scores>> {
    observer.pause().await;
    examination
        .ask(&session.model, |done, total| {
            observer.progress(activity, step, steps, done, total);
            !observer.cancelled()
        })
        .await
}

fn step_report(facts: &[Fact], requests: &[Request], outcome: &StepOutcome, settings: &Settings, inner: usize) -> StepReport {
    let mean_norm = |matrix: &Matrix| matrix.col_iter().map(|column| column.norm_l2()).sum::<f64>() / matrix.ncols().max(1) as f64;
    let per_layer = |value: &dyn Fn(&crate::edit::LayerOutcome) -> Option<f64>| -> PerLayer<f64> {
        outcome.layers.iter().filter_map(|layer| Some((layer.layer, value(layer)?))).collect()
    };
    StepReport {
        language: facts.first().map(|fact| fact.language.clone()).unwrap_or_default(),
        facts: facts.len(),
        fact_ids: facts.iter().map(|fact| fact.id.clone()).collect(),
        null_dimension: outcome.layers.iter().map(|layer| (layer.layer, layer.null_dimension.unwrap_or(inner))).collect(),
        seconds: 0.0,
        target_seconds: outcome.target_seconds,
        solve_seconds: outcome.solve_seconds,
        losses: outcome.losses.iter().map(|losses| losses.iter().map(|&loss| f64::from(loss)).collect()).collect(),
        z_error: per_layer(&|layer| layer.target_error),
        delta_norm: per_layer(&|layer| Some(layer.delta_norm)),
        key_norm: per_layer(&|layer| Some(mean_norm(&layer.keys))),
        residual_norm: per_layer(&|layer| layer.residuals.as_ref().map(mean_norm)),
        leak: BTreeMap::new(),
        subject_fallbacks: match settings.fact_token {
            crate::edit::FactToken::SubjectLast => requests.iter().filter(|request| request.matched == MatchKind::PromptEnd).count(),
            crate::edit::FactToken::PromptLast => 0,
        },
        figures: None,
    }
}

/// What is known only when all is done: time, memory, and the recipe that gives the report again.
fn finish(session: &Session, report: &mut Report, recipe: &Recipe, templates: &ContextTemplates, clock: Timing) {
    report.timing = Timing { resident_weight_bytes: Some(session.model.resident_bytes() as u64), ..clock };
    report.recipe = Some(Recipe { templates: Some(templates.by_language().clone()), ..recipe.clone() });
}

fn matrix_row(examination: &Examination, scores: &[Scores]) -> BTreeMap<String, LanguageAccuracy> {
    let cell =
        |scores: &Scores| LanguageAccuracy { efficacy: scores.efficacy, generality: scores.generality, specificity: scores.specificity };
    examination.languages().iter().cloned().zip(scores.iter().map(cell)).collect()
}

fn fill_accuracy(report: &mut Report, examination: &Examination, recipe: &Recipe, before: &[Scores], after: &[Scores]) {
    let accuracy =
        |language: &str, scores: &Scores| Accuracy::of(scores, recipe.facts.iter().filter(|fact| fact.language == language).count());
    report.languages = examination
        .languages()
        .iter()
        .zip(before.iter().zip(after))
        .map(|(language, (before, after))| {
            (language.clone(), LanguageReport { before: accuracy(language, before), after: accuracy(language, after) })
        })
        .collect();
    report.average = LanguageReport {
        before: Accuracy::mean(report.languages.values().map(|language| &language.before)),
        after: Accuracy::mean(report.languages.values().map(|language| &language.after)),
    };
}

/// Fingerprint of all that determines a run but its facts.
fn run_fingerprint(
    session: &Session,
    recipe: &Recipe,
    settings: &Settings,
    templates: &ContextTemplates,
    statistics: &Statistics,
) -> String {
    let mut hasher = Sha256::new();
    hasher.update(session.sha256.as_bytes());
    hasher.update(format!("{}{settings:?}{:?}", recipe.method, templates.by_language()).as_bytes());
    hasher.update(format!("{}{}", statistics.provenance(), statistics.count()).as_bytes());
    for (layer, covariance) in statistics.layers() {
        hasher.update(format!("{layer}:{}", covariance.trace().to_bits()).as_bytes());
    }
    hex(&hasher.finalize())
}

fn chain(fingerprint: &str, facts: &[Fact]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(fingerprint.as_bytes());
    // What measures a fact does not change how it is edited in.
    for fact in facts {
        for text in [&fact.language, &fact.subject, &fact.prompt, &fact.new_object] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hex(&hasher.finalize())
}

fn facts_fingerprint(facts: &[Fact]) -> String {
    let mut hasher = Sha256::new();
    for fact in facts {
        hasher.update(format!("{fact:?}").as_bytes());
    }
    hex(&hasher.finalize())
}
