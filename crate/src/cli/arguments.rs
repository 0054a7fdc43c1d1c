//! Arguments that several subcommands share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::device::DeviceChoice;
use crate::edit::settings::{FIELDS, parse_assignment, parse_layers};
use crate::edit::{Mode, Settings};
use crate::model::ModelConfig;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The small model that the crate carries.
    Builtin,
    /// A .gguf file or a directory in Hugging Face layout.
    Path(PathBuf),
}

impl FromStr for ModelSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(if text == "builtin" { Self::Builtin } else { Self::Path(existing(text, "model")?) })
    }
}

/// Where facts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataSource {
    /// The embedded catalogue, a new object drawn from the same relation.
    Builtin,
    /// A data set.
    File(PathBuf),
}

impl FromStr for DataSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(if text == "builtin" { Self::Builtin } else { Self::File(existing(text, "data set")?) })
    }
}

fn existing(text: &str, what: &str) -> Result<PathBuf> {
    ensure!(!text.is_empty(), Usage, "the {what} is `builtin` or a path, not empty");
    Ok(PathBuf::from(text))
}

/// Which layers are edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerChoice {
    /// `auto`: chosen by causal tracing.
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

/// `--device`.
#[derive(Clone, Copy, Debug, Args)]
pub struct Device {
    /// Device to compute on: cpu, wgpu, cuda or cuda:INDEX
    #[arg(long = "device", value_name = "DEVICE", default_value = "cpu", value_parser = DeviceChoice::parse)]
    pub choice: DeviceChoice,
}

/// `--report`, `--json` and `--quiet`.
#[derive(Clone, Debug, Args)]
pub struct OutputArgs {
    /// Write the report as JSON to this file
    #[arg(long, value_name = "OUT.json")]
    pub report: Option<PathBuf>,
    /// Print the report as JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

impl OutputArgs {
    /// Checks before the work that the report can be written after it.
    ///
    /// # Errors
    /// `Io`: the folder does not exist, or there is a folder of this name.
    pub fn check(&self) -> Result<()> {
        self.report.as_deref().map_or(Ok(()), |path| check_output(path, "report"))
    }
}

/// How an edit is computed, beyond the method.
#[derive(Clone, Debug, Args)]
pub struct SettingsArgs {
    /// Formulas of LangEdit's paper or of its public code
    #[arg(long, value_name = "MODE", default_value = "paper")]
    pub mode: Mode,
    /// Layers to edit, counted from 0: 4-8, 3,5,7, or auto, which chooses them by causal tracing of the facts.
    /// Without it those published for the model, or others at the same depth
    #[arg(long, value_name = "LAYERS")]
    pub layers: Option<LayerChoice>,
    /// Change a setting, such as v_lr=0.5 or nullspace_threshold=1%; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_assignment, long_help = set_help())]
    pub set: Vec<(String, String)>,
}

fn set_help() -> String {
    let fields: Vec<String> =
        FIELDS.iter().filter(|field| field.name != "mode").map(|field| format!("  {}: {}", field.name, field.legal)).collect();
    format!("Change a setting; may be repeated. Settings and what they take:\n{}", fields.join("\n"))
}

impl SettingsArgs {
    /// Checks that nothing is said twice.
    ///
    /// # Errors
    /// `Usage` naming the setting.
    pub fn assignments(&self) -> Result<BTreeMap<&str, &str>> {
        let mut all = BTreeMap::new();
        for (name, value) in &self.set {
            ensure!(all.insert(name.as_str(), value.as_str()).is_none(), Usage, "--set {name}: the setting is given twice");
        }
        if self.layers.is_some() && all.contains_key("layers") {
            bail!(Usage, "--set layers: --layers says already which");
        }
        if all.contains_key("mode") {
            return Err(Error::new(ErrorKind::Usage, "--set mode: the mode has a flag of its own").hint("--mode repo"));
        }
        Ok(all)
    }

    /// Applies what the user said to a model's defaults in [`SettingsArgs::mode`].
    ///
    /// # Errors
    /// `Usage`: a setting given twice, or one that is not for this model.
    pub fn apply(&self, mut settings: Settings, config: &ModelConfig) -> Result<Settings> {
        for (name, value) in self.assignments()? {
            settings.set(name, value)?;
        }
        if let Some(LayerChoice::List(layers)) = &self.layers {
            settings.layers.clone_from(layers);
        }
        settings.check(config)?;
        Ok(settings)
    }
}

/// `en,de,nl`: language codes without repetition.
///
/// # Errors
/// `Usage`: no code, or one given twice.
pub(super) fn parse_language(text: &str) -> Result<String> {
    let text = text.trim();
    let fits = (2..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    ensure!(fits, Usage, "`{text}` is not a language code such as en, de or zh");
    Ok(text.to_owned())
}

/// Checks that no language is given twice.
///
/// # Errors
/// `Usage` naming it.
pub(super) fn check_languages(languages: &[String]) -> Result<()> {
    for (i, language) in languages.iter().enumerate() {
        ensure!(!languages.iter().take(i).any(|earlier| earlier == language), Usage, "--languages: `{language}` is given twice");
    }
    Ok(())
}

/// Reads a whole text file, with its name in the error.
///
/// # Errors
/// `Io`: it cannot be read. `Data`: it is no UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read_bytes(path)?).map_err(|_| Error::new(ErrorKind::Data, format!("{} is not UTF-8 text", path.display())))
}

/// Reads a whole file, with its name in the error.
///
/// # Errors
/// `Io`: it cannot be read.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::new(ErrorKind::Io, format!("cannot read {}: {error}", path.display())))
}

/// Checks that a file can be created at `path` later.
///
/// # Errors
/// `Io`: its folder does not exist, or a folder has its name.
pub(super) fn check_output(path: &Path, what: &str) -> Result<()> {
    ensure!(!path.is_dir(), Io, "cannot write the {what}: {} is a folder", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), Io, "cannot write the {what}: there is no folder {}", folder.display());
    Ok(())
}

/// Checks that a file or folder is there before the long work begins.
///
/// # Errors
/// `Io` naming it.
pub(super) fn check_input(path: &Path, what: &str) -> Result<()> {
    ensure!(path.exists(), Io, "cannot read the {what}: there is no {}", path.display());
    Ok(())
}

/// Checks that `path` is, or can become, a folder for `what`.
///
/// # Errors
/// `Io`: a file has its name, or the folder around it does not exist.
pub(super) fn check_folder(path: &Path, what: &str) -> Result<()> {
    ensure!(!path.is_file(), Io, "cannot write the {what}: {} is a file, not a folder", path.display());
    if path.is_dir() { Ok(()) } else { check_output(path, what) }
}

impl ModelSource {
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
    /// Checks that the file exists.
    ///
    /// # Errors
    /// `Io` naming it.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Builtin => Ok(()),
            Self::File(path) => check_input(path, "data set"),
        }
    }
}
