//! Items of a task from a folder: LangEdit's layout, else the public releases.

use std::path::Path;

use super::items::{Item, POOL, parse_items};
use super::{Task, public};
use crate::{Error, ErrorKind, Result};

/// The first [`POOL`] + `count` items of `task` in `language` in the folder `folder`, in file order; fewer where the file has no more.
/// `None` where the folder has no file for them.
///
/// Looked for are `<task>_<language>.json` (LangEdit's fields: an array of `{sentence1, sentence2, label}`, `{context, question, answer}` or
/// `{text, label}`), then the files of the public releases (`public.rs`).
///
/// # Errors
/// `Io`: a file cannot be read. `Data`: it does not hold what it should; the message names the record and the field.
pub fn read_items(folder: &Path, task: Task, language: &str, count: usize) -> Result<Option<Vec<Item>>> {
    let most = POOL.saturating_add(count);
    let path = folder.join(format!("{task}_{language}.json"));
    if path.is_file() {
        let text = read(&path)?;
        return parse_items(task, &text, most).map(Some).map_err(|error| error.at(path.display()));
    }
    for (path, parse) in public::files(task, language) {
        let path = folder.join(path);
        if path.is_file() {
            let text = read(&path)?;
            return parse(&text, language, most).map(Some).map_err(|error| error.at(path.display()));
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::new(ErrorKind::Io, format!("cannot read {}: {error}", path.display())))
}
