//! AlphaEdit: one projector from the statistics of the unedited model, past keys in the solve (arXiv 2410.02355,
//! section 3).

use std::collections::BTreeMap;

use super::layer_space::{LayerSpace, of_layer, of_layer_mut};
use super::spec::{Covariances, Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::Result;
use crate::edit::settings::{SettingName, Settings};
use crate::edit::solver::{Editor, NullSpace, Renewal, System};
use crate::linalg::{Matrix, concat_columns};

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
    space: LayerSpace,
    past: Matrix,
}

impl AlphaEdit {
    pub(super) fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
        let layers = layers
            .iter()
            .map(|(&layer, &covariance)| {
                let space = LayerSpace::cut_of(covariance, settings.nullspace_threshold)?;
                Ok((layer, Layer { space, past: Matrix::zeros(covariance.dim(), 0) }))
            })
            .collect::<Result<_>>()?;
        Ok(Self { layers, l2: settings.l2 })
    }
}

impl Editor for AlphaEdit {
    fn renewal(&self, layer: usize) -> Result<Option<Renewal>> {
        of_layer(&self.layers, layer)?.space.renewal()
    }

    fn set_null_space(&mut self, layer: usize, space: NullSpace) -> Result<()> {
        of_layer_mut(&mut self.layers, layer)?.space = LayerSpace::Cut(space);
        Ok(())
    }

    fn system(&self, layer: usize) -> Result<System<'_>> {
        let Layer { space, past } = of_layer(&self.layers, layer)?;
        Ok(System::NullSpace { space: space.cut()?, past: Some(past), ridge: self.l2 })
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
}
