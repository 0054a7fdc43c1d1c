//! `langedit eval`: accuracy without editing.

use clap::Args;

use super::arguments::{DataSource, Device, ModelSource, OutputArgs, check_languages, parse_language};
use super::edit::count;
use crate::Result;

/// Arguments of `langedit eval`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit eval --model edited --data bmike53/zsre.json --languages en,de --facts 100 --json")]
pub struct EvalArgs {
    /// Model: builtin, a .gguf file, or a directory in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Facts: builtin, a supported data set, or JSON lines of facts
    #[arg(long, value_name = "FILE")]
    pub data: DataSource,
    /// Languages
    #[arg(long, value_name = "CODES", value_delimiter = ',', default_value = "en,de,nl,fr,es,zh", value_parser = parse_language)]
    pub languages: Vec<String>,
    /// Facts per language
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    pub facts: usize,
    /// Seed of the new objects that builtin facts draw
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl EvalArgs {
    /// Checks everything that needs no model.
    ///
    /// # Errors
    /// `Usage`: a language given twice. `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<()> {
        check_languages(&self.languages)?;
        self.model.check()?;
        self.data.check()?;
        self.output.check()
    }
}

pub(super) fn execute(args: &EvalArgs) -> Result<()> {
    args.check()?;
    super::engine_missing("eval")
}
