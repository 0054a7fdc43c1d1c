//! What of the settings depends on the method.

use super::registry::Method;
use super::spec::LayerCount;
use crate::edit::settings::{FIELDS, Mode, Settings, format_layers};
use crate::model::ModelConfig;
use crate::{Error, ErrorKind, Result};

impl Settings {
    /// The defaults for a model of these sizes, in paper mode: the published values for GPT-J 6B, Llama 3 and 3.1 8B, Llama 3.2 3B, Mistral 7B,
    /// Qwen2 and Qwen2.5 7B and GPT-2 XL, recognised by their sizes; for other models layers at the same depth and values of our own.
    pub fn for_model(config: &ModelConfig, method: Method) -> Self {
        Self::for_mode(config, method, Mode::Paper)
    }

    /// [`Settings::for_model`] in `mode`: they differ in `l2`, which LangEdit's paper does not have (the identity, 1) and its code does.
    pub fn for_mode(config: &ModelConfig, method: Method, mode: Mode) -> Self {
        (method.spec().defaults)(Self::of_model(config, mode), config)
    }

    /// [`Settings::for_mode`] as version 1 of the recipe meant it, which knew fewer published models and took Mistral 7B in GGUF for Llama 3.
    pub(crate) fn for_version_1(config: &ModelConfig, method: Method, mode: Mode) -> Self {
        (method.spec().defaults)(Self::of_model_in_version_1(config, mode), config)
    }

    /// Checks what depends on the method.
    ///
    /// # Errors
    /// `Usage`: more layers than the method can edit.
    pub fn check_method(&self, method: Method) -> Result<()> {
        match method.spec().layers {
            LayerCount::One if self.layers.len() > 1 => {
                let message = format!("layers: {method} edits one layer, not {}", format_layers(&self.layers));
                Err(Error::new(ErrorKind::Usage, message).hint("memit spreads an edit over several"))
            }
            LayerCount::One | LayerCount::Several => Ok(()),
        }
    }

    /// Checks that `method` reads the setting `name`; one that does not exist is refused where its value is read.
    ///
    /// # Errors
    /// `Usage` naming the methods that read it.
    pub fn check_read(name: &str, method: Method) -> Result<()> {
        let Some(field) = FIELDS.iter().find(|field| field.name == name && !method.spec().uses(field.setting)) else { return Ok(()) };
        let readers: Vec<&str> = Method::using(field.setting).map(Method::name).collect();
        Err(Error::new(ErrorKind::Usage, format!("`{name}` would have no effect: {method} does not read it"))
            .hint(format!("it is read by {}: leave it out, or choose another method", readers.join(", "))))
    }

    /// Of the settings by these names, those that `method` does not read.
    pub fn unread<'a>(names: impl IntoIterator<Item = &'a String>, method: Method) -> Vec<String> {
        names.into_iter().filter(|name| Self::check_read(name, method).is_err()).cloned().collect()
    }

    /// The layers whose key statistics `method` uses.
    pub fn statistics_layers(&self, method: Method) -> Vec<usize> {
        if method.spec().needs_statistics(self) { self.edited_layers() } else { Vec::new() }
    }
}
