//! `langedit stats`: key statistics over a corpus, in parts that can be merged.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::arguments::{Device, LayerChoice, ModelSource, check_input, check_output};
use crate::{Error, ErrorKind, Result, ensure};

/// Arguments of `langedit stats`.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  langedit stats --model Llama-3-8B --corpus wiki.en.txt wiki.de.txt --layers 4-8 --out llama3.safetensors
  langedit stats --model Llama-3-8B --corpus wiki.txt --layers 4-8 --shard 2/4 --out part2.safetensors
  langedit stats merge part1.safetensors part2.safetensors --out llama3.safetensors"
)]
pub struct StatsArgs {
    /// Merging of parts.
    #[command(subcommand)]
    pub command: Option<StatsCommand>,
    /// Model: builtin, a .gguf file, or a directory in Hugging Face layout
    #[arg(long, value_name = "M", required = true)]
    pub model: Option<ModelSource>,
    /// Text files, one document a line
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub corpus: Vec<PathBuf>,
    /// Layers, counted from 0: 4-8, 3,5,7 or auto
    #[arg(long, value_name = "LAYERS", default_value = "auto")]
    pub layers: LayerChoice,
    /// Take only part i of N of the documents (from 1)
    #[arg(long, value_name = "i/N", value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// Stop after this many tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_tokens: Option<u64>,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Statistics file to write
    #[arg(long, value_name = "STATS.safetensors", required = true)]
    pub out: Option<PathBuf>,
    /// Print a summary as JSON
    #[arg(long)]
    pub json: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

/// What can be done with statistics files.
#[derive(Clone, Debug, Subcommand)]
pub enum StatsCommand {
    /// Merge the parts that several runs made
    Merge(MergeArgs),
}

/// Arguments of `langedit stats merge`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit stats merge part1.safetensors part2.safetensors --out llama3.safetensors")]
pub struct MergeArgs {
    /// Parts
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,
    /// Statistics file to write
    #[arg(long, value_name = "STATS.safetensors")]
    pub out: PathBuf,
    /// Print a summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// Part `index` (from 1) of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub index: usize,
    /// Of how many.
    pub count: usize,
}

impl Shard {
    /// Parses `i/N`.
    ///
    /// # Errors
    /// `Usage`: not of this form, or `i` not in 1 to `N`.
    pub fn parse(text: &str) -> Result<Self> {
        let parts = text.split_once('/').and_then(|(i, n)| Some(Self { index: i.parse().ok()?, count: n.parse().ok()? }));
        parts
            .filter(|shard| (1..=shard.count).contains(&shard.index))
            .ok_or_else(|| Error::new(ErrorKind::Usage, format!("`{text}` is not a part such as 2/4")).hint("i/N, i from 1 to N"))
    }

    /// Whether the document with this number (from 0) belongs to the part.
    pub fn takes(self, document: usize) -> bool {
        document % self.count == self.index - 1
    }
}

impl StatsArgs {
    /// Checks everything that needs no model, and gives the model and the output file.
    ///
    /// # Errors
    /// `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<(&ModelSource, &PathBuf)> {
        let missing = |flag: &str| Error::new(ErrorKind::Usage, format!("{flag} is missing"));
        let model = self.model.as_ref().ok_or_else(|| missing("--model"))?;
        let out = self.out.as_ref().ok_or_else(|| missing("--out"))?;
        model.check()?;
        self.corpus.iter().try_for_each(|path| check_input(path, "corpus"))?;
        check_output(out, "statistics")?;
        Ok((model, out))
    }
}

impl MergeArgs {
    /// Checks that the parts are there and differ.
    ///
    /// # Errors
    /// `Io`: a part that is not there or an output that cannot be written. `Usage`: a part given twice.
    pub fn check(&self) -> Result<()> {
        for (i, part) in self.parts.iter().enumerate() {
            check_input(part, "part")?;
            ensure!(!self.parts.iter().take(i).any(|earlier| earlier == part), Usage, "the part {} is given twice", part.display());
        }
        check_output(&self.out, "statistics")
    }
}

pub(super) fn execute(args: &StatsArgs) -> Result<()> {
    match &args.command {
        Some(StatsCommand::Merge(merge)) => {
            merge.check()?;
            super::engine_missing("stats merge")
        }
        None => {
            args.check()?;
            super::engine_missing("stats")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn shards_part_the_documents() {
        for bad in ["0/4", "5/4", "1", "a/b", "/", "1/0", "-1/2"] {
            assert!(Shard::parse(bad).is_err(), "{bad}");
        }
        for document in 0..50 {
            let takers = (1..=4).filter(|i| Shard::parse(&format!("{i}/4")).unwrap().takes(document)).count();
            assert_eq!(takers, 1);
        }
    }
}
