//! A loaded model and the edits made to it: what the engine works on.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

use super::edits::Edits;
use super::separate_edits::SeparateEdits;
use super::step_record::StepRecord;
use crate::checkpoint::{Checkpoint, Replaced};
use crate::device::read;
use crate::edit::{History, Statistics};
use crate::model::{Decoder, ModelConfig, Transformer};
use crate::text::{ContextTemplates, Tokenizer, corpus, prefixes, sample_top_k};
use crate::{Error, ErrorKind, Result};

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
    /// Steps that the last run made and that are not among those of the model, since it was a trial or did not come to its end.
    pub(super) aside: Edits,
    /// Statistics collected by this session, with what they were collected from.
    pub(super) collected: Option<(String, Statistics)>,
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
            aside: Edits::default(),
            collected: None,
            separate: None,
        })
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

    /// Takes back all but the first `steps` steps, which are forgotten; the weights have the same bits as when only those had been made.
    pub fn undo_to(&mut self, steps: usize) {
        self.history.truncate(&mut self.model, steps);
        self.records.truncate(steps);
        self.aside = Edits::default();
    }

    /// Takes the edits out: the model is the unedited one.
    pub(super) fn take_edits(&mut self) -> Edits {
        let edits = Edits { records: std::mem::take(&mut self.records), history: std::mem::take(&mut self.history) };
        for layer in edits.history.layers() {
            self.model.set_down(layer, None);
        }
        edits
    }

    /// Puts `edits` in place of those of the model; the weights have the bits that they had with them.
    pub(super) fn put_back(&mut self, edits: Edits) {
        self.take_edits();
        (self.records, self.history) = (edits.records, edits.history);
        let layers: Vec<usize> = self.history.layers().into_iter().collect();
        self.history.rebuild(&mut self.model, &layers);
    }

    /// [`Session::put_back`] of the edits that were in force before a run, keeping aside what the run added to them: a later run that comes to
    /// the same steps does not make them again.
    pub(super) fn put_back_keeping(&mut self, before: Edits) {
        let made = self.take_edits();
        self.aside = made.behind(&before);
        self.put_back(before);
    }

    /// Asks something of the model as it was before every edit, and puts the edits back, whatever comes of it.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn unedited<T>(&mut self, ask: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        let edits = self.take_edits();
        let answer = ask(self).await;
        self.put_back(edits);
        answer
    }

    /// Adds a step made earlier, by another process say.
    ///
    /// # Errors
    /// A change does not fit the model.
    pub fn restore(&mut self, record: StepRecord, deltas: BTreeMap<usize, crate::linalg::Update>) -> Result<()> {
        let config = self.model.config();
        for (&layer, delta) in &deltas {
            let [rows, cols] = delta.shape();
            if layer >= config.layers || [rows, cols] != [config.hidden, config.inner] {
                let message =
                    format!("a saved update of layer {layer} is [{rows}, {cols}], the model's are [{}, {}]", config.hidden, config.inner);
                return Err(Error::new(ErrorKind::Data, message));
            }
        }
        self.history.begin_step();
        for (layer, delta) in deltas {
            self.history.apply(&mut self.model, layer, delta);
        }
        self.records.push(Arc::new(record));
        Ok(())
    }

    /// Context templates of `language`, the random prefixes of ROME (arXiv 2202.05262, equation 3): from each of the language's five words
    /// the unedited model continues to ten tokens by top-5 sampling. `seed` and the language seed it, so the order in which languages
    /// appear does not matter.
    pub(super) async fn generate_templates(&self, language: &str, seed: u64, into: &mut ContextTemplates) -> Result<()> {
        let salt = Sha256::digest(format!("{seed}/{language}").as_bytes());
        let mut rng = ChaCha8Rng::from_seed(salt.into());
        let mut rows = Vec::new();
        for prefix in prefixes(language) {
            rows.push(self.tokenizer.encode(prefix)?.ids);
        }
        let mut decoder = Decoder::new(&self.model);
        let mut next = rows.clone();
        while rows.iter().any(|row| row.len() < CONTEXT_TOKENS) {
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
        Ok(())
    }

    /// The texts that key statistics are collected from where nothing else is given: the Declaration of Human Rights in `languages`, in
    /// English where it is not shipped in any of them.
    pub fn default_corpus(languages: &[String]) -> (Vec<&'static str>, String) {
        let mut held: Vec<(&str, &'static str)> =
            languages.iter().filter_map(|language| Some((language.as_str(), corpus::declaration(language)?))).collect();
        if held.is_empty() {
            held.extend(corpus::declaration("en").map(|text| ("en", text)));
        }
        let names: Vec<&str> = held.iter().map(|(language, _)| *language).collect();
        let texts = held.iter().flat_map(|(_, text)| text.lines()).filter(|line| !line.trim().is_empty()).collect();
        (texts, format!("Universal Declaration of Human Rights ({})", names.join(", ")))
    }
}
