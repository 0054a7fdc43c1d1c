//! What the model knows meanwhile, and the log of it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::evaluate::{Quiz, QuizScope, RecallScores};
use crate::facts::Catalogue;
use crate::model::Transformer;
use crate::text::Tokenizer;
use crate::train::{StepReport, perplexity};
use crate::{Error, ErrorKind, Result};

/// A line of `training.jsonl`, and what `--json` prints at the end.
#[derive(Serialize)]
pub(super) struct Measured {
    step: u64,
    steps: u64,
    epoch: f64,
    tokens: u64,
    seconds: f64,
    tokens_per_second: f64,
    loss: f64,
    residual: f64,
    pub(super) recall: RecallScores,
    perplexity: BTreeMap<String, f64>,
}

/// At most `most` questions of trained facts in each language and as many of withheld ones.
pub(super) fn sample(catalogue: &Catalogue, most: usize, seed: u64) -> QuizScope<'_> {
    QuizScope { languages: &catalogue.languages, withheld: true, sample: Some(most), seed, ..QuizScope::default() }
}

/// What the model knows and reads now.
pub(super) async fn measure(
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
pub(super) struct Log(fs::File);

impl Log {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("training.jsonl");
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Self(file.map_err(|error| Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display())))?))
    }

    pub(super) fn write(&mut self, measured: &Measured) -> Result<()> {
        let line = serde_json::to_string(measured).map_err(|error| Error::new(ErrorKind::Data, format!("the measurement: {error}")))?;
        Ok(writeln!(self.0, "{line}")?)
    }
}
