//! Downstream tasks.

use std::path::Path;

use web_time::Instant;

use super::ProgressBars;
use crate::cli::arguments::{ModelSource, read_text};
use crate::cli::numbers::counted;
use crate::evaluate::xtreme::{Task, TaskScore, Wording, XtremeOptions, XtremeReport, evaluate, read_items};
use crate::facts::{Skipped, listed};
use crate::recipe::Session;
use crate::{Error, ErrorKind, Result, ensure};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Plan<'a> {
    /// Where the items are.
    pub(in crate::cli) folder: &'a Path,
    /// Which tasks.
    pub(in crate::cli) tasks: &'a [Task],
    /// In which languages.
    pub(in crate::cli) languages: &'a [String],
    /// Items per task and language, at most.
    pub(in crate::cli) examples: usize,
    /// Where the session's model comes from.
    pub(in crate::cli) model: &'a ModelSource,
}

/// The scores of the session's model as it is now.
///
/// # Errors
/// `Io`, `Data`: items cannot be read, or there are none. As [`evaluate`].
pub(in crate::cli) async fn measure(session: &Session, plan: &Plan<'_>, bars: &mut ProgressBars) -> Result<XtremeReport> {
    let started = Instant::now();
    let Plan { folder, tasks, languages, examples, model } = *plan;
    let mut report = XtremeReport { tidied: tidies(model)?, ..XtremeReport::default() };
    for &task in tasks {
        for language in languages {
            let mut skip = |reason: String| {
                report.skipped.push(Skipped { id: task.to_string(), language: language.clone(), reason });
            };
            if Wording::published(task, language).is_none() {
                skip("LangEdit's code has no prompts for this task in this language".to_owned());
                continue;
            }
            let Some(items) = read_items(folder, task, language, examples)? else {
                skip(format!("neither {task}_{language}.json nor a file of the public release is there"));
                continue;
            };
            bars.start(&format!("{task} in {language}"), examples as u64);
            let (end_tokens, tidied) = (session.end_tokens(), report.tidied);
            let options = XtremeOptions { language, examples, end_tokens, tidied };
            let score = evaluate(session.model(), session.tokenizer(), task, &items, options, |done, _| {
                bars.set(done as u64);
                !bars.interrupted()
            });
            let score = score.await.map_err(|error| error.at(format!("{task} in {language}")))?;
            report.tasks.entry(task).or_default().insert(language.clone(), score);
        }
    }
    let skipped = || listed(&report.skipped);
    ensure!(!report.tasks.is_empty(), Data, "{} has none of these tasks in these languages: {}", folder.display(), skipped());
    report.summarise();
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// Whether the model's tokenizer_config.json asks for decoded texts to be tidied. A .gguf file does not say.
fn tidies(model: &ModelSource) -> Result<bool> {
    let ModelSource::Path(folder) = model else { return Ok(false) };
    let path = folder.join("tokenizer_config.json");
    if !path.is_file() {
        return Ok(false);
    }
    let config: serde_json::Value = serde_json::from_str(&read_text(&path)?)
        .map_err(|error| Error::new(ErrorKind::Data, format!("is not JSON: {error}")).at(path.display()))?;
    Ok(config["clean_up_tokenization_spaces"] == true)
}

pub(super) fn table(report: &XtremeReport) -> String {
    let mut text = format!("{:8} {:9} {:>9} {:>10} {:>10}\n", "task", "language", "examples", "published", "corrected");
    for (task, scores) in &report.tasks {
        for (language, score) in scores {
            let [published, corrected] = [score.published, score.corrected]
                .map(|score_of| if score.examples > 0 { format!("{score_of:.1}") } else { "-".to_owned() });
            text += &format!("{task:8} {language:9} {:>9} {published:>10} {corrected:>10}{}\n", score.examples, unasked(score));
        }
    }
    let unscored: Vec<String> = report
        .tasks
        .iter()
        .flat_map(|(task, scores)| {
            scores.iter().filter(|(_, score)| score.examples == 0).map(move |(language, _)| format!("{task} {language}"))
        })
        .collect();
    if !unscored.is_empty() {
        text += &format!("no item of {} could be asked: the means are without\n", unscored.join(", "));
    }
    for (language, score) in &report.languages {
        text += &format!("{:8} {language:9} {:>9} {:>10.1} {:>10.1}\n", "mean", "", score.published, score.corrected);
    }
    text + &format!("{:8} {:9} {:>9} {:>10.1} {:>10.1}\n", "mean", "all", "", report.average.published, report.average.corrected)
}

/// What of a task's items was not asked, or not with all examples in the prompt.
fn unasked(score: &TaskScore) -> String {
    let of = |count: usize, what: &str| (count > 0).then(|| format!(", {} {what}", counted(count, "item")));
    let parts = [of(score.too_long, "too long for the model"), of(score.shortened, "with fewer examples in the prompt")];
    parts.into_iter().flatten().collect()
}
