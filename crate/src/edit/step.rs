//! One step, by whichever procedure the method has.

use std::collections::BTreeMap;

use web_time::Instant;

use super::history::{History, lay_over};
use super::keys::KeyPass;
use super::layers::{Group, GroupEdit, update_layers};
use super::methods::{Editor, Procedure, Reference};
use super::request::Request;
use super::settings::Settings;
use super::target::target_values;
use crate::Result;
use crate::device::read;
use crate::linalg::{LowRank, Matrix, Update};
use crate::model::Transformer;
use crate::schedule::MaybeSend;

/// What a step did at one layer.
#[derive(Clone, Debug)]
pub struct LayerOutcome {
    /// The layer.
    pub layer: usize,
    /// Keys of the facts, `[d_in, facts]`: those that the update was solved for; where nothing was solved, those before the step.
    pub keys: Matrix,
    /// The layer's share of what is missing, `[d_out, facts]`, where the method has target values.
    pub residuals: Option<Matrix>,
    /// Dimensions of the null space that the update was projected onto.
    pub null_dimension: Option<usize>,
    /// `|P k| / |k|` of the facts' own keys: the share of each key that the projection left to the update.
    pub free_share: Option<Vec<f64>>,
    /// `P K`, where the method projects: the projector may have changed by the time the step ends.
    pub projected: Option<Matrix>,
    /// Mean over the facts of `|v* - h|` before this layer's update (the published "z error"), where the method has target values.
    pub target_error: Option<f64>,
    /// Frobenius norm of the update.
    pub delta_norm: f64,
    /// The keys again, under the weights after the step, where the method wants them.
    pub recomputed: Option<Matrix>,
}

impl LayerOutcome {
    /// Nothing done at `layer`.
    pub(super) fn of(layer: usize) -> Self {
        Self {
            layer,
            keys: Matrix::zeros(0, 0),
            residuals: None,
            null_dimension: None,
            free_share: None,
            projected: None,
            target_error: None,
            delta_norm: 0.0,
            recomputed: None,
        }
    }
}

/// What a step did.
#[derive(Clone, Debug, Default)]
pub struct StepOutcome {
    /// The target values `[facts][hidden]`; empty where the method has none.
    pub targets: Vec<Vec<f32>>,
    /// The loss of each fact at each step of descent: towards its target value, or of the weights themselves.
    pub losses: Vec<Vec<f32>>,
    /// Each edited layer, in order.
    pub layers: Vec<LayerOutcome>,
    /// Seconds in the descent.
    pub target_seconds: f64,
    /// Seconds in keys, updates and projectors.
    pub solve_seconds: f64,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepProgress {
    /// Facts that have their target values.
    Targets(usize),
    /// Layers that have their updates.
    Layers(usize),
}

/// Edits the facts of one step into `model`. On an error the model is as it was before.
///
/// # Errors
/// The device failed, a loss or matrix is not finite, a prompt is too long, or `progress` said stop.
pub async fn edit_step(
    model: &mut Transformer,
    history: &mut History,
    procedure: &mut Procedure,
    requests: &[Request],
    settings: &Settings,
    mut progress: impl FnMut(StepProgress) -> bool + MaybeSend,
) -> Result<StepOutcome> {
    let before = history.len();
    history.begin_step();
    let outcome = match procedure {
        Procedure::ClosedForm(editor) => closed_form(model, history, &mut **editor, requests, settings, progress).await,
        Procedure::RankOne(rome) => rome.step(model, history, requests, settings, |facts| progress(StepProgress::Targets(facts))).await,
        Procedure::Descent(tuning) => tuning.step(model, history, requests, settings, |facts| progress(StepProgress::Targets(facts))).await,
    };
    if outcome.is_err() {
        history.truncate(model, before);
        history.rebuild(model, &settings.layers);
    }
    outcome
}

/// Target values, then for each layer keys, residual and update (MEMIT, arXiv 2210.07229, section 4.3).
async fn closed_form(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    requests: &[Request],
    settings: &Settings,
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
    let edits = update_layers(model, editor, &[group], settings, false, |layers| progress(StepProgress::Layers(layers))).await?;
    let GroupEdit { mut layers, updates } = edits.into_iter().next().unwrap_or_default();
    if editor.restraint().is_some() {
        restrain(model, history, editor, updates, &mut layers).await?;
    } else {
        for (layer, update) in updates {
            history.apply(model, layer, update);
        }
    }
    remember(model, history, editor, requests, &mut layers).await?;
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
        editor.remember(outcome.layer, &outcome.keys, outcome.recomputed.as_ref())?;
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
        history.rebuild(model, &[layer]);
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
