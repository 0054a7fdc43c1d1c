//! Values across the border to JavaScript: the JSON that the command reads and writes, as plain objects.
//!
//! The way leads through [`serde_json::Value`], where maps with numbers as keys have become objects with text as keys, and numbers that
//! are not finite null, as in a report's file.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use tsify::Tsify;
use wasm_bindgen::JsValue;

use crate::recipe::Recipe;
use crate::{Error, ErrorKind, Result};

/// A value as a plain object.
pub(super) fn to_js<T: Serialize>(value: &T) -> Result<JsValue> {
    let wrong = |error: String| Error::new(ErrorKind::Data, format!("a result cannot be passed on: {error}"));
    let value = serde_json::to_value(value).map_err(|error| wrong(error.to_string()))?;
    value.serialize(&Serializer::json_compatible()).map_err(|error| wrong(error.to_string()))
}

/// A plain object as a Recipe, checked.
pub(super) fn recipe(value: JsValue) -> Result<Recipe> {
    Recipe::from_json(&json("the recipe", value)?.to_string())
}

/// A plain object as a value; `what` names it in errors.
pub(super) fn from_js<T: DeserializeOwned>(what: &str, value: JsValue) -> Result<T> {
    T::deserialize(json(what, value)?).map_err(|error| Error::new(ErrorKind::Usage, format!("{what}: {error}")))
}

fn json(what: &str, value: JsValue) -> Result<Value> {
    serde_wasm_bindgen::from_value(value).map_err(|error| Error::new(ErrorKind::Usage, format!("{what}: {error}")))
}

/// An error as the page gets it.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct Failure<'a> {
    kind: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// An error as an object `{kind, message, hint}`.
pub(super) fn failure(error: &Error) -> JsValue {
    let kind = match error.kind() {
        ErrorKind::Usage => "usage",
        ErrorKind::Checkpoint => "checkpoint",
        ErrorKind::Text => "text",
        ErrorKind::Data => "data",
        ErrorKind::Numerics => "numerics",
        ErrorKind::Device => "device",
        ErrorKind::Link => "link",
        ErrorKind::Io => "io",
        ErrorKind::Cancelled => "cancelled",
    };
    let failure = Failure { kind, message: error.message(), hint: error.hint_text() };
    to_js(&failure).unwrap_or_else(|_| JsValue::from_str(error.message()))
}
