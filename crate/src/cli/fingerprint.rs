//! What tells two values apart in few letters.

use serde::Serialize;

use crate::checkpoint::digest::sha256;

/// Hex SHA-256 of the JSON of `value`.
pub(super) fn fingerprint_of(value: &impl Serialize) -> String {
    // What is read from JSON can be written as JSON.
    sha256([serde_json::to_vec(value).unwrap_or_default().as_slice()])
}
