//! What became of the steps of `cargo xtask test`: counts read from the test runners, the table and the closing line.

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use anyhow::{Result, bail};

/// Tests that passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Counts {
    /// A step that passed as a whole.
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    /// A step that failed as a whole.
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// Counts and exit status in agreement: a run that failed has at least one failure.
    ///
    /// # Errors
    /// The run succeeded without a test, which proves nothing.
    pub(crate) fn settle(mut self, success: bool) -> Result<Self> {
        if success && self == Self::default() {
            bail!("no tests were found");
        }
        if !success {
            self.failed = self.failed.max(1);
        }
        Ok(self)
    }

    /// Counts `skipped` of the passed tests as skipped: cargo knows no other way for a test to end early.
    pub(crate) fn with_skipped(mut self, skipped: usize) -> Self {
        self.passed = self.passed.saturating_sub(skipped);
        self.skipped += skipped;
        self
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Ran(Counts),
    /// It needs the named step, which failed.
    Blocked(String),
}

/// The steps so far, in order.
#[derive(Default)]
pub(crate) struct Tally {
    rows: Vec<(String, Outcome, Duration)>,
}

impl Tally {
    /// Records a step that ran.
    pub(crate) fn ran(&mut self, step: String, counts: Counts, time: Duration) {
        self.rows.push((step, Outcome::Ran(counts), time));
    }

    /// Records a step that could not run.
    pub(crate) fn blocked(&mut self, step: String, by: String) {
        self.rows.push((step, Outcome::Blocked(by), Duration::ZERO));
    }

    /// The step whose failure keeps those that need `step` from running: itself, or what blocked it.
    pub(crate) fn failure_of(&self, step: &str) -> Option<&str> {
        match self.rows.iter().find(|(name, ..)| name == step) {
            Some((name, Outcome::Ran(counts), _)) if counts.failed > 0 => Some(name),
            Some((_, Outcome::Blocked(by), _)) => Some(by),
            _ => None,
        }
    }

    /// The sums over all steps; a step that could not run has failed.
    pub(crate) fn totals(&self) -> Counts {
        let mut totals = Counts::default();
        for (_, outcome, _) in &self.rows {
            totals += match outcome {
                Outcome::Ran(counts) => *counts,
                Outcome::Blocked(_) => Counts::FAILED,
            };
        }
        totals
    }

    /// The table.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("\n{:<16} {:>7} {:>7} {:>7} {:>9}\n", "step", "passed", "failed", "skipped", "seconds");
        for (name, outcome, time) in &self.rows {
            table += &match outcome {
                Outcome::Ran(Counts { passed, failed, skipped }) => {
                    format!("{name:<16} {passed:>7} {failed:>7} {skipped:>7} {:>9.1}\n", time.as_secs_f64())
                }
                Outcome::Blocked(by) => format!("{name:<16} not run: {by} failed\n"),
            };
        }
        table
    }
}

/// The counts of cargo's `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
pub(crate) fn cargo_counts(line: &str) -> Option<Counts> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let mut numbers = counts.split("; ").filter_map(|part| part.split(' ').next()?.parse().ok());
    Some(Counts { passed: numbers.next()?, failed: numbers.next()?, skipped: numbers.next()? })
}

/// Adds what a line of Node's reporter says to the counts.
pub(crate) fn add_node_line(counts: &mut Counts, line: &str) {
    // The summary of Node 20 counts among the skipped tests those that a filter leaves out, so the tests' own lines are counted.
    if line.trim_start().starts_with('﹣') && !line.ends_with("# test name does not match pattern") {
        counts.skipped += 1;
    }
    let Some((name, count)) = line.strip_prefix("ℹ ").and_then(|rest| rest.split_once(' ')) else { return };
    let Ok(count) = count.parse::<usize>() else { return };
    match name {
        "pass" => counts.passed += count,
        // A test that its time limit cut off counts as cancelled, not as failed.
        "fail" | "cancelled" => counts.failed += count,
        _ => {}
    }
}

/// Adds what a line of Python's unittest says to the counts.
pub(crate) fn add_unittest_line(counts: &mut Counts, line: &str) {
    match line.split_once(") ... ") {
        Some((_, "ok")) => counts.passed += 1,
        Some((_, "FAIL" | "ERROR")) => counts.failed += 1,
        Some((_, outcome)) if outcome.starts_with("skipped ") => counts.skipped += 1,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(passed: usize, failed: usize, skipped: usize) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn counts_are_read_from_both_runners() {
        assert_eq!(
            cargo_counts("test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s"),
            Some(counts(12, 3, 1))
        );
        assert_eq!(cargo_counts("test a::b ... ok"), None);
        let node = |lines: &[&str]| {
            let mut counts = Counts::default();
            lines.iter().for_each(|line| add_node_line(&mut counts, line));
            counts
        };
        assert_eq!(node(&["✔ pass 7", "ℹ pass 7", "ℹ duration_ms 12.5"]), counts(7, 0, 0));
        assert_eq!(node(&["ℹ pass 1", "ℹ fail 2", "ℹ cancelled 1"]), counts(1, 3, 0));
        let left_out = "  ﹣ beta works (0.1ms) # test name does not match pattern";
        assert_eq!(node(&["﹣ gamma (0.1ms) # no adapter", left_out, left_out, "ℹ pass 1", "ℹ skipped 3"]), counts(1, 0, 1));
    }

    #[test]
    fn counts_are_read_from_unittest() {
        let mut found = Counts::default();
        for line in [
            "test_a (t.C.test_a) ... ok",
            "test_b (t.C.test_b) ... skipped 'no ... ok'",
            "test_c (t.C.test_c) ... ERROR",
            "OK",
            "Ran 3 tests in 1s",
        ] {
            add_unittest_line(&mut found, line);
        }
        assert_eq!(found, counts(1, 1, 1));
    }

    #[test]
    fn a_failure_without_a_count_still_counts() {
        assert_eq!(counts(5, 0, 0).settle(false).unwrap(), counts(5, 1, 0));
        assert_eq!(counts(5, 2, 0).settle(false).unwrap(), counts(5, 2, 0));
        assert_eq!(counts(5, 0, 0).settle(true).unwrap(), counts(5, 0, 0));
        assert_eq!(counts(0, 0, 1).settle(true).unwrap(), counts(0, 0, 1));
        assert!(Counts::default().settle(true).is_err(), "a run without tests proves nothing");
    }

    #[test]
    fn a_skipped_test_has_not_passed() {
        assert_eq!(counts(12, 0, 1).with_skipped(3), counts(9, 0, 4));
        assert_eq!(counts(12, 0, 1).with_skipped(3).to_string(), "9 passed, 0 failed, 4 skipped");
    }

    #[test]
    fn the_totals_hold_every_step() {
        let mut tally = Tally::default();
        tally.ran("a".into(), Counts::PASSED, Duration::ZERO);
        tally.ran("b".into(), Counts::FAILED, Duration::ZERO);
        tally.ran("c".into(), counts(3, 2, 4), Duration::ZERO);
        tally.blocked("d".into(), "b".into());
        assert_eq!(tally.totals(), counts(4, 4, 4));
        assert_eq!(["a", "b", "d", "e"].map(|step| tally.failure_of(step)), [None, Some("b"), Some("b"), None]);
        let table = tally.table();
        assert!(table.contains("not run: b failed") && table.lines().count() == 6, "{table}");
    }
}
