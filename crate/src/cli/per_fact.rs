//! `--per-fact`: what became of each fact, as JSON lines.

use serde::Serialize;

use super::terminal::to_json_line;
use crate::facts::Fact;
use crate::recipe::{FactReport, FactScores, Report};
use crate::{Error, Result};

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    /// Which of several runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    model: &'a str,
    method: String,
    seed: u64,
    id: &'a str,
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<FactScores>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<FactScores>,
    /// Why it was not edited in.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'a str>,
}

/// A line for each fact of the report, with its texts where the report has its recipe, and with the name of the run where there are several;
/// then one for each fact that was skipped, with the reason.
///
/// # Errors
/// `Data`: a line has no JSON form.
pub(super) fn lines(report: &Report, run: Option<&str>) -> Result<String> {
    let texts = report.recipe.as_ref().map(|recipe| recipe.facts.as_slice()).unwrap_or_default();
    let mut lines = String::new();
    let line = |id, language, text: Option<&'_ Fact>, scores: Option<&FactReport>, skipped| {
        let line = to_json_line(&Line {
            run,
            model: &report.model,
            method: report.method_label(),
            seed: report.seed,
            id,
            language,
            subject: text.map(|text| text.subject.as_str()),
            prompt: text.map(|text| text.prompt.as_str()),
            new_object: text.map(|text| text.new_object.as_str()),
            before: scores.map(|scores| scores.before),
            after: scores.map(|scores| scores.after),
            skipped,
        })?;
        Ok::<_, Error>(line + "\n")
    };
    for (index, fact) in report.facts.iter().enumerate() {
        lines += &line(&fact.id, &fact.language, texts.get(index), Some(fact), None)?;
    }
    for fact in &report.skipped {
        lines += &line(&fact.id, &fact.language, None, None, Some(&fact.reason))?;
    }
    Ok(lines)
}
