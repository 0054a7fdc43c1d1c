//! What a step of edits did.

use super::solver::SolverReport;
use crate::linalg::Matrix;

/// What a step did at one layer.
#[derive(Clone, Debug)]
pub struct LayerOutcome {
    /// The layer.
    pub layer: usize,
    /// Keys of the facts, `[d_in, facts]`: those that the update was solved for; where nothing was solved, those before the step.
    pub keys: Matrix,
    /// The layer's share of what is missing, `[d_out, facts]`, where the method has target values.
    pub residuals: Option<Matrix>,
    /// Dimensions of the null space that the update was projected onto.
    pub null_dimension: Option<usize>,
    /// `P K`, where the method projects: the projector may have changed by the time the step ends.
    pub projected: Option<Matrix>,
    /// Where null space and update came from, where the update is a closed form.
    pub solver: Option<SolverReport>,
    /// Mean over the facts of `|v* - h|` before this layer's update (the published "z error"), where the method has target values.
    pub target_error: Option<f64>,
    /// Frobenius norm of the update.
    pub delta_norm: f64,
    /// What was added to the diagonal of the layer's covariance because it is singular; 0 otherwise.
    pub ridge: f64,
    /// The keys again, under the weights after the step, where the method wants them.
    pub recomputed: Option<Matrix>,
    /// Places of the earlier facts' requests that were written again, whose keys are behind the step's own ([`Stage::earlier`](super::Stage::earlier)).
    pub rehearsed: Vec<usize>,
}

impl LayerOutcome {
    /// How many of the keys are of the step's own facts.
    pub fn own_keys(&self) -> usize {
        self.keys.ncols().saturating_sub(self.rehearsed.len())
    }

    /// Nothing done at `layer`.
    pub(super) fn of(layer: usize) -> Self {
        Self {
            layer,
            keys: Matrix::zeros(0, 0),
            residuals: None,
            null_dimension: None,
            projected: None,
            solver: None,
            target_error: None,
            delta_norm: 0.0,
            ridge: 0.0,
            recomputed: None,
            rehearsed: Vec::new(),
        }
    }
}

/// What a step did.
#[derive(Clone, Debug, Default)]
pub struct StepOutcome {
    /// The target values `[facts][hidden]` of the last stage; empty where the method has none.
    pub targets: Vec<Vec<f32>>,
    /// The loss of each fact of the last stage at each step of descent: towards its target value, or of the weights themselves.
    pub losses: Vec<Vec<f32>>,
    /// Each edited layer, in the order in which they were edited.
    pub layers: Vec<LayerOutcome>,
    /// Seconds in the descent.
    pub target_seconds: f64,
    /// Seconds in keys, updates and projectors.
    pub solve_seconds: f64,
}

impl StepOutcome {
    /// Puts that of the next stage behind those of the stages before.
    pub(super) fn follow(&mut self, next: Self) {
        (self.targets, self.losses) = (next.targets, next.losses);
        self.layers.extend(next.layers);
        self.target_seconds += next.target_seconds;
        self.solve_seconds += next.solve_seconds;
    }
}

/// How far a step is, all stages together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepProgress {
    /// Facts that have their target values.
    Targets(usize),
    /// Layers that have their updates.
    Layers(usize),
}
