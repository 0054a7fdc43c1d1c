//! One step, by whichever procedure the method has.

use web_time::Instant;

use super::history::{History, lay_over};
use super::keys::KeyPass;
use super::methods::{Editor, Procedure, Reference};
use super::outcome::{LayerOutcome, StepOutcome, StepProgress};
use super::request::Request;
use super::settings::Settings;
use super::target::target_values;
use crate::device::read;
use crate::linalg::{LowRank, Matrix, Update};
use crate::model::Transformer;
use crate::schedule::{MaybeSend, breathe};
use crate::{Result, ensure};

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

/// Target values, then for each layer keys, residual and update (MEMIT, arXiv 2210.07229, algorithm 1).
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
    let (targets, losses): (Vec<_>, Vec<_>) = targets.into_iter().map(|target| (target.value, target.losses)).unzip();
    let layers =
        update_layers(model, history, editor, requests, &targets, settings, |layers| progress(StepProgress::Layers(layers))).await?;
    Ok(StepOutcome { targets, losses, layers, target_seconds, solve_seconds: started.elapsed().as_secs_f64() })
}

async fn update_layers(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    requests: &[Request],
    targets: &[Vec<f32>],
    settings: &Settings,
    mut progress: impl FnMut(usize) -> bool + MaybeSend,
) -> Result<Vec<LayerOutcome>> {
    let last = settings.last_layer()?;
    let first = settings.layers.first().copied().unwrap_or(last);
    let wanted = Matrix::from_fn(model.config().hidden, targets.len(), |row, fact| f64::from(targets[fact][row]));
    let mut pass = KeyPass::start(model, requests, first)?;
    let mut outcomes = Vec::with_capacity(settings.layers.len());
    let mut whole = Vec::new();
    for (i, &layer) in settings.layers.iter().enumerate() {
        ensure!(progress(i), Cancelled, "stopped while solving for layer {layer}");
        breathe().await;
        pass.advance(model, layer);
        let keys = pass.keys(model).await?;
        let missing = &wanted - pass.hidden_behind(model, last).await?;
        let target_error = missing.col_iter().map(|column| column.norm_l2()).sum::<f64>() / targets.len().max(1) as f64;
        let residuals = missing * faer::Scale(1.0 / (settings.layers.len() - i) as f64);
        editor.refresh(layer)?;
        let null_dimension = editor.null_dimension(layer);
        let free_share = editor.leak(layer, &keys)?;
        let projected = editor.projector(layer).map(|projector| projector.apply(&keys)).transpose()?;
        let delta = editor.update(layer, &residuals, &keys)?;
        let delta_norm = delta.frobenius_norm();
        if editor.restraint().is_some() {
            lay_over(model, layer, &Update::LowRank(delta.clone()));
            whole.push((layer, delta));
        } else {
            history.apply(model, layer, delta);
        }
        outcomes.push(LayerOutcome {
            keys,
            residuals: Some(residuals),
            null_dimension,
            free_share,
            projected,
            target_error: Some(target_error),
            delta_norm,
            ..LayerOutcome::of(layer)
        });
    }
    restrain(model, history, editor, whole, &mut outcomes).await?;
    let mut again = if editor.recomputes_keys() { Some(KeyPass::start(model, requests, first)?) } else { None };
    if let Some(pass) = &mut again {
        for outcome in &mut outcomes {
            pass.advance(model, outcome.layer);
            outcome.recomputed = Some(pass.keys(model).await?);
        }
    }
    for outcome in &outcomes {
        editor.remember(outcome.layer, &outcome.keys, outcome.recomputed.as_ref())?;
        let update = history.last().and_then(|step| step.get(&outcome.layer));
        if let (Some(restraint), Some(update)) = (editor.restraint(), update) {
            restraint.remember(outcome.layer, outcome.keys.ncols(), update)?;
        }
    }
    Ok(outcomes)
}

/// Puts what the method's restraint makes of the `whole` updates in their place.
async fn restrain(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    whole: Vec<(usize, LowRank)>,
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
