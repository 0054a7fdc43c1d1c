//! Items of a task, in LangEdit's layout.

use serde_json::{Map, Value};

use super::Task;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Items at the front of each file that few-shot examples are taken from, as published; the test items begin after them.
pub const POOL: usize = 10;

/// One item of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// XNLI and PAWS-X: two sentences, and whether the answer is yes.
    Pair {
        /// Premise.
        first: String,
        /// Hypothesis, or the possible paraphrase.
        second: String,
        /// Entailment, or paraphrase.
        yes: bool,
        /// The label as the data has it.
        label: String,
    },
    /// MLQA.
    Question {
        /// The passage.
        context: String,
        /// The question about it.
        question: String,
        /// The gold answer.
        answer: String,
    },
    /// WikiANN.
    Entities {
        /// The sentence, tokens separated by spaces.
        text: String,
        /// Lines `PER: a@b`, as the data has them.
        label: String,
    },
}

/// The first `most` items of a file in LangEdit's layout.
///
/// # Errors
/// `Data`: it does not hold what it should; the message names the record and the field.
pub fn parse_items(task: Task, text: &str, most: usize) -> Result<Vec<Item>> {
    let records: Vec<Map<String, Value>> =
        serde_json::from_str(text).map_err(|error| Error::new(ErrorKind::Data, format!("is not a JSON array of records: {error}")))?;
    ensure!(!records.is_empty(), Data, "has no records");
    records.iter().take(most).enumerate().map(|(i, record)| item(task, record).map_err(|error| error.at(format!("record {i}")))).collect()
}

fn item(task: Task, record: &Map<String, Value>) -> Result<Item> {
    let text = |field: &str| match record.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => bail!(Data, "has no text field `{field}`"),
    };
    Ok(match task {
        Task::Xnli | Task::Pawsx => {
            let label = text("label")?;
            Item::Pair { first: text("sentence1")?, second: text("sentence2")?, yes: is_yes(&label)?, label }
        }
        Task::Mlqa => Item::Question { context: text("context")?, question: text("question")?, answer: text("answer")? },
        Task::Wikiann => Item::Entities { text: text("text")?, label: text("label")? },
    })
}

/// Whether a label of XNLI or PAWS-X means yes.
pub(super) fn is_yes(label: &str) -> Result<bool> {
    match label {
        "entailment" | "1" => Ok(true),
        "not_entailment" | "neutral" | "contradiction" | "contradictory" | "0" => Ok(false),
        other => bail!(Data, "unknown label `{other}`; labels are entailment, not_entailment, neutral, contradiction, 1 and 0"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn records_become_items_or_say_what_they_lack() {
        let pair = r#"[{"sentence1": "a", "sentence2": "b", "label": "1", "idx": 3}, {"sentence1": "a", "sentence2": "b", "label": 0}]"#;
        let items = parse_items(Task::Pawsx, pair, 9).unwrap();
        assert_eq!(items[0], Item::Pair { first: "a".into(), second: "b".into(), yes: true, label: "1".into() });
        assert!(matches!(items[1], Item::Pair { yes: false, .. }));
        assert_eq!(parse_items(Task::Pawsx, pair, 1).unwrap().len(), 1);
        let refused = |task, text: &str| parse_items(task, text, 9).unwrap_err().to_string();
        assert!(
            refused(Task::Xnli, r#"[{"sentence1": "a", "sentence2": "b", "label": "maybe"}]"#).contains("record 0: unknown label `maybe`")
        );
        assert!(refused(Task::Mlqa, r#"[{"context": "a", "question": null, "answer": "c"}]"#).contains("`question`"));
        assert!(refused(Task::Wikiann, "[]").contains("no records"));
        assert!(refused(Task::Wikiann, "{").contains("not a JSON array"));
    }
}
