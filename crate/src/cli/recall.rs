//! `--recall` of the commands that edit.

use std::sync::Arc;

use clap::Args;

use super::edit::count;
use crate::Result;
use crate::facts::{Catalogue, Skipped};
use crate::recipe::{RecallInput, RunInput};

/// `--recall`.
#[derive(Clone, Copy, Debug, Args)]
pub struct RecallArgs {
    /// After each step ask N questions per language about facts of the embedded catalogue that are not edited, and as many about other
    /// facts of the edited subjects
    #[arg(long, value_name = "N", value_parser = count)]
    pub recall: Option<usize>,
}

impl RecallArgs {
    /// What a run is given beside its recipe and statistics.
    ///
    /// # Errors
    /// `Data`: the catalogue cannot be read.
    pub(super) fn input(self, skipped: Vec<Skipped>) -> Result<RunInput> {
        let recall = match self.recall {
            Some(_) => Some(RecallInput { catalogue: Arc::new(Catalogue::builtin()?), sample: self.recall }),
            None => None,
        };
        Ok(RunInput { skipped, recall, ..RunInput::default() })
    }
}
