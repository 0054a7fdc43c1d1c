//! The folder of an experiment: its definition, one report per finished cell, one line per failed one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::arguments::write_text;
use crate::cli::definition::{CELLS, Cell, DEFINITION, Definition, FAILED};
use crate::cli::terminal::to_json;
use crate::{Error, ErrorKind, Result, ensure};

/// Where the results go.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Starts `definition` in `path`, or checks that the folder belongs to it.
    ///
    /// # Errors
    /// `Usage`: the folder belongs to another experiment. `Io`: it cannot be written.
    pub(super) fn open(path: &Path, definition: &Definition) -> Result<Self> {
        let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot create {}: {error}", path.display()));
        fs::create_dir_all(path.join(CELLS)).map_err(failed)?;
        let (file, text) = (path.join(DEFINITION), to_json(definition)?);
        match fs::read_to_string(&file) {
            Ok(text) => {
                let same = serde_json::from_str::<Definition>(&text).is_ok_and(|earlier| earlier == *definition);
                ensure!(
                    same,
                    Usage,
                    "{} contains another experiment: use the same file, scale, models and data as before, or another --out",
                    path.display()
                );
            }
            Err(_) => write_text(&file, &text)?,
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Whether the cell has a whole report.
    pub(super) fn has(&self, cell: &Cell) -> bool {
        // A file gets this name only when it is whole.
        self.file(cell, "json").is_file()
    }

    /// Keeps the report of a cell.
    ///
    /// # Errors
    /// `Io`: the folder cannot be written.
    pub(super) fn keep(&self, cell: &Cell, report: &str) -> Result<()> {
        write_text(&self.file(cell, "json"), report)?;
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
