//! The paper's formulas, under any policy for the projector.

use std::collections::BTreeMap;

use super::running::RunningCovariance;
use super::{first_space, pretrained_cut};
use crate::Result;
use crate::edit::methods::layer_space::{LayerSpace, of_layer, of_layer_mut};
use crate::edit::methods::spec::Covariances;
use crate::edit::settings::{KeyWeight, Projection, Settings};
use crate::edit::solver::{Editor, NullSpace, Renewal, System};
use crate::edit::statistics::StoredCovariance;
use crate::linalg::{Matrix, Threshold};

/// Directions of `P K` shorter than this share of the longest key are rounding, not directions.
const SPAN_TOLERANCE: f64 = 1e-9;

#[derive(Clone)]
struct Layer {
    /// Absent under the tracked policy, which needs it only once, and without a projection.
    covariance: Option<RunningCovariance>,
    space: LayerSpace,
    /// The covariance has keys that the null space does not know.
    stale: bool,
    /// Keys whose span has to leave the null space, under the tracked policy.
    edited: Vec<Matrix>,
    /// See [`pretrained_cut`](super::pretrained_cut).
    pretrained_cut: Option<f64>,
    /// What all pre-trained keys count as: N_0, or 1 where edited keys weigh relative to it.
    pretrained_count: f64,
}

impl Layer {
    fn new(covariance: &StoredCovariance, settings: &Settings) -> Result<Self> {
        let space = first_space(covariance, settings)?;
        let pretrained_cut = pretrained_cut(&space, settings);
        // Relative to N_0 all pre-trained keys together count 1.
        let pretrained_count = match settings.edited_key_weight {
            KeyWeight::Share(_) => 1.0,
            KeyWeight::Samples(_) => covariance.count(),
        };
        let exact = settings.projection == Projection::Exact;
        let covariance = exact.then(|| RunningCovariance::new(covariance, pretrained_count)).transpose()?;
        Ok(Self { covariance, space, stale: false, edited: Vec::new(), pretrained_cut, pretrained_count })
    }

    /// Where Cov_t is cut. Its pre-trained part is C_0 N_0 / N_t, so a boundary that holds for C_0 is scaled alike: it holds for
    /// `Cov_0 + (w / N_0) sum k k^T = (N_t / N_0) Cov_t`, whose eigenvalues only grow, and the null space only shrinks.
    fn threshold(&self, asked: Threshold, count: f64) -> Threshold {
        self.pretrained_cut.map_or(asked, |cut| Threshold::Absolute(cut * self.pretrained_count / count))
    }
}

/// The paper's formulas, any projector policy.
#[derive(Clone)]
pub(in crate::edit::methods) struct Paper {
    layers: BTreeMap<usize, Layer>,
    projection: Projection,
    threshold: Threshold,
    key_weight: f64,
    ridge: f64,
}

impl Paper {
    pub(in crate::edit::methods) fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
        let layers = layers.iter().map(|(&layer, &covariance)| Ok((layer, Layer::new(covariance, settings)?))).collect::<Result<_>>()?;
        let Settings { projection, nullspace_threshold: threshold, l2: ridge, .. } = *settings;
        let (KeyWeight::Share(key_weight) | KeyWeight::Samples(key_weight)) = settings.edited_key_weight;
        Ok(Self { layers, projection, threshold, key_weight, ridge })
    }
}

impl Editor for Paper {
    fn renewal(&self, layer: usize) -> Result<Option<Renewal>> {
        let state = of_layer(&self.layers, layer)?;
        Ok(match (state.space.renewal()?, &state.covariance) {
            (None, Some(covariance)) if state.stale => {
                Some(Renewal::Cut(covariance.now()?, state.threshold(self.threshold, covariance.count())))
            }
            (None, _) if !state.edited.is_empty() => Some(Renewal::Remove(state.edited.clone(), SPAN_TOLERANCE)),
            (first, _) => first,
        })
    }

    fn set_null_space(&mut self, layer: usize, space: NullSpace) -> Result<()> {
        let state = of_layer_mut(&mut self.layers, layer)?;
        // What was remembered before the first cut still has to be done.
        if state.space.get().is_some() {
            state.stale = false;
            state.edited.clear();
        }
        state.space = LayerSpace::Cut(space);
        Ok(())
    }

    fn system(&self, layer: usize) -> Result<System<'_>> {
        Ok(System::NullSpace { space: of_layer(&self.layers, layer)?.space.cut()?, past: None, ridge: self.ridge })
    }

    fn recomputes_keys(&self) -> bool {
        false
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, _: Option<&Matrix>) -> Result<()> {
        let (weight, projection) = (self.key_weight, self.projection);
        let state = of_layer_mut(&mut self.layers, layer)?;
        match (projection, &mut state.covariance) {
            (Projection::Exact, Some(covariance)) => {
                covariance.add(solved, weight)?;
                state.stale = true;
            }
            (Projection::Tracked, _) => state.edited.push(solved.clone()),
            (Projection::Exact | Projection::None, _) => {}
        }
        Ok(())
    }
}
