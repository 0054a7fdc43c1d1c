//! `--hparams`: settings in the files of EasyEdit (YAML) and of ROME, MEMIT and AlphaEdit (JSON).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::files::read_text;
use crate::edit::settings::{FIELDS, format_layers};
use crate::edit::{Method, Settings};
use crate::model::ModelConfig;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// What such files say that has no part in a result here: where things are, what modules are called (the model's family says that), and how the
/// statistics were collected (`--stats` says that).
const WITHOUT_EFFECT: &[&str] = &[
    "model_name",
    "stats_dir",
    "P_loc",
    "device",
    "results_dir",
    "model_parallel",
    "fp16",
    "max_length",
    "layer_module_tmp",
    "mlp_module_tmp",
    "attn_module_tmp",
    "ln_f_module",
    "lm_head_module",
    "mom2_dataset",
    "mom2_n_samples",
    "mom2_dtype",
    "context_template_length_params",
    "save_path",
];

/// The modules that are edited here, by their last part.
const DOWN_PROJECTIONS: [&str; 3] = ["down_proj", "c_proj", "fc_out"];

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Hparams {
    /// `alg_name` and, for fine-tuning, its objective and constraint.
    pub(in crate::cli) method: Option<Method>,
    /// Settings by name.
    pub(in crate::cli) settings: BTreeMap<String, String>,
    /// `v_loss_layer`: the layer after which the target value's loss reads the hidden states.
    pub(in crate::cli) loss_layer: Option<usize>,
}

impl Hparams {
    /// Reads the file.
    ///
    /// # Errors
    /// `Io`: it cannot be read. `Data`: it is neither JSON nor flat YAML, or it says something that this command cannot do; the message names it.
    pub(in crate::cli) fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let fields = if text.trim_start().starts_with('{') { json(&text) } else { yaml(&text) };
        fields.and_then(|fields| Self::of(&fields)).map_err(|error| error.at(path.display()))
    }

    /// Checks what depends on the model: that the loss reads its last layer, as it does here.
    ///
    /// # Errors
    /// `Usage`: it says another one.
    pub(in crate::cli) fn check_model(&self, config: &ModelConfig) -> Result<()> {
        let Some(layer) = self.loss_layer.filter(|&layer| layer + 1 != config.layers) else { return Ok(()) };
        let last = config.layers.saturating_sub(1);
        let message =
            format!("`v_loss_layer: {layer}` in the file of --hparams: here the loss is read behind the model's last layer, {last}");
        Err(Error::new(ErrorKind::Usage, message).hint("take the line out to use that one"))
    }

    fn of(fields: &BTreeMap<String, Value>) -> Result<Self> {
        ensure!(!fields.is_empty(), Data, "says nothing: there are no settings in it");
        let mut hparams = Self { method: method(fields)?, ..Self::default() };
        for (name, value) in fields {
            let refused = || Error::new(ErrorKind::Data, format!("`{name}: {}` is nothing that this command can do", text(value)));
            match name.as_str() {
                "alg_name" | "objective_optimization" => {}
                "layers" => {
                    let layers: Option<Vec<usize>> =
                        value.as_array().and_then(|list| list.iter().map(|layer| usize::try_from(layer.as_u64()?).ok()).collect());
                    let layers = layers.filter(|layers| !layers.is_empty()).ok_or_else(refused)?;
                    hparams.settings.insert("layers".to_owned(), format_layers(&layers));
                }
                "v_loss_layer" => hparams.loss_layer = Some(value.as_u64().and_then(|layer| layer.try_into().ok()).ok_or_else(refused)?),
                "fact_token" => {
                    let token = match text(value).as_str() {
                        "last" => "prompt_last".to_owned(),
                        other => other.to_owned(),
                    };
                    hparams.settings.insert("fact_token".to_owned(), token);
                }
                "L2" => drop(hparams.settings.insert("l2".to_owned(), text(value))),
                // `false`: fine-tuning that is not clamped.
                "norm_constraint" if *value == false => {}
                "layer_selection" => ensure!(value == "all", Data, "{}", refused().message()),
                "weight_decay" => ensure!(value.as_f64() == Some(0.0), Data, "{}", refused().message()),
                "kl_factor" if is_descent(hparams.method) => ensure!(value.as_f64() == Some(0.0), Data, "{}", refused().message()),
                "wd_power_law" => ensure!(value.is_null(), Data, "{}", refused().message()),
                "rewrite_module_tmp" => {
                    let module = text(value);
                    let module = module.trim_end_matches(".weight");
                    ensure!(
                        module.contains("mlp.") && DOWN_PROJECTIONS.iter().any(|name| module.ends_with(name)),
                        Data,
                        "`rewrite_module_tmp: {module}`: only the second matrix of an MLP is edited here"
                    );
                }
                name if WITHOUT_EFFECT.contains(&name) => {}
                name if FIELDS.iter().any(|field| field.name == name && name != "mode") => {
                    hparams.settings.insert(name.to_owned(), text(value));
                }
                _ => {
                    return Err(Error::new(ErrorKind::Data, format!("`{name}` is no setting of this command"))
                        .hint("take the line out if it is not needed"));
                }
            }
        }
        for (name, value) in &hparams.settings {
            Settings::check_assignment(name, value).map_err(|error| Error::new(ErrorKind::Data, error.to_string()))?;
        }
        Ok(hparams)
    }
}

fn is_descent(method: Option<Method>) -> bool {
    matches!(method, Some(Method::Ft | Method::FtL | Method::FtM))
}

fn method(fields: &BTreeMap<String, Value>) -> Result<Option<Method>> {
    let Some(name) = fields.get("alg_name") else { return Ok(None) };
    let clamped = fields.get("norm_constraint").is_some_and(Value::is_number);
    Ok(Some(match (text(name).to_lowercase().as_str(), fields.get("objective_optimization").map(text).as_deref()) {
        ("ft", Some("target_new")) if !clamped => Method::FtM,
        ("ft", Some("prompt_last") | None) => {
            if clamped {
                Method::FtL
            } else {
                Method::Ft
            }
        }
        ("rome", _) => Method::Rome,
        ("memit", _) => Method::Memit,
        ("alphaedit", _) => Method::AlphaEdit,
        (other, objective) => {
            let objective = objective.map(|objective| format!(" with `objective_optimization: {objective}`")).unwrap_or_default();
            bail!(Data, "`alg_name: {other}`{objective} is no method of this command")
        }
    }))
}

/// A value as `--set` takes it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn json(text: &str) -> Result<BTreeMap<String, Value>> {
    serde_json::from_str(text).map_err(|error| Error::new(ErrorKind::Data, format!("is not a JSON object: {error}")))
}

/// Flat YAML: `name: value` with numbers, words, texts in quotation marks, lists in brackets or of `- value` lines, and comments.
fn yaml(text: &str) -> Result<BTreeMap<String, Value>> {
    let mut fields: BTreeMap<String, Value> = BTreeMap::new();
    let mut open: Option<String> = None;
    for (number, line) in text.lines().enumerate() {
        let line = without_comment(line);
        let bad = || Error::new(ErrorKind::Data, format!("line {} is not `name: value`: {}", number + 1, line.trim()));
        if line.trim().is_empty() || line.trim() == "---" {
            continue;
        }
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            let name = open.as_ref().ok_or_else(bad)?;
            match fields.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(list) => list.push(scalar(item)),
                _ => return Err(bad()),
            }
            continue;
        }
        ensure!(!line.starts_with([' ', '\t']), Data, "line {} is nested, which no setting is: {}", number + 1, line.trim());
        let (name, value) = line.split_once(':').ok_or_else(bad)?;
        ensure!(!fields.contains_key(name.trim()), Data, "line {}: `{}` is there twice", number + 1, name.trim());
        let value = value.trim();
        open = value.is_empty().then(|| name.trim().to_owned());
        if !value.is_empty() {
            fields.insert(name.trim().to_owned(), scalar(value));
        }
    }
    Ok(fields)
}

/// The line up to a `#` that follows white space or begins it, outside of quotation marks.
fn without_comment(line: &str) -> &str {
    let mut quoted = None;
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        match (quoted, character) {
            (None, '"' | '\'') => quoted = Some(character),
            (Some(mark), character) if mark == character => quoted = None,
            (None, '#') if before.is_whitespace() => return line[..at].trim_end(),
            _ => {}
        }
        before = character;
    }
    line.trim_end()
}

/// A number, truth value, null, list or text. YAML's numbers may lack what JSON's need (`1e-1` is one, `.5` and `5.` too).
fn scalar(text: &str) -> Value {
    let text = text.trim();
    if let Some(list) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Value::Array(list.split(',').filter(|item| !item.trim().is_empty()).map(scalar).collect());
    }
    if let Some(inner) = ['"', '\''].into_iter().find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark)) {
        return Value::String(inner.to_owned());
    }
    match text {
        "true" | "True" => return Value::Bool(true),
        "false" | "False" => return Value::Bool(false),
        "null" | "~" | "None" => return Value::Null,
        _ => {}
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Value::from(whole);
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map_or_else(|| Value::String(text.to_owned()), Value::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const ALPHAEDIT: &str =
        "alg_name: \"AlphaEdit\"  # the method\nmodel_name: \"./cache/model#1\"\nP_loc: './p.pt'\ndevice: 0\nlayers: [4, 5, 6, 7, 8]\n
layer_selection: \"all\"\nfact_token: \"subject_last\"\nv_num_grad_steps: 25\nv_lr: 1e-1\nv_loss_layer: 31\nmom2_adjustment: true
rewrite_module_tmp: \"model.layers.{}.mlp.down_proj\"\nnullspace_threshold: 2e-2\nL2: 10\n";

    fn of(text: &str) -> Result<Hparams> {
        (if text.starts_with('{') { json(text) } else { yaml(text) }).and_then(|fields| Hparams::of(&fields))
    }

    #[test]
    fn files_of_other_code_become_settings() {
        let read = of(ALPHAEDIT).unwrap();
        assert_eq!((read.method, read.loss_layer), (Some(Method::AlphaEdit), Some(31)));
        let expected = [
            ("fact_token", "subject_last"),
            ("l2", "10"),
            ("layers", "4-8"),
            ("mom2_adjustment", "true"),
            ("nullspace_threshold", "0.02"),
            ("v_lr", "0.1"),
            ("v_num_grad_steps", "25"),
        ];
        assert_eq!(read.settings, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let memit = of(
            r#"{"layers": [3, 5], "clamp_norm_factor": 0.75, "fact_token": "last", "v_lr": 5e-1, "mom2_update_weight": 15000, "lm_head_module": "lm_head"}"#,
        );
        let memit = memit.unwrap();
        assert_eq!((memit.method, memit.settings["layers"].as_str(), memit.settings["fact_token"].as_str()), (None, "3,5", "prompt_last"));
        assert_eq!((memit.settings["v_lr"].as_str(), memit.settings["mom2_update_weight"].as_str()), ("0.5", "15000"));
        let tuned = |more: &str| of(&format!("alg_name: FT\nlayers:\n- 21\nlr: 5e-4\nkl_factor: 0\n{more}")).unwrap();
        assert_eq!(tuned("norm_constraint: false\nobjective_optimization: prompt_last").method, Some(Method::Ft));
        assert_eq!(tuned("norm_constraint: 5e-5").method, Some(Method::FtL));
        assert_eq!(tuned("objective_optimization: target_new").method, Some(Method::FtM));
        assert_eq!(tuned("").settings["layers"], "21");
    }

    #[test]
    fn what_cannot_be_done_is_named() {
        for (text, word) in [
            ("alg_name: MEND", "mend"),
            ("alg_name: FT\nobjective_optimization: target_new\nnorm_constraint: 1e-4", "target_new"),
            ("layer_selection: random", "layer_selection"),
            ("rewrite_module_tmp: transformer.h.{}.attn.c_attn", "c_attn"),
            ("v_speed: 3", "v_speed"),
            ("v_lr: -1", "v_lr"),
            ("layers: []", "layers"),
            ("v_lr: 1\nv_lr: 2", "twice"),
            ("model:\n  name: x", "nested"),
            ("{", "JSON"),
            ("words", "line 1"),
        ] {
            let error = of(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
