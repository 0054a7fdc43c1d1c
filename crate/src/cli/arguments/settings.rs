//! `--mode`, `--layers` and `--set`.

use std::collections::BTreeMap;

use clap::Args;

use super::choice;
use super::sources::LayerChoice;
use crate::edit::settings::{FIELDS, Field, SettingName, format_layers, parse_assignment};
use crate::edit::{Method, Mode};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// How an edit is computed, beyond the method.
#[derive(Clone, Debug, Args)]
pub struct SettingsArgs {
    /// Formulas of LangEdit's paper or of its public code
    #[arg(long, value_name = "MODE", default_value = "paper", value_parser = choice::any::<Mode>())]
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
    let own_flag = |field: &&Field| field.setting == SettingName::Mode;
    let line = |field: &Field| format!("  {}: {}{}", field.name, field.legal, readers(field.setting));
    let fields: Vec<String> = FIELDS.iter().filter(|field| !own_flag(field)).map(line).collect();
    format!("Change a setting; may be repeated. Settings and what they take:\n{}", fields.join("\n"))
}

/// The methods that read a setting, where it is not most of them.
fn readers(setting: SettingName) -> String {
    let names: Vec<&str> = Method::using(setting).map(Method::name).collect();
    if 2 * names.len() > Method::ALL.len() { String::new() } else { format!(" ({})", names.join(", ")) }
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

    /// What the user said beyond the mode, by the name of the setting.
    ///
    /// # Errors
    /// `Usage`: a setting given twice.
    pub fn overrides(&self) -> Result<BTreeMap<String, String>> {
        let said = self.assignments()?.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut overrides: BTreeMap<String, String> = said.collect();
        if let Some(LayerChoice::List(layers)) = &self.layers {
            overrides.insert("layers".to_owned(), format_layers(layers));
        }
        Ok(overrides)
    }
}
