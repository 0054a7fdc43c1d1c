//! A loaded model and the edits made to it: what the engine works on.

use std::sync::Arc;

use burn::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

use super::edits::Edits;
use super::engine::Begun;
use super::memory::Memory;
use super::observer::Observer;
use super::separate_edits::SeparateEdits;
use super::step_record::StepRecord;
use crate::checkpoint::{Checkpoint, Replaced};
use crate::device::read;
use crate::edit::{Changes, History, Solver, Statistics};
use crate::model::{Decoder, ModelConfig, Overlays, Transformer};
use crate::text::{ContextTemplates, Tokenizer, corpus, prefixes, sample_top_k};
use crate::{Error, ErrorKind, Result, ensure};

/// Tokens of a generated context, the prefix included, as published.
const CONTEXT_TOKENS: usize = 10;
/// Candidates of the sampler, as published.
const CONTEXT_TOP_K: usize = 5;

/// A model on a device, its tokenizer, and the steps edited into it.
pub struct Session {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) device: String,
    pub(super) end_tokens: Vec<u32>,
    pub(super) model: Transformer,
    pub(super) tokenizer: Tokenizer,
    pub(super) history: History,
    pub(super) records: Vec<Arc<StepRecord>>,
    pub(super) memory: Memory,
    pub(super) solver: Solver,
    /// Statistics collected by this session, with what they were collected from.
    pub(super) collected: Option<(String, Statistics)>,
    /// Statistics that it was stopped collecting.
    pub(super) begun: Option<Begun>,
    /// The languages' separate edits of the recipe that merged last.
    pub(super) separate: Option<SeparateEdits>,
}

impl Session {
    /// Puts a checkpoint on a device. `progress` sees (layers, all layers) as they arrive.
    ///
    /// # Errors
    /// The tokenizer or a tensor of the checkpoint cannot be used.
    pub fn open(checkpoint: &Checkpoint, device: &Device, device_name: &str, progress: impl FnMut(usize, usize)) -> Result<Self> {
        let tokenizer = Tokenizer::new(&checkpoint.tokenizer)?;
        let model = Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), device, progress)?;
        Ok(Self {
            name: checkpoint.name.clone(),
            sha256: checkpoint.sha256.clone(),
            device: device_name.to_owned(),
            end_tokens: checkpoint.end_tokens.clone(),
            model,
            tokenizer,
            history: History::default(),
            records: Vec::new(),
            memory: Memory::default(),
            solver: Solver::default(),
            collected: None,
            begun: None,
            separate: None,
        })
    }

    /// Chooses where the closed forms of steps to come are worked out; on the host unless this is called. Steps that were made are kept.
    pub fn set_solver(&mut self, solver: Solver) {
        self.solver = solver;
    }

    /// The model with the edits made so far.
    pub fn model(&self) -> &Transformer {
        &self.model
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Architecture and sizes.
    pub fn config(&self) -> &ModelConfig {
        self.model.config()
    }

    /// The checkpoint's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The checkpoint's hash.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Ids at which generation stops.
    pub fn end_tokens(&self) -> &[u32] {
        &self.end_tokens
    }

    /// The changes of the edits made so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The steps made so far.
    pub fn records(&self) -> &[Arc<StepRecord>] {
        &self.records
    }

    /// The weights that the edits changed, by canonical name, for saving.
    ///
    /// # Errors
    /// The device failed.
    pub async fn edited_weights(&self) -> Result<Replaced> {
        let (rows, cols) = (self.config().hidden, self.config().inner);
        let mut edited = Replaced::new();
        for layer in self.history.layers() {
            let values = read(self.model.down(layer)).await?;
            edited.insert(format!("layers.{layer}.mlp.down.weight"), (rows, cols, values));
        }
        Ok(edited)
    }

    /// Takes back all but the first `steps` steps; the weights have the same bits as when only those had been made.
    pub fn undo_to(&mut self, steps: usize) {
        self.history.forget(steps);
        self.records.truncate(steps);
        self.model.lay(&Overlays::default());
        self.lay_steps(0);
    }

    /// Takes the edits out: the model is the unedited one.
    pub(super) fn take_edits(&mut self) -> Edits {
        let weights = self.model.overlays();
        self.model.lay(&Overlays::default());
        Edits { records: std::mem::take(&mut self.records), history: std::mem::take(&mut self.history), weights }
    }

    /// Puts `edits` in place of those of the model; the weights have the bits that they had with them.
    pub(super) fn put_back(&mut self, edits: Edits) {
        (self.records, self.history) = (edits.records, edits.history);
        self.model.lay(&edits.weights);
    }

    /// Gives the model the weights behind its last step, where it has those behind the first `laid` of them: the weights behind the latest
    /// step that are remembered, and the changes of the steps after it.
    pub(super) fn lay_steps(&mut self, laid: usize) {
        let mut from = laid;
        for (index, record) in self.records.iter().enumerate().skip(laid).rev() {
            if let Some(weights) = self.memory.weights.get(&record.fingerprint) {
                self.model.lay(weights);
                from = index + 1;
                break;
            }
        }
        for index in from..self.history.len() {
            self.history.lay(&mut self.model, index);
        }
        if from < self.history.len() {
            self.note_weights();
        }
    }

    /// Remembers the weights in force as those behind the last step.
    pub(super) fn note_weights(&mut self) {
        let Some(record) = self.records.last() else { return };
        let weights = self.model.overlays();
        let bytes = weights.bytes();
        self.memory.weights.put(&record.fingerprint, weights, bytes);
    }

    /// Does something with the model as it was before every edit, and puts the edits back, whatever comes of it.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn unedited<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let edits = self.take_edits();
        let done = work(self).await;
        self.put_back(edits);
        done
    }

    /// Adds a step made earlier, by another process say.
    ///
    /// # Errors
    /// A change does not fit the model.
    pub fn restore(&mut self, record: StepRecord, deltas: Changes) -> Result<()> {
        let config = self.model.config();
        for (&layer, delta) in &deltas {
            let [rows, cols] = delta.shape();
            if layer >= config.layers || [rows, cols] != [config.hidden, config.inner] {
                let message =
                    format!("a saved update of layer {layer} is [{rows}, {cols}], the model's are [{}, {}]", config.hidden, config.inner);
                return Err(Error::new(ErrorKind::Data, message));
            }
        }
        let (record, changes) = (Arc::new(record), Arc::new(deltas));
        self.memory.note_step(&record, &changes);
        self.history.note(changes);
        self.history.lay(&mut self.model, self.history.len() - 1);
        self.records.push(record);
        Ok(())
    }

    /// Context templates of `language`, the random prefixes of ROME (arXiv 2202.05262, equation 3): from each of the language's five words
    /// the unedited model continues to ten tokens by top-5 sampling. `seed` and the language seed it, so the order in which languages
    /// appear does not matter.
    pub(super) async fn generate_templates(
        &mut self,
        language: &str,
        seed: u64,
        into: &mut ContextTemplates,
        observer: &dyn Observer,
    ) -> Result<()> {
        let name = format!("{seed}/{language}");
        if let Some(texts) = self.memory.templates.get(&name) {
            into.set_generated(language, texts.iter().map(String::as_str));
            return Ok(());
        }
        let salt = Sha256::digest(name.as_bytes());
        let mut rng = ChaCha8Rng::from_seed(salt.into());
        let mut rows = Vec::new();
        for prefix in prefixes(language) {
            rows.push(self.tokenizer.encode(prefix)?.ids);
        }
        let mut decoder = Decoder::new(&self.model);
        let mut next = rows.clone();
        while rows.iter().any(|row| row.len() < CONTEXT_TOKENS) {
            observer.pause().await;
            ensure!(!observer.cancelled(), Cancelled, "stopped while sampling context templates");
            let logits = decoder.feed(&next).await?;
            for ((row, next), logits) in rows.iter_mut().zip(&mut next).zip(&logits) {
                let token = u32::try_from(sample_top_k(logits, CONTEXT_TOP_K, &mut rng)).unwrap_or_default();
                *next = vec![token];
                if row.len() < CONTEXT_TOKENS {
                    row.push(token);
                }
            }
        }
        let texts = rows.iter().map(|row| self.tokenizer.decode_without_special(row)).collect::<Result<Vec<_>>>()?;
        into.set_generated(language, texts.iter().map(String::as_str));
        let bytes = texts.iter().map(String::len).sum();
        self.memory.templates.put(&name, texts, bytes);
        Ok(())
    }

    /// The texts that key statistics are collected from where nothing else is given: the Declaration of Human Rights in `languages`, in
    /// English where it is not shipped in any of them.
    pub fn default_corpus(languages: &[String]) -> (Vec<&'static str>, String) {
        let held = Self::default_corpora(languages);
        let names: Vec<&str> = held.iter().map(|(language, _)| *language).collect();
        let source = corpus::declaration_source(&names);
        (held.into_iter().flat_map(|(_, texts)| texts).collect(), source)
    }

    /// The texts of [`Session::default_corpus`], by language.
    pub(super) fn default_corpora(languages: &[String]) -> Vec<(&str, Vec<&'static str>)> {
        let texts = |language| Some(corpus::declaration(language)?.lines().filter(|line| !line.trim().is_empty()).collect());
        let mut held: Vec<(&str, Vec<&str>)> =
            languages.iter().filter_map(|language| Some((language.as_str(), texts(language)?))).collect();
        if held.is_empty() {
            held.extend(texts("en").map(|texts| ("en", texts)));
        }
        held
    }
}
