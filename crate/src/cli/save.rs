//! `--save`: the edited model as a checkpoint of the form that it came in.

use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::ModelSource;
use crate::checkpoint::{map_file, save_gguf, save_safetensors_dir, write_atomically};
use crate::recipe::Session;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Checks before the work that the edited model can be saved to `folder` after it.
///
/// # Errors
/// `Usage`: the model has no files, or would be written over itself.
pub(super) fn check_save(source: &ModelSource, folder: &Path) -> Result<()> {
    let ModelSource::Path(original) = source else {
        bail!(Usage, "--save: the builtin model is no file that could be saved with its edits; give --model a path");
    };
    let target = if original.is_dir() { folder.to_owned() } else { gguf_in(folder, original)? };
    let same = fs::canonicalize(original).ok().zip(fs::canonicalize(&target).ok()).is_some_and(|(original, target)| original == target);
    ensure!(!same, Usage, "--save {}: this is where the unedited model lies; give another folder", folder.display());
    Ok(())
}

/// Writes the model opened from `source`, with its edited weights as F32, to `folder`.
///
/// # Errors
/// As [`check_save`]; `Io`: writing failed.
pub(super) async fn save(session: &Session, source: &ModelSource, folder: &Path) -> Result<()> {
    check_save(source, folder)?;
    let ModelSource::Path(original) = source else { return Ok(()) };
    let edited = session.edited_weights().await?;
    if original.is_dir() {
        return save_safetensors_dir(original, &edited, folder);
    }
    fs::create_dir_all(folder).map_err(|e| Error::new(ErrorKind::Io, format!("cannot create {}: {e}", folder.display())))?;
    let bytes = map_file(original)?;
    write_atomically(&gguf_in(folder, original)?, |out| save_gguf(&bytes, &edited, out))
}

/// The file in `folder` with the original's name.
fn gguf_in(folder: &Path, original: &Path) -> Result<PathBuf> {
    let name = original.file_name().ok_or_else(|| Error::new(ErrorKind::Usage, format!("{} names no file", original.display())))?;
    Ok(folder.join(name))
}
