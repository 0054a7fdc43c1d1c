//! Teacher-forced answers to many questions at once.

use std::sync::{Mutex, PoisonError};

use burn::prelude::*;

use crate::device::{read, read_indices, upload_indices};
use crate::model::{Layout, Transformer, ensure_finite_outputs};
use crate::schedule::{MaybeSend, each, lanes, runs};
use crate::{Result, ensure};

/// Tokens that pass through the model at the same time.
const TOKENS: usize = 2048;
/// Bytes of hidden states in front of the first edited layer that are kept between evaluations, at most.
const KEPT_BYTES: usize = 256 << 20;

/// A prompt and the answer that counts as right, as token ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The prompt.
    pub prompt: Vec<u32>,
    /// The answer, at least one token.
    pub answer: Vec<u32>,
}

/// A fixed list of questions, asked again and again of a model whose layers below `from_layer` do not change: what those layers make of
/// the questions is computed once.
pub struct Questions {
    chunks: Vec<Chunk>,
    from_layer: usize,
    count: usize,
    keep: bool,
}

struct Chunk {
    rows: Vec<Vec<u32>>,
    layout: Layout,
    predicting: Vec<usize>,
    answers: Vec<usize>,
    h: Option<Tensor<2>>,
}

impl Questions {
    /// Lays the questions out for `model`; longest first within a chunk does not matter, tokens are packed without padding.
    pub fn new(model: &Transformer, questions: &[Question], from_layer: usize) -> Self {
        let weights: Vec<usize> = questions.iter().map(|question| question.prompt.len() + question.answer.len() - 1).collect();
        let lanes = lanes(model.device());
        let chunks: Vec<Chunk> = runs(&weights, TOKENS / lanes, lanes).into_iter().map(|run| Chunk::new(model, &questions[run])).collect();
        let tokens: usize = chunks.iter().map(|chunk| chunk.layout.tokens()).sum();
        let keep = tokens * model.config().hidden * 4 <= KEPT_BYTES;
        Self { chunks, from_layer, count: questions.len(), keep }
    }

    /// Number of questions.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The likeliest token at each position of each answer, given the right tokens before it. `progress` sees (done, all) questions and
    /// says whether to go on.
    ///
    /// # Errors
    /// A token or position that the model does not know, logits that are not finite, a failed device, or `progress` said stop.
    pub async fn ask(&mut self, model: &Transformer, progress: impl FnMut(usize, usize) -> bool + MaybeSend) -> Result<Vec<Vec<u32>>> {
        let (from_layer, keep, count) = (self.from_layer, self.keep, self.count);
        let shared = Mutex::new((progress, 0));
        let answers = each(model.device(), self.chunks.iter_mut().collect(), |chunk| {
            let shared = &shared;
            async move {
                let answers = chunk.ask(model, from_layer, keep).await?;
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let (progress, done) = &mut *shared;
                *done += answers.len();
                ensure!(progress(*done, count), Cancelled, "stopped while evaluating");
                Ok(answers)
            }
        })
        .await?;
        Ok(answers.into_iter().flatten().collect())
    }
}

impl Chunk {
    async fn ask(&mut self, model: &Transformer, from_layer: usize, keep: bool) -> Result<Vec<Vec<u32>>> {
        let lower = match &self.h {
            Some(h) => h.clone(),
            None => {
                let h = model.embed(&self.rows.concat(), &self.layout)?;
                model.run(h, &self.layout, 0..from_layer, None, |_, _| ())
            }
        };
        if keep {
            self.h = Some(lower.clone());
        }
        let h = model.run(lower, &self.layout, from_layer..model.config().layers, None, |_, _| ());
        let logits = model.logits(h.select(0, upload_indices(&self.predicting, model.device())));
        // One that is not finite makes the sum so; the likeliest token would be an arbitrary one.
        ensure_finite_outputs(&read(logits.clone().sum_dim(1)).await?)?;
        let mut best = read_indices(logits.argmax(1)).await?.into_iter();
        Ok(self.answers.iter().map(|&len| best.by_ref().take(len).collect()).collect())
    }

    fn new(model: &Transformer, questions: &[Question]) -> Self {
        let rows: Vec<Vec<u32>> = questions
            .iter()
            .map(|question| question.prompt.iter().chain(&question.answer[..question.answer.len() - 1]).copied().collect())
            .collect();
        let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let layout = Layout::fresh(&lengths, model.config(), model.device());
        let predicting = questions
            .iter()
            .enumerate()
            .flat_map(|(row, question)| {
                let first = layout.index(row, question.prompt.len() - 1);
                first..first + question.answer.len()
            })
            .collect();
        Self { rows, layout, predicting, answers: questions.iter().map(|question| question.answer.len()).collect(), h: None }
    }
}

/// Share of the positions at which `predicted` has the token of `answer`.
pub fn token_accuracy(predicted: &[u32], answer: &[u32]) -> f64 {
    let right = predicted.iter().zip(answer).filter(|(p, a)| p == a).count();
    right as f64 / answer.len().max(1) as f64
}
