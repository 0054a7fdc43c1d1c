//! Files: memory maps, the hash cache, and writing that is never half done. Only native.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{Checkpoint, digest, gguf, safetensors_dir};
use crate::model::quant::Bytes;
use crate::{Error, ErrorKind, Result};

/// Opens a GGUF file or a directory in Hugging Face layout. Nothing is read but the headers, and the contents once for their hash, which is
/// remembered in the cache folder.
///
/// # Errors
/// Nothing is there, it cannot be read, or it is no checkpoint of a supported architecture; the message names the tensor or field.
pub fn open(path: &Path) -> Result<Checkpoint> {
    let meta = fs::metadata(path).map_err(|error| {
        failed("cannot open", path, &error).hint("a model is `builtin`, a .gguf file or a directory with config.json and *.safetensors")
    })?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let opened = if meta.is_dir() {
        let digest = |shards: &BTreeMap<String, Bytes>| {
            let paths: Vec<_> = shards.keys().map(|shard| path.join(shard)).collect();
            cached_hash(cache_for(shards.values()), &paths, || digest::sha256(shards.values().map(Bytes::as_slice)))
        };
        // The whole name: a directory's dots are part of it.
        let name = path.file_name().map_or(name, |name| name.to_string_lossy().into_owned());
        safetensors_dir::open_with(files_of(path), &name, digest)
    } else {
        let bytes = map_file(path)?;
        let hash = || cached_hash(cache_for([&bytes]), &[path.to_owned()], || digest::sha256([bytes.as_slice()]));
        gguf::open_with(&bytes, &name, hash)
    };
    opened.map_err(|error| error.at(path.display()))
}

/// The files of a directory by their names, mapped when they are asked for.
pub(super) fn files_of(directory: &Path) -> impl Fn(&str) -> Result<Option<Bytes>> {
    |name| {
        let file = directory.join(name);
        if file.is_file() { map_file(&file).map(Some) } else { Ok(None) }
    }
}

/// Maps a file into memory.
///
/// # Errors
/// It cannot be opened or mapped.
#[allow(unsafe_code, reason = "memory maps have no safe constructor")]
pub fn map_file(path: &Path) -> Result<Bytes> {
    let file = File::open(path).map_err(|error| failed("cannot open", path, &error))?;
    let len = file.metadata().map_err(|error| failed("cannot read", path, &error))?.len();
    if len == 0 {
        return Ok(Bytes::new(Vec::new()));
    }
    // SAFETY: the map is read-only and private to us. Another process that truncates the file while it is mapped makes reads fail with a
    // signal, as with every program that maps its weights; we ourselves only ever replace files by renaming.
    let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|error| failed("cannot map", path, &error))?;
    Ok(Bytes::new(map))
}

/// Writes a file through `write`, under a temporary name until it is complete. A link is followed, and a device or a pipe is written to: neither
/// is replaced.
///
/// # Errors
/// `write` fails, or the file cannot be created, flushed or renamed. The temporary file is removed and an older file at `path` left alone.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(name) = path.file_name() else {
        return Err(Error::new(ErrorKind::Usage, format!("{} names no file", path.display())));
    };
    // A full disk does not say what was written to it.
    let named = |error: Error| if error.kind() == ErrorKind::Io { error.at(path.display()) } else { error };
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let mut out = File::options().write(true).open(path).map_err(|error| failed("cannot write", path, &error))?;
        return write(&mut out).map_err(named);
    }
    let temporary = path.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), own_mark()));
    let written = (|| {
        let file = File::create(&temporary).map_err(|error| failed("cannot create", &temporary, &error))?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        write(&mut writer).map_err(named)?;
        let file = writer.into_inner().map_err(|error| failed("cannot write", &temporary, error.error()))?;
        file.sync_all().map_err(|error| failed("cannot write", &temporary, &error))?;
        fs::rename(&temporary, path).map_err(|error| failed("cannot replace", path, &error))
    })();
    if written.is_err() {
        // Best effort: the first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Part of the names of temporary files: no two are the same, even of processes with the same number on machines that share a folder.
pub fn own_mark() -> String {
    // Hashing nothing gives the keys away, which the system drew for this process.
    format!("{}-{:016x}", std::process::id(), RandomState::new().build_hasher().finish())
}

/// The user's cache folder for this program: `$XDG_CACHE_HOME/langedit`, `~/.cache/langedit` or `%LOCALAPPDATA%\langedit`.
pub fn cache_dir() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache"))).or_else(|| variable("LOCALAPPDATA"));
    base.map(|base| base.join("langedit"))
}

/// Hashing less than this takes no noticeable time.
const WORTH_REMEMBERING: u64 = 32 << 20;

/// The hash of the files, from the cache in `dir` where they have the path, size and time of change that they had when it was computed.
/// The cache is a convenience: where it cannot be read or written, the hash is computed.
fn cached_hash(dir: Option<PathBuf>, paths: &[PathBuf], compute: impl FnOnce() -> String) -> String {
    let states = paths.iter().map(|path| file_state(path)).collect::<Option<Vec<_>>>();
    let key = states.map(|states| digest::sha256([states.join("\n").as_bytes()]));
    let Some(entry) = dir.zip(key).map(|(dir, key)| dir.join("sha256").join(key)) else { return compute() };
    let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(hash) = fs::read_to_string(&entry).ok().filter(is_hash) {
        return hash;
    }
    let hash = compute();
    let stored = entry.parent().map_or(Ok(()), fs::create_dir_all).map_err(Error::from);
    let stored = stored.and_then(|()| write_atomically(&entry, |out| Ok(out.write_all(hash.as_bytes())?)));
    if let Err(error) = stored {
        log::debug!("the hash is not remembered: {error}");
    }
    hash
}

/// The cache folder, if so many bytes are worth an entry.
fn cache_for<'a>(files: impl IntoIterator<Item = &'a Bytes>) -> Option<PathBuf> {
    let size: u64 = files.into_iter().map(|bytes| bytes.len() as u64).sum();
    if size < WORTH_REMEMBERING { None } else { cache_dir() }
}

/// Path, size and time of change.
fn file_state(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    let meta = fs::metadata(&path).ok()?;
    let changed = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{}\t{}\t{}", path.display(), meta.len(), changed.as_nanos()))
}

/// An input/output error with the path.
pub(super) fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot write its files should stop")]

    use super::*;

    #[test]
    fn a_hash_is_remembered_until_the_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("weights");
        let (old, new) = ("a".repeat(64), "b".repeat(64));
        let ask = |hash: &str| cached_hash(Some(dir.path().to_owned()), std::slice::from_ref(&file), || hash.to_owned());
        fs::write(&file, "1").unwrap();
        assert_eq!(ask(&old), old);
        assert_eq!(ask(&new), old);
        fs::write(&file, "22").unwrap();
        assert_eq!(ask(&new), new);
        // A damaged entry is ignored.
        for entry in fs::read_dir(dir.path().join("sha256")).unwrap() {
            fs::write(entry.unwrap().path(), "half").unwrap();
        }
        assert_eq!(ask(&old), old);
    }

    #[test]
    fn a_hash_without_a_writable_cache_is_computed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("weights");
        fs::write(&file, "1").unwrap();
        // The cache folder is a file.
        assert_eq!(cached_hash(Some(file.clone()), std::slice::from_ref(&file), || "c".repeat(64)), "c".repeat(64));
        assert_eq!(cached_hash(None, &[file], || "d".repeat(64)), "d".repeat(64));
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("weights");
        write_atomically(&file, |out| Ok(out.write_all(b"old")?)).unwrap();
        let failed = write_atomically(&file, |out| {
            out.write_all(b"half of the new")?;
            Err(Error::new(ErrorKind::Cancelled, "stopped"))
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_are_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("report.json"), dir.path().join("latest.json"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_atomically(&link, |out| Ok(out.write_all(b"new")?)).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        // A pipe has a reader, who gets what is written.
        let (mut reader, writer) = std::io::pipe().unwrap();
        let pipe = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer));
        if Path::new(&pipe).exists() {
            write_atomically(Path::new(&pipe), |out| Ok(out.write_all(b"through")?)).unwrap();
            drop(writer);
            let mut read = String::new();
            std::io::Read::read_to_string(&mut reader, &mut read).unwrap();
            assert_eq!(read, "through");
        }
    }
}
