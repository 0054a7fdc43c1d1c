//! The state of a run in a folder, step by step, so that a run that was stopped, even killed, goes on where it was. Only native.
//!
//! * `recipe.json`: the recipe with the templates that the run uses; `run.json`: model, resolved settings and statistics behind it.
//! * `step<t>.safetensors`: targets, keys and changes of step t and the exact bits of the next file's numbers.
//! * `step<t>.json`: the step's part of the report. It is written last: a step that has it is whole.
//!
//! Every file has a temporary name until it is complete.

mod files;
mod origin;
mod tensors;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Recipe;
use super::report::{LanguageAccuracy, StepReport};
use super::session::Session;
use super::step_record::StepRecord;
use crate::checkpoint::write_atomically;
use crate::edit::Statistics;
use crate::linalg::Update;
use crate::{Error, ErrorKind, Result, ensure};
use files::{each_float, failed, lock, no_json, read, read_json, remove_halves, write_json};
use origin::{LAYOUT, Origin, StatisticsOrigin, as_read, differences, fingerprint};
use tensors::{Piece, floats, malformed, pieces, read_step, serialize};

pub use tensors::step_tensors;

/// A step's part of the report, and what the engine knows it by.
#[derive(Serialize, Deserialize)]
struct StepFile {
    fingerprint: String,
    /// Of the keys, by layer.
    languages: BTreeMap<usize, Vec<String>>,
    /// Of the keys, by layer, where there are any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    rehearsed: BTreeMap<usize, Vec<usize>>,
    report: StepReport,
    /// Fingerprint of the facts that the accuracy was asked of.
    asked: Option<String>,
    accuracy: Option<BTreeMap<String, LanguageAccuracy>>,
}

/// A folder with the state of a run.
#[derive(Debug)]
pub struct RunStore {
    folder: PathBuf,
    /// Held while the store is: the folder is one process's.
    _lock: Option<File>,
    held: Option<(Recipe, Origin)>,
}

impl RunStore {
    /// Opens the state in `folder`, which is created where there is none.
    ///
    /// # Errors
    /// `Io`: the folder cannot be read or written, or another process is using it. `Data`: it holds a state of a newer version or a damaged one.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| failed("cannot create", folder, &error))?;
        let lock = lock(folder)?;
        remove_halves(folder)?;
        let store = |held| Self { folder: folder.to_owned(), held, _lock: lock };
        let (recipe, origin) = (folder.join("recipe.json"), folder.join("run.json"));
        if !origin.is_file() {
            return Ok(store(None));
        }
        let origin: Origin = read_json(&origin)?;
        ensure!(
            origin.layout <= LAYOUT,
            Data,
            "{} was made by a newer version (layout {}; this one reads up to {LAYOUT})",
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
            let message = format!("{} contains the state of another run: {}", self.folder.display(), differences.join("; "));
            return Err(Error::new(ErrorKind::Usage, message).hint("use the same flags as before, or another folder"));
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
            languages: record.keys.iter().map(|(&layer, keys)| (layer, keys.languages.clone())).collect(),
            rehearsed: record
                .keys
                .iter()
                .filter(|(_, keys)| !keys.rehearsed.is_empty())
                .map(|(&layer, keys)| (layer, keys.rehearsed.clone()))
                .collect(),
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
        let damaged = |error: Error| error.at(tensors.display()).hint("remove the files of this step and of later ones to redo them");
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
                fingerprint: step.fingerprint,
                targets: Vec::new(),
                keys: BTreeMap::new(),
                separate_keys: BTreeMap::new(),
                report: step.report,
                accuracy: step.asked.zip(step.accuracy),
            };
            let deltas = read_step(&file, (step.languages, step.rehearsed), &mut record)?;
            Ok((record, deltas))
        })();
        loaded.map_err(damaged)
    }

    fn file(&self, index: usize, extension: &str) -> PathBuf {
        self.folder.join(format!("step{index}.{extension}"))
    }
}
