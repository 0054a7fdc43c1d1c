//! Fields of a JSON record, with errors that name them.

use serde_json::{Map, Value};

use crate::facts::Probe;
use crate::text::trim_unseen;
use crate::{Result, bail};

/// A JSON object and, for errors, the language it stands under.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    map: &'a Map<String, Value>,
    language: &'a str,
}

impl<'a> Record<'a> {
    pub(super) fn new(map: &'a Map<String, Value>, language: &'a str) -> Self {
        Self { map, language }
    }

    /// The field as trimmed text: numbers as they are written, a missing one or null as empty, of a list (or of lists, as aliases are given)
    /// the first entry.
    pub(super) fn text(self, field: &str) -> Result<String> {
        self.first(field, self.map.get(field))
    }

    fn first(self, field: &str, mut value: Option<&Value>) -> Result<String> {
        while let Some(Value::Array(list)) = value {
            value = list.first();
        }
        self.scalar(field, value)
    }

    /// As [`text`](Self::text), `None` where empty.
    pub(super) fn text_if_any(self, field: &str) -> Result<Option<String>> {
        Ok(Some(self.text(field)?).filter(|text| !text.is_empty()))
    }

    /// The field as a list of texts without empty ones; a text alone counts as a list of one.
    pub(super) fn texts(self, field: &str) -> Result<Vec<String>> {
        let values: &[Value] = match self.map.get(field) {
            Some(Value::Array(list)) => list,
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            let text = self.scalar(field, Some(value))?;
            if !text.is_empty() {
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// The object in the field, if it is one.
    pub(super) fn object(self, field: &str) -> Option<Record<'a>> {
        Some(Self { map: self.map.get(field)?.as_object()?, language: self.language })
    }

    /// The questions in the field, each with the kind that it stands under (`""` for none): an object with `prompt` and `ground_truth` (or
    /// `answer`), where both may be lists of equal length; a list of such objects; or an object with either by kind. Those of which a half is
    /// missing are left out.
    pub(super) fn questions(self, field: &str) -> Result<Vec<(&'a str, Probe)>> {
        let mut questions = Vec::new();
        if let Some(value) = self.map.get(field) {
            self.collect_questions(field, "", value, &mut questions)?;
        }
        Ok(questions)
    }

    fn collect_questions(self, field: &str, kind: &'a str, value: &'a Value, into: &mut Vec<(&'a str, Probe)>) -> Result<()> {
        let map = match value {
            Value::Array(list) => return list.iter().try_for_each(|value| self.collect_questions(field, kind, value, into)),
            Value::Object(map) => map,
            _ => return Ok(()),
        };
        let Some(prompt) = map.get("prompt") else {
            return map.iter().try_for_each(|(kind, value)| self.collect_questions(field, kind, value, into));
        };
        let answer = map.get("ground_truth").or_else(|| map.get("answer"));
        let pairs: Vec<(&Value, Option<&Value>)> = match (prompt, answer) {
            (Value::Array(prompts), Some(Value::Array(answers))) => prompts.iter().zip(answers.iter().map(Some)).collect(),
            _ => vec![(prompt, answer)],
        };
        for (prompt, answer) in pairs {
            let (prompt, answer) = (self.first(field, Some(prompt))?, self.first(field, answer)?);
            if !prompt.is_empty() && !answer.is_empty() {
                into.push((kind, Probe { prompt, answer }));
            }
        }
        Ok(())
    }

    fn scalar(self, field: &str, value: Option<&Value>) -> Result<String> {
        let kind = match value {
            None | Some(Value::Null) => return Ok(String::new()),
            Some(Value::String(text)) => return Ok(trim_unseen(text).to_owned()),
            Some(Value::Number(number)) => return Ok(number.to_string()),
            Some(Value::Bool(_)) => "true or false",
            Some(Value::Array(_)) => "a list in a list",
            Some(Value::Object(_)) => "an object",
        };
        let place = if self.language.is_empty() { String::new() } else { format!("{}: ", self.language) };
        bail!(Data, "{place}`{field}` is {kind} instead of text")
    }
}
