//! Whether a step is up to date: a stamp beside its output holds the hash of its inputs.
//!
//! Contents are hashed and not times compared, because a fresh clone or a restored cache gives every file a new time.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The hash of a step's inputs, built up one input at a time.
pub(crate) struct Inputs(Sha256);

impl Inputs {
    /// Starts with the version of the step itself, so that a changed step runs again.
    pub(crate) fn new(step: &str) -> Self {
        Self(Sha256::new_with_prefix(step.as_bytes()))
    }

    /// Adds a file or a folder with everything below it but the names in `skip`. What does not exist counts as such.
    pub(crate) fn add(&mut self, path: &Path, skip: &[&str]) -> Result<()> {
        let mut files = Vec::new();
        collect(path, skip, &mut files)?;
        files.sort();
        for file in files {
            let name = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().into_owned();
            self.0.update((name.len() as u64).to_le_bytes());
            self.0.update(name.as_bytes());
            self.add_file(&file).with_context(|| format!("cannot read {}", file.display()))?;
        }
        Ok(())
    }

    fn add_file(&mut self, file: &Path) -> io::Result<()> {
        let mut reader = fs::File::open(file)?;
        self.0.update(reader.metadata()?.len().to_le_bytes());
        let mut buffer = vec![0; 1 << 20];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(()),
                n => self.0.update(buffer.get(..n).unwrap_or_default()),
            }
        }
    }

    /// The stamp at `path`, to be compared and written.
    pub(crate) fn stamp(self, path: PathBuf) -> Stamp {
        let digest = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Stamp { path, digest }
    }
}

/// A file that says for which inputs an output was made.
pub(crate) struct Stamp {
    path: PathBuf,
    digest: String,
}

impl Stamp {
    /// Whether the output was made from these inputs.
    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|old| old == self.digest)
    }

    /// Records that it now is.
    pub(crate) fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.digest).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn collect(path: &Path, skip: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))? {
            let entry = entry?;
            if !skip.iter().any(|name| entry.file_name() == *name) {
                collect(&entry.path(), skip, files)?;
            }
        }
    } else if path.exists() {
        files.push(path.to_path_buf());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp_of(folder: &Path, at: &Path) -> Stamp {
        let mut inputs = Inputs::new("test");
        inputs.add(folder, &["ignored"]).unwrap();
        inputs.stamp(at.to_path_buf())
    }

    #[test]
    fn a_stamp_is_fresh_until_an_input_changes() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        let at = folder.path().join("stamp");
        fs::create_dir_all(source.join("deep")).unwrap();
        fs::write(source.join("deep/a"), "one").unwrap();
        assert!(!stamp_of(&source, &at).is_fresh());
        stamp_of(&source, &at).write().unwrap();
        assert!(stamp_of(&source, &at).is_fresh());
        fs::write(source.join("ignored"), "x").unwrap();
        assert!(stamp_of(&source, &at).is_fresh(), "a skipped name must not count");
        fs::write(source.join("deep/a"), "two").unwrap();
        assert!(!stamp_of(&source, &at).is_fresh(), "changed contents must count");
        fs::write(source.join("deep/a"), "one").unwrap();
        fs::rename(source.join("deep/a"), source.join("deep/b")).unwrap();
        assert!(!stamp_of(&source, &at).is_fresh(), "a changed name must count");
    }
}
