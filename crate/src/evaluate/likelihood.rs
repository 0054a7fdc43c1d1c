//! Log-probabilities of given continuations.

use crate::device::{read, upload_indices};
use crate::evaluate::Question;
use crate::model::{Layout, Transformer, ensure_finite_outputs};
use crate::schedule::{MaybeSend, each, lanes, runs};
use crate::{Result, ensure};

use std::sync::{Mutex, PoisonError};

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

/// Bytes of activations and logits that are alive at the same time, about.
const HELD_BYTES: usize = 384 << 20;

/// For each question, `ln p(answer token i | prompt, answer tokens before i)` for every i. `progress` sees (done, all) questions and says
/// whether to go on.
///
/// # Errors
/// An empty prompt or answer, a token or position that the model does not know, logits that are not finite, a failed device, or `progress` said
/// stop.
pub async fn log_probabilities(
    model: &Transformer,
    questions: &[Question],
    progress: impl FnMut(usize, usize) -> bool + MaybeSend,
) -> Result<Vec<Vec<f64>>> {
    let full = questions.iter().all(|question| !question.prompt.is_empty() && !question.answer.is_empty());
    ensure!(full, Text, "a prompt or answer has no tokens, so it has no probability");
    let config = model.config();
    let bytes: Vec<usize> = questions
        .iter()
        .map(|question| {
            let tokens = question.prompt.len() + question.answer.len() - 1;
            4 * (tokens * (6 * config.hidden + 3 * config.inner + config.heads * tokens) + 3 * question.answer.len() * config.vocab)
        })
        .collect();
    let lanes = lanes(model.device());
    let pieces = runs(&bytes, HELD_BYTES / lanes, lanes);
    let shared = Mutex::new((progress, 0));
    let results = each(model.device(), pieces, |piece| {
        let shared = &shared;
        async move {
            let found = piece_of(model, &questions[piece]).await?;
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (progress, done) = &mut *shared;
            *done += found.len();
            ensure!(progress(*done, questions.len()), Cancelled, "stopped while measuring probabilities");
            Ok(found)
        }
    })
    .await?;
    Ok(results.into_iter().flatten().collect())
}

async fn piece_of(model: &Transformer, questions: &[Question]) -> Result<Vec<Vec<f64>>> {
    let (config, device) = (model.config(), model.device());
    let rows: Vec<Vec<u32>> = questions
        .iter()
        .map(|question| question.prompt.iter().chain(&question.answer[..question.answer.len() - 1]).copied().collect())
        .collect();
    let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    let layout = Layout::fresh(&lengths, config, device);
    let h = model.run(model.embed(&rows.concat(), &layout)?, &layout, 0..config.layers, None, |_, _| ());
    let (mut predicting, mut wanted) = (Vec::new(), Vec::new());
    for (row, question) in questions.iter().enumerate() {
        let first = layout.index(row, question.prompt.len() - 1);
        predicting.extend(first..first + question.answer.len());
        wanted.extend(question.answer.iter().map(|&id| id as usize));
    }
    ensure!(wanted.iter().all(|&id| id < config.vocab), Text, "a token of an answer is outside the model's vocabulary of {}", config.vocab);
    let logits = model.logits(h.select(0, upload_indices(&predicting, device)));
    let count = wanted.len();
    let columns: Tensor<2, Int> = upload_indices(&wanted, device).reshape([count, 1]);
    let logs = read(log_softmax(logits, 1).gather(1, columns)).await?;
    ensure_finite_outputs(&logs)?;
    let mut logs = logs.into_iter().map(f64::from);
    Ok(questions.iter().map(|question| logs.by_ref().take(question.answer.len()).collect()).collect())
}
