//! The settings of an edit, under the names of the published hparams files.

mod baselines;
mod choices;
mod defaults;
pub(crate) mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::linalg::Threshold;
use crate::model::ModelConfig;
use crate::{Error, ErrorKind, Result, ensure};

pub use choices::{FactToken, MergeMethod, Method, Mode, Projection, ReduceType};
pub(crate) use defaults::is_tiny;
#[cfg(not(target_family = "wasm"))]
pub(crate) use defaults::parameters;
pub use parse::{format_layers, parse_layers};

/// Everything that a method can be told. Written and read as text through [`Settings::get`] and [`Settings::set`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Settings {
    /// Edited layers, from 0, ascending; the last one carries the target value.
    pub layers: Vec<usize>,
    /// Which token of the prompt carries the edit.
    pub fact_token: FactToken,
    /// Adam's learning rate for the target value.
    pub v_lr: f64,
    /// Steps of the target's optimisation; as published, the last one only measures, so N steps make N - 1 updates.
    pub v_num_grad_steps: usize,
    /// Weight of ||delta|| / ||h||^2 in the loss (delta: change of the target, h: its start).
    pub v_weight_decay: f64,
    /// ||delta|| is kept within this many ||h||.
    pub clamp_norm_factor: f64,
    /// Weight of the divergence on the essence prompt in the loss.
    pub kl_factor: f64,
    /// MEMIT's lambda: how many keys the pre-trained covariance counts as in its solve.
    pub mom2_update_weight: f64,
    /// Which eigenvectors of the covariance span the null space.
    pub nullspace_threshold: Threshold,
    /// Multiple of the identity in the null-space solve.
    pub l2: f64,
    /// Samples w that one edited key counts as in the running covariance, against the N_0 tokens of the statistics:
    /// Cov_t = (N_{t-1} Cov_{t-1} + w K K^T) / (N_{t-1} + w n). 1 is the paper's plain mean, in which edited keys vanish among tokens.
    pub edited_key_weight: f64,
    /// How the projector follows the edits.
    pub projection: Projection,
    /// Formulas of the paper or of the public code.
    pub mode: Mode,
    /// N0 of the public code's recurrence (repo mode only).
    pub repo_n0: f64,
    /// ROME: whether the direction of the change is C^-1 k rather than k.
    pub mom2_adjustment: bool,
    /// RECT: the share of the update's entries that is kept, in percent; those with the largest relative change.
    pub rect_k: f64,
    /// PRUNE: what becomes of singular values above those of W_0.
    pub reduce_type: ReduceType,
    /// Fine-tuning: Adam's learning rate for the weights.
    pub lr: f64,
    /// Fine-tuning: passes over the facts of a step, at most.
    pub num_steps: usize,
    /// Fine-tuning: facts behind one update of the weights, at most.
    pub batch_size: usize,
    /// FT-L: no weight moves further than this in a step.
    pub norm_constraint: f64,
}

/// A setting that [`Settings::set`] knows.
pub struct Field {
    /// The name, as published.
    pub name: &'static str,
    /// What it may be.
    pub legal: &'static str,
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &str) -> Option<()>,
}

/// Every setting by name, in the order of [`Settings`].
pub const FIELDS: &[Field] = &[
    Field {
        name: "layers",
        legal: "layer numbers from 0, such as 4-8 or 3,5,7",
        get: |s| format_layers(&s.layers),
        set: |s, v| parse_layers(v).ok().map(|layers| s.layers = layers),
    },
    Field {
        name: "fact_token",
        legal: "subject_last or prompt_last",
        get: |s| s.fact_token.to_string(),
        set: |s, v| v.parse().ok().map(|token| s.fact_token = token),
    },
    Field {
        name: "v_lr",
        legal: "a number above 0, at most 100",
        get: |s| s.v_lr.to_string(),
        set: |s, v| parse::positive(v, 100.0).map(|x| s.v_lr = x),
    },
    Field {
        name: "v_num_grad_steps",
        legal: "a whole number from 1 to 1000",
        get: |s| s.v_num_grad_steps.to_string(),
        set: |s, v| v.parse().ok().filter(|n| (1..=1000).contains(n)).map(|n| s.v_num_grad_steps = n),
    },
    Field {
        name: "v_weight_decay",
        legal: "a number from 0 to 100",
        get: |s| s.v_weight_decay.to_string(),
        set: |s, v| parse::number(v, 0.0, 100.0).map(|x| s.v_weight_decay = x),
    },
    Field {
        name: "clamp_norm_factor",
        legal: "a number above 0, at most 1000",
        get: |s| s.clamp_norm_factor.to_string(),
        set: |s, v| parse::positive(v, 1000.0).map(|x| s.clamp_norm_factor = x),
    },
    Field {
        name: "kl_factor",
        legal: "a number from 0 to 100",
        get: |s| s.kl_factor.to_string(),
        set: |s, v| parse::number(v, 0.0, 100.0).map(|x| s.kl_factor = x),
    },
    Field {
        name: "mom2_update_weight",
        legal: "a number above 0, at most 1e12",
        get: |s| s.mom2_update_weight.to_string(),
        set: |s, v| parse::positive(v, 1e12).map(|x| s.mom2_update_weight = x),
    },
    Field {
        name: "nullspace_threshold",
        legal: "an absolute eigenvalue such as 0.02, or a share of the keys' energy such as 1% or share:0.01",
        get: |s| parse::format_threshold(s.nullspace_threshold),
        set: |s, v| parse::parse_threshold(v).map(|t| s.nullspace_threshold = t),
    },
    Field {
        name: "l2",
        legal: "a number above 0, at most 1e12",
        get: |s| s.l2.to_string(),
        set: |s, v| parse::positive(v, 1e12).map(|x| s.l2 = x),
    },
    Field {
        name: "edited_key_weight",
        legal: "a number from 0 to 1e12",
        get: |s| s.edited_key_weight.to_string(),
        set: |s, v| parse::number(v, 0.0, 1e12).map(|x| s.edited_key_weight = x),
    },
    Field {
        name: "projection",
        legal: "exact or tracked",
        get: |s| s.projection.to_string(),
        set: |s, v| v.parse().ok().map(|p| s.projection = p),
    },
    Field { name: "mode", legal: "paper or repo", get: |s| s.mode.to_string(), set: |s, v| v.parse().ok().map(|mode| s.mode = mode) },
    Field {
        name: "repo_n0",
        legal: "a number from 1 to 1e12",
        get: |s| s.repo_n0.to_string(),
        set: |s, v| parse::number(v, 1.0, 1e12).map(|x| s.repo_n0 = x),
    },
    Field {
        name: "mom2_adjustment",
        legal: "true or false (rome)",
        get: |s| s.mom2_adjustment.to_string(),
        set: |s, v| v.parse().ok().map(|adjust| s.mom2_adjustment = adjust),
    },
    Field {
        name: "rect_k",
        legal: "a percentage above 0, at most 100 (rect)",
        get: |s| s.rect_k.to_string(),
        set: |s, v| parse::positive(v, 100.0).map(|x| s.rect_k = x),
    },
    Field {
        name: "reduce_type",
        legal: "log, log2, log1_5, log1_2 or linear (prune)",
        get: |s| s.reduce_type.to_string(),
        set: |s, v| v.parse().ok().map(|reduce| s.reduce_type = reduce),
    },
    Field {
        name: "lr",
        legal: "a number above 0, at most 100 (ft, ft-l, ft-m)",
        get: |s| s.lr.to_string(),
        set: |s, v| parse::positive(v, 100.0).map(|x| s.lr = x),
    },
    Field {
        name: "num_steps",
        legal: "a whole number from 1 to 1000 (ft, ft-l, ft-m)",
        get: |s| s.num_steps.to_string(),
        set: |s, v| v.parse().ok().filter(|n| (1..=1000).contains(n)).map(|n| s.num_steps = n),
    },
    Field {
        name: "batch_size",
        legal: "a whole number from 1 to 20000 (ft, ft-l, ft-m)",
        get: |s| s.batch_size.to_string(),
        set: |s, v| v.parse().ok().filter(|n| (1..=20_000).contains(n)).map(|n| s.batch_size = n),
    },
    Field {
        name: "norm_constraint",
        legal: "a number above 0, at most 100 (ft-l)",
        get: |s| s.norm_constraint.to_string(),
        set: |s, v| parse::positive(v, 100.0).map(|x| s.norm_constraint = x),
    },
];

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
        for layer in &self.layers {
            ensure!(
                *layer < depth,
                Usage,
                "layers: layer {layer} does not exist, the model's {depth} layers are 0 to {}",
                depth.saturating_sub(1)
            );
        }
        Ok(())
    }

    /// Checks what depends on the method.
    ///
    /// # Errors
    /// `Usage`: more layers than the method can edit.
    pub fn check_method(&self, method: Method) -> Result<()> {
        if method == Method::Rome && self.layers.len() > 1 {
            let message = format!("layers: rome edits one layer, not {}", format_layers(&self.layers));
            return Err(Error::new(ErrorKind::Usage, message).hint("memit spreads an edit over several"));
        }
        Ok(())
    }

    /// The layers whose key statistics `method` uses.
    pub fn statistics_layers(&self, method: Method) -> &[usize] {
        match method {
            Method::Ft | Method::FtL | Method::FtM => &[],
            Method::Rome if !self.mom2_adjustment => &[],
            _ => &self.layers,
        }
    }

    /// The last edited layer, which carries the target value.
    ///
    /// # Errors
    /// There is none.
    pub fn last_layer(&self) -> Result<usize> {
        self.layers.last().copied().ok_or_else(|| Error::new(ErrorKind::Usage, "layers: at least one layer is needed"))
    }

    /// Some settings to parse into; those of RECT, PRUNE and fine-tuning are the published ones.
    fn scratch() -> Self {
        Self {
            layers: vec![0],
            fact_token: FactToken::SubjectLast,
            v_lr: 0.1,
            v_num_grad_steps: 25,
            v_weight_decay: 0.5,
            clamp_norm_factor: 0.75,
            kl_factor: 0.0625,
            mom2_update_weight: 15_000.0,
            nullspace_threshold: Threshold::Absolute(0.02),
            l2: 10.0,
            edited_key_weight: 1e-3,
            projection: Projection::Exact,
            mode: Mode::Paper,
            repo_n0: 1e5,
            mom2_adjustment: true,
            rect_k: 40.0,
            reduce_type: ReduceType::Log,
            lr: 5e-4,
            num_steps: 25,
            batch_size: 64,
            norm_constraint: 5e-4,
        }
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
