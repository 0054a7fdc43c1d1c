//! Files that `langedit stats` writes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// A file for the sums of a long corpus, beside the one that is to be written. A short corpus never touches it, so it is created when it is first
/// used; and gone with the process, however that ends, where an open file can be removed.
pub(super) struct ScratchFile {
    file: Option<File>,
    path: PathBuf,
}

impl ScratchFile {
    /// Beside `out`.
    pub(super) fn beside(out: &Path) -> Self {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        Self { file: None, path: out.with_file_name(format!(".{name}.{}.sums", std::process::id())) }
    }

    fn file(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let file = File::options().read(true).write(true).create(true).truncate(true).open(&self.path);
            let named = |error: io::Error| io::Error::new(error.kind(), format!("cannot create {}: {error}", self.path.display()));
            self.file = Some(file.map_err(named)?);
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
        self.file()?.read(bytes)
    }
}

impl Write for ScratchFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
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
