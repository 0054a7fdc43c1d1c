//! What the commands that edit have in common.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::settings::SettingsArgs;
use super::sources::{DataSource, ModelSource, languages};
use super::{Device, OutputArgs, SolverArgs, check_output, parse_language};
use crate::facts::{Catalogue, Draw, Selection};
use crate::recipe::{DataReport, Evaluation, MAX_FACTS, RecallInput};
use crate::{Error, ErrorKind, Result};

/// The facts, and the model they are edited into.
#[derive(Clone, Debug, Args)]
pub struct FactsArgs {
    /// Model: builtin, a .gguf file, or a folder in Hugging Face layout
    #[arg(long, value_name = "M")]
    pub model: ModelSource,
    /// Facts: builtin, a data set, JSON lines, or en=FILE,de=FILE,...
    #[arg(long, value_name = "FILE")]
    pub data: DataSource,
    /// Languages, in the order they are edited [default: en,de,nl,es,fr,zh]
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = parse_language)]
    pub languages: Vec<String>,
    /// Facts per language
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    pub facts: usize,
    /// Draw facts by the seed, not the first; N replaces --facts
    #[arg(long, value_name = "N", num_args = 0..=1, value_parser = count)]
    pub sample: Option<Option<usize>>,
}

impl FactsArgs {
    /// The languages in the order in which they are edited.
    pub fn languages(&self) -> Vec<String> {
        languages(&self.languages, Some(&self.data))
    }

    /// Facts per language.
    pub fn per_language(&self) -> usize {
        self.sample.flatten().unwrap_or(self.facts)
    }

    /// Which of the facts are taken.
    pub(in crate::cli) fn draw(&self) -> Draw {
        if self.sample.is_some() { Draw::Seed } else { Draw::First }
    }

    /// The facts that these flags select, and where they come from; `seed` draws those of the embedded catalogue, and of a sample.
    ///
    /// # Errors
    /// `Io`, `Data`: the data set cannot be read. `Usage`: it does not have these languages, any usable record or (`builtin`) as many facts.
    pub(in crate::cli) fn select(&self, seed: u64) -> Result<(Selection, DataReport)> {
        self.data.select(&self.languages(), self.per_language(), self.draw(), seed)
    }
}

/// How the edits are computed, beyond the method.
#[derive(Clone, Debug, Args)]
pub struct EditingArgs {
    /// Seed for every random choice
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// Where to solve.
    #[command(flatten)]
    pub solver: SolverArgs,
    /// Statistics by `langedit stats` [default: of a text in six languages]
    #[arg(long, value_name = "FILE", help_heading = "Advanced")]
    pub stats: Option<PathBuf>,
    /// Projectors of these statistics by `langedit project`; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Advanced")]
    pub projectors: Vec<PathBuf>,
    /// Context templates by language: {"en": ["{}", "The. {}"]}
    #[arg(long, value_name = "FILE.json", help_heading = "Advanced")]
    pub templates: Option<PathBuf>,
    /// Mode, layers, settings; last, since their heading would be that of the flags after them.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// What is measured and kept of a run.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutcomeArgs {
    /// Measure accuracy after every N-th step or at the end [default: 1]
    #[arg(long, value_name = "N|end", value_parser = every, default_value = "1", hide_default_value = true)]
    pub evaluate_every: Evaluation,
    /// What else is measured.
    #[command(flatten)]
    pub recall: RecallArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Write what became of each fact, as JSON lines
    #[arg(long, value_name = "OUT.jsonl")]
    pub per_fact: Option<PathBuf>,
    /// Stop at a fact that would be skipped or has no subject in its prompt
    #[arg(long)]
    pub strict: bool,
    /// Print the link that repeats this run (in JSON the field `link`)
    #[arg(long)]
    pub link: bool,
    /// Save the edited model in this folder (GGUF: edited tensors as F32)
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    /// Write each step's targets, keys and weight changes to this folder
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,
}

/// `--recall`.
#[derive(Clone, Copy, Debug, Args)]
pub struct RecallArgs {
    /// Also ask N questions a language on other subjects, N on edited ones
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Advanced")]
    pub recall: Option<usize>,
}

impl OutcomeArgs {
    /// Checks before the work that its files can be written afterwards.
    ///
    /// # Errors
    /// `Io`: a folder does not exist, or has the name of a file.
    pub fn check(&self) -> Result<()> {
        self.output.check()?;
        self.per_fact.as_deref().map_or(Ok(()), |path| check_output(path, "facts' results"))
    }
}

impl RecallArgs {
    /// What a run asks of the embedded catalogue, where it asks anything.
    ///
    /// # Errors
    /// `Data`: the catalogue cannot be read.
    pub(in crate::cli) fn input(self) -> Result<Option<RecallInput>> {
        match self.recall {
            Some(_) => Ok(Some(RecallInput { catalogue: Arc::new(Catalogue::builtin()?), sample: self.recall })),
            None => Ok(None),
        }
    }
}

/// When a run asks its questions.
fn every(text: &str) -> Result<Evaluation> {
    let evaluation = text.parse().ok().filter(|_| text == "end" || text.starts_with(|first: char| first.is_ascii_digit()));
    evaluation.ok_or_else(|| Error::new(ErrorKind::Usage, format!("`{text}` is neither a whole number from 1 nor `end`")))
}

/// A number of facts.
pub(in crate::cli) fn count(text: &str) -> Result<usize> {
    let count = text.parse().ok().filter(|n| (1..=MAX_FACTS).contains(n));
    count.ok_or_else(|| Error::new(ErrorKind::Usage, format!("`{text}` is not a whole number from 1 to {MAX_FACTS}")))
}
