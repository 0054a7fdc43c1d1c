//! AlphaEdit: one projector from the statistics of the unedited model, past keys in the solve (arXiv 2410.02355,
//! section 3).

use std::collections::BTreeMap;

use super::editor::Editor;
use super::spec::{Covariances, Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::edit::settings::{SettingName, Settings};
use crate::linalg::{LowRank, Matrix, Projector, alphaedit_update, concat_columns};
use crate::{Error, ErrorKind, Result};

/// AlphaEdit's declaration.
pub(super) const ALPHAEDIT: MethodSpec = MethodSpec {
    label: "AlphaEdit",
    projects: true,
    merges: true,
    remembers: true,
    statistics: Needs::Always,
    layers: LayerCount::Several,
    settings: &[LAYERS, TARGET_VALUE, NULL_SPACE],
    defaults: |settings, _| settings,
    kind: Kind::ClosedForm(|layers, settings| Ok(Box::new(AlphaEdit::new(layers, settings)?))),
};

/// The settings of a solve inside a null space.
pub(super) const NULL_SPACE: &[SettingName] = &[SettingName::NullspaceThreshold, SettingName::L2];

/// AlphaEdit.
#[derive(Clone)]
pub(super) struct AlphaEdit {
    layers: BTreeMap<usize, Layer>,
    l2: f64,
}

#[derive(Clone)]
struct Layer {
    projector: Projector,
    past: Matrix,
}

impl AlphaEdit {
    pub(super) fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
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

    fn projector(&self, layer: usize) -> Option<&Projector> {
        self.layers.get(&layer).map(|state| &state.projector)
    }
}
