//! `langedit generate`: a continuation.

use clap::Args;

use super::arguments::{Device, ModelSource};
use crate::{Result, ensure};

/// Arguments of `langedit generate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit generate --model builtin --prompt 'The capital of France is' --max-tokens 5 --greedy --json")]
pub struct GenerateArgs {
    /// Model: builtin, a .gguf file, or a directory in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Text to continue
    #[arg(long, value_name = "TEXT")]
    pub prompt: String,
    /// Most tokens to add
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub max_tokens: u32,
    /// Take the likeliest token each time instead of drawing one
    #[arg(long, conflicts_with_all = ["seed", "top_k"])]
    pub greedy: bool,
    /// Draw from this many likeliest tokens
    #[arg(long, value_name = "K", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub top_k: u32,
    /// Seed of the draws
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Print text, token ids and the ten likeliest first tokens as JSON
    #[arg(long)]
    pub json: bool,
}

impl GenerateArgs {
    /// Checks everything that needs no model.
    ///
    /// # Errors
    /// `Usage`: an empty prompt. `Io`: a model that is not there.
    pub fn check(&self) -> Result<()> {
        ensure!(!self.prompt.is_empty(), Usage, "--prompt: the text to continue is empty");
        self.model.check()
    }
}

pub(super) fn execute(args: &GenerateArgs) -> Result<()> {
    args.check()?;
    super::engine_missing("generate")
}
