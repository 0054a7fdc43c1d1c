//! The folder's files.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use serde::Serialize;
use serde_json::{Number, Value};

use crate::checkpoint::write_atomically;
use crate::{Error, ErrorKind, Result};

/// Passes every number of `value` that is no integer through `change`, always in the same order. JSON's decimal numbers do not all come
/// back with the same bits, and a run that goes on must not differ from one that was never stopped.
pub(super) fn each_float(value: &mut Value, change: &mut impl FnMut(f64) -> Result<f64>) -> Result<()> {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(exact) = Number::from_f64(change(number.as_f64().unwrap_or_default())?) {
                *number = exact;
            }
        }
        Value::Array(list) => list.iter_mut().try_for_each(|value| each_float(value, change))?,
        Value::Object(map) => map.values_mut().try_for_each(|value| each_float(value, change))?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

/// Takes the folder for this process until the file is dropped or the process ends; nothing where the system cannot lock a folder.
///
/// # Errors
/// `Io`: another process has it.
pub(super) fn lock(folder: &Path) -> Result<Option<File>> {
    let Ok(opened) = File::open(folder) else { return Ok(None) };
    match opened.try_lock() {
        Ok(()) => Ok(Some(opened)),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another run is keeping its state in {}", folder.display());
            Err(Error::new(ErrorKind::Io, message).hint("wait until it is done, or name another folder"))
        }
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Removes the files that a killed run was writing.
pub(super) fn remove_halves(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| failed("cannot list", folder, &error))? {
        let path = entry.map_err(|error| failed("cannot list", folder, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if [".step", ".recipe.", ".run."].iter().any(|start| name.starts_with(start)) && name.ends_with(".partial") {
            fs::remove_file(&path).map_err(|error| failed("cannot remove", &path, &error))?;
        }
    }
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| failed("cannot read", path, &error))
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&read(path)?).map_err(|error| {
        let step = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("step"));
        let advice =
            if step { "delete this file: the run makes the step and those after it again" } else { "name another folder to begin anew" };
        Error::new(ErrorKind::Data, format!("{} is damaged: {error}", path.display())).hint(advice)
    })
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(no_json)?;
    write_atomically(path, |out| Ok(out.write_all(&text)?))
}

pub(super) fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{what} {}: {error}", path.display()))
}

#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
pub(super) fn no_json(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Data, format!("cannot be written as JSON: {error}"))
}
