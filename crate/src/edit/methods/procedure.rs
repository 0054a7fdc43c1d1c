//! A method at work on the steps of a run.

use burn::tensor::Device;

use super::finetune::FineTuning;
use super::registry::Method;
use super::rome::Rome;
use super::spec::Kind;
use crate::edit::settings::Settings;
use crate::edit::solver::{Editor, Solver};
use crate::edit::statistics::Statistics;
use crate::{Result, bail};

/// A method at work: how it makes a step of its requests. A copy has the memory of the steps so far, and shares what does not change.
#[derive(Clone)]
pub enum Procedure {
    /// Target values, then a closed form layer by layer.
    ClosedForm(Box<dyn Editor>),
    /// One rank-one change a fact, fact after fact.
    RankOne(Rome),
    /// Gradient descent on the weights themselves.
    Descent(FineTuning),
}

impl Procedure {
    /// Of `method`, with the key statistics of the unedited model.
    ///
    /// # Errors
    /// The statistics lack a layer, or the settings are not the method's.
    pub fn new(method: Method, settings: &Settings, statistics: &Statistics) -> Result<Self> {
        settings.check_method(method)?;
        Ok(match method.spec().kind {
            Kind::ClosedForm(_) => Self::ClosedForm(editor(method, settings, statistics)?),
            Kind::RankOne => Self::RankOne(Rome::new(settings, statistics)?),
            Kind::Descent { objective, clamped } => Self::Descent(FineTuning::new(objective, clamped, settings)),
        })
    }

    /// The editor, where the method is a closed form.
    pub fn editor(&self) -> Option<&dyn Editor> {
        match self {
            Self::ClosedForm(editor) => Some(&**editor),
            Self::RankOne(_) | Self::Descent(_) => None,
        }
    }

    /// The editor, to solve with, where the method is a closed form.
    pub fn editor_mut(&mut self) -> Option<&mut (dyn Editor + 'static)> {
        match self {
            Self::ClosedForm(editor) => Some(&mut **editor),
            Self::RankOne(_) | Self::Descent(_) => None,
        }
    }

    /// Brings the null spaces of `layers` up to date, where the method has any.
    ///
    /// # Errors
    /// Those of [`Solver::renew`].
    pub async fn renew(&mut self, solver: Solver, layers: &[usize], device: &Device) -> Result<()> {
        let Self::ClosedForm(editor) = self else { return Ok(()) };
        for &layer in layers {
            solver.renew(&mut **editor, layer, device).await?;
        }
        Ok(())
    }
}

/// The editor of `method`, a closed form, with the key statistics of the unedited model.
///
/// # Errors
/// The method has no closed form, or the statistics lack a layer.
pub fn editor(method: Method, settings: &Settings, statistics: &Statistics) -> Result<Box<dyn Editor>> {
    match method.spec().kind {
        Kind::ClosedForm(editor) => {
            let of = |&layer: &usize| statistics.layer(layer).map(|covariance| (layer, covariance));
            editor(&settings.edited_layers().iter().map(of).collect::<Result<_>>()?, settings)
        }
        Kind::RankOne | Kind::Descent { .. } => bail!(Usage, "the method `{method}` solves nothing in closed form over layers"),
    }
}
