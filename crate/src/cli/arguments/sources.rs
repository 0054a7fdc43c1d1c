//! Where models and facts come from, and which layers are edited.

use std::path::PathBuf;
use std::str::FromStr;

use super::files::check_input;
use crate::edit::settings::parse_layers;
use crate::{Error, Result, ensure};

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The small model shipped with the crate.
    Builtin,
    /// A .gguf file or a folder in Hugging Face layout.
    Path(PathBuf),
}

impl FromStr for ModelSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(if text == "builtin" { Self::Builtin } else { Self::Path(existing(text, "model")?) })
    }
}

/// Where facts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataSource {
    /// The embedded catalogue, a new object drawn from the same relation.
    Builtin,
    /// A data set.
    File(PathBuf),
}

impl FromStr for DataSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(if text == "builtin" { Self::Builtin } else { Self::File(existing(text, "data set")?) })
    }
}

fn existing(text: &str, what: &str) -> Result<PathBuf> {
    ensure!(!text.is_empty(), Usage, "the {what} is empty; pass `builtin` or a path");
    Ok(PathBuf::from(text))
}

/// Which layers are edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerChoice {
    /// `auto`: chosen by causal tracing where facts are edited, the model's default for statistics.
    Auto,
    /// These, ascending from 0.
    List(Vec<usize>),
}

impl FromStr for LayerChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" { Ok(Self::Auto) } else { parse_layers(text).map(Self::List) }
    }
}

impl ModelSource {
    /// Checks that the path exists.
    ///
    /// # Errors
    /// `Io` naming it.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Builtin => Ok(()),
            Self::Path(path) => check_input(path, "model"),
        }
    }
}

impl DataSource {
    /// Checks that the file exists.
    ///
    /// # Errors
    /// `Io` naming it.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Builtin => Ok(()),
            Self::File(path) => check_input(path, "data set"),
        }
    }
}
