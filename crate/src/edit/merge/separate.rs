//! The edits to be merged: each language's own, from W_0.

use std::collections::BTreeMap;

use super::side_by_side;
use crate::edit::history::History;
use crate::edit::keys::KeyPass;
use crate::edit::methods::Editor;
use crate::edit::outcome::LayerOutcome;
use crate::edit::request::Request;
use crate::edit::settings::Settings;
use crate::edit::target::Target;
use crate::linalg::{LowRank, Matrix};
use crate::model::Transformer;
use crate::{Result, ensure};

/// The facts of one language and their target values, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// The facts.
    pub requests: &'a [Request],
    /// Their target values on the unedited model.
    pub targets: &'a [Target],
}

/// What editing one language alone does.
#[derive(Clone, Debug)]
pub struct SeparateEdit {
    /// Each edited layer, in order.
    pub layers: Vec<LayerOutcome>,
    /// The layers' updates.
    pub deltas: BTreeMap<usize, LowRank>,
}

/// The updates of each group of facts, as if it were the only one, on a model without edits, which is without edits again afterwards. With
/// `shared` each solve has the keys of all groups in its inverse.
///
/// The layers are gone through once, all groups side by side, since shared solves need the keys of every group at a layer: the prompts'
/// hidden states of all groups are held together.
///
/// # Errors
/// A prompt that the model cannot take, a matrix that is not finite, a device that failed.
pub async fn separate_edits(
    model: &mut Transformer,
    editor: &mut dyn Editor,
    groups: &[Group<'_>],
    settings: &Settings,
    shared: bool,
) -> Result<Vec<SeparateEdit>> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let last = settings.last_layer()?;
    let first = settings.layers.first().copied().unwrap_or(last);
    let mut passes = groups.iter().map(|group| KeyPass::start(model, group.requests, first)).collect::<Result<Vec<_>>>()?;
    let mut edits: Vec<SeparateEdit> = groups.iter().map(|_| SeparateEdit { layers: Vec::new(), deltas: BTreeMap::new() }).collect();
    for (i, &layer) in settings.layers.iter().enumerate() {
        editor.refresh(layer)?;
        let mut residuals = Vec::with_capacity(groups.len());
        let mut keys = Vec::with_capacity(groups.len());
        for ((pass, edit), group) in passes.iter_mut().zip(&mut edits).zip(groups) {
            advance(pass, model, edit, layer);
            let own = pass.keys(model).await?;
            let hidden = model.config().hidden;
            let wanted = Matrix::from_fn(hidden, group.targets.len(), |row, fact| f64::from(group.targets[fact].value[row]));
            let missing = wanted - pass.hidden_behind(model, last).await?;
            let target_error = missing.col_iter().map(|column| column.norm_l2()).sum::<f64>() / group.targets.len().max(1) as f64;
            let share = missing * faer::Scale(1.0 / (settings.layers.len() - i) as f64);
            edit.layers.push(LayerOutcome {
                keys: own.clone(),
                residuals: Some(share.clone()),
                null_dimension: editor.null_dimension(layer),
                free_share: editor.leak(layer, &own)?,
                target_error: Some(target_error),
                ..LayerOutcome::of(layer)
            });
            residuals.push(share);
            keys.push(own);
        }
        let deltas = if shared {
            shared_updates(editor, layer, &residuals, &keys)?
        } else {
            residuals.iter().zip(&keys).map(|(residuals, keys)| editor.update(layer, residuals, keys)).collect::<Result<_>>()?
        };
        for (edit, delta) in edits.iter_mut().zip(deltas) {
            if let Some(outcome) = edit.layers.last_mut() {
                outcome.delta_norm = delta.frobenius_norm();
            }
            edit.deltas.insert(layer, delta);
        }
    }
    Ok(edits)
}

/// Takes a group's prompts to `layer`, through the group's own update of the edited layer before.
fn advance(pass: &mut KeyPass, model: &mut Transformer, edit: &SeparateEdit, layer: usize) {
    let mut own = History::default();
    own.begin_step();
    if let Some((&before, delta)) = edit.deltas.last_key_value() {
        own.apply(model, before, delta.clone());
    }
    pass.advance(model, layer);
    own.truncate(model, 0);
}

/// Each group's update with the keys of all groups in its inverse, for residuals `[d_out, n_t]` and keys `[d_in, n_t]`.
///
/// One solve for all facts gives `[R_1 ... R_T] [X_1 ... X_T]^T`; the columns `X_t` are those of the group's own update with the shared
/// inverse, since only the right-hand sides differ.
///
/// # Errors
/// Shapes do not fit, a matrix is not finite, or the method's update is not of this form.
pub fn shared_updates(editor: &mut dyn Editor, layer: usize, residuals: &[Matrix], keys: &[Matrix]) -> Result<Vec<LowRank>> {
    let all = |parts: &[Matrix]| side_by_side(parts.iter().map(Matrix::as_ref));
    let joint = editor.update(layer, &all(residuals)?, &all(keys)?)?;
    let facts: usize = residuals.iter().map(Matrix::ncols).sum();
    ensure!(joint.rank() == facts, Numerics, "the method's update of {facts} facts has {} columns: it cannot be shared out", joint.rank());
    let mut start = 0;
    residuals
        .iter()
        .map(|part| {
            let columns = part.ncols();
            let delta = LowRank::new(joint.left().subcols(start, columns).to_owned(), joint.right().subcols(start, columns).to_owned());
            start += columns;
            delta
        })
        .collect()
}
