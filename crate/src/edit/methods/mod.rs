//! The editing methods: given residuals and keys of a step at a layer, the update of that layer's down-projection.

mod alphaedit;
mod langedit;
mod memit;

use std::collections::BTreeMap;

use super::settings::{Method, Settings};
use super::statistics::Statistics;
use crate::linalg::{LowRank, Matrix, Projector};
use crate::{Result, bail};

/// One method at work on a stream of steps. Its memory of earlier steps is its own; the weights are not.
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
}

/// The editor of `method`, with the key statistics of the unedited model.
///
/// # Errors
/// The method is not built yet, or the statistics lack a layer.
pub fn editor(method: Method, settings: &Settings, statistics: &Statistics) -> Result<Box<dyn Editor>> {
    let layers: BTreeMap<usize, _> =
        settings.layers.iter().map(|&layer| statistics.layer(layer).map(|covariance| (layer, covariance))).collect::<Result<_>>()?;
    Ok(match method.available()? {
        Method::Memit => Box::new(memit::Memit::new(&layers, settings, false)?),
        Method::MemitSeq => Box::new(memit::Memit::new(&layers, settings, true)?),
        Method::AlphaEdit => Box::new(alphaedit::AlphaEdit::new(&layers, settings)?),
        Method::LangEdit => langedit::editor(&layers, settings)?,
        other => bail!(Usage, "the method `{other}` has no editor"),
    })
}
