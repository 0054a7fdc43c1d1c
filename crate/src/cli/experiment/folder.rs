//! The folder of an experiment: its definition, one report a finished cell, one line a failed one.

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
    /// Begins `definition` in `path`, or makes sure that the folder is its.
    ///
    /// # Errors
    /// `Usage`: the folder holds another experiment. `Io`: it cannot be written.
    pub(super) fn open(path: &Path, definition: &Definition) -> Result<Self> {
        let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot create {}: {error}", path.display()));
        fs::create_dir_all(path.join(CELLS)).map_err(failed)?;
        let (file, text) = (path.join(DEFINITION), to_json(definition)?);
        match fs::read_to_string(&file) {
            Ok(held) => {
                let same = serde_json::from_str::<Definition>(&held).is_ok_and(|held| held == *definition);
                ensure!(
                    same,
                    Usage,
                    "{} holds another experiment: give the same file, scale, models and data as then, or another --out",
                    path.display()
                );
            }
            Err(_) => write_text(&file, &text)?,
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Whether the cell's report is there and whole.
    pub(super) fn has(&self, cell: &Cell) -> bool {
        // What is there under this name was whole when it got it.
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
        // There is none, mostly; one that stays is passed over beside a report.
        fs::remove_file(self.file(cell, FAILED)).unwrap_or_default();
    }

    fn file(&self, cell: &Cell, extension: &str) -> PathBuf {
        self.path.join(CELLS).join(format!("{}.{extension}", cell.id))
    }
}
