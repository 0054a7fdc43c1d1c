//! Progress bars on standard error, with the time that is left.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One bar at a time, a new one a stage. Draws nothing where standard error is no terminal.
#[derive(Debug)]
pub struct ProgressBars {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl ProgressBars {
    /// Bars, or none where `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, bar: Mutex::new(None) }
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

    /// Says more about what is being done.
    pub fn note(&self, text: &str) {
        self.with(|bar| bar.set_message(text.to_owned()));
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

impl Drop for ProgressBars {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
