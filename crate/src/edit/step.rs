//! One step: target values, then for each layer keys, residual and update (editing.md 1.3-1.4).

use web_time::Instant;

use super::history::History;
use super::keys::KeyPass;
use super::methods::Editor;
use super::request::Request;
use super::settings::Settings;
use super::target::{Target, target_values};
use crate::Result;
use crate::linalg::Matrix;
use crate::model::Transformer;
use crate::schedule::MaybeSend;

/// What a step did at one layer.
#[derive(Clone, Debug)]
pub struct LayerOutcome {
    /// The layer.
    pub layer: usize,
    /// Keys that the update was solved for, `[d_in, facts]`.
    pub keys: Matrix,
    /// The layer's share of what is missing, `[d_out, facts]`.
    pub residuals: Matrix,
    /// Dimensions of the null space that the update was projected onto.
    pub null_dimension: Option<usize>,
    /// `|P k| / |k|` of the facts' own keys: the share of each key that the projection left to the update.
    pub free_share: Option<Vec<f64>>,
    /// `P K`, where the method projects: the projector may have changed by the time the step ends.
    pub projected: Option<Matrix>,
    /// Mean over the facts of `|v* - h|` before this layer's update (the published "z error").
    pub target_error: f64,
    /// Frobenius norm of the update.
    pub delta_norm: f64,
    /// The keys again, under the weights after the step, where the method wants them.
    pub recomputed: Option<Matrix>,
}

/// What a step did.
#[derive(Clone, Debug)]
pub struct StepOutcome {
    /// The target values, in the order of the requests.
    pub targets: Vec<Target>,
    /// Each edited layer, in order.
    pub layers: Vec<LayerOutcome>,
    /// Seconds in the target values.
    pub target_seconds: f64,
    /// Seconds in keys, updates and projectors.
    pub solve_seconds: f64,
}

/// Edits the facts of one step into `model`. On an error the model is as it was before.
///
/// # Errors
/// The device failed, a loss or matrix is not finite, a prompt is too long.
pub async fn edit_step(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    requests: &[Request],
    settings: &Settings,
    progress: impl FnMut(usize) -> bool + MaybeSend,
) -> Result<StepOutcome> {
    let started = Instant::now();
    let targets = target_values(model, requests, settings, progress).await?;
    let target_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let before = history.len();
    history.begin_step();
    match update_layers(model, history, editor, requests, &targets, settings).await {
        Ok(layers) => Ok(StepOutcome { targets, layers, target_seconds, solve_seconds: started.elapsed().as_secs_f64() }),
        Err(error) => {
            history.truncate(model, before);
            Err(error)
        }
    }
}

async fn update_layers(
    model: &mut Transformer,
    history: &mut History,
    editor: &mut dyn Editor,
    requests: &[Request],
    targets: &[Target],
    settings: &Settings,
) -> Result<Vec<LayerOutcome>> {
    let last = settings.last_layer()?;
    let first = settings.layers.first().copied().unwrap_or(last);
    let wanted = Matrix::from_fn(model.config().hidden, targets.len(), |row, fact| f64::from(targets[fact].value[row]));
    let mut pass = KeyPass::start(model, requests, first)?;
    let mut outcomes = Vec::with_capacity(settings.layers.len());
    for (i, &layer) in settings.layers.iter().enumerate() {
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
        history.apply(model, layer, delta);
        outcomes.push(LayerOutcome {
            layer,
            keys,
            residuals,
            null_dimension,
            free_share,
            projected,
            target_error,
            delta_norm,
            recomputed: None,
        });
    }
    let mut again = if editor.recomputes_keys() { Some(KeyPass::start(model, requests, first)?) } else { None };
    if let Some(pass) = &mut again {
        for outcome in &mut outcomes {
            pass.advance(model, outcome.layer);
            outcome.recomputed = Some(pass.keys(model).await?);
        }
    }
    for outcome in &outcomes {
        editor.remember(outcome.layer, &outcome.keys, outcome.recomputed.as_ref())?;
    }
    Ok(outcomes)
}
