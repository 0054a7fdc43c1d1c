//! Which facts are traced: those that the model knows.

use std::str::FromStr;

use serde::Deserialize;

use super::TracePrompt;
use crate::evaluate::{Question, Questions};
use crate::facts::{Fact, Skipped, read_facts};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;
use crate::{Error, ErrorKind, Result};

/// Facts that are asked at once while looking for known ones.
const ASKED: usize = 64;

/// Whose answer is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerRule {
    /// The model's likeliest next token, on facts where it begins the true object; facts without a true object are followed anyway.
    /// The published rule, which however asks for objects of one token.
    #[default]
    Known,
    /// The model's likeliest next token, whatever it is.
    Predicted,
}

impl FromStr for AnswerRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "known" => Ok(Self::Known),
            "predicted" => Ok(Self::Predicted),
            _ => Err(Error::new(ErrorKind::Usage, format!("unknown rule for answers `{text}`")).hint("use known or predicted")),
        }
    }
}

/// Facts to trace, and those passed over.
#[derive(Clone, Debug, Default)]
pub struct TraceSelection {
    /// Prompts, in the order of the facts.
    pub prompts: Vec<TracePrompt>,
    /// Facts passed over, with the reason.
    pub skipped: Vec<Skipped>,
}

/// The first `wanted` of `facts` that can be traced under `rule`. `progress` sees how many were found and says whether to go on.
///
/// # Errors
/// The device failed, or `progress` said stop.
pub async fn select(
    model: &Transformer,
    tokenizer: &Tokenizer,
    facts: &[Fact],
    wanted: usize,
    rule: AnswerRule,
    mut progress: impl FnMut(usize) -> bool + MaybeSend,
) -> Result<TraceSelection> {
    let mut selection = TraceSelection::default();
    let positions = model.config().max_positions;
    for facts in facts.chunks(ASKED) {
        if selection.prompts.len() >= wanted {
            break;
        }
        // The answer's first token does not matter: it is only where the prediction is asked for.
        let mut questions = Vec::with_capacity(facts.len());
        for fact in facts {
            questions.push(tokenizer.encode(&fact.prompt).map(|encoding| Question { prompt: encoding.ids, answer: vec![0] }));
        }
        let fits = |question: &Question| (1..=positions).contains(&question.prompt.len());
        let asked: Vec<Question> = questions.iter().flatten().filter(|question| fits(question)).cloned().collect();
        let found = selection.prompts.len();
        let answers = Questions::new(model, &asked, 0).ask(model, |_, _| progress(found)).await?;
        let mut answers = answers.into_iter().map(|answer| answer.first().copied().unwrap_or_default());
        for (fact, question) in facts.iter().zip(&questions) {
            let answer = if question.as_ref().is_ok_and(fits) { answers.next() } else { None };
            if selection.prompts.len() == wanted {
                break;
            }
            let mut skip = |reason: String| {
                selection.skipped.push(Skipped { id: fact.id.clone(), language: fact.language.clone(), reason });
            };
            let Some(answer) = answer else {
                skip(match question {
                    Err(error) => error.message().to_owned(),
                    Ok(Question { prompt, .. }) if prompt.is_empty() => "empty prompt".to_owned(),
                    Ok(Question { prompt, .. }) => format!("the prompt has {} tokens, the model {positions} positions", prompt.len()),
                });
                continue;
            };
            match TracePrompt::new(tokenizer, fact, answer) {
                Err(error) => skip(error.message().to_owned()),
                Ok(TracePrompt { known: Some(false), .. }) if rule == AnswerRule::Known => {
                    let predicted = tokenizer.decode(&[answer])?;
                    skip(format!("the model predicts `{predicted}`, not `{}`", fact.true_object.as_deref().unwrap_or_default()));
                }
                Ok(prompt) => selection.prompts.push(prompt),
            }
        }
    }
    Ok(selection)
}

/// A record of the published list of facts for tracing (`known_1000.json`), all English.
#[derive(Deserialize)]
struct KnownRecord {
    known_id: u64,
    subject: String,
    attribute: String,
    prompt: String,
}

/// The facts of a file that tracing can use, and the records that could not be read: ROME's list of known facts, or anything that [`read_facts`]
/// reads. The new object may be empty.
///
/// # Errors
/// As [`read_facts`].
pub fn read_candidates(bytes: &[u8]) -> Result<(Vec<Fact>, Vec<Skipped>)> {
    if let Ok(records) = serde_json::from_slice::<Vec<KnownRecord>>(bytes)
        && !records.is_empty()
    {
        let facts = records.into_iter().map(|record| Fact {
            id: record.known_id.to_string(),
            language: "en".to_owned(),
            subject: record.subject,
            prompt: record.prompt,
            true_object: Some(record.attribute),
            ..Fact::default()
        });
        return Ok((facts.collect(), Vec::new()));
    }
    let dataset = read_facts(bytes, None)?;
    Ok((dataset.facts().cloned().collect(), dataset.unread().cloned().collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_published_list_and_other_layouts_are_read() {
        let known = r#"[{"known_id": 3, "subject": "Miami", "attribute": "Florida", "template": "{} is in", "prediction": " Florida.",
                        "prompt": "Miami is in", "relation_id": "P131"}]"#;
        let facts = read_candidates(known.as_bytes()).unwrap().0;
        assert_eq!((facts[0].id.as_str(), facts[0].true_object.as_deref()), ("3", Some("Florida")));
        let zsre = r#"[{"subject": "Miami", "src": "Where is Miami?", "alt": "Ohio", "answers": ["Florida"]}]"#;
        assert_eq!(read_candidates(zsre.as_bytes()).unwrap().0[0].true_object.as_deref(), Some("Florida"));
        assert!(read_candidates(b"[]").is_err());
    }
}
