//! MEMIT: `Delta = R K^T (lambda C + K K^T)^-1`; MEMIT-seq adds the keys of earlier steps to the inverse (editing.md 1.7).

use std::collections::BTreeMap;

use super::Editor;
use crate::edit::settings::Settings;
use crate::linalg::{CovarianceFactor, KeyCovariance, LowRank, Matrix, concat_columns, memit_seq_update, memit_update};
use crate::{Error, ErrorKind, Result};

/// MEMIT and MEMIT-seq.
pub(super) struct Memit {
    factors: BTreeMap<usize, CovarianceFactor>,
    past: Option<BTreeMap<usize, Matrix>>,
    lambda: f64,
}

impl Memit {
    pub(super) fn new(layers: &BTreeMap<usize, &KeyCovariance>, settings: &Settings, sequential: bool) -> Result<Self> {
        let factors = layers.iter().map(|(&layer, &covariance)| Ok((layer, CovarianceFactor::new(covariance)?))).collect::<Result<_>>()?;
        Ok(Self { factors, past: sequential.then(BTreeMap::new), lambda: settings.mom2_update_weight })
    }
}

impl Editor for Memit {
    fn update(&mut self, layer: usize, residuals: &Matrix, keys: &Matrix) -> Result<LowRank> {
        let factor = self.factors.get(&layer).ok_or_else(|| Error::new(ErrorKind::Numerics, format!("no statistics for layer {layer}")))?;
        match self.past.as_ref().and_then(|past| past.get(&layer)) {
            Some(past) => memit_seq_update(residuals, keys, past, factor, self.lambda),
            None => memit_update(residuals, keys, factor, self.lambda),
        }
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

    fn null_dimension(&self, _: usize) -> Option<usize> {
        None
    }

    fn leak(&self, _: usize, _: &Matrix) -> Result<Option<Vec<f64>>> {
        Ok(None)
    }
}
