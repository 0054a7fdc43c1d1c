//! MEMIT: `Delta = R K^T (lambda C + K K^T)^-1`; MEMIT-seq adds the keys of earlier steps to the inverse (arXiv
//! 2210.07229, equation 14; ARCHITECTURE, Methods).

use std::collections::BTreeMap;

use super::layer_space::of_layer;
use super::spec::{Covariances, Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::edit::settings::{SettingName, Settings};
use crate::edit::solver::{Editor, Renewal, System};
use crate::edit::statistics::StoredCovariance;
use crate::linalg::{CovarianceFactor, Matrix, concat_columns};
use crate::{Result, bail};

/// MEMIT's declaration.
pub(super) const MEMIT: MethodSpec = MethodSpec {
    label: "MEMIT",
    projects: false,
    merges: true,
    remembers: false,
    statistics: Needs::Always,
    layers: LayerCount::Several,
    settings: SETTINGS,
    defaults: |settings, _| settings,
    kind: Kind::ClosedForm(|layers, settings| Ok(Box::new(Memit::new(layers, settings, false)))),
};

/// MEMIT-seq's declaration.
pub(super) const MEMIT_SEQ: MethodSpec = MethodSpec {
    label: "MEMIT-seq",
    merges: false,
    remembers: true,
    kind: Kind::ClosedForm(|layers, settings| Ok(Box::new(Memit::new(layers, settings, true)))),
    ..MEMIT
};

const SETTINGS: &[&[SettingName]] = &[LAYERS, TARGET_VALUE, COVARIANCE];

/// The settings of MEMIT's solve.
pub(super) const COVARIANCE: &[SettingName] = &[SettingName::Mom2UpdateWeight, SettingName::Mom2Ridge];

/// MEMIT and MEMIT-seq.
#[derive(Clone)]
pub(super) struct Memit {
    covariances: BTreeMap<usize, StoredCovariance>,
    /// Of the layers that were solved at; of one at most, where `holds_one`.
    factors: BTreeMap<usize, CovarianceFactor>,
    holds_one: bool,
    past: Option<BTreeMap<usize, Matrix>>,
    lambda: f64,
    ridge: f64,
}

impl Memit {
    pub(super) fn new(layers: &Covariances<'_>, settings: &Settings, sequential: bool) -> Self {
        let covariances = layers.iter().map(|(&layer, &covariance)| (layer, covariance.clone())).collect();
        let (factors, past) = (BTreeMap::new(), sequential.then(BTreeMap::new));
        Self { covariances, factors, holds_one: false, past, lambda: settings.mom2_update_weight, ridge: settings.mom2_ridge }
    }
}

impl Editor for Memit {
    fn renewal(&self, layer: usize) -> Result<Option<Renewal>> {
        let covariance = of_layer(&self.covariances, layer)?;
        Ok((!self.factors.contains_key(&layer)).then(|| Renewal::Factor(covariance.clone(), self.ridge)))
    }

    fn set_factor(&mut self, layer: usize, factor: CovarianceFactor) -> Result<()> {
        self.factors.insert(layer, factor);
        Ok(())
    }

    fn hold_one_factor(&mut self) {
        self.holds_one = true;
    }

    fn make_room(&mut self) {
        if self.holds_one {
            self.factors.clear();
        }
    }

    fn system(&self, layer: usize) -> Result<System<'_>> {
        let Some(factor) = self.factors.get(&layer) else {
            bail!(Numerics, "the covariance of layer {layer} has to be factored before anything is solved with it")
        };
        Ok(System::Covariance { factor, past: self.past.as_ref().and_then(|past| past.get(&layer)), weight: self.lambda })
    }

    fn recomputes_keys(&self) -> bool {
        self.past.is_some()
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>) -> Result<()> {
        if let Some(past) = &mut self.past {
            let keys = recomputed.unwrap_or(solved);
            let held = past.entry(layer).or_insert_with(|| Matrix::zeros(keys.nrows(), 0));
            *held = concat_columns(held.as_ref(), keys.as_ref())?;
        }
        Ok(())
    }
}
