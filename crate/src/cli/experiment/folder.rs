//! The folder of an experiment: its definition, one report per finished cell, one line per failed one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::arguments::{read_text, write_text};
use crate::cli::definition::{CELLS, Cell, DEFINITION, Definition, FAILED};
use crate::cli::terminal::to_json;
use crate::{Error, ErrorKind, Result, ensure};

/// Where the results go.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder `path`, whatever is in it.
    pub(super) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Starts `definition` in it, or checks that it belongs to that. Processes that begin at the same time write the same file.
    ///
    /// # Errors
    /// `Usage`: the folder belongs to another experiment. `Io`: it cannot be written.
    pub(super) fn begin(&self, definition: &Definition) -> Result<()> {
        let path = &self.path;
        let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot create {}: {error}", path.display()));
        fs::create_dir_all(path.join(CELLS)).map_err(failed)?;
        let (file, text) = (path.join(DEFINITION), to_json(definition)?);
        if !file.is_file() {
            write_text(&file, &text)?;
        }
        // What is there may be another process's, which began at the same time.
        let same = serde_json::from_str::<Definition>(&read_text(&file)?).is_ok_and(|earlier| earlier == *definition);
        ensure!(
            same,
            Usage,
            "{} contains another experiment: use the same file, scale, models and data as before, or another --out",
            path.display()
        );
        Ok(())
    }

    /// Where the report of a cell goes.
    pub(super) fn report(&self, cell: &Cell) -> PathBuf {
        self.file(cell, "json")
    }

    /// Whether the cell has a whole report.
    pub(super) fn has(&self, cell: &Cell) -> bool {
        // A file gets this name only when it is whole.
        self.report(cell).is_file()
    }

    /// Keeps the report of a cell.
    ///
    /// # Errors
    /// `Io`: the folder cannot be written.
    pub(super) fn keep(&self, cell: &Cell, report: &str) -> Result<()> {
        write_text(&self.report(cell), report)?;
        self.forget_failure(cell);
        Ok(())
    }

    /// Notes why a cell failed.
    ///
    /// # Errors
    /// `Io`: the folder cannot be written.
    pub(super) fn fail(&self, cell: &Cell, error: &Error) -> Result<()> {
        write_text(&self.file(cell, FAILED), &error.to_string())
    }

    fn forget_failure(&self, cell: &Cell) {
        // Usually there is none; one that remains beside a report is ignored.
        fs::remove_file(self.file(cell, FAILED)).unwrap_or_default();
    }

    fn file(&self, cell: &Cell, extension: &str) -> PathBuf {
        self.path.join(CELLS).join(format!("{}.{extension}", cell.id))
    }
}
