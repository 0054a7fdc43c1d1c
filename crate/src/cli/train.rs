//! `langedit train`: the small model that the command and the page carry, from the catalogue of facts.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use web_time::Instant;

use super::arguments::{Device, check_folder, check_input, read_text};
use super::progress::ProgressBars;
use super::report::percent;
use super::terminal::{print, print_json, to_json};
use crate::checkpoint::{About, ManifestFile, ModelManifest, map_file, write_atomically};
use crate::edit::Statistics;
use crate::evaluate::{Quiz, QuizScope, Recall, RecallScores};
use crate::facts::Catalogue;
use crate::model::Transformer;
use crate::model::quant::StoredType;
use crate::recipe::Observer as _;
use crate::text::Tokenizer;
use crate::train::{KnownAnswers, Length, Options, Rule, StepReport, Stored, Trainer, perplexity, statistics_texts};
use crate::{Error, ErrorKind, Result, bail};

/// What the shipped model is called in its own file.
const NAME: &str = "langedit-tiny";
/// Of the weights. The names of places and things in them come from CLDR and GeoNames: `static/facts/README.md`.
const LICENCE: &str = "MIT OR Apache-2.0";
/// Questions about trained facts that are asked in each language while training.
const SAMPLE: usize = 350;
/// The same when it is done.
const LARGE_SAMPLE: usize = 2000;
/// Names of the files.
const MODEL: &str = "model.gguf";
const STATISTICS: &str = "statistics.safetensors";
const KNOWN: &str = "known.json";

/// Arguments of `langedit train`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit train --out model
  langedit train --out small --layers 4 --hidden 128 --inner 512 --minutes 10
  langedit train --out model --resume")]
pub struct TrainArgs {
    /// Folder for the model's files, and for the state while it is trained
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Catalogue of facts, where not the one that the crate carries
    #[arg(long, value_name = "CATALOGUE.json")]
    pub facts: Option<PathBuf>,
    /// Train for so many minutes: the number of steps follows from the speed of the first 60 %
    #[arg(long, value_name = "N", conflicts_with_all = ["epochs", "steps"])]
    pub minutes: Option<f64>,
    /// Read all sentences so many times
    #[arg(long, value_name = "N", conflicts_with = "steps")]
    pub epochs: Option<f64>,
    /// Do so many optimiser steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: Option<u64>,
    /// Blocks of the model
    #[arg(long, value_name = "N", default_value_t = Options::default().layers)]
    pub layers: usize,
    /// Size of the residual stream
    #[arg(long, value_name = "N", default_value_t = Options::default().hidden)]
    pub hidden: usize,
    /// Inner size of the MLPs
    #[arg(long, value_name = "N", default_value_t = Options::default().inner)]
    pub inner: usize,
    /// Query heads
    #[arg(long, value_name = "N", default_value_t = Options::default().heads)]
    pub heads: usize,
    /// Key/value heads
    #[arg(long, value_name = "N", default_value_t = Options::default().kv_heads)]
    pub kv_heads: usize,
    /// Tokens of the vocabulary
    #[arg(long, value_name = "N", default_value_t = Options::default().vocab)]
    pub vocab: usize,
    /// Tokens of an optimiser step
    #[arg(long, value_name = "N", default_value_t = Options::default().step_tokens)]
    pub step_tokens: usize,
    /// Seed of the first weights and of the order of the sentences
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Rule for the matrices inside the blocks: muon or adamw
    #[arg(long, value_name = "RULE", default_value = "muon", value_parser = parse_rule)]
    pub rule: Rule,
    /// Learning rate of that rule
    #[arg(long, value_name = "R")]
    pub rate: Option<f64>,
    /// AdamW's learning rate of the embedding and the gains
    #[arg(long, value_name = "R", default_value_t = Options::default().adam_rate)]
    pub embedding_rate: f64,
    /// Weight decay
    #[arg(long, value_name = "R", default_value_t = Options::default().decay)]
    pub decay: f64,
    /// Weight of the penalty on the residual stream's mean square
    #[arg(long, value_name = "R", default_value_t = Options::default().residual_penalty)]
    pub residual_penalty: f32,
    /// Measure after every so many steps, where not every three minutes
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u64).range(1..))]
    pub measure_every: Option<u64>,
    /// Continue the run whose state is in the folder
    #[arg(long)]
    pub resume: bool,
    /// Train no further: write the model's files from the state as it is
    #[arg(long, requires = "resume")]
    pub finish: bool,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

fn parse_rule(text: &str) -> Result<Rule> {
    match text {
        "muon" => Ok(Rule::Muon),
        "adamw" => Ok(Rule::AdamW),
        _ => bail!(Usage, "`{text}` is no rule: muon or adamw"),
    }
}

impl TrainArgs {
    /// Checks everything that needs no training.
    ///
    /// # Errors
    /// `Usage`: impossible sizes or rates. `Io`: a file that is not there, a folder that cannot be made.
    pub fn check(&self) -> Result<Options> {
        self.facts.as_deref().map_or(Ok(()), |path| check_input(path, "catalogue"))?;
        check_folder(&self.out, "model")?;
        let defaults = Options::default();
        let positive = |name: &str, value: Option<f64>| match value {
            Some(value) if !(value > 0.0 && value.is_finite()) => bail!(Usage, "--{name} {value}: a number above 0 is needed"),
            other => Ok(other),
        };
        let length = match (positive("minutes", self.minutes)?, positive("epochs", self.epochs)?, self.steps) {
            (Some(minutes), ..) => Length::Minutes(minutes),
            (None, Some(epochs), _) => Length::Epochs(epochs),
            (None, None, Some(steps)) => Length::Steps(steps),
            (None, None, None) => defaults.length,
        };
        let rate = positive("rate", self.rate)?;
        positive("embedding-rate", Some(self.embedding_rate))?;
        let options = Options {
            layers: self.layers,
            hidden: self.hidden,
            inner: self.inner,
            heads: self.heads,
            kv_heads: self.kv_heads,
            vocab: self.vocab,
            seed: self.seed,
            length,
            step_tokens: self.step_tokens,
            rule: self.rule,
            muon_rate: rate.unwrap_or(defaults.muon_rate),
            adam_rate: self.embedding_rate,
            decay: self.decay,
            residual_penalty: self.residual_penalty,
            ..defaults
        };
        options.config()?;
        Ok(options)
    }
}

impl TrainArgs {
    /// The command that makes the same model again, on as many cores: the number of steps is given, however it was found.
    fn command(&self, steps: u64) -> String {
        let defaults = Options::default();
        let mut command = format!("langedit train --out {} --steps {steps} --seed {}", self.out.display(), self.seed);
        let mut add = |name: &str, value: String, default: String| {
            if value != default {
                command.push_str(&format!(" --{name} {value}"));
            }
        };
        for (name, value, default) in [
            ("layers", self.layers, defaults.layers),
            ("hidden", self.hidden, defaults.hidden),
            ("inner", self.inner, defaults.inner),
            ("heads", self.heads, defaults.heads),
            ("kv-heads", self.kv_heads, defaults.kv_heads),
            ("vocab", self.vocab, defaults.vocab),
            ("step-tokens", self.step_tokens, defaults.step_tokens),
        ] {
            add(name, value.to_string(), default.to_string());
        }
        add("rule", format!("{:?}", self.rule).to_lowercase(), "muon".to_owned());
        add("rate", self.rate.unwrap_or(defaults.muon_rate).to_string(), defaults.muon_rate.to_string());
        add("embedding-rate", self.embedding_rate.to_string(), defaults.adam_rate.to_string());
        add("decay", self.decay.to_string(), defaults.decay.to_string());
        add("residual-penalty", self.residual_penalty.to_string(), defaults.residual_penalty.to_string());
        command
    }
}

pub(super) fn execute(args: &TrainArgs) -> Result<()> {
    let options = args.check()?;
    let bars = ProgressBars::new(args.quiet);
    bars.listen_for_interrupts()?;
    pollster::block_on(train(args, options, &bars))
}

/// A line of `training.jsonl`, and what `--json` prints at the end.
#[derive(Serialize)]
struct Measured {
    step: u64,
    steps: u64,
    epoch: f64,
    tokens: u64,
    seconds: f64,
    tokens_per_second: f64,
    loss: f64,
    residual: f64,
    recall: RecallScores,
    perplexity: BTreeMap<String, f64>,
}

async fn train(args: &TrainArgs, options: Options, bars: &ProgressBars) -> Result<()> {
    let io = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot create {}: {error}", args.out.display()));
    fs::create_dir_all(&args.out).map_err(io)?;
    let catalogue = match &args.facts {
        Some(path) => Catalogue::from_json(&read_text(path)?).map_err(|error| error.at(path.display()))?,
        None => Catalogue::builtin()?,
    };
    let device = args.device.choice.open().await?;
    bars.start("vocabulary and sentences", 0);
    let mut trainer = Trainer::new(&catalogue, options, &device, &args.out, args.resume).await?;
    let mut quiz = Quiz::new(&catalogue, trainer.tokenizer(), sample(&catalogue, SAMPLE, trainer.options().seed))?;
    let mut log = Log::open(&args.out)?;
    bars.start("training", 1);
    let (mut saved, mut asked) = (Instant::now(), Instant::now());
    while !trainer.is_over() && !args.finish {
        let report = trainer.step().await?;
        bars.total(report.steps);
        bars.set(report.step);
        bars.note(&format!("loss {:.3}, {:.0} tokens/s", report.loss, report.tokens as f64 / report.seconds));
        if bars.cancelled() {
            trainer.save().await?;
            bail!(Cancelled, "stopped after step {}; --resume continues", report.step);
        }
        if saved.elapsed().as_secs() >= 300 {
            trainer.save().await?;
            saved = Instant::now();
        }
        let due = args.measure_every.map_or_else(|| asked.elapsed().as_secs() >= 180, |steps| report.step.is_multiple_of(steps));
        if due {
            let model = trainer.model().await?;
            log.write(&measure(&report, &model, trainer.tokenizer(), &catalogue, &mut quiz).await?)?;
            asked = Instant::now();
        }
    }
    if !args.finish {
        trainer.save().await?;
    }
    finish(args, &catalogue, &trainer, &mut log, bars).await
}

/// Everything that is shipped, from the weights as they are now, and then what they know.
async fn finish(args: &TrainArgs, catalogue: &Catalogue, trainer: &Trainer, log: &mut Log, bars: &ProgressBars) -> Result<()> {
    let device = args.device.choice.open().await?;
    let (report, weights, config) = (trainer.report(), trainer.weights().await?, trainer.config());
    let stored = Stored::new(&weights, StoredType::Q8_0)?;
    let model = stored.model(config, &device)?;
    let right = write_files(args, catalogue, trainer, (&stored, &model), bars).await?;

    let mut results = BTreeMap::new();
    for ty in [StoredType::F32, StoredType::Q8_0, StoredType::Q4_1] {
        bars.start(&format!("asking the {} model", ty.name()), 0);
        let mut quiz = Quiz::new(catalogue, trainer.tokenizer(), sample(catalogue, LARGE_SAMPLE, 0))?;
        let model = Stored::new(&weights, ty)?.model(config, &device)?;
        let measured = measure(&report, &model, trainer.tokenizer(), catalogue, &mut quiz).await?;
        log.write(&measured)?;
        results.insert(ty.name(), measured);
    }
    bars.finish();
    if args.json {
        return print_json(&results);
    }
    for (name, measured) in &results {
        let Recall { trained, held_out, withheld, .. } = measured.recall.average;
        let [trained, held_out, withheld] = [trained, held_out, withheld].map(percent);
        print(&format!("{name:5} trained {trained:>5} %, held out {held_out:>5} %, withheld {withheld:>5} %"))?;
    }
    print(&format!("known answers: {right:.1} % right, in {}", args.out.display()))
}

/// Writes the model, its key statistics, its answers and the manifest. Returns how many percent of the answers are right.
async fn write_files(
    args: &TrainArgs,
    catalogue: &Catalogue,
    trainer: &Trainer,
    (stored, model): (&Stored, &Transformer),
    bars: &ProgressBars,
) -> Result<f64> {
    let (config, tokenizer, path) = (trainer.config(), trainer.tokenizer(), |name: &str| args.out.join(name));
    let about = About { name: NAME, description: "Facts in six languages, to be edited", licence: LICENCE };
    stored.write(&path(MODEL), config, trainer.vocabulary(), about)?;
    let of_file = |name: &str| Ok::<_, Error>(ManifestFile::of(name, map_file(&path(name))?.as_slice()));
    let hash = of_file(MODEL)?.sha256;

    let texts = statistics_texts(catalogue)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // Neither the first block, where only tokens are told apart, nor the last, behind which nothing reads an answer.
    let layers: Vec<usize> = (1..config.layers.saturating_sub(1).max(2)).filter(|&layer| layer < config.layers).collect();
    let going = |done, _| {
        bars.set(done as u64);
        !bars.cancelled()
    };
    bars.start("key statistics", texts.len() as u64);
    let statistics = Statistics::collect(model, tokenizer, &texts, &layers, "", going).await?;
    let sources = "two trained sentences of every fact in each language and the Declaration";
    let provenance = format!("{sources}, {} tokens, model {NAME} (sha256 {hash})", statistics.count());
    let statistics = statistics.with_provenance(provenance).to_compact_bytes()?;
    write_atomically(&path(STATISTICS), |out| Ok(out.write_all(&statistics)?))?;

    bars.start("known answers", (catalogue.facts.len() * catalogue.languages.len()) as u64);
    let eos = trainer.vocabulary().eos.unwrap_or_default();
    let known = KnownAnswers::ask(model, tokenizer, eos, catalogue, going).await?;
    let json = serde_json::to_string(&known).map_err(|error| Error::new(ErrorKind::Data, format!("the known answers: {error}")))?;
    write_atomically(&path(KNOWN), |out| Ok(out.write_all(json.as_bytes())?))?;

    let manifest = ModelManifest {
        name: NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        licence: LICENCE.to_owned(),
        command: args.command(trainer.report().step),
        seed: args.seed,
        files: [MODEL, STATISTICS, KNOWN].into_iter().map(of_file).collect::<Result<_>>()?,
    };
    let text = to_json(&manifest)? + "\n";
    write_atomically(&path("manifest.json"), |out| Ok(out.write_all(text.as_bytes())?))?;
    Ok(known.right())
}

/// At most `most` questions of trained facts in each language and as many of withheld ones.
fn sample(catalogue: &Catalogue, most: usize, seed: u64) -> QuizScope<'_> {
    QuizScope { languages: &catalogue.languages, withheld: true, sample: Some(most), seed, ..QuizScope::default() }
}

async fn measure(
    report: &StepReport,
    model: &Transformer,
    tokenizer: &Tokenizer,
    catalogue: &Catalogue,
    quiz: &mut Quiz,
) -> Result<Measured> {
    let StepReport { step, steps, epoch, tokens, seconds, loss, residual } = *report;
    Ok(Measured {
        step,
        steps,
        epoch,
        tokens,
        seconds,
        tokens_per_second: tokens as f64 / seconds,
        loss,
        residual,
        recall: quiz.ask(model, |_, _| true).await?.others,
        perplexity: perplexity(model, tokenizer, &catalogue.languages).await?,
    })
}

/// `training.jsonl`: what was measured on the way, a line a time.
struct Log(fs::File);

impl Log {
    fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("training.jsonl");
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Self(file.map_err(|error| Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display())))?))
    }

    fn write(&mut self, measured: &Measured) -> Result<()> {
        let line = serde_json::to_string(measured).map_err(|error| Error::new(ErrorKind::Data, format!("the measurement: {error}")))?;
        Ok(writeln!(self.0, "{line}")?)
    }
}
