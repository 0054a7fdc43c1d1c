//! What a model answers to many short questions, and whether these are the answers that it gave before.

use burn::prelude::*;
use burn::tensor::activation::log_softmax;
use serde::{Deserialize, Serialize};

use super::questions::Question;
use crate::device::{read, read_indices, upload_indices};
use crate::facts::Probe;
use crate::model::{Continuation, Decoder, Layout, Transformer, continue_likeliest, ensure_finite_outputs};
use crate::schedule::{MaybeSend, each, lanes, runs};
use crate::text::Tokenizer;
use crate::{Result, ensure};

use std::sync::{Mutex, PoisonError};

/// Longest answer in tokens.
pub const LONGEST_ANSWER: usize = 24;
/// Bytes of activations and logits that are alive at the same time, about.
const HELD_BYTES: usize = 384 << 20;
/// What closes a sentence.
const CLOSINGS: [char; 2] = ['.', '。'];

/// What a model says to a question, beside what it said before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Answered {
    /// Whether it says the same.
    pub kept: bool,
    /// Probability in percent (0 to 100) that the answer of before follows the prompt and ends there.
    pub percent: f64,
    /// What it says: the answer of before where that is kept, else the likeliest continuation to its end.
    pub said: String,
    /// Probability of that, in percent.
    pub said_percent: f64,
    /// Why the question could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Asks `model` for what it says after each prompt now; `answer` is what it said before, or empty to ask openly. A question that cannot be
/// asked has its error, and the others their answers. `progress` sees (done, all) questions and says whether to go on.
///
/// All answers of before are measured in one pass, packed without padding; what takes the place of those that are not kept is then generated
/// together.
///
/// # Errors
/// Logits that are not finite, a failed device, or `progress` said stop.
pub async fn answers(
    model: &Transformer,
    tokenizer: &Tokenizer,
    end_tokens: &[u32],
    questions: &[Probe],
    mut progress: impl FnMut(usize, usize) -> bool + MaybeSend,
) -> Result<Vec<Answered>> {
    let mut answered = vec![Answered::default(); questions.len()];
    // Which question each of the prompts and answers belongs to.
    let (mut asked, mut at, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (index, question) in questions.iter().enumerate() {
        match tokens(model, tokenizer, question) {
            Ok(tokens) if tokens.answer.is_empty() => open.push((index, tokens.prompt)),
            Ok(tokens) => {
                asked.push(tokens);
                at.push(index);
            }
            Err(error) => answered[index].error = Some(error.at(format!("question {}", index + 1)).to_string()),
        }
    }
    let closings = closings(tokenizer, end_tokens)?;
    let all = questions.len();
    let measured = measure(model, &asked, &closings, |done| progress(done, all)).await?;
    for ((index, tokens), measured) in at.into_iter().zip(asked).zip(measured) {
        let (answer, percent) = (questions[index].answer.trim(), 100.0 * measured.probability);
        answered[index] = Answered { kept: measured.kept, percent, said: answer.to_owned(), said_percent: percent, error: None };
        if !measured.kept {
            open.push((index, tokens.prompt));
        }
    }
    let prompts: Vec<Vec<u32>> = open.iter().map(|(_, prompt)| prompt.clone()).collect();
    let said = likeliest_answers(model, &prompts, end_tokens, |done| progress(all - prompts.len() + done, all)).await?;
    for ((index, _), said) in open.into_iter().zip(said) {
        let (text, percent) = (bare(&tokenizer.decode(&said.tokens)?).to_owned(), 100.0 * said.probability);
        let before = questions[index].answer.trim();
        if !before.is_empty() && text == before {
            // In other tokens than the tokenizer makes of it.
            (answered[index].kept, answered[index].percent) = (true, percent);
        }
        (answered[index].said, answered[index].said_percent) = (text, percent);
    }
    Ok(answered)
}

/// The likeliest answer to each prompt, to its end or [`LONGEST_ANSWER`], all together. `going` sees how many are done, and says whether to go
/// on.
///
/// # Errors
/// A prompt that the model cannot take, logits that are not finite, a failed device, or `going` said stop.
pub async fn likeliest_answers(
    model: &Transformer,
    prompts: &[Vec<u32>],
    end_tokens: &[u32],
    mut going: impl FnMut(usize) -> bool,
) -> Result<Vec<Continuation>> {
    let config = model.config();
    let bytes: Vec<usize> =
        prompts.iter().map(|prompt| 4 * (prompt.len() * (6 * config.hidden + 3 * config.inner) + 3 * config.vocab)).collect();
    let mut said = Vec::with_capacity(prompts.len());
    for piece in runs(&bytes, HELD_BYTES, 1) {
        let prompts = &prompts[piece];
        let longest = prompts.iter().map(Vec::len).max().unwrap_or_default();
        let mut decoder = Decoder::new(model);
        let logits = decoder.feed(prompts).await?;
        let room = (config.max_positions + 1).saturating_sub(longest).min(LONGEST_ANSWER);
        let done = said.len();
        said.extend(continue_likeliest(decoder, logits, room, end_tokens, || going(done)).await?);
        ensure!(going(said.len()), Cancelled, "stopped while generating");
    }
    Ok(said)
}

/// An answer without what closes its sentence.
fn bare(text: &str) -> &str {
    text.trim().trim_end_matches(CLOSINGS)
}

/// The question as tokens, checked.
fn tokens(model: &Transformer, tokenizer: &Tokenizer, question: &Probe) -> Result<Question> {
    let (prompt, answer) = match question.answer.trim() {
        "" => (tokenizer.encode(&question.prompt)?.ids, Vec::new()),
        answer => tokenizer.continuation(&question.prompt, answer)?,
    };
    let (config, count) = (model.config(), prompt.len() + answer.len());
    ensure!(!prompt.is_empty(), Text, "the prompt is empty");
    ensure!(
        count <= config.max_positions,
        Text,
        "the prompt and its answer have {count} tokens, and the model takes {}",
        config.max_positions
    );
    let known = prompt.iter().chain(&answer).all(|&id| (id as usize) < config.vocab);
    ensure!(known, Text, "a token is outside the model's vocabulary of {}", config.vocab);
    Ok(Question { prompt, answer })
}

/// The tokens with which an answer ends: those at which generation stops, and a sentence's last.
fn closings(tokenizer: &Tokenizer, end_tokens: &[u32]) -> Result<Vec<usize>> {
    let mut ids: Vec<usize> = end_tokens.iter().map(|&id| id as usize).collect();
    for closing in CLOSINGS.map(String::from) {
        // Behind a letter, so that no space is put in front of it.
        let last = tokenizer.encode_plain(&format!("a{closing}"))?.ids.last().copied();
        if let Some(id) = last
            && tokenizer.decode(&[id])? == closing
        {
            ids.push(id as usize);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

struct Measured {
    kept: bool,
    probability: f64,
}

/// How each question's answer stands, teacher-forced.
async fn measure(
    model: &Transformer,
    questions: &[Question],
    closings: &[usize],
    progress: impl FnMut(usize) -> bool + MaybeSend,
) -> Result<Vec<Measured>> {
    let config = model.config();
    let bytes = |question: &Question| {
        let tokens = question.prompt.len() + question.answer.len();
        4 * (tokens * (6 * config.hidden + 3 * config.inner + config.heads * tokens) + 3 * (question.answer.len() + 1) * config.vocab)
    };
    let lanes = lanes(model.device());
    let pieces = runs(&questions.iter().map(bytes).collect::<Vec<_>>(), HELD_BYTES / lanes, lanes);
    let shared = Mutex::new((progress, 0));
    let measured = each(model.device(), pieces, |piece| {
        let shared = &shared;
        async move {
            let measured = measure_piece(model, &questions[piece], closings).await?;
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (progress, done) = &mut *shared;
            *done += measured.len();
            ensure!(progress(*done), Cancelled, "stopped while asking");
            Ok(measured)
        }
    });
    Ok(measured.await?.into_iter().flatten().collect())
}

async fn measure_piece(model: &Transformer, questions: &[Question], closings: &[usize]) -> Result<Vec<Measured>> {
    let (config, device) = (model.config(), model.device());
    let rows: Vec<Vec<u32>> = questions.iter().map(|question| [question.prompt.as_slice(), &question.answer].concat()).collect();
    let layout = Layout::fresh(&rows.iter().map(Vec::len).collect::<Vec<_>>(), config, device);
    let h = model.run(model.embed(&rows.concat(), &layout)?, &layout, 0..config.layers, None, |_, _| ());
    // Each row's answer, and what comes after it, of which the wanted one is any.
    let (mut predicting, mut wanted) = (Vec::new(), Vec::new());
    for (row, question) in questions.iter().enumerate() {
        let first = layout.index(row, question.prompt.len() - 1);
        predicting.extend(first..=first + question.answer.len());
        wanted.extend(question.answer.iter().map(|&id| id as usize).chain([0]));
    }
    let logits = model.logits(h.select(0, upload_indices(&predicting, device)));
    let best = read_indices(logits.clone().argmax(1)).await?;
    let logs = log_softmax(logits, 1);
    let columns: Tensor<2, Int> = upload_indices(&wanted, device).reshape([wanted.len(), 1]);
    let of_answers = logs.clone().gather(1, columns);
    let of_closings = logs.select(1, upload_indices(closings, device));
    let logs = read(Tensor::cat(vec![of_answers, of_closings], 1)).await?;
    ensure_finite_outputs(&logs)?;
    let mut positions = best.into_iter().zip(logs.chunks_exact(closings.len() + 1));
    Ok(questions
        .iter()
        .map(|Question { answer, .. }| {
            let (mut kept, mut log) = (true, 0.0);
            for (&token, (best, logs)) in answer.iter().zip(positions.by_ref()) {
                kept &= best == token;
                log += f64::from(logs[0]);
            }
            let ending: f64 = positions.next().map_or(1.0, |(_, logs)| logs[1..].iter().map(|&log| f64::from(log).exp()).sum());
            // One that was cut off has no end.
            let ending = if answer.len() < LONGEST_ANSWER { ending } else { 1.0 };
            Measured { kept, probability: log.exp() * ending }
        })
        .collect())
}
