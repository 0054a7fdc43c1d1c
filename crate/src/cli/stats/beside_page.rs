//! The folder `statistics/` beside a page: a file for each model that whoever hosts the page collected statistics of, by the model's hash, and the
//! list by which the page knows them. It asks for what is listed alone, so that no host learns the hash of a model that a reader opens.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::checkpoint::{ManifestFile, write_atomically};
use crate::cli::arguments::read_bytes;
use crate::cli::statistics::read_statistics;
use crate::edit::settings::format_layers;
use crate::{Error, ErrorKind, Result};

const LIST: &str = "list.json";

#[derive(Default, Serialize, Deserialize)]
struct List {
    files: Vec<ManifestFile>,
}

/// The file in `folder` of the model with this hash.
pub(super) fn file_of(folder: &Path, model: &str) -> PathBuf {
    folder.join(format!("{model}.safetensors"))
}

/// Refuses to replace the statistics of a model in its `file` by fewer: of fewer tokens (`most`, where that is known before they are counted), or
/// of fewer layers. What is there and cannot be read is replaced.
///
/// # Errors
/// `Usage` with what is there.
pub(super) fn refuse_fewer(file: &Path, layers: &[usize], most: Option<u64>) -> Result<()> {
    let Some(held) = Some(file).filter(|file| file.is_file()).and_then(|file| read_statistics(file).ok()) else { return Ok(()) };
    let (held_layers, count): (Vec<usize>, _) = (held.layers().map(|(layer, _)| layer).collect(), held.count() as u64);
    let fewer = held_layers.iter().any(|layer| !layers.contains(layer)) || most.is_some_and(|most| most < count);
    if fewer {
        let held = format!("statistics of layers {} over {count} tokens", format_layers(&held_layers));
        return Err(Error::new(ErrorKind::Usage, format!("{} holds {held}, more than these would be", file.display()))
            .hint("delete it if that is wanted"));
    }
    Ok(())
}

/// What `folder` lists.
///
/// # Errors
/// `Data`: its list is none.
fn read(folder: &Path) -> Result<List> {
    let path = folder.join(LIST);
    if !path.exists() {
        return Ok(List::default());
    }
    serde_json::from_slice(&read_bytes(&path)?).map_err(|error| {
        Error::new(ErrorKind::Data, format!("{} is no list of statistics: {error}", path.display()))
            .hint("delete it, and it is begun anew with the next file")
    })
}

/// Checks that a file can be listed in `folder`.
///
/// # Errors
/// As [`enlist`].
pub(super) fn check(folder: &Path) -> Result<()> {
    read(folder).map(drop)
}

/// Lists `file` in `folder`, in place of an earlier one of the same model.
///
/// # Errors
/// `Data`: what is there is no list. `Io`: it cannot be written.
pub(super) fn enlist(folder: &Path, file: ManifestFile) -> Result<()> {
    let mut list = read(folder)?;
    list.files.retain(|held| held.path != file.path);
    list.files.push(file);
    list.files.sort_by(|a, b| a.path.cmp(&b.path));
    let text = serde_json::to_string_pretty(&list).map_err(|error| Error::new(ErrorKind::Data, error.to_string()))?;
    write_atomically(&folder.join(LIST), |out| Ok(writeln!(out, "{text}")?))
}
