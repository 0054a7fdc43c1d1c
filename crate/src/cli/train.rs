//! `langedit train`: the small model shipped with the command and the page, from the catalogue of facts.

mod arguments;
mod measure;

use std::collections::BTreeMap;
use std::fs;

use web_time::Instant;

use super::arguments::read_text;
use super::numbers::percent;
use super::progress::ProgressBars;
use super::terminal::to_json;
use crate::checkpoint::{About, ManifestFile, ModelManifest, map_file, write_atomically};
use crate::edit::Statistics;
use crate::evaluate::{Quiz, Recall};
use crate::facts::Catalogue;
use crate::model::Transformer;
use crate::model::quant::StoredType;
use crate::recipe::Observer as _;
use crate::train::{KnownAnswers, Options, Stored, Trainer, statistics_texts};
use crate::{Error, ErrorKind, Result, bail};
use measure::{Log, measure, sample};

pub use arguments::TrainArgs;

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

pub(super) fn execute(args: &TrainArgs) -> Result<()> {
    let options = args.check()?;
    let bars = ProgressBars::new(args.print.quiet);
    bars.listen_for_interrupts()?;
    pollster::block_on(train(args, options, &bars))
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
        bars.describe(&format!("loss {:.3}, {:.0} tokens/s", report.loss, report.tokens as f64 / report.seconds));
        if bars.cancelled() {
            trainer.save().await?;
            bail!(Cancelled, "stopped after step {}; --resume continues from there", report.step);
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

    let mut quiz = Quiz::new(catalogue, trainer.tokenizer(), sample(catalogue, LARGE_SAMPLE, 0))?;
    let mut results = BTreeMap::new();
    for ty in [StoredType::F32, StoredType::Q8_0, StoredType::Q4_1] {
        bars.start(&format!("asking the {} model", ty.name()), 0);
        let model = Stored::new(&weights, ty)?.model(config, &device)?;
        let measured = measure(&report, &model, trainer.tokenizer(), catalogue, &mut quiz).await?;
        log.write(&measured)?;
        results.insert(ty.name(), measured);
    }
    bars.finish();
    args.print.print(&results, || {
        let mut text = String::new();
        for (name, measured) in &results {
            let Recall { trained, held_out, withheld, .. } = measured.recall.average;
            let [trained, held_out, withheld] = [trained, held_out, withheld].map(percent);
            text += &format!("{name:5} trained {trained:>5} %, held out {held_out:>5} %, withheld {withheld:>5} %\n");
        }
        text + &format!("known answers: {right:.1} % right; the model is in {}", args.out.display())
    })
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
    // Neither the first block, which only tells tokens apart, nor the last, after which nothing reads an answer.
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
