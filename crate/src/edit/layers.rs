//! The one loop over the edited layers: keys, residuals and updates of one group of facts or of several side by side.

use std::collections::BTreeMap;

use super::behind_norm::in_front_of_norm;
use super::history::lay_over;
use super::keys::KeyPass;
use super::outcome::LayerOutcome;
use super::request::Request;
use super::settings::Settings;
use super::solver::{Editor, NullSpace, Solution, Solver, solve};
use super::target::Target;
use crate::device::read;
use crate::event_loop::breathe;
use crate::linalg::{LowRank, Matrix, Update, side_by_side};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::{Result, ensure};

/// Facts that are edited together, and their target values in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// The facts.
    pub requests: &'a [Request],
    /// Their target values on the model before the edit.
    pub targets: &'a [Target],
}

/// The edit of one group of facts.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    /// Each edited layer, in order.
    pub layers: Vec<LayerOutcome>,
    /// The layers' updates.
    pub updates: BTreeMap<usize, LowRank>,
}

/// The updates of each group of facts, as if it were the only one, spread over the layers: at the i-th of L layers
/// `R = (V - H) / (L - i)`, H being the hidden states behind the last layer under the group's own updates so far (MEMIT, arXiv 2210.07229,
/// equations 19 and 20). Where a norm stands behind the MLP, R is what the values must change by for that (`behind_norm.rs`). With `shared`,
/// each solve has the keys of all groups in its inverse. The weights are the same afterwards.
///
/// The layers are gone through once, all groups side by side, since shared solves need the keys of every group at a layer: the prompts'
/// hidden states of all groups are held together. `progress` sees the layers that are done, and says whether to go on.
///
/// # Errors
/// A prompt that the model cannot take, a matrix that is not finite, a device that failed, or `progress` said stop.
pub async fn update_layers(
    model: &mut Transformer,
    editor: &mut dyn Editor,
    groups: &[Group<'_>],
    settings: &Settings,
    solver: Solver,
    shared: bool,
    mut progress: impl FnMut(usize) -> bool + MaybeSend,
) -> Result<Vec<GroupEdit>> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let last = settings.last_layer()?;
    let first = settings.layers.first().copied().unwrap_or(last);
    let mut passes = groups.iter().map(|group| KeyPass::start(model, group.requests, first)).collect::<Result<Vec<_>>>()?;
    let mut edits = vec![GroupEdit::default(); groups.len()];
    for (i, &layer) in settings.layers.iter().enumerate() {
        solver.renew(editor, layer, model.device()).await?;
        let share = 1.0 / (settings.layers.len() - i) as f64;
        let (mut residuals, mut keys) = (Vec::with_capacity(groups.len()), Vec::with_capacity(groups.len()));
        for ((pass, edit), group) in passes.iter_mut().zip(&mut edits).zip(groups) {
            ensure!(progress(i), Cancelled, "stopped while solving for layer {layer}");
            breathe().await;
            advance(pass, model, edit, layer);
            let own = pass.keys(model).await?;
            let missing = targets(group, model.config().hidden) - pass.hidden_behind(model, last).await?;
            let target_error = missing.col_iter().map(|column| column.norm_l2()).sum::<f64>() / group.targets.len().max(1) as f64;
            let mut residual = missing * faer::Scale(share);
            if let Some(norm) = &model.block(layer).mlp_post_norm {
                let gains: Vec<f64> = read(norm.weight.clone()).await?.into_iter().map(f64::from).collect();
                residual = in_front_of_norm(&gains, norm.epsilon, &pass.values(model).await?, &residual);
            }
            edit.layers.push(LayerOutcome {
                keys: own.clone(),
                residuals: Some(residual.clone()),
                null_dimension: editor.null_space(layer).map(NullSpace::null_dimension),
                target_error: Some(target_error),
                ridge: editor.ridge(layer),
                ..LayerOutcome::of(layer)
            });
            residuals.push(residual);
            keys.push(own);
        }
        let solutions = if shared {
            shared_updates(editor, layer, &residuals, &keys).await?
        } else {
            let mut apart = Vec::with_capacity(groups.len());
            for (residuals, keys) in residuals.iter().zip(&keys) {
                apart.push(solve(editor, layer, residuals, keys).await?);
            }
            apart
        };
        for (edit, Solution { update, projected, solver }) in edits.iter_mut().zip(solutions) {
            if let Some(outcome) = edit.layers.last_mut() {
                outcome.delta_norm = update.frobenius_norm();
                (outcome.projected, outcome.solver) = (projected, Some(solver));
            }
            edit.updates.insert(layer, update);
        }
    }
    Ok(edits)
}

/// The target values as a matrix `[d_out, facts]`.
fn targets(group: &Group<'_>, hidden: usize) -> Matrix {
    Matrix::from_fn(hidden, group.targets.len(), |row, fact| f64::from(group.targets[fact].value[row]))
}

/// Takes a group's prompts to `layer`, through the group's own update of the edited layer before.
fn advance(pass: &mut KeyPass, model: &mut Transformer, edit: &GroupEdit, layer: usize) {
    let Some((&before, update)) = edit.updates.last_key_value() else { return pass.advance(model, layer) };
    let in_force = model.overlays();
    lay_over(model, before, &Update::LowRank(update.clone()));
    pass.advance(model, layer);
    model.lay_at(before, &in_force);
}

/// Each group's update with the keys of all groups in its inverse, for residuals `[d_out, n_t]` and keys `[d_in, n_t]`.
///
/// One solve for all facts gives `[R_1 ... R_T] [X_1 ... X_T]^T`; the columns `X_t` are those of the group's own update with the shared
/// inverse, since only the right-hand sides differ.
///
/// # Errors
/// Those of [`solve`].
pub async fn shared_updates(editor: &dyn Editor, layer: usize, residuals: &[Matrix], keys: &[Matrix]) -> Result<Vec<Solution>> {
    let all = |parts: &[Matrix]| side_by_side(parts.iter().map(Matrix::as_ref));
    let joint = solve(editor, layer, &all(residuals)?, &all(keys)?).await?;
    let mut start = 0;
    residuals
        .iter()
        .map(|part| {
            let of = |matrix: &Matrix| matrix.subcols(start, part.ncols()).to_owned();
            let update = LowRank::new(of(joint.update.left()), of(joint.update.right()))?;
            let projected = joint.projected.as_ref().map(of);
            start += part.ncols();
            Ok(Solution { update, projected, ..joint.clone() })
        })
        .collect()
}
