//! `langedit project`: the projectors of a model's key statistics as files, a layer at a time.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use web_time::Instant;

use super::arguments::{LayerChoice, ModelSource, PrintArgs, check_folder, check_input};
use super::progress::ProgressBars;
use super::projectors::{Found, file_name};
use super::statistics::{read_hashed, remark_other_model};
use crate::checkpoint::write_atomically;
use crate::edit::{Method, ProjectorFile, ProjectorKey, Settings};
use crate::linalg::{Eigenbasis, Threshold};
use crate::recipe::Warning;
use crate::{Error, ErrorKind, Result, ensure};

/// Arguments of `langedit project`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit project --model Llama-3-8B --stats llama3.safetensors --threshold 0.02 --out projectors
  langedit project --model Llama-3-8B --stats llama3.safetensors --layers 5 --out projectors
  langedit edit --model Llama-3-8B --data zsre.json --stats llama3.safetensors --projectors projectors

The folder gets a file a layer, whole or not at all. What it has already is kept, so that several
processes can share it, a layer each, and one that was stopped goes on. A run reads a projector
only if model, statistics and threshold are those that it was made of.")]
pub struct ProjectArgs {
    /// Model: builtin, a .gguf file, or a folder in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Key statistics collected by `langedit stats`
    #[arg(long, value_name = "FILE")]
    pub stats: PathBuf,
    /// Where the spectrum is cut, as nullspace_threshold [default: LangEdit's on the model]
    #[arg(long, value_name = "T", value_parser = Settings::parse_threshold)]
    pub threshold: Option<Threshold>,
    /// Layers: 4-8, 3,5,7 or auto (as published) [default: those of the statistics]
    #[arg(long, value_name = "LAYERS")]
    pub layers: Option<LayerChoice>,
    /// Folder for the projectors
    #[arg(long, value_name = "DIR", alias = "output")]
    pub out: PathBuf,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    out: &'a Path,
    model_sha256: &'a str,
    statistics_sha256: &'a str,
    threshold: Threshold,
    layers: Vec<Layer>,
}

/// A layer's projector.
#[derive(Serialize)]
struct Layer {
    layer: usize,
    dimension: usize,
    null_dimension: usize,
    /// Absent where the folder had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
}

impl Layer {
    fn line(&self) -> String {
        let Self { layer, dimension, null_dimension, seconds } = self;
        let made = seconds.map_or_else(|| "kept".to_owned(), |seconds| format!("{seconds:.1} s"));
        format!("layer {layer}: {null_dimension} of {dimension} directions are null; {made}")
    }
}

pub(super) fn execute(args: &ProjectArgs) -> Result<()> {
    args.model.check()?;
    check_input(&args.stats, "key statistics")?;
    check_folder(&args.out, "projectors")?;
    let bars = ProgressBars::new(args.print.quiet);
    bars.listen_for_interrupts()?;
    let checkpoint = args.model.open()?;
    let (config, sha256) = (&checkpoint.config, checkpoint.sha256.as_str());
    let (statistics, statistics_sha256) = read_hashed(&args.stats)?;
    remark_other_model(&bars, &args.stats, &statistics, sha256);
    let defaults = Settings::for_model(config, Method::LangEdit);
    let key = ProjectorKey {
        model: sha256.to_owned(),
        statistics: statistics_sha256,
        threshold: args.threshold.unwrap_or(defaults.nullspace_threshold),
    };
    let layers = match &args.layers {
        Some(LayerChoice::List(layers)) => layers.clone(),
        Some(LayerChoice::Auto) => defaults.layers,
        None => statistics.layers().map(|(layer, _)| layer).collect(),
    };
    for &layer in &layers {
        let dim = statistics.layer(layer).map_err(|error| error.at(args.stats.display()))?.dim();
        ensure!(dim == config.inner, Data, "the key statistics of layer {layer} have {dim} dimensions, the model's keys {}", config.inner);
    }
    if let Some(warning) = Warning::of_tokens(statistics.count() as u64, config.inner as u64) {
        bars.remark(&warning.to_string());
    }
    std::fs::create_dir_all(&args.out)
        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot create {}: {error}", args.out.display())))?;
    let mut made = Vec::with_capacity(layers.len());
    for &layer in &layers {
        let path = args.out.join(file_name(layer));
        if let Some(kept) = kept(&path, layer, &key)? {
            made.push(kept);
            continue;
        }
        ensure!(!bars.interrupted(), Cancelled, "stopped before layer {layer}; the same command goes on from there");
        bars.start(&format!("decomposing layer {layer}"), 0);
        let started = Instant::now();
        let basis = Eigenbasis::of(statistics.load(layer)?, key.threshold)?;
        write_atomically(&path, |out| ProjectorFile::write(&key, layer, &basis, out))?;
        made.push(Layer { seconds: Some(started.elapsed().as_secs_f64()), ..described(layer, &basis, key.threshold)? });
    }
    bars.finish();
    let summary =
        Summary { out: &args.out, model_sha256: &key.model, statistics_sha256: &key.statistics, threshold: key.threshold, layers: made };
    args.print.print(&summary, || summary.layers.iter().map(Layer::line).collect::<Vec<_>>().join("\n"))
}

/// The projector that is there already; nothing where there is none that is whole.
///
/// # Errors
/// `Usage`: what is there was made of something else, or is none.
fn kept(path: &Path, layer: usize, key: &ProjectorKey) -> Result<Option<Layer>> {
    if !path.exists() {
        return Ok(None);
    }
    let other = |what: &str| {
        let message = format!("{} would be written over: it is {what}", path.display());
        Err(Error::new(ErrorKind::Usage, message).hint("remove it, or give these projectors a folder of their own"))
    };
    let Ok(found) = Found::read(path) else { return other("no projector, or a damaged one") };
    let differences = found.projector.key().differences(key);
    if !differences.is_empty() {
        return other(&format!("the projector of {}", differences.join(" and ")));
    }
    match found.projector.eigenbasis() {
        Ok(basis) if found.projector.layer() == layer => described(layer, &basis, key.threshold).map(Some),
        Ok(_) => other(&format!("the projector of layer {}", found.projector.layer())),
        Err(_) => other("a damaged projector"),
    }
}

fn described(layer: usize, basis: &Eigenbasis, threshold: Threshold) -> Result<Layer> {
    let cut = threshold.cut(basis.values())?;
    Ok(Layer { layer, dimension: basis.values().len(), null_dimension: cut.null, seconds: None })
}
