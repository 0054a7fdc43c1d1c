//! A task in one language, asked of a model.

use std::collections::BTreeMap;

use super::answers;
use super::binary::{self, Confusion};
use super::entities::EntityCounts;
use super::{Item, POOL, Prompts, Task, TaskScore, Words};
use crate::evaluate::{Question, log_probabilities};
use crate::model::{Transformer, generate_greedy};
use crate::schedule::{each, lanes, runs};
use crate::text::Tokenizer;
use crate::{Result, ensure};

/// Longest context that prompts may fill, as in the published table (4096 tokens for the Llama and Qwen models).
const MOST_TOKENS: usize = 4096;
/// Tokens of prompts that are read at the same time.
const TOKENS: usize = 4096;

/// What the run of a task needs beside the items.
#[derive(Clone, Copy, Debug)]
pub struct XtremeOptions<'a> {
    /// ISO 639-1 code.
    pub language: &'a str,
    /// Items to test, at most.
    pub examples: usize,
    /// Ids at which a generation ends.
    pub end_tokens: &'a [u32],
}

/// An item with the prompt that fits the model.
struct Asked<'a> {
    item: &'a Item,
    prompt: Vec<u32>,
}

/// Scores `task` on the items behind the few-shot pool of `items`. `progress` sees how many items were answered and says whether to go on.
///
/// # Errors
/// There is no item behind the pool, a text cannot be tokenised, the device failed, or `progress` said stop.
pub async fn evaluate(
    model: &Transformer,
    tokenizer: &Tokenizer,
    task: Task,
    words: &'static Words,
    items: &[Item],
    options: XtremeOptions<'_>,
    mut progress: impl FnMut(usize, usize) -> bool,
) -> Result<TaskScore> {
    let tested = items.get(POOL..).unwrap_or_default();
    let tested = tested.get(..options.examples.min(tested.len())).unwrap_or_default();
    ensure!(!tested.is_empty(), Data, "{task} in {} has no items behind the {POOL} of the few-shot pool", options.language);
    let prompts = Prompts::new(task, words, items);
    let mut score = TaskScore { shots: prompts.shots(), ..TaskScore::default() };
    let room = model.config().max_positions.min(MOST_TOKENS).saturating_sub(task.generated());
    let mut asked = Vec::with_capacity(tested.len());
    for item in tested {
        match fitting(tokenizer, &prompts, item, room)? {
            Some((prompt, shots)) => {
                score.shortened += usize::from(shots < prompts.shots());
                asked.push(Asked { item, prompt });
            }
            None => score.too_long += 1,
        }
    }
    score.examples = asked.len();

    let weights: Vec<usize> = asked.iter().map(|asked| asked.prompt.len() + task.generated()).collect();
    let lanes = lanes(model.device());
    // A piece of work a lane and turn, so that progress is seen and a stop is heard between them.
    let pieces = runs(&weights, TOKENS / lanes, 1);
    let mut generated: Vec<String> = Vec::with_capacity(asked.len());
    for turn in pieces.chunks(lanes) {
        let texts = each(model.device(), turn.to_vec(), |piece| {
            let prompts: Vec<Vec<u32>> = asked[piece].iter().map(|asked| asked.prompt.clone()).collect();
            async move {
                let continued = generate_greedy(model, &prompts, task.generated(), options.end_tokens, |_, _| ()).await?;
                continued.iter().map(|continuation| tokenizer.decode_without_special(&continuation.tokens)).collect::<Result<Vec<_>>>()
            }
        });
        generated.extend(texts.await?.into_iter().flatten());
        ensure!(progress(generated.len(), asked.len()), Cancelled, "stopped while asking {task}");
    }

    match task {
        Task::Xnli | Task::Pawsx => {
            let likelier = likelier_answers(model, tokenizer, &prompts, &asked).await?;
            two_classes(&mut score, &prompts, &asked, &generated, &likelier);
        }
        Task::Mlqa => questions(&mut score, &asked, &generated, options.language),
        Task::Wikiann => entities(&mut score, &asked, &generated),
    }
    Ok(score)
}

/// The prompt for `item` with as many shots as fit into `room` tokens, dropped from the end as published, and their number.
fn fitting(tokenizer: &Tokenizer, prompts: &Prompts, item: &Item, room: usize) -> Result<Option<(Vec<u32>, usize)>> {
    for shots in (0..=prompts.shots()).rev() {
        let ids = tokenizer.encode(&prompts.prompt(item, shots))?.ids;
        if ids.len() <= room {
            return Ok(Some((ids, shots)));
        }
    }
    Ok(None)
}

/// Whether "yes" is likelier than "no" behind each prompt: by the mean log-probability of the word's tokens, one space in front.
async fn likelier_answers(model: &Transformer, tokenizer: &Tokenizer, prompts: &Prompts, asked: &[Asked<'_>]) -> Result<Vec<bool>> {
    let mut questions = Vec::with_capacity(2 * asked.len());
    for asked in asked {
        for yes in [true, false] {
            let word = prompts.word(yes);
            // The few-shot examples have this space in every language.
            let (_, answer) = tokenizer.continuation("", word)?;
            questions.push(Question { prompt: asked.prompt.clone(), answer });
        }
    }
    let logs = log_probabilities(model, &questions, |_, _| true).await?;
    let mean = |logs: &Vec<f64>| logs.iter().sum::<f64>() / logs.len().max(1) as f64;
    Ok(logs.chunks_exact(2).map(|pair| mean(&pair[0]) > mean(&pair[1])).collect())
}

fn two_classes(score: &mut TaskScore, prompts: &Prompts, asked: &[Asked<'_>], generated: &[String], likelier: &[bool]) {
    let (mut published, mut corrected) = (Confusion::default(), Confusion::default());
    for ((asked, text), &likelier) in asked.iter().zip(generated).zip(likelier) {
        if let Item::Pair { yes, .. } = asked.item {
            published.add(*yes, binary::parse(text, prompts.word(true), prompts.word(false)));
            corrected.add(*yes, Some(likelier));
        }
    }
    (score.published, score.corrected) = (published.weighted_f1(), corrected.weighted_f1());
    score.details = named([
        ("invalid", published.invalid() as f64),
        ("published_accuracy", published.accuracy()),
        ("published_matthews", published.matthews()),
        ("corrected_accuracy", corrected.accuracy()),
        ("corrected_matthews", corrected.matthews()),
    ]);
}

fn questions(score: &mut TaskScore, asked: &[Asked<'_>], generated: &[String], language: &str) {
    let mut sums = [0.0; 4];
    for (asked, text) in asked.iter().zip(generated) {
        if let Item::Question { answer, .. } = asked.item {
            let predicted = answers::first_line(text);
            let flag = |right: bool| f64::from(u8::from(right));
            let scores = [
                answers::published_f1(predicted, answer, language),
                answers::corrected_f1(predicted, answer, language),
                flag(answers::published_exact(predicted, answer)),
                flag(answers::corrected_exact(predicted, answer, language)),
            ];
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
        }
    }
    let [published, corrected, published_exact, corrected_exact] = sums.map(|sum| 100.0 * sum / asked.len().max(1) as f64);
    (score.published, score.corrected) = (published, corrected);
    score.details = named([("published_exact", published_exact), ("corrected_exact", corrected_exact)]);
}

fn entities(score: &mut TaskScore, asked: &[Asked<'_>], generated: &[String]) {
    let mut counts = EntityCounts::default();
    for (asked, generated) in asked.iter().zip(generated) {
        if let Item::Entities { text, label } = asked.item {
            counts.add(text, label, generated);
        }
    }
    (score.published, score.corrected) = (counts.published_micro_f1(), counts.entity_f1());
    score.details = named([("published_macro_f1", counts.published_macro_f1()), ("absent", counts.absent() as f64)]);
}

fn named<const N: usize>(numbers: [(&str, f64); N]) -> BTreeMap<String, f64> {
    numbers.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}
