//! The settings, each declared once: its name, its value where no model is at hand, what it takes, and how it is read and written.

use serde::{Deserialize, Serialize};

use super::choices::{FactToken, Mode, Projection, ReduceType};
use super::key_weight::KeyWeight;
use super::parse::{self, format_layers, parse_layers};
use crate::linalg::Threshold;

/// A setting that `--set` knows.
pub struct Field {
    /// Which one.
    pub setting: SettingName,
    /// Its written name.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What it may be.
    pub legal: &'static str,
    pub(super) get: fn(&Settings) -> String,
    pub(super) set: fn(&mut Settings, &str) -> Option<()>,
}

/// Declares [`Settings`], [`SettingName`] and [`FIELDS`] from one list. What documents a setting is also what `SCHEMA.md` says of it.
macro_rules! settings {
    ($($(#[doc = $doc:tt])+ $(#[serde($serde:meta)])? $name:ident $field:ident: $ty:ty = $initial:expr,
        $legal:literal, $text:ident => $read:expr $(, $value:ident => $write:expr)?;)+) => {
        /// Everything that a method can be told. Written and read as text through [`Settings::get`] and [`Settings::set`].
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
        pub struct Settings { $($(#[doc = $doc])+ $(#[serde($serde)])? pub $field: $ty,)+ }

        /// The name of a setting, as published where it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
        #[serde(rename_all = "snake_case")]
        pub enum SettingName { $($(#[doc = $doc])+ $name,)+ }

        /// Every setting by name, in the order of [`Settings`].
        pub const FIELDS: &[Field] = &[$(Field {
            setting: SettingName::$name,
            name: stringify!($field),
            about: concat!($($doc),+).trim_ascii(),
            legal: $legal,
            get: |settings| written!(settings.$field $(, $value => $write)?),
            set: |settings, $text| {
                settings.$field = $read?;
                Some(())
            },
        }),+];

        impl Settings {
            /// Some settings to parse into; those of RECT, PRUNE and fine-tuning are the published ones.
            pub(in crate::edit) fn scratch() -> Self {
                Self { $($field: $initial,)+ }
            }
        }
    };
}

/// A field's value as text: as it displays, unless the list says otherwise.
macro_rules! written {
    ($field:expr) => {
        $field.to_string()
    };
    ($field:expr, $value:ident => $write:expr) => {{
        let $value = &$field;
        $write
    }};
}

settings! {
    /// Edited layers, from 0, ascending; the last one carries the target value.
    Layers layers: Vec<usize> = vec![0],
        "layer numbers from 0, such as 4-8 or 3,5,7", text => parse_layers(text).ok(), layers => format_layers(layers);
    /// Which token of the prompt carries the edit.
    FactToken fact_token: FactToken = FactToken::SubjectLast,
        "subject_last, prompt_last or answer", text => text.parse().ok();
    /// Layers at which a step first writes the new object at the subject's last token, before what is then missing is written at `layers`; with none it
    /// does not.
    #[serde(default)]
    SubjectLayers subject_layers: Vec<usize> = Vec::new(),
        "none, or layer numbers from 0 such as 4-8", text => parse::parse_no_layers(text).or_else(|| parse_layers(text).ok()),
        layers => parse::format_any_layers(layers);
    /// Adam's learning rate for the target value.
    VLr v_lr: f64 = 0.1,
        "a number from 1e-12 to 100", text => parse::positive(text, 100.0);
    /// Steps of the target value's optimisation; as published, the last one only measures, so N steps make N - 1 updates.
    VNumGradSteps v_num_grad_steps: usize = 25,
        "a whole number from 1 to 1000", text => parse::whole(text, 1000);
    /// The target value is found when the loss is below this; 0.05 as published.
    #[serde(default = "published_stop_loss")]
    VStopLoss v_stop_loss: f64 = published_stop_loss(),
        "a number from 1e-12 to 100", text => parse::positive(text, 100.0);
    /// Weight of norm(delta) / norm(h)^2 in the loss, delta being the change of the target value and h its start.
    VWeightDecay v_weight_decay: f64 = 0.5,
        "a number from 0 to 100", text => parse::number(text, 0.0, 100.0);
    /// norm(delta) is kept within this many norm(h).
    ClampNormFactor clamp_norm_factor: f64 = 0.75,
        "a number from 1e-12 to 1000", text => parse::positive(text, 1000.0);
    /// Weight of the divergence on the essence prompt in the loss.
    KlFactor kl_factor: f64 = 0.0625,
        "a number from 0 to 100", text => parse::number(text, 0.0, 100.0);
    /// MEMIT's lambda: how many keys the pre-trained covariance counts as in its solve.
    Mom2UpdateWeight mom2_update_weight: f64 = 15_000.0,
        "a number from 1e-12 to 1e12", text => parse::positive(text, 1e12);
    /// What is added to the diagonal of C where it is inverted, as a multiple of the mean variance tr C / d; 0 as published, 0.001 for models below twenty million parameters.
    #[serde(default)]
    Mom2Ridge mom2_ridge: f64 = 0.0,
        "a number from 0 to 1", text => parse::number(text, 0.0, 1.0);
    /// Which eigenvectors of the covariance span the null space: those that hold this share of the keys' energy (`energy_share` in reports),
    /// or those of eigenvalues below this one (`absolute`).
    NullspaceThreshold nullspace_threshold: Threshold = Threshold::Absolute(0.02),
        "an absolute eigenvalue such as 0.02, or a share of the keys' energy such as 1% or share:0.01",
        text => parse::parse_threshold(text), threshold => parse::format_threshold(*threshold);
    /// Multiple of the identity in the null-space solve.
    L2 l2: f64 = 10.0,
        "a number from 1e-12 to 1e12", text => parse::positive(text, 1e12);
    /// What one edited key weighs in the running covariance against all N_0 pre-trained ones together: with the share s,
    /// Cov_t is proportional to C_0 + s sum k k^T, and both kinds of threshold hold for that sum, whatever N_0 is. As w samples,
    /// Cov_t = (N_{t-1} Cov_{t-1} + w K K^T) / (N_{t-1} + w n) is cut itself; 1 is the paper's plain mean, in which edited keys vanish among tokens.
    EditedKeyWeight edited_key_weight: KeyWeight = KeyWeight::Share(1e-3),
        "a share of the pre-trained keys below 1 such as 0.003 or 0.3%, or a number of samples from 1 on", text => KeyWeight::parse(text);
    /// How the projector follows the edits; with none, P = I.
    Projection projection: Projection = Projection::Exact,
        "exact, tracked or none", text => text.parse().ok();
    /// Formulas of the paper or of the public code.
    Mode mode: Mode = Mode::Paper,
        "paper or repo", text => text.parse().ok();
    /// N_0 of the public code's recurrence, where `mode` is `repo`.
    RepoN0 repo_n0: f64 = 1e5,
        "a number from 1 to 1e12", text => parse::number(text, 1.0, 1e12);
    /// Whether the direction of the change is C^-1 k rather than k.
    Mom2Adjustment mom2_adjustment: bool = true,
        "true or false", text => text.parse().ok();
    /// The percentage of the update's entries that is kept: those with the largest relative change.
    RectK rect_k: f64 = 40.0,
        "a percentage from 0.001 to 100", text => parse::number(text, 1e-3, 100.0);
    /// What becomes of singular values above those of W_0.
    ReduceType reduce_type: ReduceType = ReduceType::Log,
        "log, log2, log1_5, log1_2 or linear", text => text.parse().ok();
    /// Adam's learning rate for the weights.
    Lr lr: f64 = 5e-4,
        "a number from 1e-12 to 100", text => parse::positive(text, 100.0);
    /// Passes over the facts of a step, at most.
    NumSteps num_steps: usize = 25,
        "a whole number from 1 to 1000", text => parse::whole(text, 1000);
    /// Facts behind one update of the weights, at most.
    BatchSize batch_size: usize = 64,
        "a whole number from 1 to 20000", text => parse::whole(text, 20_000);
    /// No weight moves further than this in a step.
    NormConstraint norm_constraint: f64 = 5e-4,
        "a number from 1e-12 to 100", text => parse::positive(text, 100.0);
}

/// Below which loss the published code ends the optimisation of a target value, and reports before this was a setting have ended it.
const fn published_stop_loss() -> f64 {
    0.05
}
