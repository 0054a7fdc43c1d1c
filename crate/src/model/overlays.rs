//! The edited down-projections of a model, taken and put back as a whole.

use std::collections::BTreeMap;

use super::{Transformer, Weight};

/// The down-projections that lie over W_0, by layer. Copies share their numbers, so that keeping one costs what has changed since.
#[derive(Clone, Debug, Default)]
pub struct Overlays(BTreeMap<usize, Weight>);

impl Overlays {
    /// Bytes that they take up on their device.
    pub fn bytes(&self) -> usize {
        self.0.values().map(Weight::bytes).sum()
    }
}

impl Transformer {
    /// The edited down-projections in force.
    pub fn overlays(&self) -> Overlays {
        Overlays((0..self.config().layers).filter_map(|layer| Some((layer, self.overlay(layer)?.clone()))).collect())
    }

    /// Puts `overlays` in force, bit for bit, in place of all there are.
    pub fn lay(&mut self, overlays: &Overlays) {
        for layer in 0..self.config().layers {
            self.lay_at(layer, overlays);
        }
    }

    /// Puts that of one layer in force; W_0 where `overlays` have none there.
    pub fn lay_at(&mut self, layer: usize, overlays: &Overlays) {
        self.set_overlay(layer, overlays.0.get(&layer).cloned());
    }
}
