//! The folder of an experiment: its definition, one report per finished cell, one line per failed one.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::kept::Kept;
use crate::cli::arguments::{read_text, write_new_text, write_text};
use crate::cli::definition::{CELLS, Cell, DEFINITION, Definition, FAILED};
use crate::cli::fingerprint::fingerprint_of;
use crate::cli::terminal::to_json;
use crate::{Error, ErrorKind, Result, ensure};

/// Where the results of an experiment go.
pub(super) struct Folder<'a> {
    path: PathBuf,
    definition: &'a Definition,
    /// Of the definition.
    fingerprint: String,
}

impl<'a> Folder<'a> {
    /// The folder `path` for `definition`, whatever is in it.
    pub(super) fn at(path: &Path, definition: &'a Definition) -> Self {
        Self { path: path.to_owned(), definition, fingerprint: fingerprint_of(definition) }
    }

    /// Starts the experiment in it, or checks that it belongs to that. Of processes that begin different ones at the same time, one does.
    ///
    /// # Errors
    /// As [`Folder::check`]. `Io`: it cannot be written.
    pub(super) fn begin(&self) -> Result<()> {
        self.check()?;
        let cells = self.path.join(CELLS);
        fs::create_dir_all(&cells).map_err(|error| Error::new(ErrorKind::Io, format!("cannot create {}: {error}", cells.display())))?;
        write_new_text(&self.path.join(DEFINITION), &to_json(self.definition)?)?;
        self.check()
    }

    /// Checks that what is in it, if anything, belongs to the experiment.
    ///
    /// # Errors
    /// `Usage`: the folder belongs to another experiment, or holds reports of none.
    pub(super) fn check(&self) -> Result<()> {
        let (path, file) = (self.path.display(), self.path.join(DEFINITION));
        // Counted first: another process that begins the same writes the definition before any cell.
        let cells = fs::read_dir(self.path.join(CELLS)).map_or(0, Iterator::count);
        if !file.is_file() {
            ensure!(cells == 0, Usage, "{path} has cells without an {DEFINITION} that says what they belong to: use another --out");
            return Ok(());
        }
        let same = serde_json::from_str::<Definition>(&read_text(&file)?).is_ok_and(|earlier| earlier == *self.definition);
        ensure!(same, Usage, "{path} contains another experiment: use the same file, scale, models and data as before, or another --out");
        Ok(())
    }

    /// Where the report of a cell goes.
    pub(super) fn report(&self, cell: &Cell) -> PathBuf {
        self.file(cell, "json")
    }

    /// What is known of the cell's whole report, if it has one. A file gets its name only when it is whole, but may have been damaged or
    /// exchanged since.
    pub(super) fn kept(&self, cell: &Cell) -> Option<Kept> {
        let file = File::open(self.report(cell)).ok()?;
        serde_json::from_reader::<_, Kept>(BufReader::new(file)).ok().filter(|report| report.is_of(cell, &self.fingerprint))
    }

    /// What has to be said before the cell is run: that there is a file in the place of its report.
    pub(super) fn replaces(&self, cell: &Cell) -> Option<String> {
        let file = self.report(cell);
        file.is_file().then(|| format!("{} is damaged or the report of another run: it is made again", file.display()))
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
