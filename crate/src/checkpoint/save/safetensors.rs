//! A directory in Hugging Face layout with some tensors replaced. Only native.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{self, File};
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View, serialize_to_file};

use super::{Replaced, to_file};
use crate::checkpoint::disk::{failed, files_of, own_mark, write_atomically};
use crate::checkpoint::names::hugging_face_place;
use crate::checkpoint::safetensors_dir::{INDEX, read_model, read_shard};
use crate::model::quant::Bytes;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Copies the checkpoint in the directory `original` to `out`, with the tensors in `replaced` (canonical names) as F32: the same shards under
/// the same names, and the configuration and tokenizer files. Loaders that cast to the configuration's `dtype` round the new weights; ask
/// them for float32.
///
/// Each file has a temporary name until it is complete, and config.json comes last: a directory that has it is whole.
///
/// # Errors
/// `original` is no checkpoint that we read, `out` is the same directory, a name or shape in `replaced` is not the model's, or writing fails.
pub fn save_safetensors_dir(original: &Path, replaced: &Replaced, out: &Path) -> Result<()> {
    let fetch = files_of(original);
    let model = read_model(&fetch).map_err(|error| error.at(original.display()))?;
    let mut tensors = BTreeMap::new();
    for (shard, bytes) in &model.shards {
        tensors.extend(read_shard(bytes).map_err(|error| error.at(shard))?);
    }
    let place = |name: &str| hugging_face_place(&model.config, model.prefix, name);
    let new = to_file(&model.config, replaced, place, &tensors)?;

    fs::create_dir_all(out).map_err(|error| failed("cannot create", out, &error))?;
    let same = fs::canonicalize(original).ok().zip(fs::canonicalize(out).ok()).is_some_and(|(original, out)| original == out);
    ensure!(!same, Usage, "{} is the checkpoint itself: save to another directory", out.display());
    let config = out.join("config.json");
    if config.exists() {
        fs::remove_file(&config).map_err(|error| failed("cannot replace", &config, &error))?;
    }

    let mut grown = 0;
    for (shard, bytes) in &model.shards {
        grown += write_shard(bytes, &new, &out.join(shard)).map_err(|error| error.at(shard))?;
    }
    for name in small_files(original)? {
        if name != INDEX && !model.shards.contains_key(&name) {
            copy(&fetch, &name, out)?;
        }
    }
    if let Some(index) = fetch(INDEX)? {
        let index = grow_index(index.as_slice(), grown)?;
        write_atomically(&out.join(INDEX), |file| Ok(file.write_all(&index)?))?;
    }
    copy(&fetch, "config.json", out)
}

fn copy(fetch: &impl Fn(&str) -> Result<Option<Bytes>>, name: &str, out: &Path) -> Result<()> {
    let Some(bytes) = fetch(name)? else { bail!(Io, "{name} has disappeared") };
    write_atomically(&out.join(name), |file| Ok(file.write_all(bytes.as_slice())?))
}

/// Configuration, tokenizer and licence files, but not weights in other formats; config.json is left for the end.
fn small_files(original: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(original).map_err(|error| failed("cannot list", original, &error))? {
        let path = entry.map_err(|error| failed("cannot list", original, &error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let wanted = ["json", "txt", "model", "jinja", "md"].iter().any(|end| path.extension().is_some_and(|found| found == *end));
        if path.is_file() && (wanted || name.starts_with("LICENSE") || name.starts_with("NOTICE")) && name != "config.json" {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A tensor of the new shard.
struct Piece<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Cow<'a, [u8]>,
}

impl View for Piece<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }
    fn data_len(&self) -> usize {
        self.data.len()
    }
}

/// Writes the shard with its new tensors; says by how many bytes they grew.
fn write_shard(bytes: &Bytes, new: &BTreeMap<String, Vec<f32>>, path: &Path) -> Result<u64> {
    let corrupt = |error| Error::new(ErrorKind::Checkpoint, format!("the header is corrupt or the file truncated: {error}"));
    let (_, metadata) = SafeTensors::read_metadata(bytes.as_slice()).map_err(corrupt)?;
    let old = SafeTensors::deserialize(bytes.as_slice()).map_err(corrupt)?;
    let mut grown = 0;
    let pieces: Vec<_> = old
        .iter()
        .map(|(name, view)| {
            let piece = match new.get(name) {
                Some(values) => Piece {
                    dtype: Dtype::F32,
                    shape: view.shape().to_vec(),
                    data: values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into(),
                },
                None => Piece { dtype: view.dtype(), shape: view.shape().to_vec(), data: view.data().into() },
            };
            grown += (piece.data.len() - view.data().len().min(piece.data.len())) as u64;
            (name.to_owned(), piece)
        })
        .collect();
    let temporary = path.with_extension(format!("{}.partial", own_mark()));
    let cannot_write = |error: &dyn Display| Error::new(ErrorKind::Io, format!("cannot write {}: {error}", temporary.display()));
    // The library makes a file that its owner alone may read: this one is to have the permissions of any other.
    let permissions = File::create(&temporary).and_then(|file| file.metadata()).map(|found| found.permissions());
    let written = permissions
        .map_err(|error| cannot_write(&error))
        .and_then(|permissions| {
            serialize_to_file(pieces, metadata.metadata().clone(), &temporary).map_err(|error| cannot_write(&error))?;
            fs::set_permissions(&temporary, permissions).map_err(|error| cannot_write(&error))
        })
        .and_then(|()| fs::rename(&temporary, path).map_err(|error| failed("cannot replace", path, &error)));
    if written.is_err() {
        // Best effort: the first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written.map(|()| grown)
}

/// The index with its total size brought up to date.
fn grow_index(index: &[u8], grown: u64) -> Result<Vec<u8>> {
    let wrong = |error| Error::new(ErrorKind::Checkpoint, format!("{INDEX} is no JSON: {error}"));
    let mut json: serde_json::Value = serde_json::from_slice(index).map_err(wrong)?;
    if let Some(total) = json.pointer_mut("/metadata/total_size")
        && let Some(size) = total.as_u64()
    {
        *total = (size + grown).into();
    }
    serde_json::to_vec_pretty(&json).map_err(wrong)
}
