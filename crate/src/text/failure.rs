//! Errors of the `tokenizers` library.

use crate::{Error, ErrorKind};

/// The crate's error for one of the `tokenizers` library.
pub(super) fn failure(what: &str, error: &tokenizers::Error) -> Error {
    Error::new(ErrorKind::Text, format!("{what}: {error}"))
}
