//! One step, by whichever procedure the method has.

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
    for Stage { requests, earlier, settings } in stages {
        let mut progress = |made: StepProgress| {
            progress(match made {
                StepProgress::Targets(own) => StepProgress::Targets(facts + own),
                StepProgress::Layers(own) => StepProgress::Layers(layers + own),
            })
        };
        let outcome = match procedure {
            Procedure::ClosedForm(editor) => {
                rehearsal(model, history, &mut **editor, (requests, earlier), settings, solver, progress).await
            }
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

/// [`closed_form`] of the step's own facts and of those of `earlier` that the model does not say, whose keys of before are held no longer.
async fn rehearsal(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    (own, earlier): (&[Request], &[Request]),
    settings: &Settings,
    solver: Solver,
    mut progress: impl FnMut(StepProgress) -> bool + MaybeSend,
) -> Result<StepOutcome> {
    let started = Instant::now();
    let rehearsed = lost(model, earlier, own, || progress(StepProgress::Targets(0))).await?;
    let asking_seconds = started.elapsed().as_secs_f64();
    let mut requests = own.to_vec();
    requests.extend(rehearsed.iter().filter_map(|&place| earlier.get(place)).cloned());
    let nothing = Matrix::zeros(model.config().inner, rehearsed.len());
    for &layer in settings.layers.iter().filter(|_| !rehearsed.is_empty()) {
        editor.replace(layer, &rehearsed, nothing.as_ref())?;
    }
    // How many there are is known only now; the bar was drawn for the step's own.
    let all = requests.len();
    let progress = |made: StepProgress| {
        progress(match made {
            StepProgress::Targets(done) => StepProgress::Targets(done * own.len() / all.max(1)),
            layers @ StepProgress::Layers(_) => layers,
        })
    };
    let mut outcome = closed_form(model, history, editor, (&requests, &rehearsed), settings, solver, progress).await?;
    outcome.rehearsed = rehearsed;
    outcome.target_seconds += asking_seconds;
    Ok(outcome)
}

/// Target values, then for each layer keys, residual and update (MEMIT, arXiv 2210.07229, algorithm 1). The last of the requests are those that
/// earlier steps wrote at the places `rehearsed`.
async fn closed_form(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    (requests, rehearsed): (&[Request], &[usize]),
    settings: &Settings,
    solver: Solver,
    mut progress: impl FnMut(StepProgress) -> bool + MaybeSend,
) -> Result<StepOutcome> {
    let started = Instant::now();
    if let Some(restraint) = editor.restraint() {
        for &layer in &settings.layers {
            if let Some(total) = restraint.unrestrained(layer) {
                model.set_down(layer, None);
                lay_over(model, layer, &Update::LowRank(total.clone()));
            }
        }
    }
    let targets = target_values(model, requests, settings, |facts| progress(StepProgress::Targets(facts))).await?;
    let target_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let group = Group { requests, targets: &targets };
    let edits = update_layers(model, editor, &[group], settings, solver, false, |layers| progress(StepProgress::Layers(layers))).await?;
    let GroupEdit { mut layers, updates } = edits.into_iter().next().unwrap_or_default();
    if editor.restraint().is_some() {
        restrain(model, history, editor, updates, &mut layers).await?;
    } else {
        for (layer, update) in updates {
            history.apply(model, layer, update);
        }
    }
    remember(model, history, editor, (requests, rehearsed), &mut layers).await?;
    let (targets, losses) = targets.into_iter().map(|target| (target.value, target.losses)).unzip();
    Ok(StepOutcome { targets, losses, layers, rehearsed: Vec::new(), target_seconds, solve_seconds: started.elapsed().as_secs_f64() })
}

/// Gives the finished step to the method's memory, with the keys under the new weights where it wants them.
async fn remember(
    model: &Transformer,
    history: &History,
    editor: &mut dyn Editor,
    (requests, rehearsed): (&[Request], &[usize]),
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
        editor.take_note(outcome.layer, (&outcome.keys, outcome.recomputed.as_ref()), rehearsed)?;
        let update = history.last().and_then(|step| step.get(&outcome.layer));
        if let (Some(restraint), Some(update)) = (editor.restraint(), update) {
            restraint.remember(outcome.layer, outcome.keys.ncols(), update)?;
        }
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
