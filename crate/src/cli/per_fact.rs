//! `--per-fact`: what became of each fact, as JSON lines.

use serde::Serialize;

use super::terminal::to_json_line;
use crate::Result;
use crate::recipe::{FactScores, Report};

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
    before: FactScores,
    after: FactScores,
}

/// A line for each fact of the report, with its texts where the report has its recipe, and with the name of the run where there are several.
///
/// # Errors
/// `Data`: a line has no JSON form.
pub(super) fn lines(report: &Report, run: Option<&str>) -> Result<String> {
    let texts = report.recipe.as_ref().map(|recipe| recipe.facts.as_slice()).unwrap_or_default();
    let mut lines = String::new();
    for (index, fact) in report.facts.iter().enumerate() {
        let text = texts.get(index);
        lines += &to_json_line(&Line {
            run,
            model: &report.model,
            method: report.method_label(),
            seed: report.seed,
            id: &fact.id,
            language: &fact.language,
            subject: text.map(|text| text.subject.as_str()),
            prompt: text.map(|text| text.prompt.as_str()),
            new_object: text.map(|text| text.new_object.as_str()),
            before: fact.before,
            after: fact.after,
        })?;
        lines.push('\n');
    }
    Ok(lines)
}
