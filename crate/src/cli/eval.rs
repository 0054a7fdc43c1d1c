//! `langedit eval`: what a model can do, as it is or with a recipe's edits: facts, downstream tasks, general text, transfer.

mod cross_lingual;
pub(super) mod downstream;
mod facts;
mod general;
mod recall;
mod show_prompts;
mod texts;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use web_time::Instant;

use super::arguments::{
    DataSource, Device, ModelSource, OutputArgs, check_input, check_languages, choice, count, languages, parse_language, write_text,
};
use super::numbers::counted;
use super::open::{Opened, open, peak_memory};
use super::progress::ProgressBars;
use super::run::{read_recipe, remark_other_inputs, reproduced};
use super::run_recipe::{Folders, Performed, perform};
use super::terminal::to_json;
use crate::edit::Method;
use crate::evaluate::xtreme::{Task, XtremeReport};
use crate::evaluate::{AsPublished, Perplexity, TextScores};
use crate::facts::{Skipped, listed};
use crate::recipe::{Accuracy, CrossLingual, Digest, Evaluation, Recipe, RunInput, StatisticsReport, Timing, Verdict};
use crate::{Result, ensure};

/// Heading of the flags that say what is measured.
const MEASURES: &str = "What to measure (at least one of --data, --recall, --perplexity, --texts, --xtreme)";
/// Heading of the flags about edits.
const EDITS: &str = "Edits";

/// Arguments of `langedit eval`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit eval --model edited --data bmike53/zsre.json --languages en,de
  langedit eval --model builtin --recipe report.json --recall 300 --perplexity
  langedit eval --model Llama-3-8B --xtreme xtreme --tasks xnli,mlqa --device cuda
  langedit eval --model builtin --xtreme xtreme --show-prompts xnli:zh")]
pub struct EvalArgs {
    /// Model: builtin, a .gguf file, or a folder in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Facts: builtin, a data set, JSON lines, or en=FILE,de=FILE,...
    #[arg(long, value_name = "FILE", help_heading = MEASURES, required_unless_present_any = ["xtreme", "perplexity", "texts", "recall"])]
    pub data: Option<DataSource>,
    /// Languages [default: en,de,nl,es,fr,zh]
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = parse_language)]
    pub languages: Vec<String>,
    /// Facts per language
    #[arg(long, value_name = "N", default_value_t = 100, requires = "data", help_heading = MEASURES, value_parser = count)]
    pub facts: usize,
    /// Draw facts by the seed, not the first; N replaces --facts
    #[arg(long, value_name = "N", num_args = 0..=1, requires = "data", help_heading = MEASURES, value_parser = count)]
    pub sample: Option<Option<usize>>,
    /// Also LangEdit's specificity and CounterFact's success rates
    #[arg(long, requires = "data", conflicts_with = "cross_lingual", help_heading = MEASURES)]
    pub as_published: bool,
    /// First make the edits of this report, recipe or link
    #[arg(long, value_name = "REPORT.json", help_heading = EDITS)]
    pub recipe: Option<String>,
    /// Edit --data in each language alone and measure it in all
    #[arg(long, requires = "data", conflicts_with = "recipe", help_heading = EDITS)]
    pub cross_lingual: bool,
    /// Method of the edits of --cross-lingual
    #[arg(long, value_name = "METHOD", default_value = "langedit", requires = "cross_lingual", conflicts_with = "recipe", help_heading = EDITS, value_parser = choice::any::<Method>())]
    pub method: Method,
    /// Key statistics for the edits, collected by `langedit stats`
    #[arg(long, value_name = "FILE", help_heading = EDITS)]
    pub stats: Option<PathBuf>,
    /// Folder of downstream tasks: TASK_LANGUAGE.json or the public releases
    #[arg(long, value_name = "DIR", help_heading = MEASURES)]
    pub xtreme: Option<PathBuf>,
    /// Downstream tasks to run
    #[arg(long, value_name = "TASKS", value_delimiter = ',', requires = "xtreme", help_heading = MEASURES, default_value = "xnli,pawsx,mlqa,wikiann")]
    pub tasks: Vec<Task>,
    /// Items per task and language
    #[arg(long, value_name = "N", default_value_t = 100, requires = "xtreme", help_heading = MEASURES, value_parser = count)]
    pub examples: usize,
    /// Print a task's prompts as JSON lines, and measure nothing
    #[arg(long, value_name = "TASK:LANGUAGE", requires = "xtreme", help_heading = MEASURES)]
    pub show_prompts: Option<show_prompts::TaskLanguage>,
    /// Perplexity of a file (one text per line) or of a built-in text
    #[arg(long, value_name = "FILE", num_args = 0..=1, help_heading = MEASURES)]
    pub perplexity: Option<Option<PathBuf>>,
    /// Recall of unedited catalogue facts: N questions a language and N on facts withheld from training in it, or all
    #[arg(long, value_name = "N", num_args = 0..=1, value_parser = count, help_heading = MEASURES)]
    pub recall: Option<Option<usize>>,
    /// Fluency and consistency of texts for records with `generation_prompts`
    #[arg(long, value_name = "FILE.json", help_heading = MEASURES)]
    pub texts: Option<PathBuf>,
    /// Seed for builtin facts, texts and --recall questions
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
    /// Checks everything that needs no model, and reads the recipe.
    ///
    /// # Errors
    /// `Usage`: a language given twice. `Io`: an input that is not there or an output that cannot be written. `Link`, `Data`: no valid recipe.
    pub fn check(&self) -> Result<Option<Recipe>> {
        check_languages(&self.languages)?;
        self.model.check()?;
        self.data.as_ref().map_or(Ok(()), DataSource::check)?;
        self.xtreme.as_deref().map_or(Ok(()), |path| check_input(path, "downstream tasks"))?;
        self.stats.as_deref().map_or(Ok(()), |path| check_input(path, "key statistics"))?;
        if let Some(Some(path)) = &self.perplexity {
            check_input(path, "text")?;
        }
        self.texts.as_deref().map_or(Ok(()), |path| check_input(path, "text prompts"))?;
        ensure!(!self.cross_lingual || self.languages.len() > 1, Usage, "--cross-lingual needs at least two languages");
        let edits = self.cross_lingual || self.recipe.is_some();
        ensure!(
            self.stats.is_none() || edits,
            Usage,
            "--stats would have no effect: only the edits of --recipe and --cross-lingual read it"
        );
        self.output.check()?;
        self.recipe.as_deref().map(read_recipe).transpose()
    }
}

/// What was measured.
#[derive(Default, Serialize)]
struct Measured {
    model: String,
    model_sha256: String,
    device: String,
    /// Facts that were edited first.
    #[serde(skip_serializing_if = "Option::is_none")]
    edited: Option<usize>,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    edits: Option<Edits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    languages: Option<BTreeMap<String, Accuracy>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average: Option<Accuracy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_published: Option<BTreeMap<String, AsPublished>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cross_lingual: Option<CrossLingual>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xtreme: Option<XtremeReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    perplexity: Option<BTreeMap<String, Perplexity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<BTreeMap<String, TextScores>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recall: Option<recall::Measured>,
    skipped: Vec<Skipped>,
    timing: Timing,
}

/// How a recipe's facts were edited in.
#[derive(Serialize)]
struct Edits {
    method: Method,
    seed: u64,
    statistics: StatisticsReport,
    /// Whether it was as the recipe records it, where it records any.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
}

pub(super) fn execute(args: &EvalArgs) -> Result<()> {
    let args = &EvalArgs { languages: languages(&args.languages, args.data.as_ref()), ..args.clone() };
    let recipe = args.check()?;
    let mut bars = ProgressBars::new(args.output.print.quiet);
    bars.listen_for_interrupts()?;
    if let (Some(shown), Some(folder)) = (&args.show_prompts, &args.xtreme) {
        return pollster::block_on(show_prompts::show(args, shown, folder, &bars));
    }
    let (measured, verdict) = pollster::block_on(measure(args, recipe, &mut bars))?;
    bars.finish();
    if let Some(path) = &args.output.report {
        write_text(path, &to_json(&measured)?)?;
    }
    args.output.print.print(&measured, || table(&measured))?;
    reproduced(verdict.as_ref())
}

/// What was asked for, and whether the recipe's edits are those that it records.
async fn measure(args: &EvalArgs, recipe: Option<Recipe>, bars: &mut ProgressBars) -> Result<(Measured, Option<Verdict>)> {
    let selection = args.data.as_ref().map(|data| facts::select(args, data)).transpose()?;
    let mut opened = open(&args.model, args.device.choice, bars).await?;
    let mut measured = Measured {
        model: opened.session.name().to_owned(),
        model_sha256: opened.session.sha256().to_owned(),
        device: args.device.choice.to_string(),
        ..Measured::default()
    };
    let load_seconds = opened.load_seconds;
    let started = Instant::now();
    let (mut edited, mut verdict) = (Vec::new(), None);
    if let Some(mut recipe) = recipe {
        remark_other_inputs(&recipe, &opened.session, args.stats.is_some(), bars);
        recipe.model = opened.reference.clone();
        let (expected, seed) = (recipe.expected.take(), recipe.seed);
        edited.clone_from(&recipe.facts);
        let folders = Folders { stats: args.stats.as_deref(), ..Folders::default() };
        let input = RunInput { evaluation: Evaluation::Nothing, ..RunInput::new(recipe) };
        let Performed { report, .. } = perform(&mut opened, input, folders, bars).await?;
        verdict = expected.map(|expected| expected.verdict(&Digest::of(&report)));
        measured.edited = Some(edited.len());
        let words = verdict.as_ref().map(Verdict::words);
        measured.edits = Some(Edits { method: report.method, seed, statistics: report.statistics, verdict: words });
    }
    let Opened { mut session, reference, .. } = opened;
    let edit_seconds = started.elapsed().as_secs_f64();
    if let Some(selection) = &selection {
        measured.skipped.clone_from(&selection.skipped);
        if args.cross_lingual {
            measured.cross_lingual = Some(cross_lingual::measure(&mut session, reference, selection, args, bars).await?);
        } else {
            let languages = facts::measure(&session, selection, bars).await?;
            measured.average = Some(Accuracy::mean(languages.values()));
            measured.languages = Some(languages);
            if args.as_published {
                measured.as_published = Some(facts::as_published(&session, selection, bars).await?);
            }
        }
    }
    if let Some(folder) = &args.xtreme {
        let EvalArgs { tasks, languages, examples, model, .. } = args;
        let plan = downstream::Plan { folder, tasks, languages, examples: *examples, model };
        measured.xtreme = Some(downstream::measure(&session, &plan, bars).await?);
    }
    if let Some(file) = &args.perplexity {
        measured.perplexity = Some(general::measure(&session, file.as_deref(), &args.languages, bars).await?);
    }
    if let Some(path) = &args.texts {
        measured.texts = Some(texts::measure(&session, path, args.seed, bars).await?);
    }
    if let Some(sample) = args.recall {
        measured.recall = Some(recall::measure(&session, args, sample, &edited, bars).await?);
    }
    let total_seconds = started.elapsed().as_secs_f64();
    measured.timing = Timing {
        load_seconds,
        evaluate_seconds: total_seconds - edit_seconds,
        total_seconds: load_seconds + total_seconds,
        peak_memory_bytes: peak_memory(),
        resident_weight_bytes: Some(session.model().resident_bytes() as u64),
        ..Timing::default()
    };
    Ok((measured, verdict))
}

fn table(measured: &Measured) -> String {
    let mut text = String::new();
    if let Some(edited) = measured.edited {
        let how = measured.edits.as_ref().map(|edits| format!(" by {}", edits.method)).unwrap_or_default();
        text += &format!("with {} edited{how}\n", counted(edited, "fact"));
    }
    if let (Some(languages), Some(average)) = (&measured.languages, &measured.average) {
        text += &facts::table(languages, average);
    }
    text += &measured.as_published.as_ref().map(facts::published_table).unwrap_or_default();
    text += &measured.cross_lingual.as_ref().map(cross_lingual::table).unwrap_or_default();
    text += &measured.xtreme.as_ref().map(downstream::table).unwrap_or_default();
    text += &measured.perplexity.as_ref().map(general::table).unwrap_or_default();
    text += &measured.texts.as_ref().map(texts::table).unwrap_or_default();
    text += &measured.recall.as_ref().map(recall::table).unwrap_or_default();
    let skipped = measured.skipped.len() + measured.xtreme.as_ref().map_or(0, |report| report.skipped.len());
    text += &format!("{skipped} skipped; {:.1} s", measured.timing.total_seconds);
    if !measured.skipped.is_empty() {
        text += &format!("\nskipped: {}", listed(&measured.skipped));
    }
    text
}
