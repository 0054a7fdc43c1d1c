//! A task in one language, asked of a model.

use super::score::{self, Said};
use super::{Fitted, Item, POOL, Prompts, Reply, Style, Task, TaskScore, Wanted, Wording, published_answer, replies, tidied};
use crate::model::Transformer;
use crate::text::Tokenizer;
use crate::{Error, ErrorKind, Result, ensure};

/// What the run of a task needs beside the items.
#[derive(Clone, Copy, Debug)]
pub struct XtremeOptions<'a> {
    /// ISO 639-1 code.
    pub language: &'a str,
    /// Items to test, at most.
    pub examples: usize,
    /// Ids at which a generation ends.
    pub end_tokens: &'a [u32],
    /// Whether transformers tidies what this model's tokenizer decodes ([`tidied`]); concerns the published scores.
    pub tidied: bool,
}

/// Prompts of both styles for one task and language, fitted to a model.
#[derive(Clone, Debug)]
struct Asked<'a> {
    items: Vec<&'a Item>,
    /// Published, corrected; a row an item.
    rows: [Vec<Vec<u32>>; 2],
    score: TaskScore,
}

/// Scores `task` on the items beyond the few-shot pool of `items`. `progress` sees how many items were answered and says whether to go on.
///
/// # Errors
/// There are no prompts in the language, there is no item beyond the pool, a text cannot be tokenised, the device failed, or `progress` said stop.
pub async fn evaluate(
    model: &Transformer,
    tokenizer: &Tokenizer,
    task: Task,
    items: &[Item],
    options: XtremeOptions<'_>,
    mut progress: impl FnMut(usize, usize) -> bool,
) -> Result<TaskScore> {
    let tested = items.get(POOL..).unwrap_or_default();
    let tested = tested.get(..options.examples.min(tested.len())).unwrap_or_default();
    ensure!(!tested.is_empty(), Data, "{task} in {} has no items beyond the {POOL} of the few-shot pool", options.language);
    let wording = Wording::published(task, options.language);
    let wording = wording.ok_or_else(|| Error::new(ErrorKind::Usage, format!("{task} has no prompts in {}", options.language)))?;
    let styles = [Style::Published, Style::Corrected].map(|style| Prompts::new(style, task, wording, items, task.shots()));
    let answers = match task {
        // One space in front in every language, as in the few-shot examples.
        Task::Xnli | Task::Pawsx => {
            [true, false].into_iter().map(|yes| Ok(tokenizer.continuation("", wording.word(yes))?.1)).collect::<Result<_>>()?
        }
        Task::Mlqa | Task::Wikiann => Vec::new(),
    };
    let Asked { items, rows, mut score } = fit(model, tokenizer, task, &styles, tested, &answers)?;
    let wanted = Wanted { tokens: task.generated(), end_tokens: options.end_tokens, answers: &answers };
    let passes = if rows[0] == rows[1] { 1 } else { 2 };
    let all = items.len();
    let published = replies(model, &rows[0], wanted, |done, _| progress(done / passes, all)).await?;
    let corrected = match passes {
        1 => published.clone(),
        _ => replies(model, &rows[1], wanted, |done, _| progress((all + done) / 2, all)).await?,
    };
    let likelier = |reply: &Reply| matches!(reply.likelihoods[..], [yes, no] if yes > no);
    let said = |((row, published), corrected): ((&Vec<u32>, &Reply), &Reply)| {
        // Prompt and continuation are decoded together, and where the tokenizer wants it, tidied together.
        let decoded = tokenizer.decode_without_special(&[&row[..], &published.tokens].concat())?;
        let decoded = if options.tidied { tidied(&decoded) } else { decoded };
        Ok(Said {
            answer: published_answer(&decoded, wording.cue).to_owned(),
            published_likelier: likelier(published),
            generated: tokenizer.decode_without_special(&corrected.tokens)?,
            likelier: likelier(corrected),
        })
    };
    let said = rows[0].iter().zip(&published).zip(&corrected).map(said).collect::<Result<Vec<_>>>()?;
    match task {
        Task::Xnli | Task::Pawsx => score::two_classes(&mut score, &wording, &items, &said),
        Task::Mlqa => score::questions(&mut score, &items, &said, options.language),
        Task::Wikiann => score::entities(&mut score, &items, &said, options.language),
    }
    Ok(score)
}

/// The items that fit into the model in either style, and their prompts.
fn fit<'a>(
    model: &Transformer,
    tokenizer: &Tokenizer,
    task: Task,
    styles: &[Prompts; 2],
    tested: &'a [Item],
    answers: &[Vec<u32>],
) -> Result<Asked<'a>> {
    let positions = model.config().max_positions;
    // An answer word may have more tokens than are generated.
    let longest = answers.iter().map(Vec::len).max().unwrap_or(0).max(task.generated());
    let [published, corrected] = styles;
    let mut asked = Asked { items: Vec::new(), rows: [Vec::new(), Vec::new()], score: TaskScore::default() };
    let mut shortened = [0, 0];
    for item in tested {
        let first =
            Fitted::new(tokenizer, published, item, task.generated(), positions)?.filter(|one| one.ids.len() + longest <= positions);
        let second = Fitted::new(tokenizer, corrected, item, longest, positions)?;
        let (Some(first), Some(second)) = (first, second) else {
            asked.score.too_long += 1;
            continue;
        };
        shortened[0] += usize::from(first.shots < published.shots().len());
        shortened[1] += usize::from(second.shots < corrected.shots().len());
        asked.items.push(item);
        asked.rows[0].push(first.ids);
        asked.rows[1].push(second.ids);
    }
    asked.score.examples = asked.items.len();
    asked.score.shots = published.shots().len();
    asked.score.shortened = shortened[0];
    asked.score.details.insert("corrected_shots".to_owned(), corrected.shots().len() as f64);
    asked.score.details.insert("corrected_shortened".to_owned(), shortened[1] as f64);
    Ok(asked)
}
