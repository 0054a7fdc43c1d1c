//! The session's part of the pictures: past keys and facts, gathered and handed to the pure functions beside this file.

use std::collections::BTreeMap;

use faer::ColRef;
use web_time::Instant;

use super::disturbance::{Watch, sampled};
use super::{LayerFigures, LayerScene, MAX_KEYS, StepFigures};
use crate::Result;
use crate::edit::{Editor, FactToken, NullSpace, Request, Settings, StepOutcome, System};
use crate::facts::Fact;
use crate::linalg::{Matrix, Update};
use crate::recipe::Session;
use crate::recipe::step_record::held_keys;

impl Session {
    /// Looks at the facts of `earlier` steps and at the step's own before it is made; nothing to look at in the first step.
    pub(in crate::recipe) async fn watch(&self, earlier: &[&[Fact]], facts: &[Fact], settings: &Settings) -> Result<Option<Watch>> {
        let (Some(&first), Some(&last)) = (settings.layers.first(), settings.layers.last()) else { return Ok(None) };
        if earlier.iter().all(|step| step.is_empty()) {
            return Ok(None);
        }
        let bare = ["{}".to_owned()];
        let requests = |facts: &[&Fact]| -> Result<Vec<Request>> {
            let of_fact = |fact: &&Fact| Request::all(&self.tokenizer, fact, &bare, settings.fact_token);
            Ok(facts.iter().map(of_fact).collect::<Result<Vec<_>>>()?.concat())
        };
        let past: Vec<&Fact> = earlier.iter().flat_map(|step| step.iter()).collect();
        let (all, mut watched) = match settings.fact_token {
            FactToken::SubjectLast | FactToken::PromptLast => (past.len(), requests(&sampled(&past).copied().collect::<Vec<_>>())?),
            // Of which fact the watched keys are is known only when all have been counted.
            FactToken::Answer => {
                let all = requests(&past)?;
                (all.len(), sampled(&all).cloned().collect())
            }
        };
        let counts = (all, watched.len());
        watched.extend(requests(&facts.iter().collect::<Vec<_>>())?);
        Watch::start(&self.model, watched, counts, (first, last)).await.map(Some)
    }

    /// The pictures of the step that was made last, which is not among the records yet.
    pub(in crate::recipe) async fn figures(
        &self,
        index: usize,
        facts: &[Fact],
        outcome: &StepOutcome,
        editor: Option<&dyn Editor>,
        settings: &Settings,
        watch: Option<Watch>,
    ) -> Result<StepFigures> {
        let started = Instant::now();
        let first = facts.first().map(|fact| fact.language.as_str());
        let language = first.filter(|first| facts.iter().all(|fact| fact.language == *first));
        let mut figures = StepFigures::default();
        let (mut predicted, mut own): (Option<Matrix>, Option<Matrix>) = (None, None);
        for layer in &outcome.layers {
            let Some(delta) = self.history.step(index).and_then(|step| step.get(&layer.layer)) else { continue };
            let past = self.keys_by_language(layer.layer);
            let solved_with =
                editor.is_some_and(Editor::recomputes_keys).then(|| self.past_keys(layer.layer, true)).filter(|keys| !keys.is_empty());
            // The pictures of a layer are those of the closed form: methods without target values or without factors have none.
            if let (Update::LowRank(factors), Some(residuals)) = (delta, &layer.residuals) {
                let scene = LayerScene {
                    outcome: layer,
                    residuals,
                    delta: factors,
                    projector: editor.and_then(|editor| editor.null_space(layer.layer)).and_then(NullSpace::projector),
                    past: &past,
                    solved_with: solved_with.as_deref().unwrap_or_default(),
                    language,
                    threshold: settings.nullspace_threshold,
                    ridge: editor.and_then(|editor| match editor.system(layer.layer) {
                        Ok(System::NullSpace { ridge, .. }) => Some(ridge),
                        _ => None,
                    }),
                };
                figures.layers.insert(layer.layer, LayerFigures::of(&scene)?);
            }
            // Facts are watched at the place of the last stage.
            if watch.is_some() && settings.layers.contains(&layer.layer) {
                let watched: Vec<_> = sampled(&self.past_keys(layer.layer, false)).copied().collect();
                predicted = Some(sum(predicted, delta.apply(&beside(&watched))?));
                let of_step = layer.keys.subcols(0, layer.own_keys()).to_owned();
                own = Some(sum(own, delta.apply(&of_step)?));
            }
        }
        if let (Some(watch), Some(predicted), Some(own)) = (watch, predicted, own) {
            figures.disturbance = Some(watch.finish(&self.model, &predicted, &own).await?);
        }
        figures.seconds = started.elapsed().as_secs_f64();
        Ok(figures)
    }

    /// The latest keys of each language of the steps so far, at a layer.
    fn keys_by_language(&self, layer: usize) -> BTreeMap<String, Matrix> {
        let mut columns: BTreeMap<&str, Vec<ColRef<'_, f64>>> = BTreeMap::new();
        for key in held_keys(&self.records, layer).into_iter().rev() {
            let held = columns.entry(key.language).or_default();
            if held.len() < MAX_KEYS {
                held.push(key.solved);
            }
        }
        columns.into_iter().map(|(language, columns)| (language.to_owned(), beside(&columns))).collect()
    }

    /// All keys of the steps so far at a layer, in the order of their facts: those of the solves, or those that methods with a memory remember.
    fn past_keys(&self, layer: usize, remembered: bool) -> Vec<ColRef<'_, f64>> {
        held_keys(&self.records, layer).into_iter().map(|key| if remembered { key.remembered } else { key.solved }).collect()
    }
}

/// The matrix of these columns.
fn beside(columns: &[ColRef<'_, f64>]) -> Matrix {
    Matrix::from_fn(columns.first().map_or(0, ColRef::nrows), columns.len(), |row, column| columns[column][row])
}

fn sum(total: Option<Matrix>, more: Matrix) -> Matrix {
    match total {
        Some(total) => total + more,
        None => more,
    }
}
