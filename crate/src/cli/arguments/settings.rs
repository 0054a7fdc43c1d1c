//! `--mode`, `--layers` and `--set`.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::choice;
use super::hparams::Hparams;
use super::sources::LayerChoice;
use crate::edit::settings::{FIELDS, format_layers, parse_assignment};
use crate::edit::{Method, Mode, Settings};
use crate::recipe::Warning;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// How an edit is computed, beyond the method.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Advanced")]
pub struct SettingsArgs {
    /// LangEdit's formulas
    #[arg(long, value_name = "MODE", default_value = "paper", value_parser = choice::any::<Mode>())]
    pub mode: Mode,
    /// Layers: 4-8, 3,5,7 or auto (by tracing) [default: as published]
    #[arg(long, value_name = "LAYERS")]
    pub layers: Option<LayerChoice>,
    /// Settings from a file of EasyEdit, ROME, MEMIT or AlphaEdit
    #[arg(long, value_name = "FILE")]
    pub hparams: Option<PathBuf>,
    /// Change a setting, such as nullspace_threshold=1%; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_assignment)]
    pub set: Vec<(String, String)>,
    /// What the file of `--hparams` says: it is read once, for it may be a pipe.
    #[arg(skip)]
    read: OnceCell<Hparams>,
}

/// Columns of a help page.
const HELP_WIDTH: usize = 98;

/// The settings that `--set` accepts, for the end of a help page.
pub(in crate::cli) fn set_help() -> String {
    let mut lines: Vec<String> = Vec::new();
    for name in FIELDS.iter().map(|field| field.name).filter(|name| *name != "mode") {
        match lines.last_mut() {
            Some(line) if line.len() + name.len() < HELP_WIDTH => *line += &format!("  {name}"),
            _ => lines.push(format!("  {name}")),
        }
    }
    format!("Settings (`langedit inspect --model M` lists the defaults of each method on a model):\n{}", lines.join("\n"))
}

impl SettingsArgs {
    /// Checks that nothing is given twice.
    ///
    /// # Errors
    /// `Usage` naming the setting.
    pub fn assignments(&self) -> Result<BTreeMap<&str, &str>> {
        let mut all = BTreeMap::new();
        for (name, value) in &self.set {
            ensure!(all.insert(name.as_str(), value.as_str()).is_none(), Usage, "--set {name}: the setting is given twice");
        }
        if self.layers.is_some() && all.contains_key("layers") {
            bail!(Usage, "--set layers: --layers already says which");
        }
        if all.contains_key("mode") {
            return Err(Error::new(ErrorKind::Usage, "--set mode: the mode has its own flag").hint("--mode repo"));
        }
        Ok(all)
    }

    /// What the file of `--hparams` says, nothing where there is none.
    ///
    /// # Errors
    /// As [`Hparams::read`].
    pub(in crate::cli) fn hparams(&self) -> Result<&Hparams> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let read = self.hparams.as_deref().map_or_else(|| Ok(Hparams::default()), Hparams::read)?;
        Ok(self.read.get_or_init(|| read))
    }

    /// What the user said beyond the mode, by the name of the setting. Of what a file says only what `method` reads.
    ///
    /// # Errors
    /// `Usage`: a setting given twice. `Io`, `Data`: the file of `--hparams` cannot be read, or says what this command cannot do.
    pub fn overrides(&self, method: Method) -> Result<BTreeMap<String, String>> {
        let assignments = self.assignments()?;
        let mut overrides: BTreeMap<String, String> =
            self.hparams()?.settings.clone().into_iter().filter(|(name, _)| Settings::check_read(name, method).is_ok()).collect();
        overrides.extend(assignments.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        if let Some(LayerChoice::List(layers)) = &self.layers {
            overrides.insert("layers".to_owned(), format_layers(layers));
        }
        Ok(overrides)
    }

    /// What was given that `method` does not read: one set of flags may go with several methods, but nobody is to think that it had an effect.
    ///
    /// # Errors
    /// `Usage`: a setting given twice. `Io`, `Data`: the file of `--hparams`.
    pub(in crate::cli) fn unread(&self, method: Method) -> Result<Option<Warning>> {
        let mode = (self.mode != Mode::default()).then_some("mode");
        // A file has settings of several methods, but this one means the facts of a step in it, which --batch says here.
        let batch = self.hparams()?.settings.contains_key("batch_size").then_some("batch_size");
        let given: Vec<String> = self.assignments()?.into_keys().chain(mode).chain(batch).map(str::to_owned).collect();
        let settings = Settings::unread(&given, method);
        Ok((!settings.is_empty()).then_some(Warning::UnreadSettings { settings }))
    }
}
