//! What a session remembers of the weights that it has had and of what it asked of them, so that nothing is computed twice.
//!
//! Weights are named by what made them: the fingerprint of their last step, which is one of all steps up to it. Lines of steps that begin
//! alike share the steps that they have in common, however many lines there are and in whatever order they grow.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::recent::Recent;
use super::step_record::StepRecord;
use crate::edit::{Changes, Procedure};
use crate::evaluate::{Question, Recalled, Successes};
use crate::linalg::{Matrix, Update};
use crate::model::Overlays;
use crate::model::quant::Bytes;

/// What the bounds below are multiples of: less in a page, which has one heap of at most 4 GB for everything.
const UNIT: usize = if cfg!(target_family = "wasm") { 1 << 20 } else { 4 << 20 };
const STEPS: usize = 64 * UNIT;
const WEIGHTS: usize = 48 * UNIT;
/// One of five layers of 2,048 keys: without it, each edit brings their decompositions up to date for all edits before it.
const PROCEDURES: usize = 512 << 20;
const ANSWERS: usize = 16 * UNIT;
const RECALLED: usize = 4 * UNIT;
const SUCCESSES: usize = 4 * UNIT;
const TEMPLATES: usize = UNIT;
/// Six languages at four layers of 2,048 keys, in f32.
const STATISTICS: usize = 208 * UNIT;
const MISFITS: usize = UNIT;

/// Bytes of a step's figures at a layer, about.
const FIGURES: usize = 16 << 10;
/// Bytes of a remembered answer beside its tokens, about.
const ANSWER: usize = 64;

/// Bytes of what is remembered of a fact beside a reason, about.
const FACT: usize = 128;

/// The name of the unedited weights.
pub(super) const UNEDITED: &str = "unedited";

/// A step that was made: its record and what it changed.
#[derive(Clone)]
pub(super) struct KnownStep {
    pub(super) record: Arc<StepRecord>,
    pub(super) changes: Arc<Changes>,
}

/// What a question is known by.
pub(super) type QuestionKey = [u8; 16];

/// The likeliest tokens at the positions of an answer.
pub(super) type Answer = Arc<[u32]>;

/// Everything that a session remembers, within bounds.
pub(super) struct Memory {
    pub(super) steps: Recent<KnownStep>,
    /// The edited weights.
    pub(super) weights: Recent<Overlays>,
    /// Methods with the memory that they have behind a step.
    pub(super) procedures: Recent<Procedure>,
    /// Recall, by weights and questions.
    pub(super) recalled: Recent<Recalled>,
    /// Success rates, by weights and questions.
    pub(super) successes: Recent<Successes>,
    /// Sampled context templates, by seed and language.
    pub(super) templates: Recent<Vec<String>>,
    /// Key statistics of the texts of one language, as a file has them, by language and layers.
    pub(super) statistics: Recent<Bytes>,
    /// Why a fact does not fit the model, if it does not, by the fact and its language's templates.
    pub(super) misfits: Recent<Option<String>>,
    answers: Recent<BTreeMap<QuestionKey, Answer>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            steps: Recent::new(STEPS),
            weights: Recent::new(WEIGHTS),
            procedures: Recent::new(PROCEDURES),
            recalled: Recent::new(RECALLED),
            successes: Recent::new(SUCCESSES),
            templates: Recent::new(TEMPLATES),
            statistics: Recent::new(STATISTICS),
            misfits: Recent::new(MISFITS),
            answers: Recent::new(ANSWERS),
        }
    }
}

impl Memory {
    /// Remembers a step.
    pub(super) fn note_step(&mut self, record: &Arc<StepRecord>, changes: &Arc<Changes>) {
        let matrix = |matrix: &Matrix| 8 * matrix.nrows() * matrix.ncols();
        let keys = record.keys.values().map(|keys| matrix(&keys.solved) + keys.recomputed.as_ref().map_or(0, matrix));
        let targets = record.targets.iter().map(|target| 4 * target.len());
        let bytes = keys.chain(targets).chain(changes.values().map(Update::bytes)).sum::<usize>() + FIGURES * changes.len();
        let step = KnownStep { record: Arc::clone(record), changes: Arc::clone(changes) };
        self.steps.put(&record.fingerprint, step, bytes);
    }

    /// Remembers whether a fact fits.
    pub(super) fn note_misfit(&mut self, name: &str, misfit: Option<String>) {
        let bytes = FACT + misfit.as_ref().map_or(0, String::len);
        self.misfits.put(name, misfit, bytes);
    }

    /// What the model is known to answer under the weights of that name.
    pub(super) fn answers(&mut self, weights: &str, questions: &[QuestionKey]) -> Vec<Option<Answer>> {
        match self.answers.get(weights) {
            Some(known) => questions.iter().map(|question| known.get(question).cloned()).collect(),
            None => vec![None; questions.len()],
        }
    }

    /// Remembers answers beside those that are known under the weights of that name.
    pub(super) fn note_answers(&mut self, weights: &str, answers: impl IntoIterator<Item = (QuestionKey, Answer)>) {
        let mut known = self.answers.take(weights).unwrap_or_default();
        known.extend(answers);
        let bytes = known.values().map(|answer| ANSWER + 4 * answer.len()).sum();
        self.answers.put(weights, known, bytes);
    }
}

/// What `question` is known by.
pub(super) fn question_key(question: &Question) -> QuestionKey {
    let mut hasher = Sha256::new();
    hasher.update((question.prompt.len() as u64).to_le_bytes());
    for token in question.prompt.iter().chain(&question.answer) {
        hasher.update(token.to_le_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    std::array::from_fn(|byte| digest[byte])
}
