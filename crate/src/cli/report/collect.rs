//! The reports of a folder, and how they belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;

use crate::cli::arguments::read_text;
use crate::cli::definition::{CELLS, DEFINITION, Definition, FAILED, merge_name};
use crate::cli::summary::Downstream;
use crate::facts::Order;
use crate::recipe::Report;
use crate::{Error, ErrorKind, Result};

/// One run.
pub(super) struct Run {
    /// Name of its file without the ending.
    pub(super) id: String,
    pub(super) report: Report,
    /// The downstream tasks, where the experiment scores them.
    pub(super) xtreme: Option<Downstream>,
}

/// Everything in a folder.
pub(super) struct Collected {
    /// The experiment, if the folder belongs to one.
    pub(super) definition: Option<Definition>,
    /// Sorted by group and seed.
    pub(super) runs: Vec<Run>,
    /// Cells that failed, with the reason.
    pub(super) failed: Vec<(String, String)>,
}

/// What runs that differ only in the seed have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) model: String,
    /// Languages whose facts are edited, in the order of the tables.
    pub(super) languages: Vec<String>,
    pub(super) method: String,
    /// `round-robin`, `by-language`, `mixed`, or `-` if it makes no difference.
    pub(super) order: &'static str,
    /// Facts that are edited in all.
    pub(super) facts: usize,
}

impl Run {
    /// The group it belongs to.
    pub(super) fn group(&self) -> Group {
        let report = &self.report;
        let languages = match &report.recipe {
            Some(recipe) => recipe.languages.clone(),
            None => report.languages.keys().cloned().collect(),
        };
        let method = report.merge.as_ref().map_or_else(|| report.method.to_string(), |merge| merge_name(&merge.settings, report.method));
        let order = match report.recipe.as_ref().map(|recipe| recipe.order) {
            _ if report.merge.is_some() || languages.len() == 1 => "-",
            Some(Order::RoundRobin) => "round-robin",
            Some(Order::ByLanguage) => "by-language",
            Some(Order::Mixed) => "mixed",
            None => "-",
        };
        let facts = report.steps.iter().map(|step| step.facts).sum();
        Group { model: report.model.clone(), languages, method, order, facts }
    }
}

impl Collected {
    /// Reads `folder`: an experiment's, or one with reports of other commands.
    ///
    /// # Errors
    /// `Io`: it cannot be read. `Data`: a report is damaged, or there is none.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let cells = folder.join(CELLS);
        let (definition, place) = if cells.is_dir() {
            let text = read_text(&folder.join(DEFINITION))?;
            let read = serde_json::from_str(&text).map_err(|error| Error::new(ErrorKind::Data, format!("{DEFINITION}: {error}")))?;
            (Some(read), cells)
        } else {
            (None, folder.to_owned())
        };
        let mut runs = Vec::new();
        let mut failures = BTreeMap::new();
        for path in files(&place)? {
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => runs.extend(read_run(&path, id, definition.is_some())?),
                Some(FAILED) => drop(failures.insert(id, read_text(&path)?.trim().to_owned())),
                _ => {}
            }
        }
        let done: BTreeSet<&String> = runs.iter().map(|run| &run.id).collect();
        let failed: Vec<_> = failures.into_iter().filter(|(id, _)| !done.contains(id)).collect();
        if runs.is_empty() && failed.is_empty() && definition.is_none() {
            return Err(Error::new(ErrorKind::Data, format!("there is no report in {}", folder.display()))
                .hint("pass the output folder of an experiment, or a folder of reports written with --report"));
        }
        runs.sort_by_cached_key(|run| (run.group(), run.report.seed));
        Ok(Self { definition, runs, failed })
    }

    /// The runs by group, in the order of the groups.
    pub(super) fn groups(&self) -> Vec<(Group, Vec<&Run>)> {
        let mut groups: Vec<(Group, Vec<&Run>)> = Vec::new();
        for run in &self.runs {
            let group = run.group();
            match groups.last_mut() {
                Some((last, runs)) if *last == group => runs.push(run),
                _ => groups.push((group, vec![run])),
            }
        }
        groups
    }
}

/// The files of a folder by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot list {}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // A file that is being written begins with a dot.
        if path.is_file() && !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A report, or nothing if the file is something else and need not be a report.
fn read_run(path: &Path, id: String, certain: bool) -> Result<Option<Run>> {
    let damaged = |error: serde_json::Error| Error::new(ErrorKind::Data, format!("{}: {error}", path.display()));
    let value: Value = match serde_json::from_str(&read_text(path)?) {
        Ok(value) => value,
        Err(error) => return Err(damaged(error)),
    };
    let is_report = ["steps", "languages", "average", "timing"].iter().all(|field| value.get(field).is_some());
    if !is_report && !certain {
        return Ok(None);
    }
    let xtreme = value.get("xtreme").map(Downstream::deserialize).transpose().map_err(damaged)?;
    let report = serde_json::from_value(value).map_err(damaged)?;
    Ok(Some(Run { id, report, xtreme }))
}
