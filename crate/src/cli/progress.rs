//! Progress bars on standard error, with the time that is left.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::note;
use crate::recipe::{Activity, Observer};
use crate::{Error, ErrorKind, Result};

/// One bar at a time, a new one for each stage. Draws nothing if standard error is not a terminal.
#[derive(Debug)]
pub struct ProgressBars {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
    /// What the bar shows, so that a new one begins when it changes.
    shown: Option<(Activity, usize, usize)>,
    interrupted: Arc<AtomicBool>,
}

impl ProgressBars {
    /// Bars, or nothing at all if `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, bar: Mutex::new(None), shown: None, interrupted: Arc::default() }
    }

    /// Whether nothing is shown.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// From now on the first interrupt (Ctrl-C, or the signal by which systems end a process) asks the work to stop at the next safe point, and the second ends the process.
    ///
    /// # Errors
    /// `Io`: the system does not allow it.
    pub fn listen_for_interrupts(&self) -> Result<()> {
        let interrupted = Arc::clone(&self.interrupted);
        let handler = move || {
            if interrupted.swap(true, Ordering::Relaxed) {
                std::process::exit(1);
            }
        };
        ctrlc::set_handler(handler).map_err(|error| Error::new(ErrorKind::Io, format!("cannot listen for interrupts: {error}")))
    }

    /// Begins `stage` of `total` units (0: unknown, then a spinner turns), ending the one before.
    pub fn start(&self, stage: &str, total: u64) {
        let bar = if total == 0 { ProgressBar::no_length() } else { ProgressBar::new(total) };
        bar.set_draw_target(if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() });
        let template = match total {
            0 => "{msg:32} {spinner} {elapsed}",
            _ => "{msg:32} {bar:30} {pos}/{len} {elapsed}, {eta} left",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(stage.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        self.replace(Some(bar));
    }

    /// `units` more of the stage are done.
    pub fn advance(&self, units: u64) {
        self.with(|bar| bar.inc(units));
    }

    /// `done` units of the stage are done in all.
    pub fn set(&self, done: u64) {
        self.with(|bar| bar.set_position(done));
    }

    /// The stage turns out to have `total` units.
    pub fn total(&self, total: u64) {
        self.with(|bar| bar.set_length(total));
    }

    /// Says something that the user should know though it is not an error, unless quiet.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            note(text);
        }
    }

    /// Says more about what is being done.
    pub fn describe(&self, text: &str) {
        self.with(|bar| bar.set_message(text.to_owned()));
    }

    /// Whether an interrupt asked the work to stop.
    pub fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Ends the stage.
    pub fn finish(&self) {
        self.replace(None);
    }

    fn with(&self, act: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            act(bar);
        }
    }

    fn replace(&self, bar: Option<ProgressBar>) {
        let old = std::mem::replace(&mut *self.bar.lock().unwrap_or_else(PoisonError::into_inner), bar);
        if let Some(old) = old {
            old.finish_and_clear();
        }
    }
}

impl Observer for ProgressBars {
    fn progress(&mut self, activity: Activity, step: usize, steps: usize, done: usize, total: usize) {
        if self.shown != Some((activity, step, total)) {
            self.shown = Some((activity, step, total));
            let what = match activity {
                Activity::Statistics => "key statistics",
                Activity::Templates => "context templates",
                Activity::EvaluateBefore => "evaluating before",
                Activity::Targets => "target values",
                Activity::Solve => "weight updates",
                Activity::Evaluate => "evaluating after",
            };
            let stage = if step == 0 { what.to_owned() } else { format!("step {step} of {steps}: {what}") };
            self.start(&stage, total as u64);
        }
        self.set(done as u64);
    }

    fn cancelled(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

impl Drop for ProgressBars {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experiment_draws_a_bar_per_activity_and_step() {
        let mut bars = ProgressBars::new(true);
        bars.progress(Activity::Targets, 1, 3, 2, 8);
        bars.with(|bar| assert_eq!((bar.position(), bar.message().as_str()), (2, "step 1 of 3: target values")));
        bars.progress(Activity::Targets, 1, 3, 5, 8);
        bars.with(|bar| assert_eq!(bar.position(), 5));
        bars.progress(Activity::Targets, 2, 3, 0, 8);
        bars.with(|bar| assert_eq!((bar.position(), bar.message().as_str()), (0, "step 2 of 3: target values")));
        assert!(!bars.cancelled());
        bars.interrupted.store(true, Ordering::Relaxed);
        assert!(bars.cancelled());
    }

    #[test]
    fn stages_follow_each_other() {
        let bars = ProgressBars::new(true);
        bars.advance(1);
        bars.start("targets", 10);
        bars.advance(3);
        bars.with(|bar| assert_eq!((bar.position(), bar.length()), (3, Some(10))));
        bars.start("evaluate", 0);
        bars.set(5);
        bars.with(|bar| assert_eq!((bar.position(), bar.length()), (5, None)));
        bars.finish();
        assert!(bars.bar.lock().unwrap_or_else(PoisonError::into_inner).is_none());
    }
}
