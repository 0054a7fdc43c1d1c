//! The published code's arithmetic.

use std::collections::BTreeMap;

use super::{first_space, pretrained_cut};
use crate::Result;
use crate::edit::methods::layer_space::{LayerSpace, of_layer, of_layer_mut};
use crate::edit::methods::spec::Covariances;
use crate::edit::settings::{Projection, Settings};
use crate::edit::solver::{Editor, NullSpace, Renewal, System};
use crate::linalg::{KeyCovariance, Matrix, Threshold, accumulate_outer, concat_columns, repo_recurrence};

#[derive(Clone)]
struct Layer {
    covariance: Matrix,
    count: f64,
    /// What is left of C_0 in the covariance.
    kept: f64,
    /// See [`pretrained_cut`](super::pretrained_cut).
    pretrained_cut: Option<f64>,
    space: LayerSpace,
    /// The covariance has keys that the null space does not know.
    stale: bool,
    past: Matrix,
    /// `sum K K^T` of the past keys, never normalised, as published.
    cache: Matrix,
}

/// The published code's arithmetic.
#[derive(Clone)]
pub(super) struct Repo {
    layers: BTreeMap<usize, Layer>,
    steps: BTreeMap<usize, usize>,
    projects: bool,
    threshold: Threshold,
    l2: f64,
    n0: f64,
}

impl Repo {
    pub(super) fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
        let layers = layers
            .iter()
            .map(|(&layer, &covariance)| {
                let space = first_space(covariance, settings)?;
                let state = Layer {
                    covariance: covariance.mean().clone(),
                    count: covariance.count(),
                    kept: 1.0,
                    pretrained_cut: pretrained_cut(&space, settings),
                    space,
                    stale: false,
                    past: Matrix::zeros(covariance.dim(), 0),
                    cache: Matrix::zeros(covariance.dim(), covariance.dim()),
                };
                Ok((layer, state))
            })
            .collect::<Result<_>>()?;
        let Settings { projection, nullspace_threshold: threshold, l2, repo_n0: n0, .. } = *settings;
        Ok(Self { layers, steps: BTreeMap::new(), projects: projection != Projection::None, threshold, l2, n0 })
    }
}

impl Editor for Repo {
    fn renewal(&self, layer: usize) -> Result<Option<Renewal>> {
        let state = of_layer(&self.layers, layer)?;
        let first = state.space.renewal();
        if first.is_some() || !state.stale {
            return Ok(first);
        }
        let threshold = state.pretrained_cut.map_or(self.threshold, |cut| Threshold::Absolute(cut * state.kept));
        Ok(Some(Renewal::Cut(KeyCovariance::from_mean(state.covariance.clone(), state.count)?, threshold)))
    }

    fn set_null_space(&mut self, layer: usize, space: NullSpace) -> Result<()> {
        let state = of_layer_mut(&mut self.layers, layer)?;
        // Keys that were remembered before the first cut are not in it.
        state.stale &= state.space.get().is_none();
        state.space = LayerSpace::Cut(space);
        Ok(())
    }

    fn system(&self, layer: usize) -> Result<System<'_>> {
        let state = of_layer(&self.layers, layer)?;
        Ok(System::NullSpace { space: state.space.cut()?, past: Some(&state.past), ridge: self.l2 })
    }

    fn recomputes_keys(&self) -> bool {
        true
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>) -> Result<()> {
        let (n0, projects) = (self.n0, self.projects);
        let step = self.steps.entry(layer).and_modify(|steps| *steps += 1).or_insert(1);
        let state = of_layer_mut(&mut self.layers, layer)?;
        let keys = recomputed.unwrap_or(solved);
        state.past = concat_columns(state.past.as_ref(), keys.as_ref())?;
        accumulate_outer(&mut state.cache, keys.as_ref())?;
        state.kept *= repo_recurrence(&mut state.covariance, &state.cache, *step, keys.ncols(), n0)?;
        state.stale = projects;
        Ok(())
    }
}
