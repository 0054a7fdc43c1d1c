//! One step, by whichever procedure the method has.

use std::borrow::Cow;
use std::collections::BTreeMap;

use web_time::Instant;

use super::history::{History, lay_over};
use super::keys::KeyPass;
use super::layers::{Group, GroupEdit, update_layers};
use super::lost::lost;
use super::methods::Procedure;
use super::outcome::{LayerOutcome, StepOutcome, StepProgress};
use super::request::Request;
use super::settings::Settings;
use super::solver::{Editor, Reference, Solver};
use super::target::target_values;
use crate::Result;
use crate::device::read;
use crate::linalg::{LowRank, Matrix, Update};
use crate::model::Transformer;
use crate::schedule::MaybeSend;

/// A stage of a step: the facts at one place of their prompts, and the settings there ([`Settings::stages`]).
#[derive(Clone, Debug)]
pub struct Stage {
    /// The facts.
    pub requests: Vec<Request>,
    /// Facts of earlier steps, in the order in which their keys are remembered: those whose object the model does not say behind the stages before this one
    /// are written again with it.
    pub earlier: Vec<Request>,
    /// Their layers among them.
    pub settings: Settings,
}

/// Edits the facts of one step into `model`, stage after stage. On an error the model is as it was before.
///
/// # Errors
/// The device failed, a loss or matrix is not finite, a prompt is too long, or `progress` said stop.
pub async fn edit_step(
    model: &mut Transformer,
    history: &mut History,
    procedure: &mut Procedure,
    stages: &[Stage],
    solver: Solver,
    mut progress: impl FnMut(StepProgress) -> bool + MaybeSend,
) -> Result<StepOutcome> {
    history.begin_step(model);
    let (mut step, mut facts, mut layers) = (StepOutcome::default(), 0, 0);
    for stage in stages {
        let Stage { requests, settings, .. } = stage;
        let mut progress = |made: StepProgress| {
            progress(match made {
                StepProgress::Targets(own) => StepProgress::Targets(facts + own),
                StepProgress::Layers(own) => StepProgress::Layers(layers + own),
            })
        };
        let outcome = match procedure {
            Procedure::ClosedForm(editor) => closed_form(model, history, &mut **editor, stage, solver, progress).await,
            Procedure::RankOne(rome) => rome.step(model, history, requests, settings, |facts| progress(StepProgress::Targets(facts))).await,
            Procedure::Descent(tuning) => {
                tuning.step(model, history, requests, settings, |facts| progress(StepProgress::Targets(facts))).await
            }
        };
        match outcome {
            Ok(outcome) => step.follow(outcome),
            Err(error) => {
                history.abandon_step(model);
                return Err(error);
            }
        }
        (facts, layers) = (facts + requests.len(), layers + settings.layers.len());
    }
    history.end_step();
    Ok(step)
}

/// Which of the `earlier` facts' requests are written again with the step's `own`; `editor` holds their keys of before no longer.
async fn rehearsed(
    model: &Transformer,
    editor: &mut dyn Editor,
    Stage { requests, earlier, settings }: &Stage,
    progress: impl FnMut() -> bool + MaybeSend,
) -> Result<Vec<usize>> {
    let places = lost(model, earlier, requests, progress).await?;
    if !places.is_empty() {
        let nothing = Matrix::zeros(model.config().inner, places.len());
        for &layer in &settings.layers {
            editor.replace(layer, &places, nothing.as_ref())?;
        }
    }
    Ok(places)
}

/// Target values, then for each layer keys, residual and update (MEMIT, arXiv 2210.07229, algorithm 1): of the step's own facts, and behind them of
/// those of earlier steps that the model does not say.
async fn closed_form(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    stage: &Stage,
    solver: Solver,
    mut progress: impl FnMut(StepProgress) -> bool + MaybeSend,
) -> Result<StepOutcome> {
    let Stage { requests: own, earlier, settings } = stage;
    let started = Instant::now();
    if let Some(restraint) = editor.restraint() {
        for &layer in &settings.layers {
            if let Some(total) = restraint.unrestrained(layer) {
                model.set_down(layer, None);
                lay_over(model, layer, &Update::LowRank(total.clone()));
            }
        }
    }
    let rehearsed = rehearsed(model, editor, stage, || progress(StepProgress::Targets(0))).await?;
    let mut requests = Cow::Borrowed(own.as_slice());
    if !rehearsed.is_empty() {
        requests.to_mut().extend(rehearsed.iter().filter_map(|&place| earlier.get(place)).cloned());
    }
    // How many there are is known only now; the bar was drawn for the step's own.
    let all = requests.len().max(1);
    let targets = target_values(model, &requests, settings, |done| progress(StepProgress::Targets(done * own.len() / all))).await?;
    let target_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let group = Group { requests: &requests, targets: &targets };
    let edits = update_layers(model, editor, &[group], settings, solver, false, |layers| progress(StepProgress::Layers(layers))).await?;
    let GroupEdit { mut layers, updates } = edits.into_iter().next().unwrap_or_default();
    if editor.restraint().is_some() {
        restrain(model, history, editor, updates, &mut layers).await?;
    } else {
        for (layer, update) in updates {
            history.apply(model, layer, update);
        }
    }
    for outcome in &mut layers {
        outcome.rehearsed.clone_from(&rehearsed);
    }
    remember(model, history, editor, &requests, &mut layers).await?;
    let (targets, losses) = targets.into_iter().map(|target| (target.value, target.losses)).unzip();
    Ok(StepOutcome { targets, losses, layers, target_seconds, solve_seconds: started.elapsed().as_secs_f64() })
}

/// Gives the finished step to the method's memory, with the keys under the new weights where it wants them.
async fn remember(
    model: &Transformer,
    history: &History,
    editor: &mut dyn Editor,
    requests: &[Request],
    outcomes: &mut [LayerOutcome],
) -> Result<()> {
    if let (true, Some(first)) = (editor.recomputes_keys(), outcomes.first()) {
        let mut pass = KeyPass::start(model, requests, first.layer)?;
        for outcome in outcomes.iter_mut() {
            pass.advance(model, outcome.layer);
            outcome.recomputed = Some(pass.keys(model).await?);
        }
    }
    for outcome in outcomes.iter() {
        let update = history.last().and_then(|step| step.get(&outcome.layer));
        editor.take_note(outcome.layer, (&outcome.keys, outcome.recomputed.as_ref()), &outcome.rehearsed, update)?;
    }
    Ok(())
}

/// Puts what the method's restraint makes of the `whole` updates in their place.
async fn restrain(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    whole: BTreeMap<usize, LowRank>,
    outcomes: &mut [LayerOutcome],
) -> Result<()> {
    let Some(restraint) = editor.restraint() else { return Ok(()) };
    for ((layer, delta), outcome) in whole.into_iter().zip(outcomes) {
        history.rewind(model, &[layer]);
        let weights = match restraint.reference(layer) {
            Reference::Nothing => Vec::new(),
            Reference::Base => read(model.base_down(layer)).await?,
            Reference::Current => read(model.down(layer)).await?,
        };
        let update = restraint.restrain(layer, delta, &weights)?;
        outcome.delta_norm = update.frobenius_norm();
        history.apply(model, layer, update);
    }
    Ok(())
}
