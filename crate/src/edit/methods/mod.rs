//! The editing methods. Most give, for residuals and keys of a step at a layer, the update of that layer's down-projection ([`Editor`]), some
//! of them with a [`Restraint`] on it; ROME and fine-tuning make a step in their own way ([`Procedure`]).

mod alphaedit;
mod finetune;
mod langedit;
mod memit;
mod prune;
mod rect;
mod restrained;
mod rome;

use std::collections::BTreeMap;

use super::settings::{Method, Settings};
use super::statistics::Statistics;
use crate::linalg::{LowRank, Matrix, Projector, Update};
use crate::{Result, bail};

pub use finetune::FineTuning;
pub use rome::Rome;

/// One closed-form method at work on a stream of steps. Its memory of earlier steps is its own; the weights are not.
pub trait Editor {
    /// Brings the projector of `layer` up to date, before the questions and the update of a step. Done when needed, not when a step ends:
    /// the projector behind the last step is never used.
    ///
    /// # Errors
    /// A matrix is not finite.
    fn refresh(&mut self, _layer: usize) -> Result<()> {
        Ok(())
    }

    /// The update of `layer`, Delta `[d_out, d_in]` as factors, for residuals `[d_out, n]` and keys `[d_in, n]`.
    ///
    /// # Errors
    /// A matrix is not finite or a system cannot be solved.
    fn update(&mut self, layer: usize, residuals: &Matrix, keys: &Matrix) -> Result<LowRank>;

    /// Whether [`Editor::remember`] wants the keys recomputed with the weights after the step.
    fn recomputes_keys(&self) -> bool;

    /// Takes note of a finished step: `solved` are the keys of the update, `recomputed` those under the new weights, where wanted.
    ///
    /// # Errors
    /// A matrix is not finite.
    fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>) -> Result<()>;

    /// Dimensions of the null space that the next update of `layer` is projected onto; `None` for methods without projection.
    fn null_dimension(&self, layer: usize) -> Option<usize>;

    /// `|P k| / |k|` for each key: the share that the next update of `layer` can disturb; `None` without projection.
    ///
    /// # Errors
    /// The keys have another dimension.
    fn leak(&self, layer: usize, keys: &Matrix) -> Result<Option<Vec<f64>>>;

    /// The projector of `layer`; `None` for methods without one.
    fn projector(&self, _layer: usize) -> Option<&Projector> {
        None
    }

    /// What restrains the updates when all layers have theirs, for methods that do.
    fn restraint(&mut self) -> Option<&mut dyn Restraint> {
        None
    }
}

/// What a method does to the updates of a step when all layers have theirs (RECT, PRUNE).
pub trait Restraint {
    /// The change of `layer` over W_0 that a step is worked out on, where it is not the one in force: without the restraint.
    fn unrestrained(&self, _layer: usize) -> Option<&LowRank> {
        None
    }

    /// Which weights [`Restraint::restrain`] has to see.
    fn reference(&self, layer: usize) -> Reference;

    /// What becomes of the update `delta` of `layer`; `weights` are those of [`Restraint::reference`] in row-major order.
    ///
    /// # Errors
    /// A matrix is not finite, or a decomposition does not converge.
    fn restrain(&mut self, layer: usize, delta: LowRank, weights: &[f32]) -> Result<Update>;

    /// Takes note of a finished step: the change of `layer` for its `facts` facts.
    ///
    /// # Errors
    /// The update is not one of this method's.
    fn remember(&mut self, _layer: usize, _facts: usize, _update: &Update) -> Result<()> {
        Ok(())
    }
}

/// Weights that a [`Restraint`] compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// None.
    Nothing,
    /// W_0.
    Base,
    /// Those in force before the step.
    Current,
}

/// A method at work: how it makes a step of its requests.
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
        Ok(match method {
            Method::Ft | Method::FtL | Method::FtM => Self::Descent(FineTuning::new(method, settings)),
            Method::Rome => Self::RankOne(Rome::new(settings, statistics)?),
            _ => Self::ClosedForm(editor(method, settings, statistics)?),
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

    /// Takes note of a step that is not made again: `solved` and `recomputed` as [`Editor::remember`] takes them, and the change of `layer`.
    ///
    /// # Errors
    /// A matrix is not finite, or the change is not one of this method's.
    pub fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>, update: Option<&Update>) -> Result<()> {
        let Self::ClosedForm(editor) = self else { return Ok(()) };
        editor.remember(layer, solved, recomputed)?;
        match (editor.restraint(), update) {
            (Some(restraint), Some(update)) => restraint.remember(layer, solved.ncols(), update),
            _ => Ok(()),
        }
    }
}

/// The editor of `method`, a closed form, with the key statistics of the unedited model.
///
/// # Errors
/// The method has no closed form, or the statistics lack a layer.
pub fn editor(method: Method, settings: &Settings, statistics: &Statistics) -> Result<Box<dyn Editor>> {
    let layers: BTreeMap<usize, _> =
        settings.layers.iter().map(|&layer| statistics.layer(layer).map(|covariance| (layer, covariance))).collect::<Result<_>>()?;
    Ok(match method {
        Method::Memit => Box::new(memit::Memit::new(&layers, settings, false)?),
        Method::MemitSeq => Box::new(memit::Memit::new(&layers, settings, true)?),
        Method::Rect => Box::new(restrained::Restrained::new(memit::Memit::new(&layers, settings, false)?, rect::Rect::new(settings))),
        Method::Prune => Box::new(restrained::Restrained::new(memit::Memit::new(&layers, settings, false)?, prune::Prune::new(settings))),
        Method::AlphaEdit => Box::new(alphaedit::AlphaEdit::new(&layers, settings)?),
        Method::LangEdit => langedit::editor(&layers, settings)?,
        Method::Ft | Method::FtL | Method::FtM | Method::Rome => {
            bail!(Usage, "the method `{method}` solves nothing in closed form over layers")
        }
    })
}
