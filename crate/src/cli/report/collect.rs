//! The reports of a folder, and how they belong together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;

use super::group::{Data, Group, settle, short};
use crate::cli::arguments::read_text;
use crate::cli::definition::{CELLS, DEFINITION, Definition, FAILED};
use crate::cli::fingerprint::fingerprint_of;
use crate::cli::numbers::{ALL_NUMBERS, counted};
use crate::cli::summary::Downstream;
use crate::facts::{Catalogue, listed};
use crate::recipe::{Recipe, Report};
use crate::{Error, ErrorKind, Result};

/// One run.
pub(super) struct Run {
    /// Name of its file without the ending.
    pub(super) id: String,
    pub(super) report: Report,
    /// The downstream tasks, where the experiment scores them.
    pub(super) xtreme: Option<Downstream>,
    /// The runs that it stands with.
    pub(super) group: Group,
}

/// Everything in a folder.
pub(super) struct Collected {
    /// The experiment, if the folder belongs to one.
    pub(super) definition: Option<Definition>,
    /// Each run once, sorted by group and seed.
    pub(super) runs: Vec<Run>,
    /// Cells that failed, with the reason.
    pub(super) failed: Vec<(String, String)>,
    /// Files that could not be read, with the reason.
    pub(super) unread: Vec<(String, String)>,
    /// What a reader must know of what was counted, in sentences.
    pub(super) notes: Vec<String>,
}

impl Collected {
    /// Reads `folder`: an experiment's, or one with reports of other commands. A file that is damaged is passed over, and named.
    ///
    /// # Errors
    /// `Io`: it cannot be listed. `Data`: it has no report.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let cells = folder.join(CELLS);
        let (definition, place) = if cells.is_dir() {
            let text = read_text(&folder.join(DEFINITION))?;
            let read = serde_json::from_str(&text).map_err(|error| Error::new(ErrorKind::Data, format!("{DEFINITION}: {error}")))?;
            (Some(read), cells)
        } else {
            (None, folder.to_owned())
        };
        let catalogue = Catalogue::builtin().ok();
        let (mut runs, mut unread, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let mut failures = BTreeMap::new();
        for path in files(&place)? {
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => match read_run(&path, id, definition.as_ref(), catalogue.as_ref()) {
                    Ok(Some(run)) => runs.push(run),
                    Ok(None) => others.push(name(&path)),
                    Err(error) => unread.push((name(&path), error.to_string())),
                },
                // A cell that has come right since the folder was listed takes its note away.
                Some(FAILED) if path.exists() => drop(failures.insert(id, read_text(&path)?.trim().to_owned())),
                _ => {}
            }
        }
        let done: BTreeSet<&String> = runs.iter().map(|run| &run.id).collect();
        let failed: Vec<_> = failures.into_iter().filter(|(id, _)| !done.contains(id)).collect();
        if runs.is_empty() && failed.is_empty() && definition.is_none() {
            let named: Vec<String> = unread.iter().map(|(_, why)| why.clone()).collect();
            let read = if named.is_empty() { String::new() } else { format!(" that can be read: {}", listed(&named)) };
            return Err(Error::new(ErrorKind::Data, format!("there is no report{read} in {}", folder.display()))
                .hint("pass the output folder of an experiment, or a folder of reports written with --report"));
        }
        let mut notes = Vec::new();
        if let Some(definition) = &definition {
            let cells = definition.cells();
            let is_missing = |id: &String| !done.contains(id) && failed.iter().all(|(failed, _)| failed != id);
            let missing = cells.iter().filter(|cell| is_missing(&cell.id)).count();
            if missing > 0 {
                notes.push(format!("The experiment is not finished: {missing} of its {} have not been made.", counted(cells.len(), "run")));
            }
        }
        if !others.is_empty() {
            notes.push(format!("Of other JSON in the folder, which is no report of an edit, nothing is here: {}.", listed(&others)));
        }
        let mut runs = each_once(runs, &mut notes);
        settle(&mut runs);
        runs.sort_by_cached_key(|run| (run.group.clone(), run.report.seed));
        let mut collected = Self { definition, runs, failed, unread, notes };
        collected.notes.extend(several_statistics(&collected.runs));
        collected.notes.extend(several_seeds(&collected.runs));
        let several = collected
            .runs
            .chunk_by(|a, b| (&a.group.start.model, &a.group.start.languages) == (&b.group.start.model, &b.group.start.languages));
        if several.into_iter().any(|runs| runs.iter().any(|run| run.group.start != runs[0].group.start)) {
            collected.notes.push(
                "These runs edited different facts, which makes their numbers incomparable: each set of facts has its own rows, beginning with \
                 the unedited model on that set."
                    .to_owned(),
            );
        }
        Ok(collected)
    }

    /// The runs by group, in the order of the groups.
    pub(super) fn groups(&self) -> Vec<(Group, Vec<&Run>)> {
        let of_group = self.runs.chunk_by(|a, b| a.group == b.group);
        of_group.filter_map(|runs| Some((runs.first()?.group.clone(), runs.iter().collect()))).collect()
    }

    /// Whether there are several sets of facts to tell apart.
    pub(super) fn several_data(&self) -> bool {
        self.runs.iter().any(|run| self.runs.first().is_some_and(|first| first.group.start.data != run.group.start.data))
    }

    /// What to call the facts that a group's runs were made with.
    pub(super) fn data_name(&self, data: &Data) -> String {
        match data {
            Data::Drawn(source) if source == "builtin" => source.clone(),
            Data::Drawn(source) => format!("{source}, drawn by seed"),
            Data::Fixed(print) => {
                let source = self.runs.iter().filter(|run| run.group.start.data == *data).find_map(|run| run.report.data.as_ref());
                format!("{} #{}", source.map_or("facts", |data| data.source.as_str()), short(print))
            }
        }
    }
}

/// A sentence for runs that started alike but for their key statistics.
fn several_statistics(runs: &[Run]) -> Option<String> {
    let of = |run: &Run| {
        let statistics = &run.report.statistics;
        (statistics.count > 0).then(|| (statistics.source.clone(), statistics.count, statistics.sha256.clone()))
    };
    let mut several = runs.chunk_by(|a, b| a.group.start == b.group.start);
    let found = several.find_map(|runs| {
        let statistics: BTreeSet<_> = runs.iter().filter_map(of).collect();
        (statistics.len() > 1).then_some(statistics)
    })?;
    let named: Vec<String> = found
        .iter()
        .map(|(source, count, sha256)| {
            let file = sha256.as_deref().map_or(String::new(), |sha256| format!(", file #{}", short(sha256)));
            format!("{source} ({}{file})", counted(usize::try_from(*count).unwrap_or(usize::MAX), "token"))
        })
        .collect();
    Some(format!("Runs that stand side by side were made with different key statistics: {}.", listed(&named)))
}

/// A sentence for methods side by side whose facts were drawn by other seeds: what tells them apart may be the facts.
fn several_seeds(runs: &[Run]) -> Option<String> {
    let mut side_by_side =
        runs.chunk_by(|a, b| a.group.start == b.group.start).filter(|runs| matches!(runs[0].group.start.data, Data::Drawn(_)));
    let of_methods = |runs: &[Run]| {
        let mut seeds: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for run in runs {
            seeds.entry(run.group.method.clone()).or_default().insert(run.report.seed);
        }
        seeds
    };
    let seeds = side_by_side
        .find_map(|runs| Some(of_methods(runs)).filter(|seeds| seeds.values().any(|own| Some(own) != seeds.values().next())))?;
    let named: Vec<String> = seeds
        .into_iter()
        .map(|(method, seeds)| format!("{method} {}", seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(" and ")))
        .collect();
    Some(format!(
        "Methods that stand side by side have facts of different seeds ({}): differences between their means are in part those of the facts.",
        listed(&named)
    ))
}

/// Whether two reports have other numbers where both have any.
fn differ(a: &Report, b: &Report) -> bool {
    a.languages.iter().any(|(code, ours)| {
        let both = b.languages.get(code).map(|theirs| ALL_NUMBERS.map(|(_, number)| number(&ours.after).zip(number(&theirs.after))));
        both.into_iter().flatten().flatten().any(|(ours, theirs)| ours != theirs)
    })
}

/// How many numbers a report has.
pub(super) fn measured(report: &Report) -> usize {
    ALL_NUMBERS.iter().filter(|(_, number)| number(&report.average.after).is_some()).count()
}

/// Leaves the first of the runs of one recipe on the same weights with the same key statistics, and says so in `notes`.
fn each_once(runs: Vec<Run>, notes: &mut Vec<String>) -> Vec<Run> {
    let mut same: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    for run in runs {
        let recipe = run.report.recipe.as_ref().map(|recipe| Recipe { expected: None, ..recipe.clone() });
        let numbers = if recipe.is_none() { Some(&run.report.languages) } else { None };
        let statistics = (&run.report.statistics.source, run.report.statistics.count, &run.report.statistics.sha256);
        let identity = fingerprint_of(&(&run.report.model_sha256, run.report.seed, statistics, recipe, numbers));
        same.entry(identity).or_default().push(run);
    }
    let mut kept = Vec::with_capacity(same.len());
    for mut runs in same.into_values() {
        if runs.len() > 1 {
            let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
            let differ = runs.iter().any(|run| differ(&run.report, &runs[0].report));
            let how = if differ { "; their numbers differ, as on another device or of another version" } else { "" };
            notes.push(format!("{} are the same run, which counts once{how}.", ids.join(", ")));
        }
        // Who says where the facts come from comes first, and of those who measured most.
        runs.sort_by_key(|run| (run.report.data.is_none(), Reverse(measured(&run.report))));
        kept.extend(runs.into_iter().next());
    }
    notes.sort();
    kept
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

/// The name of a file in the folder.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A report, or nothing if the file is something else and need not be a report.
fn read_run(path: &Path, id: String, definition: Option<&Definition>, catalogue: Option<&Catalogue>) -> Result<Option<Run>> {
    let damaged = |error: serde_json::Error| Error::new(ErrorKind::Data, format!("{}: {error}", path.display()));
    let value: Value = serde_json::from_str(&read_text(path)?).map_err(damaged)?;
    let is_report = ["steps", "languages", "average", "timing"].iter().all(|field| value.get(field).is_some());
    if !is_report && definition.is_none() {
        return Ok(None);
    }
    let xtreme = value.get("xtreme").map(Downstream::deserialize).transpose().map_err(damaged)?;
    let report: Report = serde_json::from_value(value).map_err(damaged)?;
    let data = match definition {
        // A cell of a language alone has the facts that were drawn for all.
        Some(definition) if definition.data == "builtin" => Data::Drawn(definition.data.clone()),
        _ => Data::of(&report, catalogue),
    };
    Ok(Some(Run { id, group: Group::of(&report, data), report, xtreme }))
}
