//! Accuracy on facts.

use std::collections::BTreeMap;

use super::{DataSource, EvalArgs, ProgressBars};
use crate::Result;
use crate::cli::numbers::percent;
use crate::evaluate::{self, AsPublished, Examination, Scores};
use crate::facts::{Draw, Selection};
use crate::recipe::{Accuracy, Activity, Observer, Session};

pub(super) fn select(args: &EvalArgs, data: &DataSource) -> Result<Selection> {
    let draw = if args.sample.is_some() { Draw::Seed } else { Draw::First };
    data.select(&args.languages, args.sample.flatten().unwrap_or(args.facts), draw, args.seed).map(|(selection, _)| selection)
}

pub(super) async fn measure(session: &Session, selection: &Selection, bars: &mut ProgressBars) -> Result<BTreeMap<String, Accuracy>> {
    let facts = selection.facts.concat();
    let mut examination = Examination::new(session.model(), session.tokenizer(), &facts, 0)?;
    let scores = examination
        .ask(session.model(), |done, total| {
            bars.progress(Activity::EvaluateBefore, 0, 0, done, total);
            !bars.cancelled()
        })
        .await?;
    Ok(examination
        .languages()
        .iter()
        .zip(&scores)
        .map(|(language, scores)| {
            // There is no unedited model to compare with.
            let scores = Scores { specificity_agreement: None, specificity_subject_agreement: None, ..*scores };
            (language.clone(), Accuracy::of(&scores, facts.iter().filter(|fact| fact.language == *language).count()))
        })
        .collect())
}

pub(super) async fn as_published(
    session: &Session,
    selection: &Selection,
    bars: &mut ProgressBars,
) -> Result<BTreeMap<String, AsPublished>> {
    let facts = selection.facts.concat();
    // By the name, as there.
    let llama = session.name().to_lowercase().contains("llama");
    evaluate::as_published(session.model(), session.tokenizer(), &facts, llama, |done, total| {
        bars.progress(Activity::EvaluateBefore, 0, 0, done, total);
        !bars.cancelled()
    })
    .await
}

pub(super) fn published_table(languages: &BTreeMap<String, AsPublished>) -> String {
    let mut text =
        format!("{:14}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "as published", "specificity", "efficacy", "generality", "specificity", "score");
    text += &format!("{:14}{:>12}{:>12}{:>12}{:>12}\n", "", "", "success", "success", "success");
    for (language, numbers) in languages {
        let AsPublished { specificity, efficacy_success, generality_success, specificity_success, score } = *numbers;
        let numbers =
            [specificity, efficacy_success, generality_success, specificity_success, score].map(|value| format!("{:>12}", percent(value)));
        text += &format!("{language:14}{}\n", numbers.concat());
    }
    text
}

pub(super) fn table(languages: &BTreeMap<String, Accuracy>, average: &Accuracy) -> String {
    let row = |name: &str, a: &Accuracy| {
        let numbers = [a.efficacy, a.generality, a.specificity, a.portability].map(|value| format!("{:>12}", percent(value)));
        format!("{name:10} {:>6}{}\n", a.facts, numbers.concat())
    };
    let mut text =
        format!("{:10} {:>6}{:>12}{:>12}{:>12}{:>12}\n", "language", "facts", "efficacy", "generality", "specificity", "portability");
    for (language, accuracy) in languages {
        text += &row(language, accuracy);
    }
    text + &row("average", average)
}
