//! Files that flags name: read, checked before the long work begins, and written after it.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::checkpoint::{own_mark, write_atomically};
use crate::{Error, ErrorKind, Result, ensure};

/// Reads a whole text file, with its name in the error.
///
/// # Errors
/// `Io`: it cannot be read. `Data`: it is not UTF-8.
pub(in crate::cli) fn read_text(path: &Path) -> Result<String> {
    let text =
        String::from_utf8(read_bytes(path)?).map_err(|_| Error::new(ErrorKind::Data, format!("{} is not UTF-8 text", path.display())))?;
    // Editors of some systems begin a file with a mark of its byte order.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Reads a whole file, with its name in the error.
///
/// # Errors
/// `Io`: it cannot be read.
pub(in crate::cli) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::new(ErrorKind::Io, format!("cannot read {}: {error}", path.display())))
}

/// Checks that a file can be created at `path` later.
///
/// # Errors
/// `Io`: its folder does not exist or takes no files, or a folder has its name.
pub(in crate::cli) fn check_output(path: &Path, what: &str) -> Result<()> {
    refuse_dash(path, what)?;
    ensure!(!path.is_dir(), Io, "cannot write the {what}: {} is a folder", path.display());
    let named_as_folder = path.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    ensure!(!named_as_folder, Io, "cannot write the {what}: the folder {} does not exist", path.display());
    check_new(path, what)
}

/// Checks that the folder around `path` takes a file or a folder of its name.
fn check_new(path: &Path, what: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), Io, "cannot write the {what}: the folder {} does not exist", folder.display());
    // A device or pipe is written to as it is.
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return Ok(());
    }
    check_writable(folder, what)
}

fn refuse_dash(path: &Path, what: &str) -> Result<()> {
    ensure!(path != Path::new("-"), Usage, "cannot write the {what} to `-`: name a file (/dev/stdout is one)");
    Ok(())
}

fn check_writable(folder: &Path, what: &str) -> Result<()> {
    let trial = folder.join(format!(".langedit.{}.trial", own_mark()));
    File::create(&trial).and_then(|_| std::fs::remove_file(&trial)).map_err(|error| {
        Error::new(ErrorKind::Io, format!("cannot write the {what}: the folder {} takes no files: {error}", folder.display()))
    })
}

/// Checks that a file or folder is there before the long work begins.
///
/// # Errors
/// `Io` naming it.
pub(in crate::cli) fn check_input(path: &Path, what: &str) -> Result<()> {
    ensure!(path.exists(), Io, "cannot read the {what}: {} does not exist", path.display());
    Ok(())
}

/// Checks that `path` is, or can become, a folder for `what`.
///
/// # Errors
/// `Io`: a file has its name, it takes no files, or the folder around it does not exist or takes none.
pub(in crate::cli) fn check_folder(path: &Path, what: &str) -> Result<()> {
    // A file is one even where it is named with a slash behind it.
    let path = &path.components().collect::<PathBuf>();
    ensure!(!path.exists() || path.is_dir(), Io, "cannot write the {what}: {} is a file, not a folder", path.display());
    refuse_dash(path, what)?;
    if path.is_dir() { check_writable(path, what) } else { check_new(path, what) }
}

/// The number in a file name such as `step3.safetensors`, where that is its form.
pub(in crate::cli) fn number_in_name(path: &Path, before: &str) -> Option<usize> {
    path.file_name()?.to_str()?.strip_prefix(before)?.strip_suffix(".safetensors")?.parse().ok()
}

/// Writes a whole file unless there is one of that name, whichever of several processes comes first.
///
/// # Errors
/// `Io`: it cannot be written.
pub(in crate::cli) fn write_new_text(path: &Path, text: &str) -> Result<()> {
    let whole = path.with_file_name(format!(".langedit.{}.new", own_mark()));
    write_text(&whole, text)?;
    // Unlike a renamed file, a linked one takes no other's place.
    let linked = std::fs::hard_link(&whole, path);
    std::fs::remove_file(&whole).unwrap_or_default();
    match linked {
        Err(_) if !path.exists() => write_text(path, text),
        _ => Ok(()),
    }
}

/// Writes a whole file, or none.
///
/// # Errors
/// `Io`: it cannot be written.
pub(in crate::cli) fn write_text(path: &Path, text: &str) -> Result<()> {
    write_atomically(path, |out| Ok(out.write_all(text.as_bytes())?))
}
