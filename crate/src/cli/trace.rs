//! `langedit trace`: causal tracing, fact by fact and on average.

use std::path::PathBuf;

use clap::Args;
use web_time::Instant;

use super::arguments::{
    DataSource, Device, ModelSource, OutputArgs, check_languages, check_output, count, languages, parse_language, read_by_language,
    read_bytes, write_text,
};
use super::open::{Opened, open};
use super::picture::png;
use super::progress::ProgressBars;
use super::terminal::to_json;
use crate::chart::trace_figure;
use crate::checkpoint::write_atomically;
use crate::edit::{Method, Settings};
use crate::evaluate::trace::{
    AnswerRule, Component, PositionClass, TraceOptions, TracePlan, TracePrompt, TraceReport, choose_layers, read_candidates, select,
    trace_facts,
};
use crate::facts::{Draw, Fact, language_code};
use crate::{Error, ErrorKind, Result, ensure};

/// Arguments of `langedit trace`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit trace --model Llama-3-8B --data known_1000.json --languages en --svg trace.svg
  langedit trace --model model.gguf --data counterfact.json --languages en,de --answers predicted

As in ROME's figures: the subject's embeddings are corrupted with noise; the effect is how much of
the answer's probability returns when one clean hidden state (or a window of outputs) is restored.")]
pub struct TraceArgs {
    /// Model: builtin, a .gguf file, or a folder in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Facts: builtin, a data set, JSON lines, or ROME's known_1000.json
    #[arg(long, value_name = "FILE")]
    pub data: DataSource,
    /// Languages [default: en,de,nl,es,fr,zh]
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = parse_language)]
    pub languages: Vec<String>,
    /// Facts per language
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = count)]
    pub facts: usize,
    /// Answers to follow: known (true) or predicted (by the model)
    #[arg(long, value_name = "RULE", default_value = "known", help_heading = "Advanced")]
    pub answers: AnswerRule,
    /// Layers whose MLP or attention outputs are restored together
    #[arg(long, value_name = "W", default_value_t = 5, help_heading = "Advanced", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub window: u16,
    /// Runs with noise per fact
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Advanced", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub samples: u16,
    /// Standard deviation [default: 3 times that of the subjects' embeddings]
    #[arg(long, value_name = "SIGMA", help_heading = "Advanced", value_parser = scale)]
    pub noise: Option<f64>,
    /// Seed for the noise, and for the facts of builtin data
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Draw the averages and the first facts in this file
    #[arg(long, value_name = "FILE.svg", help_heading = "Output")]
    pub svg: Option<PathBuf>,
    /// Draw the same as pixels
    #[arg(long, value_name = "FILE.png", help_heading = "Output")]
    pub png: Option<PathBuf>,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

fn scale(text: &str) -> Result<f64> {
    let scale = text.parse().ok().filter(|scale: &f64| scale.is_finite() && *scale >= 0.0);
    scale.ok_or_else(|| Error::new(ErrorKind::Usage, format!("`{text}` is not a number that is 0 or more")))
}

impl TraceArgs {
    /// Checks everything that needs no model.
    ///
    /// # Errors
    /// `Usage`: a language given twice. `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<()> {
        check_languages(&self.languages)?;
        self.model.check()?;
        self.data.check()?;
        for path in self.svg.iter().chain(&self.png) {
            check_output(path, "figure")?;
        }
        self.output.check()
    }
}

pub(super) fn execute(args: &TraceArgs) -> Result<()> {
    let args = &TraceArgs { languages: languages(&args.languages, Some(&args.data)), ..args.clone() };
    args.check()?;
    let mut bars = ProgressBars::new(args.output.print.quiet);
    bars.listen_for_interrupts()?;
    let report = pollster::block_on(study(args, &mut bars))?;
    bars.finish();
    if let Some(path) = &args.output.report {
        write_text(path, &to_json(&report)?)?;
    }
    if let Some(path) = &args.svg {
        write_text(path, &trace_figure(&report))?;
    }
    if let Some(path) = &args.png {
        let picture = png(&trace_figure(&report))?;
        write_atomically(path, |out| Ok(out.write_all(&picture)?))?;
    }
    args.output.print.print(&report, || table(&report))
}

async fn study(args: &TraceArgs, bars: &mut ProgressBars) -> Result<TraceReport> {
    let (candidates, unread) = match &args.data {
        DataSource::Builtin => (args.data.select(&args.languages, args.facts, Draw::First, args.seed)?.0.facts.concat(), Vec::new()),
        DataSource::ByLanguage(files) => (read_by_language(files)?.facts().cloned().collect(), Vec::new()),
        DataSource::File(path) => read_bytes(path).and_then(|bytes| read_candidates(&bytes)).map_err(|error| error.at(path.display()))?,
    };
    let Opened { session, .. } = open(&args.model, args.device.choice, bars).await?;
    let started = Instant::now();
    let mut report = TraceReport {
        generator: env!("CARGO_PKG_VERSION").to_owned(),
        model: session.name().to_owned(),
        model_sha256: session.sha256().to_owned(),
        device: args.device.choice.to_string(),
        layers: session.config().layers,
        window: usize::from(args.window),
        skipped: unread,
        ..TraceReport::default()
    };

    let mut prompts: Vec<TracePrompt> = Vec::new();
    for language in &args.languages {
        let code = language_code(language);
        let facts: Vec<Fact> = candidates.iter().filter(|fact| fact.language == code).cloned().collect();
        ensure!(!facts.is_empty(), Data, "the data has no records in `{language}`");
        bars.start(&format!("choosing facts ({code})"), args.facts as u64);
        let found = select(session.model(), session.tokenizer(), &facts, args.facts, args.answers, |found| {
            bars.set(found as u64);
            !bars.interrupted()
        })
        .await?;
        prompts.extend(found.prompts);
        report.skipped.extend(found.skipped);
    }
    if prompts.is_empty() {
        let message = format!("none of the {} facts can be traced: the model does not predict their true objects", report.skipped.len());
        return Err(Error::new(ErrorKind::Data, message).hint("--answers predicted follows whatever the model predicts"));
    }

    let options = TraceOptions { window: report.window, ..TraceOptions::default() };
    let plan = TracePlan { options, samples: usize::from(args.samples), noise: args.noise, seed: args.seed };
    bars.start("tracing facts", prompts.len() as u64);
    let traced = trace_facts(session.model(), session.tokenizer(), &prompts, &plan, |fact, done, all| {
        bars.set((fact + usize::from(done == all)) as u64);
        !bars.interrupted()
    });
    (report.noise, report.facts) = traced.await?;
    report.summarise();
    let default = Settings::for_model(session.config(), Method::LangEdit).layers;
    report.chosen_layers = Some(choose_layers(&report.average, report.window, &default));
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

fn table(report: &TraceReport) -> String {
    let mut text = format!("{:24} {:>5} {:>16} {:>16} {:>16}\n", "average indirect effect", "facts", "states", "MLP", "attention");
    for class in PositionClass::ALL {
        let effect = |component| report.average.effects.get(&component).and_then(|table| table.get(&class));
        let Some(facts) = effect(Component::State).map(|effect| effect.facts) else { continue };
        let cells =
            Component::ALL.map(|component| effect(component).and_then(|effect| peak(&effect.mean)).unwrap_or_else(|| "-".to_owned()));
        text += &format!("{:24} {facts:>5} {:>16} {:>16} {:>16}\n", class.title(), cells[0], cells[1], cells[2]);
    }
    for (language, average) in report.languages.iter().map(|(l, a)| (l.as_str(), a)).chain([("all", &report.average)]) {
        text += &format!(
            "{language:4} {:>4} facts: p(answer) {:.3} clean, {:.3} corrupted, total effect {:.3}\n",
            average.facts, average.clean, average.corrupted, average.total_effect
        );
    }
    if let Some(chosen) = &report.chosen_layers {
        text += &format!("layers to edit: {} ({})\n", crate::edit::settings::format_layers(&chosen.layers), chosen.reason);
    }
    text + &format!("{} skipped; {:.1} s", report.skipped.len(), report.seconds)
}

/// The largest of `effects` with its layer.
fn peak(effects: &[f64]) -> Option<String> {
    let (layer, effect) = effects.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    Some(format!("{effect:.4} at {layer}"))
}
