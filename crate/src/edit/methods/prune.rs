//! PRUNE: MEMIT's steps, with the singular values of their total change restrained (arXiv 2405.16821;
//! ARCHITECTURE, Methods).
//!
//! The paper restrains once, when all edits are made: `W = W_0 + f(Delta)`, `Delta` the sum of MEMIT's updates. Here the weights between two
//! steps are those of a sequence that ends there: each step is worked out on `W_0 + Delta_{t-1}`, and its change is `f(Delta_t) -
//! f(Delta_{t-1})`. The published baseline of AlphaEdit's repository adds `f(Delta)` to `W_0 + Delta`; this does not.
//!
//! `f` changes only values above the norm of W_0, so the change is MEMIT's update and two corrections of low rank.

use std::collections::BTreeMap;

use super::memit::{COVARIANCE, MEMIT, Memit};
use super::restrained::Restrained;
use super::spec::{Kind, LAYERS, MethodSpec, TARGET_VALUE};
use crate::edit::settings::{ReduceType, SettingName, Settings};
use crate::edit::solver::{Reference, Restraint};
use crate::linalg::{LowRank, Matrix, Update, concat_columns, largest_singular_value, restrain_spectrum};
use crate::{Error, ErrorKind, Result};

/// PRUNE's declaration.
pub(super) const PRUNE: MethodSpec = MethodSpec {
    label: "PRUNE",
    merges: false,
    remembers: true,
    settings: &[LAYERS, TARGET_VALUE, COVARIANCE, &[SettingName::ReduceType]],
    kind: Kind::ClosedForm(|layers, settings| Ok(Box::new(Restrained::new(Memit::new(layers, settings, false), Prune::new(settings))))),
    ..MEMIT
};

/// PRUNE's restraint.
#[derive(Clone)]
struct Prune {
    reduce: ReduceType,
    layers: BTreeMap<usize, Layer>,
}

#[derive(Clone, Default)]
struct Layer {
    /// The largest singular value of W_0, once it is known.
    norm: Option<f64>,
    /// `Delta_{t-1}`.
    total: Option<LowRank>,
}

impl Prune {
    fn new(settings: &Settings) -> Self {
        Self { reduce: settings.reduce_type, layers: settings.layers.iter().map(|&layer| (layer, Layer::default())).collect() }
    }
}

impl Restraint for Prune {
    fn unrestrained(&self, layer: usize) -> Option<&LowRank> {
        self.layers.get(&layer)?.total.as_ref()
    }

    fn reference(&self, layer: usize) -> Reference {
        match self.layers.get(&layer).and_then(|state| state.norm) {
            Some(_) => Reference::Nothing,
            None => Reference::Base,
        }
    }

    fn restrain(&mut self, layer: usize, delta: LowRank, weights: &[f32]) -> Result<Update> {
        let reduce = self.reduce;
        let state = self.layers.entry(layer).or_default();
        let most = match state.norm {
            Some(norm) => norm,
            None => largest_singular_value(delta.left().nrows(), delta.right().nrows(), weights)?,
        };
        state.norm = Some(most);
        let correction = |total: &LowRank| restrain_spectrum(total, |s| reduce.restrain(s, most));
        let change = match &state.total {
            None => beside(&delta, &correction(&delta)?)?,
            Some(total) => {
                let after = correction(&beside(total, &delta)?)?;
                beside(&beside(&delta, &after)?, &negated(&correction(total)?)?)?
            }
        };
        Ok(change.into())
    }

    fn remember(&mut self, layer: usize, facts: usize, update: &Update) -> Result<()> {
        let Update::LowRank(update) = update else {
            return Err(Error::new(ErrorKind::Data, format!("the change of layer {layer} is not one that PRUNE makes")));
        };
        // The first columns are MEMIT's update.
        let part = |matrix: &Matrix| matrix.subcols(0, facts.min(matrix.ncols())).to_owned();
        let delta = LowRank::new(part(update.left()), part(update.right()))?;
        let state = self.layers.entry(layer).or_default();
        state.total = Some(match &state.total {
            Some(total) => beside(total, &delta)?,
            None => delta,
        });
        Ok(())
    }
}

/// The sum of two changes.
fn beside(a: &LowRank, b: &LowRank) -> Result<LowRank> {
    LowRank::new(concat_columns(a.left().as_ref(), b.left().as_ref())?, concat_columns(a.right().as_ref(), b.right().as_ref())?)
}

fn negated(change: &LowRank) -> Result<LowRank> {
    LowRank::new(change.left() * faer::Scale(-1.0), change.right().clone())
}
