//! Where a step was solved, and how exact that is known to be.

use serde::{Deserialize, Serialize};

use super::Solver;

/// A step's solve, over all its layers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct SolverReport {
    /// The null spaces; absent for methods without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_space: Option<SolverStage>,
    /// The updates.
    pub update: SolverStage,
}

impl SolverReport {
    /// Of two layers.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let null_space = self.null_space.into_iter().chain(other.null_space).reduce(SolverStage::and);
        Self { null_space, update: self.update.and(other.update) }
    }

    /// Whether all of it was on the host.
    pub fn is_of_host(&self) -> bool {
        self.null_space.into_iter().chain([self.update]).all(|stage| stage == SolverStage::default())
    }
}

/// One stage of a solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct SolverStage {
    /// Where it ran.
    pub on: Solver,
    /// How far the device's result is from what it has to satisfy, relative to it: of a projector `||P^2 - P||_F / sqrt(d)`, of an update the
    /// residual of its system. Absent on the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// Directions of the null space whose eigenvalues f32 cannot tell from the threshold.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unresolved: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl SolverStage {
    /// What is true of both: the host where either ran there, the larger error, all directions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let on = if self.on == other.on { self.on } else { Solver::Host };
        let error = self.error.into_iter().chain(other.error).reduce(f64::max);
        Self { on, error, unresolved: self.unresolved + other.unresolved }
    }
}
