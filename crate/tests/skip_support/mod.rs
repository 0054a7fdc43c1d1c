//! Tests that need something this machine may not have.

use std::fs::OpenOptions;
use std::io::Write;

/// Says that the calling test is skipped, and why: on standard error, and as a line of the file that `LANGEDIT_SKIPPED` names, where
/// `cargo xtask test` counts it. Called at most once per test, right before the test returns.
pub(crate) fn skipped(reason: &str) {
    eprintln!("SKIPPED: {reason}");
    if let Some(path) = std::env::var_os("LANGEDIT_SKIPPED") {
        // One write, so that lines of tests that run side by side stay whole.
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(format!("{}\n", reason.replace('\n', " ")).as_bytes()).unwrap();
    }
}
