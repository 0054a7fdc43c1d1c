//! The hashes of what an experiment reads, each worked out once and only where it is asked for.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Result;
use crate::cli::arguments::ModelSource;
use crate::cli::statistics::{comes_along, hash_of};

/// Models and key statistics.
pub(super) struct Inputs<'a> {
    statistics: Option<&'a Path>,
    statistics_sha256: Option<String>,
    /// By the name of the model.
    weights: BTreeMap<String, Option<String>>,
}

impl<'a> Inputs<'a> {
    /// With the key statistics of this file, if any.
    pub(super) fn new(statistics: Option<&'a Path>) -> Self {
        Self { statistics, statistics_sha256: None, weights: BTreeMap::new() }
    }

    /// Hex SHA-256 of a model's checkpoint; none if it cannot be opened: then its missing cells fail, and say why.
    pub(super) fn weights(&mut self, model: &str) -> Option<&String> {
        let open = || model.parse::<ModelSource>().and_then(|source| source.open()).ok().map(|checkpoint| checkpoint.sha256);
        self.weights.entry(model.to_owned()).or_insert_with(open).as_ref()
    }

    /// Whether these are the key statistics of a run that read a file with this hash, or none.
    ///
    /// # Errors
    /// `Io`: the file cannot be read.
    pub(super) fn has_statistics(&mut self, sha256: Option<&str>) -> Result<bool> {
        let Some(path) = self.statistics else { return Ok(sha256.is_none_or(comes_along)) };
        if self.statistics_sha256.is_none() {
            self.statistics_sha256 = Some(hash_of(path)?);
        }
        Ok(self.statistics_sha256.as_deref() == sha256)
    }
}
