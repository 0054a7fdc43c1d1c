//! Arguments that several subcommands share.

pub(super) mod choice;
mod editing;
mod files;
mod hparams;
mod settings;
mod sources;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::terminal::{print, print_json};
use crate::device::DeviceChoice;
use crate::edit::Solver;
use crate::{Error, ErrorKind, Result, ensure};

pub(super) use editing::count;
pub use editing::{EditingArgs, FactsArgs, OutcomeArgs, RecallArgs};
pub(super) use files::{check_folder, check_input, check_output, number_in_name, read_bytes, read_text, write_new_text, write_text};
pub use settings::SettingsArgs;
pub(super) use settings::set_help;
pub use sources::{DataSource, LayerChoice, ModelSource};
pub(super) use sources::{LANGUAGES, languages, read_by_language};

/// `--device`.
#[derive(Clone, Copy, Debug, Args)]
pub struct Device {
    /// Where to compute: cpu, wgpu, wgpu:N or cuda:N
    #[arg(long = "device", value_name = "DEVICE", default_value = "cpu", value_parser = DeviceChoice::parse)]
    pub choice: DeviceChoice,
}

/// `--solver`.
#[derive(Clone, Copy, Debug, Args)]
pub struct SolverArgs {
    /// Where closed forms are solved: host or device
    #[arg(long, value_name = "WHERE", default_value = "host", value_parser = choice::any::<Solver>(), hide_possible_values = true, help_heading = "Advanced")]
    pub solver: Solver,
}

impl SolverArgs {
    /// The solver, beside the device of the model.
    ///
    /// # Errors
    /// `Usage`: the device is the host.
    pub(super) fn beside(self, device: Device) -> Result<Solver> {
        if self.solver == Solver::Device && device.choice == DeviceChoice::Cpu {
            return Err(Error::new(ErrorKind::Usage, "--solver device needs a GPU").hint("add --device wgpu or --device cuda"));
        }
        Ok(self.solver)
    }
}

/// `--json` and `--quiet`.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PrintArgs {
    /// Print the result as JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Print nothing but errors, warnings and what --json asks for
    #[arg(long, short)]
    pub quiet: bool,
}

impl PrintArgs {
    /// Prints a result on standard output: `value` as JSON if that was asked for, otherwise `text`, unless quiet.
    ///
    /// # Errors
    /// `Io`: writing failed. `Data`: the value has no JSON form.
    pub(super) fn print(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        match (self.json, self.quiet) {
            (true, _) => print_json(value),
            (false, true) => Ok(()),
            (false, false) => print(&text()),
        }
    }
}

/// `--report`, `--json` and `--quiet`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the report to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    pub report: Option<PathBuf>,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

impl OutputArgs {
    /// Checks before the work that the report can be written afterwards.
    ///
    /// # Errors
    /// `Io`: the folder does not exist, or there is a folder of this name.
    pub fn check(&self) -> Result<()> {
        self.report.as_deref().map_or(Ok(()), |path| check_output(path, "report"))
    }
}

/// A language code such as `en`.
///
/// # Errors
/// `Usage`: anything else.
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
