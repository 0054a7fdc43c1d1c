//! Fields of a JSON object, with errors that name file and field.

use serde_json::{Map, Value};

use crate::checkpoint::stand_in::{FileKind, refuse_stand_in};
use crate::{Result, bail, ensure};

/// A JSON object and where it comes from.
#[derive(Clone, Debug)]
pub(in crate::checkpoint) struct Object {
    place: String,
    map: Map<String, Value>,
}

/// Parses the file `name`.
///
/// # Errors
/// `Checkpoint`: it is no JSON object; where it is something else that is known, the message says what.
pub(in crate::checkpoint) fn parse(name: &str, text: &[u8]) -> Result<Object> {
    refuse_stand_in(text, FileKind::Json).map_err(|error| error.at(name))?;
    match serde_json::from_slice(text) {
        Ok(Value::Object(map)) => Ok(Object { place: name.to_owned(), map }),
        Ok(_) => bail!(Checkpoint, "{name} is no JSON object"),
        Err(error) => bail!(Checkpoint, "{name} is no JSON: {error}"),
    }
}

impl Object {
    /// The field, unless it is absent or null.
    fn get(&self, field: &str) -> Option<&Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// Where the object is, as in `config.json: rope_scaling`.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The names of all fields, those that are null included.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }

    /// Whether the field is there and null.
    pub(super) fn is_null(&self, field: &str) -> bool {
        self.map.get(field).is_some_and(Value::is_null)
    }

    fn field<T>(&self, field: &str, kind: &str, convert: impl Fn(&Value) -> Option<T>) -> Result<Option<T>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let Some(converted) = convert(value) else { bail!(Checkpoint, "{}: {field} is {value}, not {kind}", self.place) };
        Ok(Some(converted))
    }

    /// A size: positive and below 2^31.
    pub(super) fn size(&self, field: &str) -> Result<Option<usize>> {
        self.field(field, "a size", |value| value.as_u64().filter(|value| (1..1 << 31).contains(value)).map(|value| value as usize))
    }

    /// A size that must be there.
    pub(super) fn required_size(&self, field: &str) -> Result<usize> {
        let Some(size) = self.size(field)? else { bail!(Checkpoint, "{}: {field} is missing", self.place) };
        Ok(size)
    }

    pub(super) fn number(&self, field: &str) -> Result<Option<f64>> {
        self.field(field, "a number", Value::as_f64)
    }

    /// A number that must be there.
    pub(super) fn required_number(&self, field: &str) -> Result<f64> {
        let Some(number) = self.number(field)? else { bail!(Checkpoint, "{}: {field} is missing", self.place) };
        Ok(number)
    }

    pub(super) fn bool(&self, field: &str) -> Result<Option<bool>> {
        self.field(field, "a bool", Value::as_bool)
    }

    pub(in crate::checkpoint) fn string(&self, field: &str) -> Result<Option<&str>> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(value) => bail!(Checkpoint, "{}: {field} is {value}, not a string", self.place),
        }
    }

    /// Refuses a field that says anything but `usual`: the model would be computed wrongly.
    pub(super) fn require_bool(&self, field: &str, usual: bool) -> Result<()> {
        let value = self.bool(field)?.unwrap_or(usual);
        ensure!(value == usual, Checkpoint, "{}: {field} is {value}, which is not supported", self.place);
        Ok(())
    }

    /// The object in a field.
    pub(in crate::checkpoint) fn object(&self, field: &str) -> Result<Option<Self>> {
        let map = self.field(field, "an object", |value| value.as_object().cloned())?;
        Ok(map.map(|map| Self { place: format!("{}: {field}", self.place), map }))
    }

    /// The strings in the fields of the object.
    pub(super) fn strings(&self) -> Result<Vec<(&str, &str)>> {
        let pair = |(field, value): (&'_ String, &'_ Value)| match value {
            Value::String(_) => Ok(()),
            _ => bail!(Checkpoint, "{}: {field} is {value}, not a string", self.place),
        };
        self.map.iter().try_for_each(pair)?;
        Ok(self.map.iter().filter_map(|(field, value)| Some((field.as_str(), value.as_str()?))).collect())
    }

    /// Strings in an array.
    pub(super) fn string_list(&self, field: &str) -> Result<Vec<String>> {
        let list = self.field(field, "a list of strings", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        })?;
        Ok(list.unwrap_or_default())
    }

    /// Numbers in an array; none where there is no array.
    pub(super) fn numbers(&self, field: &str) -> Result<Vec<f64>> {
        let list =
            self.field(field, "a list of numbers", |value| value.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<_>>>())?;
        Ok(list.unwrap_or_default())
    }

    /// Ones and zeros in an array.
    pub(super) fn flags(&self, field: &str) -> Result<Vec<bool>> {
        let flag = |value: &Value| value.as_u64().filter(|&value| value < 2).map(|value| value == 1);
        let list = self.field(field, "a list of ones and zeros", |value| value.as_array()?.iter().map(flag).collect::<Option<Vec<_>>>())?;
        Ok(list.unwrap_or_default())
    }

    /// Token ids: a number or a list of numbers.
    pub(super) fn tokens(&self, field: &str) -> Result<Vec<u32>> {
        let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
        let ids = self.field(field, "a token id or a list of them", |value| match value {
            Value::Array(list) => list.iter().map(id).collect(),
            _ => id(value).map(|id| vec![id]),
        })?;
        Ok(ids.unwrap_or_default())
    }
}
