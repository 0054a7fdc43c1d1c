//! Fields of a JSON record, with errors that name them.

use serde_json::{Map, Value};

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

    /// The field as trimmed text: numbers as they are written, a missing one or null as empty, of a list the first entry.
    pub(super) fn text(self, field: &str) -> Result<String> {
        match self.map.get(field) {
            Some(Value::Array(list)) => self.scalar(field, list.first()),
            value => self.scalar(field, value),
        }
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

    fn scalar(self, field: &str, value: Option<&Value>) -> Result<String> {
        let kind = match value {
            None | Some(Value::Null) => return Ok(String::new()),
            Some(Value::String(text)) => return Ok(text.trim().to_owned()),
            Some(Value::Number(number)) => return Ok(number.to_string()),
            Some(Value::Bool(_)) => "true or false",
            Some(Value::Array(_)) => "a list in a list",
            Some(Value::Object(_)) => "an object",
        };
        let place = if self.language.is_empty() { String::new() } else { format!("{}: ", self.language) };
        bail!(Data, "{place}`{field}` is {kind} instead of text")
    }
}
