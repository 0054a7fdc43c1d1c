//! Values across the border to JavaScript, through JSON: maps with numbers as keys stay plain objects, and no number becomes a BigInt.

use js_sys::JSON;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::{Error, ErrorKind, Result};

/// A value as a plain object.
pub(super) fn give<T: Serialize>(value: &T) -> Result<JsValue> {
    let text =
        serde_json::to_string(value).map_err(|error| Error::new(ErrorKind::Data, format!("a result cannot be passed on: {error}")))?;
    JSON::parse(&text).map_err(|_| Error::new(ErrorKind::Data, "a result cannot be passed on: it is not JSON"))
}

/// The JSON text of a plain object; `what` names it in errors.
pub(super) fn text(what: &str, value: &JsValue) -> Result<String> {
    JSON::stringify(value)
        .ok()
        .and_then(|text| text.as_string())
        .ok_or_else(|| Error::new(ErrorKind::Usage, format!("{what} is not an object")))
}

/// A plain object as a value; `what` names it in errors.
pub(super) fn take<T: DeserializeOwned>(what: &str, value: &JsValue) -> Result<T> {
    serde_json::from_str(&text(what, value)?).map_err(|error| Error::new(ErrorKind::Usage, format!("{what}: {error}")))
}

/// An error as the page gets it.
#[derive(Serialize)]
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
    give(&failure).unwrap_or_else(|_| JsValue::from_str(error.message()))
}
