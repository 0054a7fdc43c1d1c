//! Asking the questions after a step, and what of the answers goes into the report.

use std::collections::BTreeMap;

use crate::Result;
use crate::evaluate::{Examination, Scores};
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::recipe::Recipe;
use crate::recipe::report::{Accuracy, LanguageAccuracy, LanguageReport, Report};
use crate::recipe::session::Session;

pub(super) async fn ask(
    examination: &mut Examination,
    session: &Session,
    observer: &mut dyn Observer,
    activity: Activity,
    (step, steps): (usize, usize),
) -> Result<Vec<Scores>> {
    observer.pause().await;
    examination
        .ask(&session.model, |done, total| {
            observer.progress(activity, step, steps, done, total);
            !observer.cancelled()
        })
        .await
}

/// A row of the accuracy matrix.
pub(super) fn matrix_row(examination: &Examination, scores: &[Scores]) -> BTreeMap<String, LanguageAccuracy> {
    let cell =
        |scores: &Scores| LanguageAccuracy { efficacy: scores.efficacy, generality: scores.generality, specificity: scores.specificity };
    examination.languages().iter().cloned().zip(scores.iter().map(cell)).collect()
}

/// Accuracy before and after, by language and on average.
pub(super) fn fill_accuracy(report: &mut Report, examination: &Examination, recipe: &Recipe, before: &[Scores], after: &[Scores]) {
    let accuracy =
        |language: &str, scores: &Scores| Accuracy::of(scores, recipe.facts.iter().filter(|fact| fact.language == language).count());
    report.languages = examination
        .languages()
        .iter()
        .zip(before.iter().zip(after))
        .map(|(language, (before, after))| {
            (language.clone(), LanguageReport { before: accuracy(language, before), after: accuracy(language, after) })
        })
        .collect();
    report.average = LanguageReport {
        before: Accuracy::mean(report.languages.values().map(|language| &language.before)),
        after: Accuracy::mean(report.languages.values().map(|language| &language.after)),
    };
}
