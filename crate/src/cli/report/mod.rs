//! `langedit report`: one page of tables and charts from a folder of reports.

mod collect;
mod curves;
mod downstream;
mod group;
mod interference;
mod paired;
mod render;
mod sweeps;
mod tables;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::arguments::{PrintArgs, check_input, check_output, write_text};
use super::numbers::counted;
use super::per_fact;
use crate::facts::listed;
use crate::{Error, ErrorKind, Result, ensure};
use collect::Collected;
use tables::Table;

/// Arguments of `langedit report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit report langedit-table-small --out results.html

DIR is the output folder of `langedit experiment`, or any folder of reports written with --report.
The page is one self-contained file; next to it, the tables are written as Markdown (.md) and what
was run with every accuracy as CSV (.csv).

Two methods on the same facts are compared by a paired bootstrap and by McNemar's test.

Runs that differ in the seed alone are one row, mean ± standard deviation; the same run counts once.
Anything else that differs (settings, batch, mode, key statistics) makes another row, which says so;
other facts have rows of their own. A file that cannot be read is named, and the status is then 1.")]
pub struct ReportArgs {
    /// Folder of reports
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Page to write [default: DIR/report.html]
    #[arg(long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
    /// Write what became of each fact in each run, as JSON lines
    #[arg(long, value_name = "FILE.jsonl")]
    pub per_fact: Option<PathBuf>,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// What was written.
#[derive(Debug, Serialize)]
pub(super) struct Published {
    page: PathBuf,
    runs: usize,
    failed_cells: Vec<String>,
    /// Files that are missing from the tables because they could not be read.
    unread_files: Vec<String>,
    /// What a reader must know of what was counted.
    notes: Vec<String>,
    tables: Vec<Table>,
}

impl Published {
    /// The first table and where the rest is, for the terminal.
    pub(super) fn summary(&self) -> String {
        let first = self.tables.first().map(aligned).unwrap_or_default();
        let notes: String = self.notes.iter().map(|note| format!("{note}\n")).collect();
        format!("{first}{notes}{}, {} failed; {}", counted(self.runs, "run"), self.failed_cells.len(), self.page.display())
    }

    /// That files were passed over, where some were: what was written lacks them.
    ///
    /// # Errors
    /// `Data` naming them.
    pub(super) fn complete(&self) -> Result<()> {
        ensure!(
            self.unread_files.is_empty(),
            Data,
            "{} could not be read: {}",
            counted(self.unread_files.len(), "file"),
            listed(&self.unread_files)
        );
        Ok(())
    }
}

/// Writes the page of `folder` to `page`, its tables as Markdown and its numbers as CSV beside it, and what became of each fact to `facts`.
///
/// # Errors
/// `Io`: the folder cannot be read or the files cannot be written. `Data`: there is no report.
pub(super) fn publish(folder: &Path, page: &Path, facts: Option<&Path>) -> Result<Published> {
    let collected = Collected::read(folder)?;
    let (heading, about) = match &collected.definition {
        Some(definition) => (definition.title.clone(), definition.about.clone()),
        None => ("Edited models".to_owned(), format!("{}.", counted(collected.runs.len(), "run"))),
    };
    let mut tables = vec![tables::main_table(&collected)];
    tables.extend(tables::language_tables(&collected));
    tables.extend(paired::table(&collected));
    tables.extend(interference::table(&collected));
    tables.extend(sweeps::table(&collected));
    tables.extend(downstream::table(&collected));
    tables.extend(tables::failures(&collected));
    tables.extend(tables::unread(&collected));
    write_text(page, &render::html(&heading, &about, &tables, &curves::charts(&collected), &collected)?)?;
    write_text(&page.with_extension("md"), &render::markdown(&heading, &about, &collected.notes, &tables))?;
    write_text(&page.with_extension("csv"), &render::csv(&collected))?;
    if let Some(path) = facts {
        let lines = collected.runs.iter().map(|run| per_fact::lines(&run.report, Some(&run.id)));
        write_text(path, &lines.collect::<Result<String>>()?)?;
    }
    let names = |list: Vec<(String, String)>| list.into_iter().map(|(name, _)| name).collect();
    let Collected { runs, failed, unread, notes, .. } = collected;
    Ok(Published { page: page.to_owned(), runs: runs.len(), failed_cells: names(failed), unread_files: names(unread), notes, tables })
}

pub(super) fn execute(args: &ReportArgs) -> Result<()> {
    check_input(&args.dir, "reports")?;
    if !args.dir.is_dir() {
        let message = format!("{} is a file; `langedit report` takes a folder of reports", args.dir.display());
        return Err(
            Error::new(ErrorKind::Usage, message).hint("put the reports to compare in a folder; `langedit inspect` shows a single one")
        );
    }
    let page = args.out.clone().unwrap_or_else(|| args.dir.join("report.html"));
    check_output(&page, "page")?;
    // Reports are JSON, and beside the page stand its tables.
    let ends_in = |path: &Path, endings: &[&str]| endings.contains(&path.extension().and_then(OsStr::to_str).unwrap_or_default());
    ensure!(!ends_in(&page, &["json", "md", "csv"]), Usage, "--out {}: the page is HTML; name a file in .html", page.display());
    if let Some(path) = &args.per_fact {
        let taken = ends_in(path, &["json", "html", "md", "csv"]);
        ensure!(!taken, Usage, "--per-fact {}: reports, page and tables are called so; name a file in .jsonl", path.display());
        check_output(path, "facts' results")?;
    }
    let published = publish(&args.dir, &page, args.per_fact.as_deref())?;
    args.print.print(&published, || published.summary())?;
    published.complete()
}

/// A table in columns of spaces.
fn aligned(table: &Table) -> String {
    let width = |i: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(i)).chain(table.columns.get(i));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (cell, &width))| if i < table.names { format!("{cell:width$}") } else { format!("{cell:>width$}") })
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    std::iter::once(line(&table.columns)).chain(table.rows.iter().map(|row| line(row))).collect()
}
