//! What `start` tells the page: which device computes, why, and how it was checked.

use serde::Serialize;
use tsify::Tsify;

use crate::edit::Solver;

/// How the GPU compares with the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub(super) struct SelfCheck {
    /// Largest |gpu - cpu| / (1 + |cpu|) over all results; infinite (null in JSON) where a result is not finite.
    pub(super) maximum_difference: f64,
    /// What is allowed.
    pub(super) tolerance: f64,
    /// Whether all lie within.
    pub(super) passed: bool,
}

/// Why that device, for the page to say in the reader's language.
#[derive(Clone, Copy, Serialize, Tsify)]
#[cfg_attr(not(feature = "wgpu"), expect(dead_code, reason = "without kernels for a GPU there is only one reason to tell"))]
#[serde(rename_all = "snake_case")]
#[tsify(missing_as_null, hashmap_as_object)]
pub(super) enum DeviceReason {
    /// It was asked for.
    Chosen,
    /// The browser has no WebGPU adapter.
    NoAdapter,
    /// The GPU does not compute what the CPU does.
    Selfcheck,
    /// There is a GPU, whose name is the reason.
    Named,
    /// There is a GPU that does not give its name.
    Unnamed,
}

/// What `start` tells.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub(super) struct Started {
    #[tsify(type = "'webgpu' | 'cpu'")]
    pub(super) device: &'static str,
    /// Where closed forms are solved.
    pub(super) solver: Solver,
    pub(super) why: DeviceReason,
    /// The GPU's name, or `why` in English.
    pub(super) reason: String,
    pub(super) selfcheck: Option<SelfCheck>,
}
