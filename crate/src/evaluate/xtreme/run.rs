//! A task in one language, asked of a model.

use std::collections::BTreeMap;

use super::answers;
use super::binary::{self, Confusion};
use super::entities::EntityCounts;
use super::replies::{Wanted, replies};
use super::{Item, POOL, Prompts, Task, TaskScore, Words};
use crate::model::Transformer;
use crate::text::Tokenizer;
use crate::{Result, ensure};

/// Longest context that prompts may fill, as in the published table (4096 tokens for the Llama and Qwen models).
const MOST_TOKENS: usize = 4096;

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

/// Scores `task` on the items beyond the few-shot pool of `items`. `progress` sees how many items were answered and says whether to go on.
///
/// # Errors
/// There is no item beyond the pool, a text cannot be tokenised, the device failed, or `progress` said stop.
pub async fn evaluate(
    model: &Transformer,
    tokenizer: &Tokenizer,
    task: Task,
    words: &'static Words,
    items: &[Item],
    options: XtremeOptions<'_>,
    progress: impl FnMut(usize, usize) -> bool,
) -> Result<TaskScore> {
    let tested = items.get(POOL..).unwrap_or_default();
    let tested = tested.get(..options.examples.min(tested.len())).unwrap_or_default();
    ensure!(!tested.is_empty(), Data, "{task} in {} has no items beyond the {POOL} of the few-shot pool", options.language);
    let prompts = Prompts::new(task, words, items);
    let mut score = TaskScore { shots: prompts.shots(), ..TaskScore::default() };
    let answers = match task {
        Task::Xnli | Task::Pawsx => both_answers(tokenizer, &prompts)?,
        Task::Mlqa | Task::Wikiann => Vec::new(),
    };
    let behind = answers.iter().map(Vec::len).max().unwrap_or(0).max(task.generated());
    let room = model.config().max_positions.min(MOST_TOKENS).saturating_sub(behind);
    let (mut asked, mut rows) = (Vec::with_capacity(tested.len()), Vec::with_capacity(tested.len()));
    for item in tested {
        match fitting(tokenizer, &prompts, item, room)? {
            Some((prompt, shots)) => {
                score.shortened += usize::from(shots < prompts.shots());
                asked.push(item);
                rows.push(prompt);
            }
            None => score.too_long += 1,
        }
    }
    score.examples = asked.len();

    let wanted = Wanted { tokens: task.generated(), end_tokens: options.end_tokens, answers: &answers };
    let replies = replies(model, &rows, wanted, progress).await?;
    let generated = replies.iter().map(|reply| tokenizer.decode_without_special(&reply.tokens)).collect::<Result<Vec<_>>>()?;

    match task {
        Task::Xnli | Task::Pawsx => {
            let likelier: Vec<bool> = replies.iter().map(|reply| reply.likelihoods[0] > reply.likelihoods[1]).collect();
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

/// The words of a two-class task, yes and no, as ids.
fn both_answers(tokenizer: &Tokenizer, prompts: &Prompts) -> Result<Vec<Vec<u32>>> {
    // One space in front in every language, as in the few-shot examples.
    [true, false].into_iter().map(|yes| Ok(tokenizer.continuation("", prompts.word(yes))?.1)).collect()
}

fn two_classes(score: &mut TaskScore, prompts: &Prompts, items: &[&Item], generated: &[String], likelier: &[bool]) {
    let (mut published, mut corrected) = (Confusion::default(), Confusion::default());
    for ((item, text), &likelier) in items.iter().zip(generated).zip(likelier) {
        if let Item::Pair { yes, .. } = item {
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

fn questions(score: &mut TaskScore, items: &[&Item], generated: &[String], language: &str) {
    let mut sums = [0.0; 4];
    for (item, text) in items.iter().zip(generated) {
        if let Item::Question { answer, .. } = item {
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
    let [published, corrected, published_exact, corrected_exact] = sums.map(|sum| 100.0 * sum / items.len().max(1) as f64);
    (score.published, score.corrected) = (published, corrected);
    score.details = named([("published_exact", published_exact), ("corrected_exact", corrected_exact)]);
}

fn entities(score: &mut TaskScore, items: &[&Item], generated: &[String]) {
    let mut counts = EntityCounts::default();
    for (item, generated) in items.iter().zip(generated) {
        if let Item::Entities { text, label } = item {
            counts.add(text, label, generated);
        }
    }
    (score.published, score.corrected) = (counts.published_micro_f1(), counts.entity_f1());
    score.details = named([("published_macro_f1", counts.published_macro_f1()), ("absent", counts.absent() as f64)]);
}

fn named<const N: usize>(numbers: [(&str, f64); N]) -> BTreeMap<String, f64> {
    numbers.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}
