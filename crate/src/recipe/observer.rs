//! Who watches an experiment: gets progress, steps and partial reports, and can stop it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use super::report::Report;
use super::step_record::StepRecord;
use crate::Result;
use crate::linalg::Update;
use crate::schedule::MaybeSend;

/// What an experiment is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Passing the corpus through the model for key statistics (unit: texts).
    Statistics,
    /// Sampling context templates (unit: languages).
    Templates,
    /// Asking the unedited model (unit: questions).
    EvaluateBefore,
    /// Optimising the target values of a step (unit: facts).
    Targets,
    /// Forming projectors, before the first step, and updates (unit: layers).
    Solve,
    /// Asking the edited model after a step (unit: questions).
    Evaluate,
}

/// Watches an experiment.
pub trait Observer: MaybeSend {
    /// `done` of `total` units of `activity`, in step `step` of `steps` (0 before the first).
    fn progress(&mut self, activity: Activity, step: usize, steps: usize, done: usize, total: usize);

    /// A step that was made now, not one that was known already, with its changes by layer: for hosts that store it.
    ///
    /// # Errors
    /// It cannot be stored; the experiment ends.
    fn step(&mut self, _record: &StepRecord, _changes: &BTreeMap<usize, Update>) -> Result<()> {
        Ok(())
    }

    /// The report so far, after each step but the last for which something was computed.
    fn partial(&mut self, _report: &Report) {}

    /// Whether the experiment is to stop. Asked often; nothing is half-applied when it does.
    fn cancelled(&self) -> bool {
        false
    }

    /// Awaited between units of work, so that a single-threaded host can hear of a cancellation.
    fn pause(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(std::future::ready(()))
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn progress(&mut self, _: Activity, _: usize, _: usize, _: usize, _: usize) {}
}
