//! The cells of an experiment one by one, for an engine that runs them on many machines: their list, and one of them by its id.

use std::cmp::Reverse;
use std::path::PathBuf;

use serde::Serialize;

use super::folder::Folder;
use crate::cli::definition::{Cell, Definition};
use crate::edit::{MergeSettings, Method};
use crate::facts::Order;
use crate::{Error, ErrorKind, Result};

/// How many ids an unknown one is answered with.
const NEAR: usize = 5;

/// A line of `--list-cells`: what the cell varies, and what an engine has to know of it.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    id: &'a str,
    model: &'a str,
    method: Method,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge: Option<MergeSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Order>,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    /// The report that it writes.
    output: PathBuf,
    /// Whether it reads key statistics.
    statistics: bool,
    /// Whether its report is there.
    done: bool,
}

impl<'a> Listed<'a> {
    pub(super) fn new(definition: &Definition, cell: &'a Cell, folder: &Folder<'_>) -> Self {
        let Cell { id, model, method, merge, order, seed, language } = cell;
        Self {
            id,
            model,
            method: *method,
            merge: *merge,
            order: *order,
            seed: *seed,
            language: language.as_deref(),
            output: folder.report(cell),
            statistics: definition.needs_statistics(cell),
            done: folder.kept(cell).is_some(),
        }
    }
}

/// The cell called `id`.
///
/// # Errors
/// `Usage` with the ids that are most like it.
pub(super) fn find(cells: &[Cell], id: &str) -> Result<Cell> {
    if let Some(found) = cells.iter().find(|cell| cell.id == id) {
        return Ok(found.clone());
    }
    let mut cells: Vec<&Cell> = cells.iter().collect();
    cells.sort_by_key(|cell| Reverse(in_common(&cell.id, id)));
    let near: Vec<&str> = cells.iter().take(NEAR).map(|cell| cell.id.as_str()).collect();
    let message = format!("--cell: the experiment has no cell `{}`", id.escape_debug());
    Err(Error::new(ErrorKind::Usage, message).hint(format!("near it: {}; --list-cells prints all {}", near.join(", "), cells.len())))
}

/// How many letters two ids have in common at their beginnings and ends.
fn in_common(a: &str, b: &str) -> usize {
    let same = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| a.zip(b).take_while(|(a, b)| a == b).count();
    let front = same(&mut a.bytes(), &mut b.bytes());
    let back = same(&mut a.bytes().rev(), &mut b.bytes().rev());
    (front + back).min(a.len())
}
