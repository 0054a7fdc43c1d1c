//! The folder that a model is saved to: it is to be that model, and nothing else in it may be taken for the model. Only native.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::checkpoint::disk::files_of;
use crate::checkpoint::safetensors_dir::{INDEX, shard_names};
use crate::{Error, ErrorKind, Result};

/// Endings of files with weights, in our formats and those of others.
const WEIGHTS: [&str; 10] = ["safetensors", "gguf", "bin", "pt", "pth", "ckpt", "h5", "msgpack", "onnx", "ot"];
/// Files that say which weights are read, and how.
const GUIDES: [&str; 3] = ["config.json", "generation_config.json", INDEX];

/// Checks that `folder` has no file of another model that the one of `original`, saved there, would leave in place: whoever opens the folder
/// might get that one, or parts of it.
///
/// # Errors
/// `Usage` with the file's name. `Checkpoint`, `Io`: `original` is no checkpoint, or cannot be read.
pub fn check_saved_alone(original: &Path, folder: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let written = written(original)?;
    let mut names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let decides = |name: &&String| {
        let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
        GUIDES.contains(&name.as_str()) || ending.is_some_and(|ending| WEIGHTS.contains(&ending)) && !name.starts_with('.')
    };
    match names.iter().filter(decides).find(|name| !written.contains(*name)) {
        Some(other) => {
            let message = format!("{} holds another model ({other}), which the saved one would stand beside", folder.display());
            Err(Error::new(ErrorKind::Usage, message).hint("choose another folder, or take that model away"))
        }
        None => Ok(()),
    }
}

/// The files with weights, and those that guide to them, that saving the model writes.
fn written(original: &Path) -> Result<BTreeSet<String>> {
    if !original.is_dir() {
        return Ok(original.file_name().map(|name| name.to_string_lossy().into_owned()).into_iter().collect());
    }
    let mut names = shard_names(&files_of(original)).map_err(|error| error.at(original.display()))?;
    names.extend(GUIDES.into_iter().filter(|guide| original.join(guide).is_file()).map(str::to_owned));
    Ok(names)
}
