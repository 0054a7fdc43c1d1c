//! What a folder of model files holds, and how to recognise it.

use serde::{Deserialize, Serialize};

use super::digest::sha256;

/// The files of a trained model, and how they were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelManifest {
    /// Name of the model.
    pub name: String,
    /// Version of the crate that trained it.
    pub version: String,
    /// SPDX expression.
    pub licence: String,
    /// The command that makes it again.
    pub command: String,
    /// Its seed.
    pub seed: u64,
    /// Its files.
    pub files: Vec<ManifestFile>,
}

/// A file and how to recognise it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Name in the folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
}

impl ManifestFile {
    /// Of a file with these contents.
    pub fn of(path: &str, contents: &[u8]) -> Self {
        Self { path: path.to_owned(), bytes: contents.len() as u64, sha256: sha256([contents]) }
    }
}
