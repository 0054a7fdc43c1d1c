//! The one error type: what was wrong, where, and what to do.

use std::fmt;

/// What kind of thing went wrong; decides the exit code of the command and the wording in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller asked for something impossible: a flag, a setting or an argument is off.
    Usage,
    /// A checkpoint, statistics or weights file is truncated, corrupt, oversized or of another architecture.
    Checkpoint,
    /// A tokenizer, template or prompt cannot be used.
    Text,
    /// A data set, recipe or other input file does not hold what it should.
    Data,
    /// A matrix is not what the algorithm needs (not finite, not positive definite, wrong shape).
    Numerics,
    /// The device refused, lost or corrupted a computation.
    Device,
    /// A link cannot be decoded.
    Link,
    /// Reading or writing failed below us.
    Io,
    /// The observer asked to stop.
    Cancelled,
}

/// An error with a message that names what was wrong and where, and, where there is one, a hint of what to do.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
}

/// `Result` with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts the place where it happened in front of the message.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message without the hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the user can do, if known.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, source.to_string())
    }
}

/// `bail!(Kind, "format", args…)` returns an [`Error`] from the enclosing function.
#[macro_export]
macro_rules! bail {
    ($kind:ident, $($arg:tt)+) => {
        return Err($crate::Error::new($crate::ErrorKind::$kind, format!($($arg)+)))
    };
}

/// `ensure!(condition, Kind, "format", args…)` returns an [`Error`] from the enclosing function unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $kind:ident, $($arg:tt)+) => {
        // Not `if !`: a comparison with NaN must fail, and negating a float comparison reads as if that were overlooked.
        if $condition {
        } else {
            $crate::bail!($kind, $($arg)+);
        }
    };
}
