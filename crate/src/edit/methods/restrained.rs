//! MEMIT under a restraint: its solve, and what RECT or PRUNE makes of the updates.

use super::memit::Memit;
use crate::Result;
use crate::edit::solver::{Editor, Renewal, Restraint, System};
use crate::linalg::{CovarianceFactor, Matrix};

/// MEMIT with `R` on its updates.
#[derive(Clone)]
pub(super) struct Restrained<R> {
    memit: Memit,
    restraint: R,
}

impl<R: Restraint> Restrained<R> {
    pub(super) fn new(memit: Memit, restraint: R) -> Self {
        Self { memit, restraint }
    }
}

impl<R: Restraint + Clone + Send + Sync + 'static> Editor for Restrained<R> {
    fn renewal(&self, layer: usize) -> Result<Option<Renewal>> {
        self.memit.renewal(layer)
    }

    fn set_factor(&mut self, layer: usize, factor: CovarianceFactor) -> Result<()> {
        self.memit.set_factor(layer, factor)
    }

    fn hold_one_factor(&mut self) {
        self.memit.hold_one_factor();
    }

    fn make_room(&mut self) {
        self.memit.make_room();
    }

    fn system(&self, layer: usize) -> Result<System<'_>> {
        self.memit.system(layer)
    }

    fn recomputes_keys(&self) -> bool {
        self.memit.recomputes_keys()
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>) -> Result<()> {
        self.memit.remember(layer, solved, recomputed)
    }

    fn restraint(&mut self) -> Option<&mut dyn Restraint> {
        Some(&mut self.restraint)
    }
}
