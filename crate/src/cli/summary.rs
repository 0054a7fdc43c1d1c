//! The summary of a run: its table on standard output, its report in a file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::arguments::{OutcomeArgs, write_text};
use super::numbers::{NUMBERS, Number, counted, percent};
use super::per_fact;
use super::sweep::table as sweep_table;
use super::terminal::{note, print, to_json};
use crate::edit::settings::format_layers;
use crate::evaluate::xtreme::XtremeReport;
use crate::facts::{Catalogue, listed};
use crate::recipe::{Accuracy, BeforeAfter, Report, TransferReport, Verdict, link};
use crate::{Error, ErrorKind, Result};

/// What is written: the report, the link that repeats it, and how a replay compares.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// Forgetting and transfer between the languages.
    transfer: TransferReport,
    /// Absent if the recipe is too large for a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    verdict: Option<VerdictField<'a>>,
    /// The downstream tasks, where an experiment asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    xtreme: Option<&'a Downstream>,
    /// Fingerprint of the experiment that it is a cell of.
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment: Option<&'a str>,
}

/// The downstream tasks before and after the edits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Downstream {
    /// Of the unedited model.
    pub(super) before: XtremeReport,
    /// After all edits.
    pub(super) after: XtremeReport,
}

#[derive(Serialize)]
struct VerdictField<'a> {
    verdict: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'a crate::recipe::Difference>,
}

/// Writes `report` where the flags say, and prints it as they say: as a table, as JSON, or not at all. What can be written is, whatever became of
/// the rest and of what was `written` before: the work behind it may be hours.
///
/// # Errors
/// The first of those of `written`; `Io`: writing failed; `Link`: the link was asked for and the recipe is too large for one. Later ones are printed.
pub(super) fn write_report(
    outcome: &OutcomeArgs,
    report: &Report,
    verdict: Option<&Verdict>,
    written: impl IntoIterator<Item = Result<()>>,
) -> Result<()> {
    let link = link_of(report);
    let field = verdict.map(|verdict| VerdictField {
        verdict: verdict.words(),
        difference: match verdict {
            Verdict::Differs(difference) => Some(difference),
            Verdict::Reproduced | Verdict::WithinTolerance => None,
        },
    });
    let document = Document { report, transfer: report.transfer(), link: link.as_deref(), verdict: field, xtreme: None, experiment: None };
    let printing = outcome.output.print;
    let write = |path: &Option<PathBuf>, what: &str, text: &dyn Fn() -> Result<String>| match path {
        Some(path) => text().and_then(|text| write_text(path, &text)).map_err(|error| error.at(format_args!("cannot write the {what}"))),
        None => Ok(()),
    };
    let mut outcomes: Vec<Result<()>> = written.into_iter().collect();
    outcomes.push(write(&outcome.output.report, "report", &|| to_json(&document)));
    outcomes.push(write(&outcome.per_fact, "facts' results", &|| per_fact::lines(report, None)));
    outcomes.push(printing.print(&document, || {
        let mut text = table(report);
        if !report.sweep.is_empty() {
            text += &format!("\n\n{}", sweep_table(&report.sweep));
        }
        if let Some(verdict) = verdict {
            text += &format!("\n{verdict}");
        }
        text
    }));
    // The table has them; without it they are said all the same.
    if printing.json || printing.quiet {
        report.warnings.iter().for_each(|warning| note(&warning.to_string()));
        if !report.skipped.is_empty() {
            note(&left_out(report));
        }
    }
    outcomes.push(match &link {
        Some(link) if outcome.link && !printing.json => print(&if printing.quiet { link.clone() } else { format!("link: {link}") }),
        None if outcome.link => {
            Err(Error::new(ErrorKind::Link, "the recipe is too large for a link").hint("`langedit run` also reads the report's file"))
        }
        _ => Ok(()),
    });
    let mut errors = outcomes.into_iter().filter_map(Result::err);
    let first = errors.next();
    errors.for_each(|error| note(&format!("error: {error}")));
    first.map_or(Ok(()), Err)
}

/// The link that opens the report's recipe; none if it is too large for one.
fn link_of(report: &Report) -> Option<String> {
    link::encode(report.recipe.as_ref()?, Catalogue::builtin().ok().as_ref()).ok()
}

/// The report of a cell of the experiment with this fingerprint, with its link and the downstream tasks, as JSON.
pub(super) fn cell_document(report: &Report, xtreme: Option<&Downstream>, experiment: &str) -> Result<String> {
    let link = link_of(report);
    let transfer = report.transfer();
    to_json(&Document { report, transfer, link: link.as_deref(), verdict: None, xtreme, experiment: Some(experiment) })
}

/// Which facts were not edited in, and why.
fn left_out(report: &Report) -> String {
    format!("skipped: {}", listed(&report.skipped))
}

/// What else was measured, averaged over languages.
fn beside(average: &BeforeAfter) -> String {
    let numbers: [Number; 10] = [
        ("efficacy, every token right", |a| a.efficacy_exact),
        ("generality, every token right", |a| a.generality_exact),
        ("portability: what follows from the facts", |a| a.portability),
        ("agreement: unrelated answers kept", |a| a.specificity_agreement),
        ("same subject, other facts right", |a| a.specificity_subject),
        ("same subject, answers kept", |a| a.specificity_subject_agreement),
        ("success, prompt: new object likelier", |a| a.efficacy_success),
        ("success, other wordings", |a| a.generality_success),
        ("success, neighbours: true object likelier", |a| a.specificity_success),
        ("success, harmonic mean", |a| a.success().score()),
    ];
    let line = |name: &str, before: &str, after: &str| format!("{name:42}  {before:>6} {after:>6}\n");
    let measured = numbers.into_iter().filter(|(_, number)| number(&average.after).is_some());
    let lines: String =
        measured.map(|(name, number)| line(name, &percent(number(&average.before)), &percent(number(&average.after)))).collect();
    if lines.is_empty() { lines } else { line("average over languages, percent", "before", "after") + &lines }
}

fn table(report: &Report) -> String {
    let recall: [Number; 2] = [("recall", |a| a.recall), ("recall (same)", |a| a.recall_subject)];
    // What was not measured has no column.
    let asked = recall.into_iter().filter(|(_, number)| number(&report.average.after).is_some());
    let columns: Vec<Number> = NUMBERS.into_iter().chain(asked).collect();
    let row = |name: &str, before: &Accuracy, after: &Accuracy| {
        let columns = columns.iter().map(|&(_, number)| format!("  {:>6} {:>6}", percent(number(before)), percent(number(after))));
        format!("{name:8} {}\n", columns.collect::<String>())
    };
    let titles = columns.iter().map(|(title, _)| format!("  {title:>13}"));
    let mut text = format!("{}\n{:8} {}\n", report.method_label(), "", titles.collect::<String>());
    text += &format!("{:8} {}\n", "language", "  before  after".repeat(columns.len()));
    for (language, scores) in &report.languages {
        text += &row(language, &scores.before, &scores.after);
    }
    text += &row("average", &report.average.before, &report.average.after);
    text += &beside(&report.average);
    let timing = &report.timing;
    text += &format!(
        "{} in {}, {} skipped; {:.1} s: {:.1} statistics, {:.1} targets, {:.1} solves, {:.1} figures, {:.1} evaluation",
        counted(report.steps.iter().map(|step| step.facts).sum(), "fact"),
        counted(report.steps.len(), "step"),
        report.skipped.len(),
        timing.total_seconds,
        timing.statistics_seconds,
        timing.target_seconds,
        timing.solve_seconds,
        timing.figure_seconds,
        timing.evaluate_seconds
    );
    if let Some(bytes) = timing.peak_memory_bytes {
        text += &format!("; peak {} MB", bytes / 1_000_000);
    }
    if !report.skipped.is_empty() {
        text += &format!("\n{}", left_out(report));
    }
    for warning in &report.warnings {
        text += &format!("\n{warning}");
    }
    if let Some(chosen) = &report.chosen_layers {
        text += &format!("\nlayers {}: {}", format_layers(&chosen.layers), chosen.reason);
    }
    text
}
