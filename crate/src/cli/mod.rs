//! The `langedit` command: arguments in, results out, one clear line if something is wrong.
//!
//! Exit status: 0 success, 2 wrong usage, 1 any other failure. Results go to standard output, progress and errors to standard error.

mod arguments;
mod auto_layers;
mod definition;
mod devices;
mod edit;
mod eval;
mod experiment;
mod fingerprint;
mod generate;
mod inspect;
mod merge;
mod models;
mod numbers;
mod open;
mod overwriting;
mod per_fact;
mod picture;
mod progress;
mod project;
mod projectors;
mod report;
mod run;
mod run_recipe;
mod save;
mod statistics;
mod stats;
mod summary;
mod sweep;
mod terminal;
mod trace;
mod train;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use arguments::{
    DataSource, Device, EditingArgs, FactsArgs, LayerChoice, ModelSource, OutcomeArgs, OutputArgs, PrintArgs, RecallArgs, SettingsArgs,
};
pub use definition::{Cell, Definition, Downstream, Merging};
pub use devices::DevicesArgs;
pub use edit::EditArgs;
pub use eval::EvalArgs;
pub use experiment::{ExperimentArgs, Scale};
pub use generate::GenerateArgs;
pub use inspect::InspectArgs;
pub use merge::MergeEditsArgs;
pub use models::ModelsArgs;
pub use progress::ProgressBars;
pub use project::ProjectArgs;
pub use report::ReportArgs;
pub use run::RunArgs;
pub use stats::{ImportArgs, MergeArgs, StatsArgs, StatsCommand};
pub use terminal::{print, print_json};
pub use trace::TraceArgs;
pub use train::TrainArgs;

use crate::Result;

/// Edit the facts a language model knows, in several languages, and measure what each edit disturbs
#[derive(Debug, Parser)]
#[command(
    name = "langedit",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  langedit edit --model builtin --data builtin --languages en,de --facts 5 --report report.json"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Edit facts into a model and measure what changed
    Edit(Box<EditArgs>),
    /// Edit each language alone, merge the edits, and measure the result
    Merge(Box<MergeEditsArgs>),
    /// Run many experiments from one file: models, methods, orders, seeds, merges
    Experiment(ExperimentArgs),
    /// Turn a folder of reports into a page of tables and charts
    Report(ReportArgs),
    /// Run a recipe from a playground link or a file
    Run(RunArgs),
    /// Continue a prompt
    Generate(GenerateArgs),
    /// Collect a model's key statistics over a corpus
    Stats(StatsArgs),
    /// Decompose key statistics once, for runs that project
    Project(ProjectArgs),
    /// Measure a model on a data set without editing it
    Eval(Box<EvalArgs>),
    /// Find the hidden states that carry facts (causal tracing)
    Trace(TraceArgs),
    /// Show what is in a checkpoint, a recipe or a link
    Inspect(InspectArgs),
    /// Train a small model that knows a catalogue of facts
    Train(Box<TrainArgs>),
    /// List the models with known settings
    Models(ModelsArgs),
    /// List the devices to compute on
    Devices(DevicesArgs),
}

impl Command {
    fn execute(self) -> Result<()> {
        match self {
            Self::Edit(args) => edit::execute(&args),
            Self::Merge(args) => merge::execute(&args),
            Self::Experiment(args) => experiment::execute(&args),
            Self::Report(args) => report::execute(&args),
            Self::Run(args) => run::execute(&args),
            Self::Generate(args) => generate::execute(&args),
            Self::Stats(args) => stats::execute(&args),
            Self::Project(args) => project::execute(&args),
            Self::Eval(args) => eval::execute(&args),
            Self::Trace(args) => trace::execute(&args),
            Self::Inspect(args) => inspect::execute(&args),
            Self::Train(args) => train::execute(&args),
            Self::Models(args) => models::execute(&args),
            Self::Devices(args) => devices::execute(&args),
        }
    }
}

/// Parses the process's arguments, executes them and returns the exit status.
pub fn main() -> ExitCode {
    let command = Cli::command();
    let parsed = command.clone().try_get_matches().and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    match parsed {
        Ok((cli, matches)) => match overwriting::refuse(&command, &matches).and_then(|()| on_a_worker(|| cli.command.execute())) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => terminal::fail(&error),
        },
        Err(error) => terminal::explain(&error),
    }
}

/// Runs `work` on one of the threads that share its products: called from outside, each of a token's two hundred products would put the caller to
/// sleep and wake it again.
fn on_a_worker<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    // As large as a process's first stack. There is no pool before this one.
    rayon::ThreadPoolBuilder::new().stack_size(8 << 20).build_global().unwrap_or_default();
    rayon::scope(|_| work())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_an_example() {
        fn check(command: &clap::Command) {
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(example.contains("Example") && example.contains("langedit "), "{}", command.get_name());
            command.get_subcommands().filter(|sub| sub.get_name() != "help").for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn every_help_fits_two_screens() {
        fn check(command: &clap::Command, path: &[&str]) {
            let asked = Cli::command().term_width(100).try_get_matches_from(path.iter().chain(&["--help"]));
            let help = asked.err().map(|help| help.render().to_string()).unwrap_or_default();
            // A terminal breaks lines of more than 100 characters.
            let lines: usize = help.lines().map(|line| line.chars().count().div_ceil(100).max(1)).sum();
            assert!((5..=48).contains(&lines), "{lines} lines:\n{help}");
            for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
                check(sub, &[path, &[sub.get_name()]].concat());
            }
        }
        check(&Cli::command(), &["langedit"]);
    }
}
