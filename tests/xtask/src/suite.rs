//! `cargo xtask test`: everything that can go wrong, in the order of what it costs, and a table of it at the end.

use std::env;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::project::Project;
use crate::{check, licence, page, shell, tools, wasm};

/// How long the link decoder is fed with damaged links.
const FUZZ_SECONDS: &str = "30";

/// What became of one step.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    /// So many tests passed and failed.
    Ran { passed: usize, failed: usize },
    /// It needs an earlier step, which failed.
    Blocked(&'static str),
}

/// The steps so far.
#[derive(Default)]
struct Suite {
    rows: Vec<(&'static str, Outcome, Duration)>,
}

impl Suite {
    /// Runs a step that passes or fails as a whole. Returns whether it passed.
    fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        self.counted(name, || work().map(|()| (1, 0)))
    }

    /// Runs a step that counts its own tests. One that fails without having counted a failure counts as one.
    fn counted(&mut self, name: &'static str, work: impl FnOnce() -> Result<(usize, usize)>) -> bool {
        shell::note(&format!("\n== {name}"));
        let start = Instant::now();
        let (passed, failed) = work().unwrap_or_else(|error| {
            shell::note(&format!("FAILED: {error:#}"));
            (0, 1)
        });
        self.rows.push((name, Outcome::Ran { passed, failed }, start.elapsed()));
        failed == 0
    }

    /// Records a step that cannot run.
    fn blocked(&mut self, name: &'static str, by: &'static str) {
        self.rows.push((name, Outcome::Blocked(by), Duration::ZERO));
    }

    /// Sums of passed and failed; a step that could not run has failed.
    fn totals(&self) -> (usize, usize) {
        self.rows.iter().fold((0, 0), |(passed, failed), (_, outcome, _)| match outcome {
            Outcome::Ran { passed: p, failed: f } => (passed + p, failed + f),
            Outcome::Blocked(_) => (passed, failed + 1),
        })
    }

    /// The table.
    fn table(&self) -> String {
        let mut table = format!("\n{:<28} {:>7} {:>7} {:>9}\n", "step", "passed", "failed", "seconds");
        for (name, outcome, time) in &self.rows {
            table += &match outcome {
                Outcome::Ran { passed, failed } => format!("{name:<28} {passed:>7} {failed:>7} {:>9.1}\n", time.as_secs_f64()),
                Outcome::Blocked(by) => format!("{name:<28} not run: {by} failed\n"),
            };
        }
        table
    }
}

/// Runs everything; an error where anything failed.
pub(crate) fn run(project: &Project) -> Result<()> {
    let mut suite = Suite::default();
    suite.step("formatting", || check::formatting(project));
    suite.step("lints", || check::lints(project));
    suite.step("licences", || licence::check(project));
    suite.step("documentation", || check::documentation(project));
    suite.counted("tests of the crate", || cargo_test(project, "langedit"));
    suite.counted("tests of xtask", || cargo_test(project, "xtask"));
    // The bindings are part of the page's types, so everything of the page waits for the module.
    if suite.step("wasm module", || wasm::build(project)) {
        suite.step("lints for wasm32", || check::wasm_lints(project));
        let page = suite.step("page", || page::bundle(project).map(|_| ()));
        suite.step("types of the page", || page::check_types(project));
        if page {
            suite.counted("browser tests", || browser(project));
        } else {
            suite.blocked("browser tests", "page");
        }
    } else {
        ["lints for wasm32", "page", "types of the page", "browser tests"].into_iter().for_each(|name| suite.blocked(name, "wasm module"));
    }
    shell::say(&suite.table());
    let (passed, failed) = suite.totals();
    shell::say(&format!("{passed} passed, {failed} failed"));
    if failed > 0 {
        // The last line is the count; the exit status says the rest.
        std::process::exit(1);
    }
    Ok(())
}

/// `cargo test` of one crate, counting its tests.
fn cargo_test(project: &Project, package: &str) -> Result<(usize, usize)> {
    let mut counts = (0, 0);
    let mut command = project.cargo(&["test", "--locked", "--release", "--no-fail-fast", "-p", package]);
    if env::var_os("LANGEDIT_FUZZ_SECONDS").is_none() {
        command.env("LANGEDIT_FUZZ_SECONDS", FUZZ_SECONDS);
    }
    let success = shell::watch(&mut command, |line| {
        if let Some((passed, failed)) = cargo_counts(line) {
            counts = (counts.0 + passed, counts.1 + failed);
        }
    })?;
    settle(counts, success)
}

/// The browser tests, against web/dist as this program serves it.
fn browser(project: &Project) -> Result<(usize, usize)> {
    let folder = project.browser_tests();
    tools::npm_ci(&folder)?;
    let chromium = tools::chromium()?;
    // The tests of the crate have built it.
    let langedit = project.target.join("release").join(format!("langedit{}", env::consts::EXE_SUFFIX));
    ensure!(langedit.is_file(), "there is no {}: the crate's tests, which build it, did not get so far", langedit.display());
    let mut counts = (0, 0);
    let mut command = tools::npm_run(&folder, "test")?;
    command.env("CHROMIUM", chromium).env("XTASK", env::current_exe()?).env("LANGEDIT", langedit);
    let success = shell::watch(&mut command, |line| match node_count(line) {
        Some(("pass", count)) => counts.0 = count,
        // A test that its time limit cut off counts as cancelled, not as failed.
        Some(("fail" | "cancelled", count)) => counts.1 += count,
        _ => {}
    })?;
    settle(counts, success)
}

/// Counts and exit status in agreement: a run that failed has at least one failure, and one that passed has run something.
fn settle((passed, failed): (usize, usize), success: bool) -> Result<(usize, usize)> {
    if success && passed + failed == 0 {
        bail!("no tests were found");
    }
    Ok((passed, if success { failed } else { failed.max(1) }))
}

/// Passed and failed of `test result: ok. 12 passed; 0 failed; …`.
fn cargo_counts(line: &str) -> Option<(usize, usize)> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let mut numbers = counts.split("; ").filter_map(|part| part.split(' ').next()?.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// Name and number of `ℹ pass 12`, a line of Node's summary.
fn node_count(line: &str) -> Option<(&str, usize)> {
    let (name, count) = line.strip_prefix("ℹ ")?.split_once(' ')?;
    Some((name, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_both_runners() {
        assert_eq!(
            cargo_counts("test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s"),
            Some((12, 3))
        );
        assert_eq!(cargo_counts("test a::b ... ok"), None);
        assert_eq!(node_count("ℹ pass 7"), Some(("pass", 7)));
        assert_eq!(node_count("ℹ duration_ms 12.5"), None);
        assert_eq!(node_count("✔ pass 7"), None);
    }

    #[test]
    fn a_failure_without_a_count_still_counts() {
        assert_eq!(settle((5, 0), false).unwrap(), (5, 1));
        assert_eq!(settle((5, 2), false).unwrap(), (5, 2));
        assert_eq!(settle((5, 0), true).unwrap(), (5, 0));
        assert!(settle((0, 0), true).is_err(), "a run without tests proves nothing");
    }

    #[test]
    fn the_totals_hold_every_step() {
        let mut suite = Suite::default();
        assert!(suite.step("a", || Ok(())));
        assert!(!suite.step("b", || bail!("no")));
        assert!(!suite.counted("c", || Ok((3, 2))));
        suite.blocked("d", "b");
        assert_eq!(suite.totals(), (4, 4));
        let table = suite.table();
        assert!(table.contains("not run: b failed") && table.lines().count() == 6, "{table}");
    }
}
