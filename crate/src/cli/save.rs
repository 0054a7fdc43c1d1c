//! `--save`: the edited model as a checkpoint in the format it came in; the built-in one as a GGUF file.

use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::ModelSource;
use crate::checkpoint::{builtin_model, check_saved_alone, map_file, save_gguf, save_safetensors_dir, write_atomically};
use crate::recipe::Session;
use crate::{Error, ErrorKind, Result, ensure};

/// The file that the built-in model is saved to.
const BUILTIN_FILE: &str = "builtin.gguf";

/// Checks before the work that the edited model can be saved to `folder` afterwards.
///
/// # Errors
/// `Usage`: the model would be written over itself, or beside another. `Io`, `Checkpoint`: it is none that we read.
pub(super) fn check_save(source: &ModelSource, folder: &Path) -> Result<()> {
    let alone = |original: &Path| check_saved_alone(original, folder).map_err(|error| error.at("--save"));
    let ModelSource::Path(original) = source else { return alone(Path::new(BUILTIN_FILE)) };
    let target = if original.is_dir() { folder.to_owned() } else { gguf_in(folder, original)? };
    let same = fs::canonicalize(original).ok().zip(fs::canonicalize(&target).ok()).is_some_and(|(original, target)| original == target);
    ensure!(!same, Usage, "--save {}: the unedited model is stored there; choose another folder", folder.display());
    alone(original)
}

/// Writes the model opened from `source`, with its edited weights as F32, to `folder`.
///
/// # Errors
/// As [`check_save`]; `Io`: writing failed.
pub(super) async fn save(session: &Session, source: &ModelSource, folder: &Path) -> Result<()> {
    check_save(source, folder)?;
    let edited = session.edited_weights().await?;
    let (bytes, name) = match source {
        ModelSource::Path(original) if original.is_dir() => return save_safetensors_dir(original, &edited, folder),
        ModelSource::Path(original) => (map_file(original)?, gguf_in(folder, original)?),
        ModelSource::Builtin => (builtin_model()?, folder.join(BUILTIN_FILE)),
    };
    fs::create_dir_all(folder).map_err(|e| Error::new(ErrorKind::Io, format!("cannot create {}: {e}", folder.display())))?;
    write_atomically(&name, |out| save_gguf(&bytes, &edited, out))
}

/// The file in `folder` with the original's name.
fn gguf_in(folder: &Path, original: &Path) -> Result<PathBuf> {
    let name =
        original.file_name().ok_or_else(|| Error::new(ErrorKind::Usage, format!("{} is not the name of a file", original.display())))?;
    Ok(folder.join(name))
}
