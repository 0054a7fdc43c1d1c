//! Where the time of a run goes: every second between two readings is counted towards one part, so that the parts add up to the total.

use web_time::Instant;

use crate::recipe::report::{StepReport, Timing};

/// A part of [`Timing`].
pub(super) type Part = fn(&mut Timing) -> &mut f64;

/// The clock of one run.
pub(super) struct Clock {
    timing: Timing,
    /// What was spent on the run before it began.
    before: f64,
    started: Instant,
    /// Up to here time has been counted.
    counted: Instant,
}

impl Clock {
    /// Begins with what was spent on the run before it began.
    pub(super) fn start(spent: Timing) -> Self {
        let now = Instant::now();
        Self { timing: spent, before: spent.parts(), started: now, counted: now }
    }

    /// Counts the time since the last reading towards `part`.
    pub(super) fn count(&mut self, part: Part) {
        let seconds = self.read();
        *part(&mut self.timing) += seconds;
    }

    /// Counts the time since the last reading as a step's: target values and solves as it says, the rest for its figures.
    pub(super) fn count_step(&mut self, step: &StepReport) {
        let figures = self.read() - step.target_seconds - step.solve_seconds;
        self.timing.target_seconds += step.target_seconds;
        self.timing.solve_seconds += step.solve_seconds;
        self.timing.figure_seconds += figures.max(0.0);
    }

    /// What has been counted so far, beside the time that has passed.
    pub(super) fn timing(&self) -> Timing {
        Timing { total_seconds: self.before + self.started.elapsed().as_secs_f64(), ..self.timing }
    }

    fn read(&mut self) -> f64 {
        let before = std::mem::replace(&mut self.counted, Instant::now());
        self.counted.duration_since(before).as_secs_f64()
    }
}
