//! `langedit eval`: accuracy without editing.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use web_time::Instant;

use super::arguments::{DataSource, Device, ModelSource, OutputArgs, check_languages, parse_language};
use super::edit::{count, select};
use super::open::{Opened, open, peak_memory};
use super::progress::ProgressBars;
use super::report::{percent, write_text};
use super::terminal::{print, print_json, to_json};
use crate::Result;
use crate::evaluate::{Examination, Scores};
use crate::facts::Skipped;
use crate::recipe::{Accuracy, Activity, Observer, Timing};

/// Arguments of `langedit eval`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  langedit eval --model edited --data bmike53/zsre.json --languages en,de --facts 100 --json")]
pub struct EvalArgs {
    /// Model: builtin, a .gguf file, or a directory in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Facts: builtin, a supported data set, or JSON lines of facts
    #[arg(long, value_name = "FILE")]
    pub data: DataSource,
    /// Languages
    #[arg(long, value_name = "CODES", value_delimiter = ',', default_value = "en,de,nl,fr,es,zh", value_parser = parse_language)]
    pub languages: Vec<String>,
    /// Facts per language
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    pub facts: usize,
    /// Seed of the new objects that builtin facts draw
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
    /// Checks everything that needs no model.
    ///
    /// # Errors
    /// `Usage`: a language given twice. `Io`: an input that is not there or an output that cannot be written.
    pub fn check(&self) -> Result<()> {
        check_languages(&self.languages)?;
        self.model.check()?;
        self.data.check()?;
        self.output.check()
    }
}

/// What was measured.
#[derive(Serialize)]
struct Measured {
    model: String,
    model_sha256: String,
    device: String,
    languages: BTreeMap<String, Accuracy>,
    average: Accuracy,
    skipped: Vec<Skipped>,
    timing: Timing,
}

pub(super) fn execute(args: &EvalArgs) -> Result<()> {
    args.check()?;
    let mut bars = ProgressBars::new(args.output.quiet);
    bars.listen_for_interrupts()?;
    let measured = pollster::block_on(measure(args, &mut bars))?;
    bars.finish();
    if let Some(path) = &args.output.report {
        write_text(path, &to_json(&measured)?)?;
    }
    if args.output.json { print_json(&measured) } else { print(&table(&measured)) }
}

async fn measure(args: &EvalArgs, bars: &mut ProgressBars) -> Result<Measured> {
    let selection = select(&args.data, &args.languages, args.facts, args.seed)?;
    let Opened { session, load_seconds, .. } = open(&args.model, args.device.choice, bars).await?;
    let started = Instant::now();
    let facts = selection.facts.concat();
    let mut examination = Examination::new(session.model(), session.tokenizer(), &facts, 0)?;
    let scores = examination
        .ask(session.model(), |done, total| {
            bars.progress(Activity::EvaluateBefore, 0, 0, done, total);
            !bars.cancelled()
        })
        .await?;
    let languages: BTreeMap<String, Accuracy> = examination
        .languages()
        .iter()
        .zip(&scores)
        .map(|(language, scores)| {
            // There is no unedited model beside this one to agree with.
            let scores = Scores { specificity_agreement: None, specificity_subject_agreement: None, ..*scores };
            (language.clone(), Accuracy::of(&scores, facts.iter().filter(|fact| fact.language == *language).count()))
        })
        .collect();
    let evaluate_seconds = started.elapsed().as_secs_f64();
    Ok(Measured {
        model: session.name().to_owned(),
        model_sha256: session.sha256().to_owned(),
        device: args.device.choice.to_string(),
        average: Accuracy::mean(languages.values()),
        languages,
        skipped: selection.skipped,
        timing: Timing {
            load_seconds,
            evaluate_seconds,
            total_seconds: load_seconds + evaluate_seconds,
            peak_memory_bytes: peak_memory(),
            resident_weight_bytes: Some(session.model().resident_bytes() as u64),
            ..Timing::default()
        },
    })
}

fn table(measured: &Measured) -> String {
    let row = |name: &str, a: &Accuracy| {
        let numbers = [a.efficacy, a.generality, a.specificity, a.portability].map(|value| format!("{:>12}", percent(value)));
        format!("{name:10} {:>6}{}\n", a.facts, numbers.concat())
    };
    let mut text =
        format!("{:10} {:>6}{:>12}{:>12}{:>12}{:>12}\n", "language", "facts", "efficacy", "generality", "specificity", "portability");
    for (language, accuracy) in &measured.languages {
        text += &row(language, accuracy);
    }
    text += &row("average", &measured.average);
    text + &format!("{} skipped; {:.1} s", measured.skipped.len(), measured.timing.total_seconds)
}
