//! A report on standard output and in its file.

use super::arguments::OutputArgs;
use super::terminal::{print, print_json, to_json};
use crate::recipe::{Accuracy, Report};
use crate::{Error, ErrorKind, Result};

/// Writes `report` where the flags say, and prints it as a table or as JSON.
pub(super) fn write_report(output: &OutputArgs, report: &Report) -> Result<()> {
    if let Some(path) = &output.report {
        let text = to_json(report)?;
        std::fs::write(path, text).map_err(|e| Error::new(ErrorKind::Io, format!("{}: {e}", path.display())))?;
    }
    if output.json { print_json(report) } else { print(&table(report)) }
}

fn table(report: &Report) -> String {
    let row = |name: &str, before: &Accuracy, after: &Accuracy| {
        let pair = |number: fn(&Accuracy) -> Option<f64>| format!("{:>6} {:>6}", percent(number(before)), percent(number(after)));
        format!("{name:10} {}  {}  {}\n", pair(|a| a.efficacy), pair(|a| a.generality), pair(|a| a.specificity))
    };
    let mut text = format!("{:10} {:>13}  {:>13}  {:>13}\n", "", "efficacy", "generality", "specificity");
    text += &format!("{:10} {}\n", "language", vec!["before  after"; 3].join("  "));
    for (language, scores) in &report.languages {
        text += &row(language, &scores.before, &scores.after);
    }
    text += &row("average", &report.average.before, &report.average.after);
    let timing = &report.timing;
    text += &format!(
        "{} facts in {} steps, {} skipped; {:.1} s: {:.1} statistics, {:.1} targets, {:.1} solves, {:.1} evaluation",
        report.steps.iter().map(|step| step.facts).sum::<usize>(),
        report.steps.len(),
        report.skipped.len(),
        timing.total_seconds,
        timing.statistics_seconds,
        timing.target_seconds,
        timing.solve_seconds,
        timing.evaluate_seconds
    );
    if let Some(bytes) = timing.peak_memory_bytes {
        text += &format!("; peak {} MB", bytes / 1_000_000);
    }
    text
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}
