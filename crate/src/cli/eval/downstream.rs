//! Downstream tasks.

use std::path::Path;

use web_time::Instant;

use super::{EvalArgs, ProgressBars};
use crate::evaluate::xtreme::{XtremeOptions, XtremeReport, evaluate, read_items, words};
use crate::facts::Skipped;
use crate::recipe::Session;
use crate::{Result, ensure};

pub(super) async fn measure(session: &Session, folder: &Path, args: &EvalArgs, bars: &mut ProgressBars) -> Result<XtremeReport> {
    let started = Instant::now();
    let mut report = XtremeReport::default();
    for &task in &args.tasks {
        for language in &args.languages {
            let mut skip = |reason: String| {
                report.skipped.push(Skipped { id: task.to_string(), language: language.clone(), reason });
            };
            let Some(words) = words(language) else {
                skip("no prompts in this language".to_owned());
                continue;
            };
            let Some(items) = read_items(folder, task, language, args.examples)? else {
                skip(format!("neither {task}_{language}.json nor a file of the public release is there"));
                continue;
            };
            bars.start(&format!("{task} in {language}"), args.examples as u64);
            let options = XtremeOptions { language, examples: args.examples, end_tokens: session.end_tokens() };
            let score = evaluate(session.model(), session.tokenizer(), task, words, &items, options, |done, _| {
                bars.set(done as u64);
                !bars.interrupted()
            });
            let score = score.await.map_err(|error| error.at(format!("{task} in {language}")))?;
            report.tasks.entry(task).or_default().insert(language.clone(), score);
        }
    }
    ensure!(!report.tasks.is_empty(), Data, "{} has none of these tasks in these languages", folder.display());
    report.summarise();
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

pub(super) fn table(report: &XtremeReport) -> String {
    let mut text = format!("{:8} {:9} {:>9} {:>10} {:>10}\n", "task", "language", "examples", "published", "corrected");
    for (task, scores) in &report.tasks {
        for (language, score) in scores {
            text += &format!("{task:8} {language:9} {:>9} {:>10.1} {:>10.1}\n", score.examples, score.published, score.corrected);
        }
    }
    for (language, score) in &report.languages {
        text += &format!("{:8} {language:9} {:>9} {:>10.1} {:>10.1}\n", "mean", "", score.published, score.corrected);
    }
    text + &format!("{:8} {:9} {:>9} {:>10.1} {:>10.1}\n", "mean", "all", "", report.average.published, report.average.corrected)
}
