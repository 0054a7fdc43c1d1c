//! `langedit report`: one page of tables and charts from a folder of reports.

mod collect;
mod curves;
mod downstream;
mod render;
mod sweeps;
mod tables;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::arguments::{PrintArgs, check_input, check_output, write_text};
use super::numbers::counted;
use crate::{Result, ensure};
use collect::Collected;
use tables::Table;

/// Arguments of `langedit report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit report langedit-table-small --out results.html

DIR is the output folder of `langedit experiment`, or any folder of reports written with --report.
The page is one self-contained file; next to it, the tables are written as Markdown (.md) and the
numbers as CSV (.csv).")]
pub struct ReportArgs {
    /// Folder of reports
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Page to write [default: DIR/report.html]
    #[arg(long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
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
    tables: Vec<Table>,
}

impl Published {
    /// The first table and where the rest is, for the terminal.
    pub(super) fn summary(&self) -> String {
        let first = self.tables.first().map(aligned).unwrap_or_default();
        format!("{first}{}, {} failed; {}", counted(self.runs, "run"), self.failed_cells.len(), self.page.display())
    }
}

/// Writes the page of `folder` to `page`, its tables as Markdown and its numbers as CSV beside it.
///
/// # Errors
/// `Io`: the folder cannot be read or the files cannot be written. `Data`: there is no report, or a damaged one.
pub(super) fn publish(folder: &Path, page: &Path) -> Result<Published> {
    let collected = Collected::read(folder)?;
    let (heading, about) = match &collected.definition {
        Some(definition) => (definition.title.clone(), definition.about.clone()),
        None => ("Edited models".to_owned(), format!("{} runs.", collected.runs.len())),
    };
    let mut tables = vec![tables::main_table(&collected)];
    tables.extend(tables::language_tables(&collected));
    tables.extend(tables::interference_table(&collected));
    tables.extend(sweeps::table(&collected));
    tables.extend(downstream::table(&collected));
    tables.extend(tables::failures(&collected));
    write_text(page, &render::html(&heading, &about, &tables, &curves::charts(&collected), &collected)?)?;
    write_text(&page.with_extension("md"), &render::markdown(&heading, &about, &tables))?;
    write_text(&page.with_extension("csv"), &render::csv(&collected))?;
    let failed_cells = collected.failed.into_iter().map(|(id, _)| id).collect();
    Ok(Published { page: page.to_owned(), runs: collected.runs.len(), failed_cells, tables })
}

pub(super) fn execute(args: &ReportArgs) -> Result<()> {
    check_input(&args.dir, "reports")?;
    let page = args.out.clone().unwrap_or_else(|| args.dir.join("report.html"));
    check_output(&page, "page")?;
    // Reports are JSON, and beside the page stand its tables.
    let extension = page.extension().and_then(OsStr::to_str).unwrap_or_default();
    ensure!(!["json", "md", "csv"].contains(&extension), Usage, "--out {}: the page is HTML; name a file in .html", page.display());
    let published = publish(&args.dir, &page)?;
    args.print.print(&published, || published.summary())
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
