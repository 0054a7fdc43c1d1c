//! Arguments of `langedit train`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::{Device, PrintArgs, check_folder, check_input};
use crate::train::{Length, Options, Rule};
use crate::{Result, bail};

/// Arguments of `langedit train`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  langedit train --out model
  langedit train --out small --layers 4 --hidden 128 --inner 512 --minutes 10
  langedit train --out model --resume")]
pub struct TrainArgs {
    /// Folder for the model's files and the state of the training
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Catalogue of facts [default: the built-in one]
    #[arg(long, value_name = "CATALOGUE.json")]
    pub facts: Option<PathBuf>,
    /// Train for this many minutes
    #[arg(long, value_name = "N", conflicts_with_all = ["epochs", "steps"])]
    pub minutes: Option<f64>,
    /// Read all sentences this many times
    #[arg(long, value_name = "N", conflicts_with = "steps")]
    pub epochs: Option<f64>,
    /// Do this many optimiser steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: Option<u64>,
    /// Blocks of the model
    #[arg(long, help_heading = "Model size", value_name = "N", default_value_t = Options::default().layers)]
    pub layers: usize,
    /// Size of the residual stream
    #[arg(long, help_heading = "Model size", value_name = "N", default_value_t = Options::default().hidden)]
    pub hidden: usize,
    /// Inner size of the MLPs
    #[arg(long, help_heading = "Model size", value_name = "N", default_value_t = Options::default().inner)]
    pub inner: usize,
    /// Query heads
    #[arg(long, help_heading = "Model size", value_name = "N", default_value_t = Options::default().heads)]
    pub heads: usize,
    /// Key/value heads
    #[arg(long, help_heading = "Model size", value_name = "N", default_value_t = Options::default().kv_heads)]
    pub kv_heads: usize,
    /// Tokens in the vocabulary
    #[arg(long, help_heading = "Model size", value_name = "N", default_value_t = Options::default().vocab)]
    pub vocab: usize,
    /// Tokens per optimiser step
    #[arg(long, help_heading = "Training", value_name = "N", default_value_t = Options::default().step_tokens)]
    pub step_tokens: usize,
    /// Seed for the initial weights and the order of sentences
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..1 << 53))]
    pub seed: u64,
    /// Optimiser of the blocks' matrices: muon or adamw
    #[arg(long, help_heading = "Training", value_name = "RULE", default_value = "muon", value_parser = parse_rule)]
    pub rule: Rule,
    /// Learning rate of that optimiser
    #[arg(long, help_heading = "Training", value_name = "R")]
    pub rate: Option<f64>,
    /// AdamW's learning rate for embedding and gains
    #[arg(long, help_heading = "Training", value_name = "R", default_value_t = Options::default().adam_rate)]
    pub embedding_rate: f64,
    /// Weight decay
    #[arg(long, help_heading = "Training", value_name = "R", default_value_t = Options::default().decay)]
    pub decay: f64,
    /// Penalty on the residual stream's mean square
    #[arg(long, help_heading = "Training", value_name = "R", default_value_t = Options::default().residual_penalty)]
    pub residual_penalty: f32,
    /// Blocks where later tokens cannot see the subject [default: half]
    #[arg(long, help_heading = "Training", value_name = "N")]
    pub blind_blocks: Option<usize>,
    /// Share of the sentences with such blocks
    #[arg(long, help_heading = "Training", value_name = "S", default_value_t = Options::default().blind_share)]
    pub blind_share: f64,
    /// Measure after this many steps [default: every three minutes]
    #[arg(long, help_heading = "Training", value_name = "STEPS", value_parser = clap::value_parser!(u64).range(1..))]
    pub measure_every: Option<u64>,
    /// Continue the training whose state is in the folder
    #[arg(long)]
    pub resume: bool,
    /// Write the model's files from the state, without training
    #[arg(long, requires = "resume")]
    pub finish: bool,
    /// Where to compute.
    #[command(flatten)]
    pub device: Device,
    /// What is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

fn parse_rule(text: &str) -> Result<Rule> {
    match text {
        "muon" => Ok(Rule::Muon),
        "adamw" => Ok(Rule::AdamW),
        _ => bail!(Usage, "`{text}` is not an optimiser; use muon or adamw"),
    }
}

impl TrainArgs {
    /// Checks everything that needs no training.
    ///
    /// # Errors
    /// `Usage`: impossible sizes or rates. `Io`: a missing file, or a folder that cannot be created.
    pub fn check(&self) -> Result<Options> {
        self.facts.as_deref().map_or(Ok(()), |path| check_input(path, "catalogue"))?;
        check_folder(&self.out, "model")?;
        let defaults = Options::default();
        let positive = |name: &str, value: Option<f64>| match value {
            Some(value) if !(value > 0.0 && value.is_finite()) => bail!(Usage, "--{name} {value}: must be a number above 0"),
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
            blind_blocks: self.blind_blocks(),
            blind_share: self.blind_share,
            ..defaults
        };
        options.config()?;
        Ok(options)
    }

    fn blind_blocks(&self) -> usize {
        self.blind_blocks.unwrap_or(self.layers / 2)
    }

    /// The command that makes the same model again, on as many cores: the number of steps is given, however it was found.
    pub(super) fn command(&self, steps: u64) -> String {
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
            ("blind-blocks", self.blind_blocks(), self.layers / 2),
        ] {
            add(name, value.to_string(), default.to_string());
        }
        add("rule", format!("{:?}", self.rule).to_lowercase(), "muon".to_owned());
        add("rate", self.rate.unwrap_or(defaults.muon_rate).to_string(), defaults.muon_rate.to_string());
        add("embedding-rate", self.embedding_rate.to_string(), defaults.adam_rate.to_string());
        add("decay", self.decay.to_string(), defaults.decay.to_string());
        add("residual-penalty", self.residual_penalty.to_string(), defaults.residual_penalty.to_string());
        add("blind-share", self.blind_share.to_string(), defaults.blind_share.to_string());
        command
    }
}
