//! What a run needs before its first step: statistics, templates, the questions and the unedited model's answers.

use super::clock::Clock;
use super::input::{KeyStatistics, RecallInput, Run};
use super::measure::Questionnaire;
use crate::edit::settings::Projection;
use crate::edit::settings::is_tiny;
use crate::edit::{Procedure, Solver, Statistics};
use crate::linalg::KeyCovariance;
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::recipe::Recipe;
use crate::recipe::report::ProjectorsReport;
use crate::recipe::session::Session;
use crate::text::ContextTemplates;
use crate::{Error, ErrorKind, Result, ensure};

/// What every step needs.
pub(super) struct Prepared {
    pub(super) statistics: Statistics,
    /// Of the file that they were read from.
    pub(super) statistics_sha256: Option<String>,
    pub(super) projectors: Option<ProjectorsReport>,
    pub(super) templates: ContextTemplates,
    /// Absent where nothing is to be asked.
    pub(super) questions: Option<Questionnaire>,
}

impl Session {
    pub(super) async fn prepare(
        &mut self,
        Run { recipe, settings, evaluation, .. }: &Run,
        given: Option<KeyStatistics>,
        recall: Option<&RecallInput>,
        observer: &mut dyn Observer,
        clock: &mut Clock,
    ) -> Result<Prepared> {
        let KeyStatistics { statistics, sha256: statistics_sha256, projectors } = match given {
            Some(given) => given,
            None => self.default_statistics(&recipe.corpus_languages(), &settings.statistics_layers(recipe.method), observer).await?.into(),
        };
        let inner = self.config().inner;
        if let Some((layer, other)) = statistics.layers().find(|(_, covariance)| covariance.dim() != inner) {
            let message = format!("the key statistics of layer {layer} are of keys of {} values, the model's have {inner}", other.dim());
            return Err(
                Error::new(ErrorKind::Data, message).hint("they are those of another model: collect this one's with `langedit stats`")
            );
        }
        clock.count(|timing| &mut timing.statistics_seconds);

        let templates = self.templates(recipe, observer).await?;
        clock.count(|timing| &mut timing.template_seconds);

        let lowest = settings.edited_layers().first().copied().unwrap_or(0);
        let questions = match evaluation.asks() {
            true => Some(Questionnaire::begin(self, recipe, lowest, recall, observer).await?),
            false => None,
        };
        clock.count(|timing| &mut timing.evaluate_seconds);

        Ok(Prepared { statistics, statistics_sha256, projectors, templates, questions })
    }

    /// The method of `run` with the memory that it has behind the steps so far. `first` and `weights` name the weights in front of the first step
    /// and behind the last.
    pub(super) async fn procedure(
        &mut self,
        run: &Run,
        statistics: &Statistics,
        (first, weights): (&str, &str),
        observer: &mut dyn Observer,
    ) -> Result<Procedure> {
        let Run { recipe, settings, .. } = run;
        if let Some(procedure) = self.memory.procedures.get(weights) {
            return Ok(procedure.clone());
        }
        let mut once = false;
        let mut procedure = match self.memory.procedures.get(first) {
            Some(procedure) => procedure.clone(),
            None => {
                let decomposed = self.decompose(run, statistics, observer).await?;
                let mut procedure = Procedure::new(recipe.method, settings, statistics)?;
                // A single step solves once at each layer: five factors of 0.8 GB need not be held beside what it changes.
                once = recipe.steps.len() == 1 && !recipe.method.spec().projects && !KeyCovariance::is_small(self.config().inner);
                match procedure.editor_mut().filter(|_| once) {
                    Some(editor) => editor.hold_one_factor(),
                    None if decomposed => procedure.renew(self.solver, &settings.edited_layers(), self.model.device()).await?,
                    None => self.form_null_spaces(&mut procedure, run, observer).await?,
                }
                if !once {
                    self.note_procedure(run, first, &procedure);
                }
                procedure
            }
        };
        for (index, record) in self.records.iter().enumerate() {
            let changes = self.history.step(index);
            for (&layer, keys) in &record.keys {
                let change = changes.and_then(|changes| changes.get(&layer));
                if let Some(editor) = procedure.editor_mut() {
                    editor.take_note(layer, (&keys.solved, keys.recomputed.as_ref()), &keys.rehearsed, change)?;
                }
            }
        }
        // One that holds a factor at a time would factor anew at every step of a later run.
        if !once {
            self.note_procedure(run, weights, &procedure);
        }
        Ok(procedure)
    }

    /// Decomposes the covariances that the method of `run` begins with, layer by layer, where the decompositions are kept with `statistics`, and says
    /// whether it did. Those of the layers before it is stopped are kept.
    pub(super) async fn decompose(
        &self,
        Run { recipe, settings, .. }: &Run,
        statistics: &Statistics,
        observer: &mut dyn Observer,
    ) -> Result<bool> {
        let layers = settings.edited_layers();
        observer.progress(Activity::Solve, 0, recipe.steps.len(), 0, layers.len());
        observer.pause().await;
        let projects = recipe.method.spec().projects && settings.projection != Projection::None;
        if self.solver != Solver::Host || !projects || !KeyCovariance::is_small(self.config().inner) {
            return Ok(false);
        }
        for (done, &layer) in layers.iter().enumerate() {
            statistics.load(layer)?.eigen()?;
            observer.progress(Activity::Solve, 0, recipe.steps.len(), done + 1, layers.len());
            observer.pause().await;
            ensure!(!observer.cancelled(), Cancelled, "stopped while decomposing covariances");
        }
        Ok(true)
    }

    /// Forms the null spaces in front of the first step, or what else the method solves with, layer by layer: eigenvectors of 4,864 keys take a
    /// quarter of a minute each.
    async fn form_null_spaces(
        &self,
        procedure: &mut Procedure,
        Run { recipe, settings, .. }: &Run,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let layers = settings.edited_layers();
        for (done, layer) in layers.iter().enumerate() {
            observer.progress(Activity::Solve, 0, recipe.steps.len(), done, layers.len());
            observer.pause().await;
            ensure!(!observer.cancelled(), Cancelled, "stopped while forming null spaces");
            procedure.renew(self.solver, &[*layer], self.model.device()).await?;
        }
        Ok(())
    }

    /// Remembers `procedure` as what the method has behind the steps so far.
    pub(super) fn note_procedure(&mut self, Run { settings, .. }: &Run, weights: &str, procedure: &Procedure) {
        // The covariance, its eigenvectors and a basis, at most.
        let bytes = 3 * 8 * settings.edited_layers().len() * self.config().inner.pow(2);
        if self.memory.procedures.takes(bytes) {
            self.memory.procedures.put(weights, procedure.clone(), bytes);
        }
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
            self.generate_templates(language, recipe.seed, &mut templates, observer).await?;
        }
        Ok(templates)
    }
}
