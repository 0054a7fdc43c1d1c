//! Arguments that several subcommands share.

pub(super) mod choice;
mod editing;
mod files;
mod settings;
mod sources;

use std::path::PathBuf;

use clap::Args;

use crate::device::DeviceChoice;
use crate::{Result, ensure};

pub(super) use editing::count;
pub use editing::{EditingArgs, FactsArgs, OutcomeArgs, RecallArgs};
pub(super) use files::{check_folder, check_input, check_output, read_bytes, read_text, write_text};
pub use settings::SettingsArgs;
pub use sources::{DataSource, LayerChoice, ModelSource};

/// `--device`.
#[derive(Clone, Copy, Debug, Args)]
pub struct Device {
    /// Device to compute on: cpu, wgpu, cuda or cuda:INDEX
    #[arg(long = "device", value_name = "DEVICE", default_value = "cpu", value_parser = DeviceChoice::parse)]
    pub choice: DeviceChoice,
}

/// `--report`, `--json` and `--quiet`.
#[derive(Clone, Debug, Args)]
pub struct OutputArgs {
    /// Write the report as JSON to this file
    #[arg(long, value_name = "OUT.json")]
    pub report: Option<PathBuf>,
    /// Print the report as JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

impl OutputArgs {
    /// Checks before the work that the report can be written after it.
    ///
    /// # Errors
    /// `Io`: the folder does not exist, or there is a folder of this name.
    pub fn check(&self) -> Result<()> {
        self.report.as_deref().map_or(Ok(()), |path| check_output(path, "report"))
    }
}

/// `en,de,nl`: language codes without repetition.
///
/// # Errors
/// `Usage`: no code, or one given twice.
pub(super) fn parse_language(text: &str) -> Result<String> {
    let text = text.trim();
    let fits = (2..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    ensure!(fits, Usage, "`{text}` is not a language code such as en, de or zh");
    Ok(text.to_owned())
}

/// Checks that no language is given twice.
///
/// # Errors
/// `Usage` naming it.
pub(super) fn check_languages(languages: &[String]) -> Result<()> {
    for (i, language) in languages.iter().enumerate() {
        ensure!(!languages.iter().take(i).any(|earlier| earlier == language), Usage, "--languages: `{language}` is given twice");
    }
    Ok(())
}
