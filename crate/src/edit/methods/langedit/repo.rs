//! The published code's arithmetic.

use std::collections::BTreeMap;

use super::{first_space, pretrained_cut};
use crate::Result;
use crate::edit::methods::layer_space::{LayerSpace, of_layer, of_layer_mut};
use crate::edit::methods::spec::Covariances;
use crate::edit::settings::{Projection, Settings};
use crate::edit::solver::{Editor, NullSpace, Renewal, System};
use crate::edit::statistics::StoredCovariance;
use crate::linalg::{KeyCovariance, Matrix, Threshold, accumulate_outer, concat_columns, recurrence_keeps, repo_recurrence};

/// The published recurrence over the keys so far. Of a small covariance its matrices are kept; of a large one the keys are, and it is gone through
/// again where its result is decomposed.
#[derive(Clone)]
enum Recurrence {
    Kept {
        covariance: Matrix,
        /// `sum K K^T` of the past keys, never normalised, as published.
        cache: Matrix,
    },
    Made(StoredCovariance),
}

#[derive(Clone)]
struct Layer {
    recurrence: Recurrence,
    count: f64,
    /// What is left of C_0 in the covariance.
    kept: f64,
    /// See [`pretrained_cut`](super::pretrained_cut).
    pretrained_cut: Option<f64>,
    space: LayerSpace,
    /// The covariance has keys that the null space does not know.
    stale: bool,
    past: Matrix,
    /// Keys of each step so far, among `past`.
    steps: Vec<usize>,
}

impl Layer {
    fn new(stored: &StoredCovariance, settings: &Settings) -> Result<Self> {
        let (space, dim) = (first_space(stored, settings)?, stored.dim());
        let recurrence = if KeyCovariance::is_small(dim) {
            Recurrence::Kept { covariance: stored.load()?.into_mean(), cache: Matrix::zeros(dim, dim) }
        } else {
            Recurrence::Made(stored.clone())
        };
        let (pretrained_cut, past) = (pretrained_cut(&space, settings), Matrix::zeros(dim, 0));
        Ok(Self { recurrence, count: stored.count(), kept: 1.0, pretrained_cut, space, stale: false, past, steps: Vec::new() })
    }

    /// The covariance as it is.
    fn covariance(&self, n0: f64) -> Result<KeyCovariance> {
        let mean = match &self.recurrence {
            Recurrence::Kept { covariance, .. } => covariance.clone(),
            Recurrence::Made(stored) => {
                let (mut covariance, mut start) = (stored.load()?.into_mean(), 0);
                let mut cache = Matrix::zeros(covariance.nrows(), covariance.nrows());
                for (step, &keys) in self.steps.iter().enumerate() {
                    accumulate_outer(&mut cache, self.past.subcols(start, keys))?;
                    repo_recurrence(&mut covariance, &cache, step + 1, keys, n0)?;
                    start += keys;
                }
                covariance
            }
        };
        KeyCovariance::from_mean(mean, self.count)
    }

    /// Takes note of a step's keys.
    fn remember(&mut self, keys: &Matrix, n0: f64) -> Result<()> {
        self.past = concat_columns(self.past.as_ref(), keys.as_ref())?;
        self.steps.push(keys.ncols());
        let step = self.steps.len();
        if let Recurrence::Kept { covariance, cache } = &mut self.recurrence {
            accumulate_outer(cache, keys.as_ref())?;
            repo_recurrence(covariance, cache, step, keys.ncols(), n0)?;
        }
        self.kept *= recurrence_keeps(step, keys.ncols(), n0);
        Ok(())
    }
}

/// The published code's arithmetic.
#[derive(Clone)]
pub(super) struct Repo {
    layers: BTreeMap<usize, Layer>,
    projects: bool,
    threshold: Threshold,
    l2: f64,
    n0: f64,
}

impl Repo {
    pub(super) fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
        let layers = layers.iter().map(|(&layer, &covariance)| Ok((layer, Layer::new(covariance, settings)?))).collect::<Result<_>>()?;
        let Settings { projection, nullspace_threshold: threshold, l2, repo_n0: n0, .. } = *settings;
        Ok(Self { layers, projects: projection != Projection::None, threshold, l2, n0 })
    }
}

impl Editor for Repo {
    fn renewal(&self, layer: usize) -> Result<Option<Renewal>> {
        let state = of_layer(&self.layers, layer)?;
        let first = state.space.renewal()?;
        if first.is_some() || !state.stale {
            return Ok(first);
        }
        let threshold = state.pretrained_cut.map_or(self.threshold, |cut| Threshold::Absolute(cut * state.kept));
        Ok(Some(Renewal::Cut(state.covariance(self.n0)?, threshold)))
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
        let state = of_layer_mut(&mut self.layers, layer)?;
        state.remember(recomputed.unwrap_or(solved), n0)?;
        state.stale = projects;
        Ok(())
    }
}
