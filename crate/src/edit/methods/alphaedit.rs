//! AlphaEdit: one projector from the statistics of the unedited model, past keys in the solve (editing.md 1.8).

use std::collections::BTreeMap;

use super::Editor;
use crate::edit::settings::Settings;
use crate::linalg::{KeyCovariance, LowRank, Matrix, Projector, alphaedit_update, concat_columns};
use crate::{Error, ErrorKind, Result};

/// AlphaEdit.
pub(super) struct AlphaEdit {
    layers: BTreeMap<usize, Layer>,
    l2: f64,
}

struct Layer {
    projector: Projector,
    past: Matrix,
}

impl AlphaEdit {
    pub(super) fn new(layers: &BTreeMap<usize, &KeyCovariance>, settings: &Settings) -> Result<Self> {
        let layers = layers
            .iter()
            .map(|(&layer, &covariance)| {
                let projector = Projector::from_covariance(covariance, settings.nullspace_threshold)?;
                Ok((layer, Layer { projector, past: Matrix::zeros(covariance.dim(), 0) }))
            })
            .collect::<Result<_>>()?;
        Ok(Self { layers, l2: settings.l2 })
    }
}

impl Editor for AlphaEdit {
    fn update(&mut self, layer: usize, residuals: &Matrix, keys: &Matrix) -> Result<LowRank> {
        let state = self.layers.get(&layer).ok_or_else(|| Error::new(ErrorKind::Numerics, format!("no statistics for layer {layer}")))?;
        alphaedit_update(residuals, keys, &state.past, &state.projector, self.l2)
    }

    fn recomputes_keys(&self) -> bool {
        true
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>) -> Result<()> {
        if let Some(state) = self.layers.get_mut(&layer) {
            state.past = concat_columns(state.past.as_ref(), recomputed.unwrap_or(solved).as_ref())?;
        }
        Ok(())
    }

    fn null_dimension(&self, layer: usize) -> Option<usize> {
        self.layers.get(&layer).map(|state| state.projector.null_dimension())
    }

    fn leak(&self, layer: usize, keys: &Matrix) -> Result<Option<Vec<f64>>> {
        self.layers.get(&layer).map(|state| state.projector.leak(keys)).transpose()
    }

    fn projector(&self, layer: usize) -> Option<&Projector> {
        self.layers.get(&layer).map(|state| &state.projector)
    }
}
