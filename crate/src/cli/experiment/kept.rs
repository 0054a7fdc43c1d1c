//! What the report of a finished cell says of the run that made it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::inputs::Inputs;
use crate::cli::definition::Cell;
use crate::edit::{MergeSettings, Method};
use crate::recipe::StatisticsReport;
use crate::{Error, ErrorKind, Result};

/// A whole report, as far as it tells which cell of which experiment it is of and what that was made with.
#[derive(Deserialize)]
pub(super) struct Kept {
    /// Fingerprint of the definition; earlier versions wrote none.
    experiment: Option<String>,
    method: Method,
    seed: u64,
    merge: Option<Merged>,
    model_sha256: String,
    statistics: StatisticsReport,
    /// By language.
    languages: BTreeMap<String, IgnoredAny>,
    #[serde(rename = "average")]
    _average: IgnoredAny,
    #[serde(rename = "timing")]
    _timing: IgnoredAny,
}

#[derive(Deserialize)]
struct Merged {
    settings: MergeSettings,
}

impl Kept {
    /// Whether it is the report of `cell` of the experiment with this fingerprint, as far as it tells.
    pub(super) fn is_of(&self, cell: &Cell, experiment: &str) -> bool {
        let alone = self.languages.keys().eq(&cell.language);
        self.experiment.as_ref().is_none_or(|own| own == experiment)
            && (self.method, self.seed) == (cell.method, cell.seed)
            && self.merge.as_ref().map(|merge| merge.settings) == cell.merge
            && (alone || cell.language.is_none())
    }

    /// Checks that `cell` was made with what the others are to be made with.
    ///
    /// # Errors
    /// `Usage`: it has other weights or key statistics. `Io`: the statistics cannot be read.
    pub(super) fn check_inputs(&self, cell: &Cell, inputs: &mut Inputs<'_>) -> Result<()> {
        let differs = |what: String| {
            let message = format!("the cell {} was made with other {what} than are given now", cell.id);
            Err(Error::new(ErrorKind::Usage, message).hint("use the same as before, or another --out"))
        };
        if inputs.weights(&cell.model).is_some_and(|sha256| *sha256 != self.model_sha256) {
            return differs(format!("weights of {} (sha256 {})", cell.model, self.model_sha256));
        }
        if self.statistics.count > 0 && !inputs.has_statistics(self.statistics.sha256.as_deref())? {
            let file = self.statistics.sha256.as_ref().map_or_else(String::new, |sha256| format!(" (sha256 of the file {sha256})"));
            return differs(format!("key statistics, of {}{file},", self.statistics.source));
        }
        Ok(())
    }
}
