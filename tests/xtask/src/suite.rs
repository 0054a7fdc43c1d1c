//! `cargo xtask test`: everything that can go wrong, in the order of what it costs, and a table of it at the end.

use std::path::PathBuf;
use std::time::Instant;
use std::{env, fmt, fs, iter};

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::project::Project;
use crate::tally::{Counts, Tally, add_node_line, cargo_counts};
use crate::{browsers, check, cluster, fuzz, licence, page, shell, tools, wasm};

/// How long the link decoder is fed with damaged links.
const FUZZ_SECONDS: &str = "30";
/// How long each target of the fuzzer is fuzzed.
const FUZZ_TARGET_SECONDS: u64 = 10;

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Is the code formatted, Rust and TypeScript?
    Formatting,
    /// Clippy on this machine's target.
    Lints,
    /// The licences of everything in use.
    Licences,
    /// The documentation of everything public, and its links.
    Documentation,
    /// The tests of the crate; takes a filter.
    Crate,
    /// The tests of xtask itself; takes a filter.
    Xtask,
    /// Everything that reads files and texts from the world, fuzzed for a short time; takes a target.
    Fuzz,
    /// The workflow for clusters, on this machine and on a Slurm of three nodes where those can be had; needs the command; takes a filter.
    Cluster,
    /// The wasm modules and their JavaScript bindings.
    Wasm,
    /// Clippy on wasm32.
    WasmLints,
    /// The page in web/dist; needs `wasm`.
    Page,
    /// The types of the page's sources; needs `wasm`.
    Types,
    /// The page in a real browser; needs `page` and the command; takes a filter.
    Browser,
}

impl Step {
    /// The step whose output this one uses.
    fn needs(self) -> Option<Self> {
        match self {
            // The bindings are part of the page's types.
            Self::Page | Self::Types => Some(Self::Wasm),
            Self::Browser => Some(Self::Page),
            Self::Formatting | Self::Lints | Self::Licences | Self::Documentation => None,
            Self::Crate | Self::Xtask | Self::Fuzz | Self::Cluster | Self::Wasm | Self::WasmLints => None,
        }
    }

    /// Whether it runs tests that a name can be chosen from.
    fn takes_filter(self) -> bool {
        matches!(self, Self::Crate | Self::Xtask | Self::Fuzz | Self::Cluster | Self::Browser)
    }

    fn run(self, project: &Project, filter: Option<&str>) -> Result<Counts> {
        match self {
            Self::Formatting => check::formatting(project),
            Self::Lints => check::lints(project),
            Self::Licences => licence::check(project),
            Self::Documentation => check::documentation(project),
            Self::Crate => return cargo_test(project, "langedit", filter),
            Self::Xtask => return cargo_test(project, "xtask", filter),
            Self::Fuzz => return fuzz::run(project, filter, FUZZ_TARGET_SECONDS),
            Self::Cluster => return cluster::run(project, filter),
            Self::Wasm => wasm::build(project),
            Self::WasmLints => check::wasm_lints(project),
            Self::Page => page::bundle(project).map(|_| ()),
            Self::Types => page::check_types(project),
            Self::Browser => return browser(project, filter),
        }
        .map(|()| Counts::PASSED)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

/// All steps, or one after those that it needs.
fn plan(only: Option<Step>) -> Vec<Step> {
    let Some(last) = only else { return Step::value_variants().to_vec() };
    let mut steps: Vec<Step> = iter::successors(Some(last), |step| step.needs()).collect();
    steps.reverse();
    steps
}

/// Runs all steps, or `only` one and what it needs, of its tests those that `filter` names. Ends the program where anything failed.
pub(crate) fn run(project: &Project, only: Option<Step>, filter: Option<&str>) -> Result<()> {
    if let (Some(step), Some(_)) = (only, filter) {
        ensure!(step.takes_filter(), "{step} has no tests to choose from; crate, xtask, fuzz, cluster and browser take a filter");
    }
    let mut tally = Tally::default();
    for step in plan(only) {
        let failure = step.needs().and_then(|need| tally.failure_of(&need.to_string()).map(str::to_owned));
        if let Some(by) = failure {
            tally.blocked(step.to_string(), by);
            continue;
        }
        shell::note(&format!("\n== {step}"));
        let start = Instant::now();
        let counts = step.run(project, filter.filter(|_| only == Some(step))).unwrap_or_else(|error| {
            shell::note(&format!("FAILED: {error:#}"));
            Counts::FAILED
        });
        tally.ran(step.to_string(), counts, start.elapsed());
    }
    shell::say(&tally.table());
    let totals = tally.totals();
    shell::say(&totals.to_string());
    if totals.failed > 0 {
        // The last line is the count; the exit status says the rest.
        std::process::exit(1);
    }
    Ok(())
}

/// `cargo test` of one crate, counting its tests.
fn cargo_test(project: &Project, package: &str, filter: Option<&str>) -> Result<Counts> {
    let notes = SkipNotes::new(project)?;
    let mut counts = Counts::default();
    let mut command = project.cargo(&["test", "--locked", "--release", "--no-fail-fast", "-p", package]);
    command.args(filter).env(SkipNotes::VARIABLE, &notes.0);
    if env::var_os("LANGEDIT_FUZZ_SECONDS").is_none() {
        command.env("LANGEDIT_FUZZ_SECONDS", FUZZ_SECONDS);
    }
    let success = shell::watch(&mut command, |line| {
        if let Some(more) = cargo_counts(line) {
            counts += more;
        }
    })?;
    let reasons = notes.read();
    reasons.iter().for_each(|reason| shell::note(&format!("SKIPPED: {reason}")));
    counts.with_skipped(reasons.len()).settle(success)
}

/// The file in which a test that cannot run here leaves a line, the reason; for cargo such a test has passed.
struct SkipNotes(PathBuf);

impl SkipNotes {
    /// The environment variable by which the tests find it.
    const VARIABLE: &str = "LANGEDIT_SKIPPED";

    fn new(project: &Project) -> Result<Self> {
        fs::create_dir_all(&project.target)?;
        let notes = Self(project.target.join(format!("skipped-tests-{}.txt", std::process::id())));
        fs::write(&notes.0, "")?;
        Ok(notes)
    }

    fn read(&self) -> Vec<String> {
        fs::read_to_string(&self.0).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Drop for SkipNotes {
    fn drop(&mut self) {
        // A file of a few lines in the target folder does no harm.
        let _ = fs::remove_file(&self.0);
    }
}

/// The browser tests, against web/dist as this program serves it.
fn browser(project: &Project, filter: Option<&str>) -> Result<Counts> {
    let folder = project.browser_tests();
    tools::npm_ci(&folder)?;
    let chromium = browsers::chromium()?;
    browsers::install_others();
    let langedit = project.command()?;
    let mut counts = Counts::default();
    let mut command = tools::npm_run(&folder, "test")?;
    if let Some(filter) = filter {
        command.args(["--", &format!("--test-name-pattern={filter}")]);
    }
    command.env("CHROMIUM", chromium).env("XTASK", env::current_exe()?).env("LANGEDIT", langedit);
    let success = shell::watch(&mut command, |line| add_node_line(&mut counts, line))?;
    counts.settle(success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_runs_after_those_that_it_needs() {
        assert_eq!(plan(Some(Step::Browser)), [Step::Wasm, Step::Page, Step::Browser]);
        assert_eq!(plan(Some(Step::Crate)), [Step::Crate]);
        let all = plan(None);
        for (place, step) in all.iter().enumerate() {
            assert!(step.needs().is_none_or(|need| all[..place].contains(&need)), "{step} comes before what it needs");
        }
    }

    #[test]
    fn steps_are_named_as_they_are_asked_for() {
        assert_eq!(Step::WasmLints.to_string(), "wasm-lints");
        assert_eq!(Step::from_str("browser", false), Ok(Step::Browser));
    }

    #[test]
    fn a_step_without_tests_refuses_a_filter() {
        let error = run(&Project::locate().unwrap(), Some(Step::Licences), Some("mit")).unwrap_err();
        assert!(error.to_string().contains("licences has no tests to choose from"), "{error}");
    }
}
