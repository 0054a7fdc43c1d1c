//! The settings of an edit, under the names of the published hparams files.

mod baselines;
mod choices;
mod defaults;
mod fields;
mod key_weight;
pub(crate) mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::linalg::Threshold;
use crate::model::ModelConfig;
use crate::{Error, ErrorKind, Result, ensure};

pub use choices::{FactToken, MergeMethod, Mode, Projection, ReduceType};
use defaults::is_small;
pub(crate) use defaults::is_tiny;
#[cfg(not(target_family = "wasm"))]
pub(crate) use defaults::parameters;
pub use fields::{FIELDS, Field, SettingName, Settings};
pub use key_weight::KeyWeight;
pub use parse::{format_layers, parse_layers};

impl Settings {
    /// Sets the field `name` from text.
    ///
    /// # Errors
    /// `Usage`: an unknown name (lists the legal ones), or a value that is not legal (says what is).
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let field = field(name)?;
        (field.set)(self, value.trim()).ok_or_else(|| illegal(field, value))
    }

    /// The field `name` as text that [`Settings::set`] reads back.
    ///
    /// # Errors
    /// `Usage`: an unknown name.
    pub fn get(&self, name: &str) -> Result<String> {
        Ok((field(name)?.get)(self))
    }

    /// Whether `name=value` could be set, without a model at hand.
    ///
    /// # Errors
    /// As [`Settings::set`].
    pub fn check_assignment(name: &str, value: &str) -> Result<()> {
        Self::scratch().set(name, value)
    }

    /// A threshold, as `nullspace_threshold` takes it.
    ///
    /// # Errors
    /// `Usage`: as [`Settings::set`].
    pub fn parse_threshold(text: &str) -> Result<Threshold> {
        let mut settings = Self::scratch();
        settings.set("nullspace_threshold", text)?;
        Ok(settings.nullspace_threshold)
    }

    /// The fields in which these settings differ from `base`, as text.
    pub fn overrides(&self, base: &Self) -> BTreeMap<String, String> {
        let pairs = FIELDS.iter().map(|field| (field.name, (field.get)(self), (field.get)(base)));
        pairs.filter(|(_, own, base)| own != base).map(|(name, own, _)| (name.to_owned(), own)).collect()
    }

    /// Checks what depends on the model: that the layers exist.
    ///
    /// # Errors
    /// `Usage` naming the field.
    pub fn check(&self, config: &ModelConfig) -> Result<()> {
        let depth = config.layers;
        self.last_layer()?;
        for (name, layers) in [("layers", &self.layers), ("subject_layers", &self.subject_layers)] {
            for layer in layers {
                ensure!(
                    *layer < depth,
                    Usage,
                    "{name}: layer {layer} does not exist, the model's {depth} layers are 0 to {}",
                    depth.saturating_sub(1)
                );
            }
        }
        if let Some(layer) = self.subject_layers.iter().find(|layer| self.layers.contains(layer)) {
            let message = format!("subject_layers: layer {layer} is among `layers` too, and a step changes a layer once");
            return Err(Error::new(ErrorKind::Usage, message).hint("set subject_layers to none, or to layers below those of `layers`"));
        }
        Ok(())
    }

    /// Every layer that a step changes, ascending.
    pub fn edited_layers(&self) -> Vec<usize> {
        let mut layers: Vec<usize> = self.subject_layers.iter().chain(&self.layers).copied().collect();
        layers.sort_unstable();
        layers
    }

    /// The settings of each stage of a step: at the subject's last token, where `subject_layers` names any, and then at `fact_token`.
    pub fn stages(&self) -> Vec<Self> {
        let last = Self { subject_layers: Vec::new(), ..self.clone() };
        if self.subject_layers.is_empty() {
            return vec![last];
        }
        let subject = Self { layers: self.subject_layers.clone(), fact_token: FactToken::SubjectLast, ..last.clone() };
        vec![subject, last]
    }

    /// The last edited layer, which carries the target value.
    ///
    /// # Errors
    /// There is none.
    pub fn last_layer(&self) -> Result<usize> {
        self.layers.last().copied().ok_or_else(|| Error::new(ErrorKind::Usage, "layers: at least one layer is needed"))
    }
}

/// `NAME=VALUE`, both legal.
///
/// # Errors
/// `Usage`: no `=`, or as [`Settings::set`].
pub fn parse_assignment(text: &str) -> Result<(String, String)> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(Error::new(ErrorKind::Usage, format!("`{}` is not NAME=VALUE", parse::excerpt(text))).hint("for example v_lr=0.5"));
    };
    let (name, value) = (name.trim(), value.trim());
    Settings::check_assignment(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

fn field(name: &str) -> Result<&'static Field> {
    FIELDS.iter().find(|field| field.name == name).ok_or_else(|| {
        let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        parse::unknown_name("setting", name, &names)
    })
}

fn illegal(field: &Field, value: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("setting `{}` cannot be `{}`: it takes {}", field.name, parse::excerpt(value), field.legal))
}
