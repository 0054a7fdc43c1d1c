//! The small model that the command carries (the page fetches the same files). Made by `langedit train`; `static/model/README.md` says how.

use super::manifest::{ManifestFile, ModelManifest};
use super::{Checkpoint, open_gguf};
use crate::model::quant::Bytes;
use crate::{Error, ErrorKind, Result, ensure};

/// What recipes and the command call it.
pub const BUILTIN: &str = "builtin";

const MODEL: &[u8] = include_bytes!("../../../static/model/model.gguf");
const STATISTICS: &[u8] = include_bytes!("../../../static/model/statistics.safetensors");
const KNOWN: &[u8] = include_bytes!("../../../static/model/known.json");
const MANIFEST: &str = include_str!("../../../static/model/manifest.json");

/// The manifest of the carried files.
///
/// # Errors
/// `Checkpoint`: the crate was built with a damaged manifest.
pub fn builtin_manifest() -> Result<ModelManifest> {
    serde_json::from_str(MANIFEST).map_err(|error| Error::new(ErrorKind::Checkpoint, format!("the builtin model's manifest: {error}")))
}

/// The model, as a checkpoint called `builtin`.
///
/// # Errors
/// `Checkpoint`: the crate was built with other files than the manifest names.
pub fn open_builtin() -> Result<Checkpoint> {
    let mut checkpoint = open_gguf(builtin_model()?, BUILTIN).map_err(|error| error.at("the builtin model"))?;
    BUILTIN.clone_into(&mut checkpoint.name);
    Ok(checkpoint)
}

/// The bytes of its GGUF file.
///
/// # Errors
/// As [`open_builtin`].
pub fn builtin_model() -> Result<Bytes> {
    checked("model.gguf", MODEL).map(Bytes::new)
}

/// Its key statistics, for `Statistics::read`.
///
/// # Errors
/// As [`open_builtin`].
pub fn builtin_statistics() -> Result<&'static [u8]> {
    checked("statistics.safetensors", STATISTICS)
}

/// Its answers to the catalogue's facts, for `KnownAnswers`.
///
/// # Errors
/// As [`open_builtin`].
pub fn builtin_known() -> Result<&'static [u8]> {
    checked("known.json", KNOWN)
}

fn checked(path: &str, bytes: &'static [u8]) -> Result<&'static [u8]> {
    let manifest = builtin_manifest()?;
    let expected = manifest.files.iter().find(|file| file.path == path);
    ensure!(expected == Some(&ManifestFile::of(path, bytes)), Checkpoint, "this build carries another {path} than its manifest names");
    Ok(bytes)
}
