//! `langedit experiment`: many runs from one file, cell by cell, and the page of their results.

mod cells;
mod folder;
mod inputs;
mod kept;
mod runner;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::arguments::{DataSource, Device, ModelSource, PrintArgs, SolverArgs, check_folder, check_input, read_text};
use super::definition::{Cell, Definition};
use super::progress::ProgressBars;
use super::report::{Published, publish};
use super::run_recipe::Folders;
use super::terminal::{print, print_json, to_json_line};
use crate::{Result, bail};
use cells::Listed;
use folder::Folder;
use inputs::Inputs;

/// Size of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    /// The fields of the definition's `small`: for two cores and half an hour.
    Small,
    /// As the definition says.
    Full,
}

/// Arguments of `langedit experiment`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit experiment langedit-table --scale small
  langedit experiment merging-table --model Llama-3.1-8B-Instruct --data mzsre.json --device cuda
  langedit experiment interference --list-cells

Built-in definitions: langedit-table, interference, merging-table; --show prints one to start from.
Fields: name, title, about, models, data, languages, facts, batch, methods, orders, seeds, and
optionally mode, settings, recall (as in `langedit edit`), xtreme {folder, tasks, examples} (scored
before and after each cell), monolingual (also run each language alone), merging {methods, merges, sweep_scales, sweep_rank_ratios}, and small (what differs there).

Results go to the output folder: report.html, report.md, report.csv, and one report per cell in
cells/. The same command again continues a stopped experiment and retries cells that failed.
On many machines, run each cell with --cell into one folder, then `langedit report` on it.")]
pub struct ExperimentArgs {
    /// Definition: a JSON file, or the name of a built-in one
    #[arg(value_name = "FILE")]
    pub file: String,
    /// Size of the experiment: small or full
    #[arg(long, value_name = "SCALE", default_value = "full", hide_possible_values = true)]
    pub scale: Scale,
    /// Folder for the results [default: NAME-SCALE]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Use this model instead; may be repeated
    #[arg(long = "model", value_name = "M")]
    pub models: Vec<String>,
    /// Use these facts instead
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Key statistics collected by `langedit stats`
    #[arg(long, value_name = "FILE")]
    pub stats: Option<PathBuf>,
    /// Projectors by `langedit project`, for the cells that project; may be repeated
    #[arg(long, value_name = "DIR")]
    pub projectors: Vec<PathBuf>,
    /// Print the definition without running it
    #[arg(long)]
    pub show: bool,
    /// Print the cells without running them: JSON lines with id, output, statistics (needs any)
    #[arg(long, conflicts_with = "show")]
    pub list_cells: bool,
    /// Run this cell alone, unless it has been; writes its report and no page
    #[arg(long, value_name = "ID", conflicts_with_all = ["show", "list_cells"])]
    pub cell: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Where to solve.
    #[command(flatten)]
    pub solver: SolverArgs,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    experiment: &'a str,
    folder: &'a Path,
    #[serde(flatten)]
    outcome: runner::Outcome,
    #[serde(flatten)]
    published: &'a Published,
}

/// What is printed of one cell as JSON.
#[derive(Serialize)]
struct CellSummary<'a> {
    experiment: &'a str,
    cell: &'a str,
    output: PathBuf,
    /// Whether an earlier run had done it.
    kept: bool,
}

impl ExperimentArgs {
    /// The definition at the scale that was asked for, with the models and data of the flags.
    ///
    /// # Errors
    /// `Io`, `Usage`: there is no such file or name. `Data`: it is not valid.
    pub fn definition(&self) -> Result<Definition> {
        let path = Path::new(&self.file);
        let text = if path.is_file() { read_text(path)? } else { Definition::shipped(&self.file)?.to_owned() };
        let definition = Definition::from_json(&text, self.scale == Scale::Small);
        let mut definition = if path.is_file() { definition.map_err(|error| error.at(path.display()))? } else { definition? };
        if !self.models.is_empty() {
            definition.models.clone_from(&self.models);
        }
        if let Some(data) = &self.data {
            definition.data.clone_from(data);
        }
        definition.check()?;
        Ok(definition)
    }

    fn folder(&self, definition: &Definition) -> PathBuf {
        let scale = if self.scale == Scale::Small { "small" } else { "full" };
        self.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}-{scale}", definition.name)))
    }
}

pub(super) fn execute(args: &ExperimentArgs) -> Result<()> {
    let solver = args.solver.beside(args.device)?;
    let definition = args.definition()?;
    if args.show {
        return print_json(&definition);
    }
    let out = args.folder(&definition);
    let folder = Folder::at(&out, &definition);
    let all = definition.cells();
    if args.list_cells {
        folder.check()?;
        let lines = all.iter().map(|cell| to_json_line(&Listed::new(&definition, cell, &folder)));
        return print(&lines.collect::<Result<Vec<_>>>()?.join("\n"));
    }
    let one = args.cell.as_deref().map(|id| cells::find(&all, id)).transpose()?;
    check_folder(&out, "results")?;
    let data = definition.data.parse::<DataSource>()?.check();
    data.map_err(|error| error.hint("pass an existing data set with --data"))?;
    // If some models are missing, their cells fail; if all are, nothing can be run.
    let models = one.as_ref().map_or(definition.models.as_slice(), |cell| std::slice::from_ref(&cell.model));
    let sources: Vec<ModelSource> = models.iter().map(|model| model.parse()).collect::<Result<_>>()?;
    if sources.iter().all(|source| source.check().is_err()) {
        let first = sources.first().map_or(Ok(()), ModelSource::check);
        return first.map_err(|error| error.hint("pass existing models with --model"));
    }
    args.stats.as_deref().map_or(Ok(()), |path| check_input(path, "key statistics"))?;
    args.projectors.iter().try_for_each(|path| check_input(path, "projectors"))?;
    definition.xtreme.as_ref().map_or(Ok(()), |xtreme| check_input(Path::new(&xtreme.folder), "downstream tasks"))?;
    // A device that is not there would fail every cell alike, and none of them is to blame.
    pollster::block_on(args.device.choice.open())?;
    folder.begin()?;
    let asked = one.as_ref().map_or(all.as_slice(), std::slice::from_ref);
    let missing: Vec<Cell> = asked.iter().filter(|cell| folder.kept(cell).is_none()).cloned().collect();
    check_beside(&all, &missing, &folder, &mut Inputs::new(args.stats.as_deref()))?;
    let mut bars = ProgressBars::new(args.print.quiet);
    bars.listen_for_interrupts()?;
    let place = (args.device.choice, solver);
    let inputs = Folders { stats: args.stats.as_deref(), projectors: &args.projectors, ..Folders::default() };
    if let Some(cell) = one {
        let kept = missing.is_empty();
        if !kept {
            pollster::block_on(runner::run_one(&definition, &cell, &folder, place, inputs, &mut bars))?;
        }
        let summary = CellSummary { experiment: &definition.name, cell: &cell.id, output: folder.report(&cell), kept };
        return args
            .print
            .print(&summary, || format!("{}{}", summary.output.display(), if kept { ": there already, from an earlier run" } else { "" }));
    }
    let ran = pollster::block_on(runner::run((&definition, &missing), &folder, place, inputs, &mut bars));
    // What was finished is worth reading even if the work was stopped.
    let published = publish(&out, &out.join("report.html"), None)?;
    let outcome = ran?;
    let summary = Summary { experiment: &definition.name, folder: &out, outcome, published: &published };
    args.print.print(&summary, || published.summary())?;
    if outcome.failed > 0 {
        bail!(Data, "{} of {} cells failed; see the end of {}", outcome.failed, outcome.cells, out.join("report.md").display());
    }
    published.complete()
}

/// Checks that cells of `all` that are finished were made with what those of the same models that are `missing` are about to be made with.
/// Where nothing is missing there is nothing to compare: a report of what is there needs no inputs.
///
/// # Errors
/// `Usage`: one was made with other inputs. `Io`: they cannot be read.
fn check_beside(all: &[Cell], missing: &[Cell], folder: &Folder<'_>, inputs: &mut Inputs<'_>) -> Result<()> {
    let beside = |cell: &&Cell| missing.iter().any(|other| other.model == cell.model);
    all.iter().filter(beside).try_for_each(|cell| folder.kept(cell).map_or(Ok(()), |kept| kept.check_inputs(cell, inputs)))
}
