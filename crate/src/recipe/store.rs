//! The state of a run in a folder, step by step, so that a run that was stopped, even killed, goes on where it was. Only native.
//!
//! * `recipe.json`: the recipe with the templates that the run uses; `run.json`: model, resolved settings and statistics behind it.
//! * `step<t>.safetensors`: targets, keys and changes of step t and the exact bits of the next file's numbers.
//! * `step<t>.json`: the step's part of the report. It is written last: a step that has it is whole.
//!
//! Every file has a temporary name until it is complete.

mod tensors;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

use super::Recipe;
use super::report::{LanguageAccuracy, StepReport};
use super::session::{Session, StepRecord};
use crate::checkpoint::digest::hex;
use crate::checkpoint::write_atomically;
use crate::edit::Statistics;
use crate::linalg::Update;
use crate::{Error, ErrorKind, Result, ensure};
use tensors::{Piece, floats, malformed, pieces, read_step, serialize};

pub use tensors::step_tensors;

/// Version of the folder's layout.
const LAYOUT: u32 = 1;

/// What a run depends on beside its recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Origin {
    layout: u32,
    model_sha256: String,
    /// The settings after the model's defaults.
    settings: Value,
    statistics: StatisticsOrigin,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StatisticsOrigin {
    source: String,
    sha256: String,
}

/// A step's part of the report, and what the engine knows it by.
#[derive(Serialize, Deserialize)]
struct StepFile {
    fingerprint: String,
    languages: Vec<String>,
    report: StepReport,
    /// Fingerprint of the facts that the accuracy was asked of.
    asked: Option<String>,
    accuracy: Option<BTreeMap<String, LanguageAccuracy>>,
}

/// A folder with the state of a run.
#[derive(Debug)]
pub struct RunStore {
    folder: PathBuf,
    held: Option<(Recipe, Origin)>,
}

impl RunStore {
    /// Opens the state in `folder`, which is created where there is none.
    ///
    /// # Errors
    /// `Io`: the folder cannot be read or written. `Data`: it holds a state of a newer version or a damaged one.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| failed("cannot create", folder, &error))?;
        remove_halves(folder)?;
        let store = |held| Self { folder: folder.to_owned(), held };
        let (recipe, origin) = (folder.join("recipe.json"), folder.join("run.json"));
        if !origin.is_file() {
            return Ok(store(None));
        }
        let origin: Origin = read_json(&origin)?;
        ensure!(
            origin.layout <= LAYOUT,
            Data,
            "{} was made by a newer version (layout {}, this one reads up to {LAYOUT})",
            folder.display(),
            origin.layout
        );
        let recipe = read(&recipe).and_then(|text| {
            let text = String::from_utf8(text).map_err(|_| Error::new(ErrorKind::Data, "is not UTF-8 text"))?;
            Recipe::from_json(&text).map_err(|error| error.at(recipe.display()))
        })?;
        Ok(store(Some((recipe, origin))))
    }

    /// The templates of the run that the folder holds.
    pub fn templates(&self) -> Option<&BTreeMap<String, Vec<String>>> {
        self.held.as_ref()?.0.templates.as_ref()
    }

    /// Begins the run of `recipe`, whose templates must be known, or makes sure that it is the one that the folder holds.
    ///
    /// # Errors
    /// `Usage`: the folder holds another run; the message names what differs. `Io`: it cannot be written.
    pub fn begin(&mut self, recipe: &Recipe, session: &Session, statistics: &Statistics) -> Result<()> {
        let settings = recipe.resolve(session.config())?;
        let origin = Origin {
            layout: LAYOUT,
            model_sha256: session.sha256().to_owned(),
            settings: as_read(&settings)?,
            statistics: StatisticsOrigin { source: statistics.provenance().to_owned(), sha256: fingerprint(statistics) },
        };
        if let Some((held, held_origin)) = &self.held {
            let differences = differences((held, held_origin), (recipe, &origin))?;
            if differences.is_empty() {
                return Ok(());
            }
            let message = format!("{} holds the state of another run: {}", self.folder.display(), differences.join("; "));
            return Err(Error::new(ErrorKind::Usage, message).hint("give the same flags as then, or another folder"));
        }
        write_json(&self.folder.join("recipe.json"), recipe)?;
        write_json(&self.folder.join("run.json"), &origin)?;
        self.held = Some((recipe.clone(), origin));
        Ok(())
    }

    /// Puts the steps that the folder holds back into a session without steps; says how many there were.
    ///
    /// # Errors
    /// `Data`: a file is damaged or does not fit the model. `Io`: one cannot be read.
    pub fn restore(&self, session: &mut Session) -> Result<usize> {
        let mut index = 0;
        while self.file(index, "json").is_file() {
            let (record, deltas) = self.load(index)?;
            session.restore(record, deltas)?;
            index += 1;
        }
        Ok(index)
    }

    /// Keeps a finished step.
    ///
    /// # Errors
    /// `Io`: the folder cannot be written.
    pub fn save(&self, record: &StepRecord, deltas: &BTreeMap<usize, Update>) -> Result<()> {
        let (asked, accuracy) = record.accuracy.clone().unzip();
        let step = StepFile {
            fingerprint: record.fingerprint.clone(),
            languages: record.languages.clone(),
            report: record.report.clone(),
            asked,
            accuracy,
        };
        let mut json = serde_json::to_value(step).map_err(no_json)?;
        let mut numbers = Vec::new();
        each_float(&mut json, &mut |number| {
            numbers.push(number);
            Ok(number)
        })?;
        let index = record.index;
        let mut tensors = pieces(record, deltas);
        tensors.push(Piece::f64(format!("step{index}.numbers"), vec![numbers.len()], &numbers));
        let bytes = serialize(&tensors)?;
        write_atomically(&self.file(index, "safetensors"), |out| Ok(out.write_all(&bytes)?))?;
        write_json(&self.file(index, "json"), &json)
    }

    fn load(&self, index: usize) -> Result<(StepRecord, BTreeMap<usize, Update>)> {
        let (json, tensors) = (self.file(index, "json"), self.file(index, "safetensors"));
        let damaged =
            |error: Error| error.at(tensors.display()).hint("remove this step's files and those of later steps to make them again");
        let bytes = read(&tensors)?;
        let mut value: Value = read_json(&json)?;
        let loaded = (|| {
            let file = SafeTensors::deserialize(&bytes).map_err(malformed)?;
            let mut numbers = floats(&file, &format!("step{index}.numbers"))?.1.into_iter();
            each_float(&mut value, &mut |_| numbers.next().ok_or_else(|| Error::new(ErrorKind::Data, "has too few numbers")))?;
            ensure!(numbers.next().is_none(), Data, "has too many numbers");
            let step: StepFile =
                serde_json::from_value(value).map_err(|error| Error::new(ErrorKind::Data, format!("{}: {error}", json.display())))?;
            let mut record = StepRecord {
                index,
                languages: step.languages,
                fingerprint: step.fingerprint,
                targets: Vec::new(),
                keys: BTreeMap::new(),
                report: step.report,
                accuracy: step.asked.zip(step.accuracy),
            };
            let deltas = read_step(&file, &mut record)?;
            Ok((record, deltas))
        })();
        loaded.map_err(damaged)
    }

    fn file(&self, index: usize, extension: &str) -> PathBuf {
        self.folder.join(format!("step{index}.{extension}"))
    }
}

/// Passes every number of `value` that is no integer through `change`, always in the same order. JSON's decimal numbers do not all come
/// back with the same bits, and a run that goes on must not differ from one that was never stopped.
fn each_float(value: &mut Value, change: &mut impl FnMut(f64) -> Result<f64>) -> Result<()> {
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

/// What two runs differ in, in words.
fn differences(held: (&Recipe, &Origin), now: (&Recipe, &Origin)) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut compare = |name: &str, held: &Value, now: &Value| {
        let scalar = |value: &Value| !value.is_object() && value.to_string().len() <= 80;
        if held != now {
            all.push(if scalar(held) && scalar(now) { format!("{name} was {held} and is {now}") } else { format!("other {name}") });
        }
    };
    compare("model (sha256)", &held.1.model_sha256.as_str().into(), &now.1.model_sha256.as_str().into());
    let (ours, theirs) = (as_read(held.0)?, as_read(now.0)?);
    for name in ["method", "merge", "seed", "languages", "order", "batch", "steps", "facts", "templates"] {
        compare(name, &ours[name], &theirs[name]);
    }
    let (ours, theirs) = (&held.1.settings, &now.1.settings);
    let names: BTreeSet<&String> = ours.as_object().into_iter().chain(theirs.as_object()).flat_map(serde_json::Map::keys).collect();
    for name in names {
        compare(name, &ours[name], &theirs[name]);
    }
    if held.1.statistics != now.1.statistics {
        all.push(format!("key statistics were of {} and are of {}", held.1.statistics.source, now.1.statistics.source));
    }
    Ok(all)
}

/// A value as it comes back from its JSON text.
fn as_read(value: &impl Serialize) -> Result<Value> {
    serde_json::to_string(value).and_then(|text| serde_json::from_str(&text)).map_err(no_json)
}

/// Hex SHA-256 of the covariances' diagonals: whole ones of a large model would take minutes, and other keys have other diagonals.
fn fingerprint(statistics: &Statistics) -> String {
    let mut hasher = Sha256::new();
    for (layer, covariance) in statistics.layers() {
        hasher.update(format!("{layer}:{}", covariance.count()).as_bytes());
        for value in covariance.mean().diagonal().column_vector().iter() {
            hasher.update(value.to_le_bytes());
        }
    }
    hex(&hasher.finalize())
}

/// Removes the files that a killed run was writing; only one process at a time can use a folder.
fn remove_halves(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| failed("cannot list", folder, &error))? {
        let path = entry.map_err(|error| failed("cannot list", folder, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if [".step", ".recipe.", ".run."].iter().any(|start| name.starts_with(start)) && name.ends_with(".partial") {
            fs::remove_file(&path).map_err(|error| failed("cannot remove", &path, &error))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| failed("cannot read", path, &error))
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&read(path)?).map_err(|error| Error::new(ErrorKind::Data, format!("{}: {error}", path.display())))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(no_json)?;
    write_atomically(path, |out| Ok(out.write_all(&text)?))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{what} {}: {error}", path.display()))
}

#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn no_json(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Data, format!("cannot be written as JSON: {error}"))
}
