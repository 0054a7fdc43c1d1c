//! Where models and facts come from, and which layers are edited.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::files::{check_input, read_bytes};
use super::parse_language;
use crate::checkpoint::digest::hex;
use crate::checkpoint::{self, Checkpoint};
use crate::edit::settings::parse_layers;
use crate::facts::{Catalogue, Dataset, Draw, Selection, read_facts, read_facts_in};
use crate::recipe::DataReport;
use crate::{Error, ErrorKind, Result, ensure};

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The small model shipped with the crate.
    Builtin,
    /// A .gguf file, or a folder in Hugging Face layout.
    Path(PathBuf),
}

impl FromStr for ModelSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(if text == "builtin" { Self::Builtin } else { Self::Path(only_gguf(existing(text, "model")?)?) })
    }
}

/// The GGUF file of a folder that holds one and no `config.json`, as `--save` writes it; else `path` itself.
///
/// # Errors
/// `Usage`: there are several.
fn only_gguf(path: PathBuf) -> Result<PathBuf> {
    if !path.is_dir() || path.join("config.json").exists() {
        return Ok(path);
    }
    let entries = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|file| file.extension().is_some_and(|ending| ending == "gguf")).collect();
    files.sort();
    if let [first, second, ..] = files.as_slice() {
        let message = format!("{} holds several GGUF files: {}, {}", path.display(), file_name(first), file_name(second));
        return Err(Error::new(ErrorKind::Usage, message).hint("name the file"));
    }
    Ok(files.pop().unwrap_or(path))
}

/// Where facts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataSource {
    /// The embedded catalogue, a new object drawn from the same relation.
    Builtin,
    /// A data set.
    File(PathBuf),
    /// A data set in several files, each with its language.
    ByLanguage(Vec<(String, PathBuf)>),
}

impl FromStr for DataSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "builtin" {
            return Ok(Self::Builtin);
        }
        let pair = |part: &str| {
            let (code, path) = part.split_once('=')?;
            parse_language(code).ok().filter(|_| !path.is_empty()).map(|code| (code, PathBuf::from(path)))
        };
        // A file may be called what looks like a list.
        if text.split(',').next().and_then(pair).is_none() || Path::new(text).is_file() {
            return Ok(Self::File(existing(text, "data set")?));
        }
        let files = text.split(',').map(|part| {
            pair(part).ok_or_else(|| {
                Error::new(ErrorKind::Usage, format!("`{part}` is not LANGUAGE=FILE")).hint("en=mzsre_en.json,de=mzsre_de.json")
            })
        });
        let files = files.collect::<Result<Vec<_>>>()?;
        for (i, (code, _)) in files.iter().enumerate() {
            ensure!(!files.iter().take(i).any(|(earlier, _)| earlier == code), Usage, "two files are given for `{code}`");
        }
        Ok(Self::ByLanguage(files))
    }
}

/// The languages of LangEdit's data, in the order of its files.
pub(in crate::cli) const LANGUAGES: [&str; 6] = ["en", "de", "nl", "es", "fr", "zh"];

/// The languages that `--languages` means: those it names, else those that `data` has a file for each of, else LangEdit's.
pub(in crate::cli) fn languages(given: &[String], data: Option<&DataSource>) -> Vec<String> {
    match data {
        _ if !given.is_empty() => given.to_vec(),
        Some(DataSource::ByLanguage(files)) => files.iter().map(|(code, _)| code.clone()).collect(),
        _ => LANGUAGES.map(str::to_owned).to_vec(),
    }
}

fn existing(text: &str, what: &str) -> Result<PathBuf> {
    ensure!(!text.is_empty(), Usage, "the {what} is empty; pass `builtin` or a path");
    Ok(PathBuf::from(text))
}

/// Which layers are edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerChoice {
    /// `auto`: chosen by causal tracing where facts are edited, the model's default for statistics.
    Auto,
    /// These, ascending from 0.
    List(Vec<usize>),
}

impl FromStr for LayerChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" { Ok(Self::Auto) } else { parse_layers(text).map(Self::List) }
    }
}

impl ModelSource {
    /// Opens the checkpoint, without loading its weights.
    ///
    /// # Errors
    /// It cannot be read, or is of no known kind.
    pub fn open(&self) -> Result<Checkpoint> {
        match self {
            Self::Path(path) => checkpoint::open(path),
            Self::Builtin => checkpoint::open_builtin(),
        }
    }

    /// Checks that the path exists.
    ///
    /// # Errors
    /// `Io` naming it.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Builtin => Ok(()),
            Self::Path(path) => check_input(path, "model"),
        }
    }
}

impl DataSource {
    /// Checks that the files exist.
    ///
    /// # Errors
    /// `Io` naming it.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Builtin => Ok(()),
            Self::File(path) => check_input(path, "data set"),
            Self::ByLanguage(files) => files.iter().try_for_each(|(_, path)| check_input(path, "data set")),
        }
    }

    /// `count` facts in each of `languages`, and where they come from; `seed` draws those of the embedded catalogue and of a sample.
    ///
    /// # Errors
    /// `Io`, `Data`: the data set cannot be read. `Usage`: it does not have these languages, any usable record or (`builtin`) as many facts.
    pub(in crate::cli) fn select(&self, languages: &[String], count: usize, draw: Draw, seed: u64) -> Result<(Selection, DataReport)> {
        let select = |dataset: &Dataset| match draw {
            Draw::First => dataset.select(languages, count, 0),
            Draw::Seed => dataset.sample(languages, count, seed),
        };
        let mut hasher = Sha256::new();
        let (selection, source) = match self {
            Self::Builtin => {
                let data = DataReport { source: "builtin".to_owned(), sha256: None, draw: Draw::Seed };
                return Ok((Catalogue::builtin()?.select(languages, count, seed)?, data));
            }
            Self::File(path) => {
                let bytes = read_bytes(path)?;
                hasher.update(&bytes);
                let selection = read_facts(&bytes, None).and_then(|dataset| select(&dataset));
                (selection.map_err(|error| error.at(path.display()))?, file_name(path))
            }
            Self::ByLanguage(files) => {
                let mut dataset = Dataset::default();
                for (code, path) in files {
                    hasher.update(read_in(&mut dataset, code, path)?);
                }
                let names: Vec<String> = files.iter().map(|(code, path)| format!("{code}={}", file_name(path))).collect();
                (select(&dataset)?, names.join(","))
            }
        };
        Ok((selection, DataReport { source, sha256: Some(hex(&hasher.finalize())), draw }))
    }
}

/// The name without its folder.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Adds the facts of a file in one language to `dataset` and returns the file's bytes.
fn read_in(dataset: &mut Dataset, code: &str, path: &Path) -> Result<Vec<u8>> {
    let bytes = read_bytes(path)?;
    read_facts_in(dataset, code, &bytes).map_err(|error| error.at(path.display()))?;
    Ok(bytes)
}

/// The facts of several files, each with its language.
///
/// # Errors
/// `Io`, `Data` naming the file.
pub(in crate::cli) fn read_by_language(files: &[(String, PathBuf)]) -> Result<Dataset> {
    let mut dataset = Dataset::default();
    for (code, path) in files {
        read_in(&mut dataset, code, path)?;
    }
    Ok(dataset)
}
