//! Files that `langedit stats` writes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::checkpoint::own_mark;

/// A file for the sums of a long corpus, beside the one that is to be written, or in the folder for temporary files where that is a pipe or device. A short corpus never touches it, so it is created when it is first
/// used; and gone with the process, however that ends, where an open file can be removed.
pub(super) struct ScratchFile {
    file: Option<File>,
    path: PathBuf,
}

impl ScratchFile {
    /// Beside `out`.
    pub(super) fn beside(out: &Path) -> Self {
        let out = fs::canonicalize(out).unwrap_or_else(|_| out.to_owned());
        let name = format!(".{}.{}.sums", out.file_name().unwrap_or_default().to_string_lossy(), own_mark());
        let special = fs::metadata(&out).is_ok_and(|there| !there.is_file());
        Self { file: None, path: if special { std::env::temp_dir().join(name) } else { out.with_file_name(name) } }
    }

    /// A full disk does not say what was written to it.
    fn named(&self, doing: &str, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("cannot {doing} {}: {error}", self.path.display()))
    }

    fn file(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let file = File::options().read(true).write(true).create(true).truncate(true).open(&self.path);
            self.file = Some(file.map_err(|error| self.named("create", &error))?);
            self.remove();
        }
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Best effort: a file that is left over hinders nothing.
    fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            self.remove();
        }
    }
}

impl Read for ScratchFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file()?.read(bytes);
        read.map_err(|error| self.named("read", &error))
    }
}

impl Write for ScratchFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file()?.write(bytes);
        written.map_err(|error| self.named("write", &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

impl Seek for ScratchFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file()?.seek(to)
    }
}

/// Writes to a file and hashes what is written.
pub(super) struct Hashed<'a> {
    pub(super) file: &'a mut dyn Write,
    pub(super) hasher: &'a mut Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
