//! `langedit experiment`: many runs from one file, cell by cell, and the page of their results.

mod folder;
mod runner;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::arguments::{DataSource, Device, ModelSource, check_folder, check_input, read_text};
use super::definition::Definition;
use super::progress::ProgressBars;
use super::report::{Published, publish};
use super::terminal::{print, print_json};
use crate::{Result, bail};

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
  langedit experiment merging-table --model Llama-3.1-8B-Instruct --data mzsre.json --stats llama31.safetensors --device cuda --out merging

FILE is JSON: name, title, about, models, data, languages, facts, batch, methods, orders, seeds, and if wanted mode, settings, recall (questions
per language, as in `edit --recall`), monolingual (also run each language alone) and merging {methods, merges, sweep_scales, sweep_rank_ratios}; `small` holds what differs at the small scale.
Carried along: langedit-table, interference, merging-table; `--show` prints one to start from. A run that was stopped goes on where it was; a
cell that failed is tried again. The results are in OUT: report.html, report.md, report.csv and cells/, one report a cell.")]
pub struct ExperimentArgs {
    /// Definition: a JSON file, or the name of one that the command carries
    #[arg(value_name = "FILE")]
    pub file: String,
    /// small or full
    #[arg(long, value_name = "SCALE", default_value = "full")]
    pub scale: Scale,
    /// Folder of the results [default: NAME-SCALE]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Run it on this model instead; may be repeated
    #[arg(long = "model", value_name = "M")]
    pub models: Vec<String>,
    /// Take the facts from here instead
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Key statistics made by `langedit stats`
    #[arg(long, value_name = "STATS.safetensors")]
    pub stats: Option<PathBuf>,
    /// Print the definition and run nothing
    #[arg(long)]
    pub show: bool,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Print the tables as JSON
    #[arg(long)]
    pub json: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
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
    let definition = args.definition()?;
    if args.show {
        return print_json(&definition);
    }
    let out = args.folder(&definition);
    check_folder(&out, "results")?;
    let data = definition.data.parse::<DataSource>()?.check();
    data.map_err(|error| error.hint("give a data set that is there with --data"))?;
    // A model of several that is not there fails its cells; where none is there, nothing could be run.
    let sources: Vec<ModelSource> = definition.models.iter().map(|model| model.parse()).collect::<Result<_>>()?;
    if sources.iter().all(|source| source.check().is_err()) {
        let first = sources.first().map_or(Ok(()), ModelSource::check);
        return first.map_err(|error| error.hint("give models that are there with --model"));
    }
    args.stats.as_deref().map_or(Ok(()), |path| check_input(path, "key statistics"))?;
    let folder = folder::Folder::open(&out, &definition)?;
    let mut bars = ProgressBars::new(args.quiet);
    bars.listen_for_interrupts()?;
    let ran = pollster::block_on(runner::run(&definition, &folder, (args.device.choice, args.stats.as_deref()), &mut bars));
    // Whatever is done is worth reading, also where the work was stopped.
    let published = publish(&out, &out.join("report.html"))?;
    let outcome = ran?;
    if args.json {
        print_json(&Summary { experiment: &definition.name, folder: &out, outcome, published: &published })?;
    } else {
        print(&published.summary())?;
    }
    if outcome.failed > 0 {
        bail!(Data, "{} of {} cells failed, see the end of {}", outcome.failed, outcome.cells, out.join("report.md").display());
    }
    Ok(())
}
