//! The schedule of the rates: warm-up, constant, then a straight line to zero over the last two fifths.

use serde::{Deserialize, Serialize};

/// Share of the steps before the decay.
const CONSTANT: f64 = 0.6;

/// How long is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// So many optimiser steps.
    Steps(u64),
    /// So many times through all sentences.
    Epochs(f64),
    /// As many steps as fit so many minutes at the speed of the first 60 %. Only the number of steps depends on the speed.
    Minutes(f64),
}

/// Where a run stands in its schedule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) warmup: u64,
    /// Known from the start, or once the constant part is over.
    pub(super) steps: Option<u64>,
    minutes: Option<f64>,
}

impl Plan {
    /// For `length`, an epoch being `epoch` steps.
    pub(super) fn new(length: Length, warmup: u64, epoch: f64) -> Self {
        match length {
            Length::Steps(steps) => Self { warmup, steps: Some(steps), minutes: None },
            Length::Epochs(epochs) => Self { warmup, steps: Some((epochs * epoch).ceil().max(1.0) as u64), minutes: None },
            Length::Minutes(minutes) => Self { warmup, steps: None, minutes: Some(minutes) },
        }
    }

    /// Fixes the number of steps once 60 % of the time are over after `done` steps in `seconds`.
    pub(super) fn observe(&mut self, done: u64, seconds: f64) {
        if let (None, Some(minutes)) = (self.steps, self.minutes)
            && seconds >= CONSTANT * 60.0 * minutes
        {
            self.steps = Some(((done as f64 / CONSTANT).ceil() as u64).max(done + 1));
        }
    }

    /// The steps that there will be, as far as the speed so far tells.
    pub(super) fn expected(&self, done: u64, seconds: f64) -> u64 {
        match (self.steps, self.minutes) {
            (Some(steps), _) => steps,
            (None, Some(minutes)) if seconds > 0.0 => ((done as f64 * 60.0 * minutes / seconds) as u64).max(done + 1),
            _ => done + 1,
        }
    }

    /// Whether `done` steps are all.
    pub(super) fn is_over(&self, done: u64) -> bool {
        self.steps.is_some_and(|steps| done >= steps)
    }

    /// The factor on all rates in step `step` (from 0).
    pub(super) fn factor(&self, step: u64) -> f64 {
        let warm = ((step + 1) as f64 / self.warmup.max(1) as f64).min(1.0);
        let Some(steps) = self.steps else { return warm };
        let left = (steps.saturating_sub(step)) as f64 / ((1.0 - CONSTANT) * steps as f64).max(1.0);
        warm.min(left.min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_rise_stay_and_fall() {
        let plan = Plan::new(Length::Steps(100), 10, 7.0);
        assert!(plan.factor(0) < 0.2 && plan.factor(20) == 1.0 && plan.factor(59) == 1.0);
        assert!((plan.factor(80) - 0.5).abs() < 1e-9 && plan.factor(99) > 0.0 && plan.is_over(100));
        assert_eq!(Plan::new(Length::Epochs(2.5), 10, 100.0).steps, Some(250));
    }

    #[test]
    fn minutes_become_steps_when_the_speed_is_known() {
        let mut plan = Plan::new(Length::Minutes(10.0), 10, 7.0);
        plan.observe(50, 300.0);
        assert_eq!((plan.steps, plan.factor(49), plan.expected(50, 300.0)), (None, 1.0, 100));
        plan.observe(60, 360.0);
        assert_eq!((plan.steps, plan.factor(60)), (Some(100), 1.0));
        // Repeated with that number of steps, every rate is the same.
        let again = Plan::new(Length::Steps(100), 10, 7.0);
        assert!((0..100).all(|step| again.factor(step) == plan.factor(step)));
    }
}
