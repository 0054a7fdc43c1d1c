//! ROME: for one fact after another `Delta = (v* - W k) u^T / (k . u)`, `u` along `C^-1 k` or `k` (arXiv 2202.05262,
//! equation 2).
//!
//! `k` in the constraint is the bare prompt's key, in `u` the mean over all templates; v* is what the MLP should put out. The published
//! code edits the first fact of a batch and ignores the others; here each is edited, on the weights that those before it left.

use web_time::Instant;

use super::spec::{Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::edit::history::{History, lay_over};
use crate::edit::keys::KeyPass;
use crate::edit::outcome::{LayerOutcome, StepOutcome};
use crate::edit::request::Request;
use crate::edit::settings::{SettingName, Settings};
use crate::edit::statistics::Statistics;
use crate::edit::target::{Site, target_values_at};
use crate::linalg::{CovarianceFactor, LowRank, Matrix, Update, concat_columns, rome_update};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::{Error, ErrorKind, Result};

/// ROME's declaration.
pub(super) const ROME: MethodSpec = MethodSpec {
    label: "ROME",
    projects: false,
    merges: false,
    remembers: false,
    statistics: Needs::WithAdjustment,
    layers: LayerCount::One,
    settings: &[LAYERS, TARGET_VALUE, &[SettingName::Mom2Adjustment, SettingName::Mom2Ridge]],
    defaults: Settings::of_rome,
    kind: Kind::RankOne,
};

/// ROME at work; it remembers nothing from step to step.
#[derive(Clone)]
pub struct Rome {
    layer: usize,
    covariance: Option<CovarianceFactor>,
}

impl Rome {
    pub(super) fn new(settings: &Settings, statistics: &Statistics) -> Result<Self> {
        let layer = settings.last_layer()?;
        let covariance = if settings.mom2_adjustment { Some(statistics.layer(layer)?.factor(settings.mom2_ridge)?) } else { None };
        Ok(Self { layer, covariance })
    }

    /// The step of `requests`, a column a fact in the update's factors.
    ///
    /// # Errors
    /// As [`crate::edit::edit_step`].
    pub(in crate::edit) async fn step(
        &self,
        model: &mut Transformer,
        history: &mut History,
        requests: &[Request],
        settings: &Settings,
        mut progress: impl FnMut(usize) -> bool + MaybeSend,
    ) -> Result<StepOutcome> {
        let (hidden, inner) = (model.config().hidden, model.config().inner);
        let mut outcome = StepOutcome::default();
        let mut factors = LowRank::new(Matrix::zeros(hidden, 0), Matrix::zeros(inner, 0))?;
        let (mut keys, mut residuals) = (Matrix::zeros(inner, 0), Matrix::zeros(hidden, 0));
        for (done, request) in requests.iter().enumerate() {
            let started = Instant::now();
            let request = std::slice::from_ref(request);
            let targets = target_values_at(Site::Mlp, model, request, settings, |one| progress(done + one)).await?;
            outcome.target_seconds += started.elapsed().as_secs_f64();
            let started = Instant::now();
            let of_prompts = KeyPass::start(model, request, self.layer)?.prompt_keys(model).await?;
            let ([target], [of_prompts]) = (&targets[..], &of_prompts[..]) else {
                return Err(Error::new(ErrorKind::Numerics, "a fact has one target value and one list of keys"));
            };
            let key = of_prompts.subcols(0, 1).to_owned();
            let mean = Matrix::from_fn(inner, 1, |row, _| of_prompts.row(row).iter().sum::<f64>() / of_prompts.ncols() as f64);
            // W k is where the descent to v* began: nothing was edited since.
            let residual = Matrix::from_fn(hidden, 1, |row, _| f64::from(target.value[row]) - f64::from(target.initial[row]));
            let delta = rome_update(&residual, &key, &mean, self.covariance.as_ref())?;
            factors = LowRank::new(
                concat_columns(factors.left().as_ref(), delta.left().as_ref())?,
                concat_columns(factors.right().as_ref(), delta.right().as_ref())?,
            )?;
            lay_over(model, self.layer, &Update::LowRank(delta));
            keys = concat_columns(keys.as_ref(), key.as_ref())?;
            residuals = concat_columns(residuals.as_ref(), residual.as_ref())?;
            outcome.losses.push(target.losses.clone());
            outcome.targets.push(target.value.clone());
            outcome.solve_seconds += started.elapsed().as_secs_f64();
        }
        let update = Update::LowRank(factors);
        let target_error = residuals.col_iter().map(|column| column.norm_l2()).sum::<f64>() / residuals.ncols().max(1) as f64;
        outcome.layers.push(LayerOutcome {
            keys,
            target_error: Some(target_error),
            residuals: Some(residuals),
            delta_norm: update.frobenius_norm(),
            ridge: self.covariance.as_ref().map_or(0.0, CovarianceFactor::ridge),
            ..LayerOutcome::of(self.layer)
        });
        // One product over all facts instead of one a fact: what the history makes again after an undo.
        history.rewind(model, &[self.layer]);
        history.apply(model, self.layer, update);
        Ok(outcome)
    }
}
