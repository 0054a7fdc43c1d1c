//! The training run: seeded, resumable, watched.

use std::path::{Path, PathBuf};

use burn::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPool;
use sha2::{Digest as _, Sha256};
use web_time::Instant;

use super::batch::{Batch, Sequence, batches};
use super::mixture::{Mixture, general_text, sentences};
use super::network::{Gradients, Network, Objective};
use super::optimizer::{Optimizer, Rates};
use super::options::Options;
use super::plan::Plan;
use super::state::{self, Position};
use crate::checkpoint::digest::hex;
use crate::checkpoint::{GgufVocabulary, TokenizerSource};
use crate::device::is_cpu;
use crate::facts::Catalogue;
use crate::model::{ModelConfig, Transformer};
use crate::text::{Tokenizer, train_bpe};
use crate::{Error, ErrorKind, Result, ensure};

/// How the vocabulary's texts are split: known to llama.cpp, and its default is to begin with a BOS token.
const PRE_TOKENIZER: &str = "llama-bpe";
/// Tokens of a batch that stay in a core's cache.
const CACHED_TOKENS: usize = 512;
/// Steps in which the rates rise.
const WARM_UP: u64 = 40;
/// File of the state in the output folder.
const STATE: &str = "state.safetensors";

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Steps done.
    pub step: u64,
    /// Steps that there will be, as far as known.
    pub steps: u64,
    /// Epochs read.
    pub epoch: f64,
    /// Tokens read since the start.
    pub tokens: u64,
    /// Seconds of training since the start.
    pub seconds: f64,
    /// Weighted mean loss of the step in nats.
    pub loss: f64,
    /// Root of the mean square of the residual stream behind the last block.
    pub residual: f64,
}

/// A run.
pub struct Trainer {
    options: Options,
    config: ModelConfig,
    vocabulary: GgufVocabulary,
    tokenizer: Tokenizer,
    mixture: Mixture,
    network: Network,
    optimizer: Optimizer,
    position: Position,
    epoch: Vec<Sequence>,
    lanes: Vec<ThreadPool>,
    folder: PathBuf,
}

impl Trainer {
    /// Prepares a run that keeps its state in `folder`, or continues the one that is there.
    ///
    /// # Errors
    /// `Usage`: impossible sizes. `Data`: the state is of a run with other options or facts.
    pub async fn new(catalogue: &Catalogue, options: Options, device: &Device, folder: &Path, resume: bool) -> Result<Self> {
        let config = options.config()?;
        let vocabulary = vocabulary(catalogue, options.vocab)?;
        let tokenizer = Tokenizer::new(&TokenizerSource::Gguf(Box::new(vocabulary.clone())))?;
        // A small catalogue may not have so many different pieces.
        let config = ModelConfig { vocab: vocabulary.tokens.len().next_multiple_of(32), ..config };
        let eos = vocabulary.eos.ok_or_else(|| Error::new(ErrorKind::Text, "the vocabulary has no end token"))?;
        let mixture = Mixture::new(catalogue, &tokenizer, eos, &options)?;
        let mut network = Network::random(&config, &mut ChaCha8Rng::seed_from_u64(options.seed), device);
        let mut optimizer = Optimizer::new(&network.parameters, options.rule);
        let epoch = mixture.epoch(&tokenizer, options.seed, 0)?;
        let tokens: usize = epoch.iter().map(|sequence| sequence.weights.len()).sum();
        let fingerprint = fingerprint(&options, &vocabulary, &epoch)?;
        let position = if resume {
            let position = state::load(&folder.join(STATE), &mut network, &mut optimizer)?;
            ensure!(position.fingerprint == fingerprint, Data, "the run in {} has other options, facts or version", folder.display());
            position
        } else {
            let plan = Plan::new(options.length, WARM_UP, tokens as f64 / options.step_tokens as f64);
            Position { fingerprint, plan, steps: 0, epoch: 0, offset: 0, tokens: 0, seconds: 0.0, loss: 0.0, residual: 0.0 }
        };
        let epoch = if position.epoch == 0 { epoch } else { mixture.epoch(&tokenizer, options.seed, position.epoch)? };
        let threads = if is_cpu(device) { rayon::current_num_threads() } else { 0 };
        let pool = |_| rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let lanes: Result<Vec<ThreadPool>, _> = (0..threads).map(pool).collect();
        let lanes = lanes.map_err(|error| Error::new(ErrorKind::Io, format!("no threads: {error}")))?;
        let folder = folder.to_owned();
        Ok(Self { options, config, vocabulary, tokenizer, mixture, network, optimizer, position, epoch, lanes, folder })
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The model's configuration.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Its vocabulary.
    pub fn vocabulary(&self) -> &GgufVocabulary {
        &self.vocabulary
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Whether all steps are done.
    pub fn is_over(&self) -> bool {
        self.position.plan.is_over(self.position.steps)
    }

    /// The weights by canonical name, rows, columns and whether they are a vector.
    ///
    /// # Errors
    /// The device failed.
    pub async fn weights(&self) -> Result<Vec<NamedWeight>> {
        let values = self.network.values().await?;
        let named = |(parameter, values): (&super::network::Parameter, _)| {
            let [rows, cols] = parameter.values.dims();
            NamedWeight { name: parameter.name.clone(), vector: parameter.vector, rows, cols, values }
        };
        Ok(self.network.parameters.iter().zip(values).map(named).collect())
    }

    /// The model as it is now.
    ///
    /// # Errors
    /// The device failed.
    pub async fn model(&self) -> Result<Transformer> {
        self.network.transformer().await
    }

    /// Writes the state, from which a run can be resumed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn save(&self) -> Result<()> {
        state::save(&self.folder.join(STATE), &self.network, &self.optimizer, &self.position).await
    }

    /// One optimiser step.
    ///
    /// # Errors
    /// The training diverged or the device failed.
    pub async fn step(&mut self) -> Result<StepReport> {
        let started = Instant::now();
        let (mut sequences, mut tokens) = (Vec::new(), 0);
        while tokens < self.options.step_tokens {
            if self.position.offset >= self.epoch.len() {
                (self.position.epoch, self.position.offset) = (self.position.epoch + 1, 0);
                self.epoch = self.mixture.epoch(&self.tokenizer, self.options.seed, self.position.epoch)?;
            }
            let sequence = self.epoch[self.position.offset].clone();
            self.position.offset += 1;
            tokens += sequence.weights.len();
            sequences.push(sequence);
        }
        let all: Vec<&Sequence> = sequences.iter().collect();
        let lanes = self.lanes.len().max(1);
        let longest = all.iter().map(|sequence| sequence.weights.len()).max().unwrap_or(1);
        let parts = if self.lanes.is_empty() { 1 } else { tokens.div_ceil(CACHED_TOKENS).next_multiple_of(lanes) };
        let batches = batches(&all, tokens.div_ceil(parts) + longest);
        let weight: f64 = all.iter().flat_map(|sequence| &sequence.weights).map(|&weight| f64::from(weight)).sum();

        let sum = self.gradients(&batches).await?;
        let gradients = sum.by_parameter.into_iter().map(|gradient| gradient.div_scalar(weight)).collect();
        let factor = self.position.plan.factor(self.position.steps);
        let rates = Rates {
            muon: self.options.muon_rate * factor,
            adam: self.options.adam_rate * factor,
            decay: self.options.decay,
            momentum: 0.95,
        };
        let device = self.network.device().clone();
        self.optimizer.step(&device, &mut self.network.parameters, gradients, rates).await?;
        self.position.steps += 1;
        self.position.tokens += tokens as u64;
        self.position.seconds += started.elapsed().as_secs_f64();
        self.position.plan.observe(self.position.steps, self.position.seconds);
        self.position.loss = sum.loss / weight;
        self.position.residual = (sum.mean_square / batches.len().max(1) as f64).sqrt();
        Ok(self.report())
    }

    /// What the last step did.
    pub fn report(&self) -> StepReport {
        let Position { steps, epoch, offset, tokens, seconds, loss, residual, ref plan, .. } = self.position;
        StepReport {
            step: steps,
            steps: plan.expected(steps, seconds),
            epoch: epoch as f64 + offset as f64 / self.epoch.len().max(1) as f64,
            tokens,
            seconds,
            loss,
            residual,
        }
    }

    /// The sum over the batches: on the CPU a lane of batches on each core, always the same batches in the same order.
    async fn gradients(&self, batches: &[Batch]) -> Result<Gradients> {
        let Options { z_loss, residual_penalty, blind_blocks, .. } = self.options;
        let objective = Objective { z_loss, residual: residual_penalty, blind_blocks };
        let network = &self.network;
        let lane = |index: usize, count: usize| async move {
            let mut sum: Option<Gradients> = None;
            for batch in batches.iter().skip(index).step_by(count) {
                let next = network.gradients(batch, objective).await?;
                sum = Some(match sum {
                    None => next,
                    Some(sum) => sum.plus(next),
                });
            }
            Ok(sum)
        };
        let sums: Vec<Result<Option<Gradients>>> = if self.lanes.is_empty() {
            vec![lane(0, 1).await]
        } else {
            std::thread::scope(|scope| {
                let count = self.lanes.len();
                let lane = &lane;
                let running: Vec<_> = self
                    .lanes
                    .iter()
                    .enumerate()
                    .map(|(index, pool)| scope.spawn(move || pool.install(|| pollster::block_on(lane(index, count)))))
                    .collect();
                let failed = || Err(Error::new(ErrorKind::Device, "a thread of the training panicked"));
                running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| failed())).collect()
            })
        };
        let mut total: Option<Gradients> = None;
        for sum in sums {
            total = match (total, sum?) {
                (Some(total), Some(sum)) => Some(total.plus(sum)),
                (total, sum) => total.or(sum),
            };
        }
        total.ok_or_else(|| Error::new(ErrorKind::Data, "a step without a batch"))
    }
}

/// A trained weight.
#[derive(Clone, Debug)]
pub struct NamedWeight {
    /// Canonical name.
    pub name: String,
    /// A vector of gains.
    pub vector: bool,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Row-major values.
    pub values: Vec<f32>,
}

/// The vocabulary learnt from all sentences and the running text.
fn vocabulary(catalogue: &Catalogue, size: usize) -> Result<GgufVocabulary> {
    let mut texts: Vec<String> =
        sentences(catalogue)?.into_iter().map(|sentence| format!("{} {}{}", sentence.prompt, sentence.object, sentence.end)).collect();
    for language in &catalogue.languages {
        texts.extend(general_text(language).0);
    }
    train_bpe(texts.iter().map(String::as_str), size, PRE_TOKENIZER)
}

/// A hash of everything that a run depends on.
fn fingerprint(options: &Options, vocabulary: &GgufVocabulary, epoch: &[Sequence]) -> Result<String> {
    let options = serde_json::to_string(options).map_err(|error| Error::new(ErrorKind::Data, format!("the options: {error}")))?;
    let mut hasher = Sha256::new();
    hasher.update(options);
    for token in vocabulary.tokens.iter().chain(&vocabulary.merges) {
        hasher.update(token);
        hasher.update([0]);
    }
    for sequence in epoch {
        sequence.ids.iter().for_each(|id| hasher.update(id.to_le_bytes()));
    }
    Ok(hex(&hasher.finalize()))
}
