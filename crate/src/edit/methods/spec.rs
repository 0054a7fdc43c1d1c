//! What a method declares of itself, in one constant of its file: everything that differs from method to method and is not arithmetic.

use std::collections::BTreeMap;

use super::finetune::objective::Objective;
use crate::Result;
use crate::edit::settings::{Projection, SettingName, Settings};
use crate::edit::solver::Editor;
use crate::edit::statistics::StoredCovariance;
use crate::model::ModelConfig;

/// A method's declaration.
pub struct MethodSpec {
    /// Its name in prose.
    pub label: &'static str,
    /// Whether its updates are projected onto a null space of keys.
    pub projects: bool,
    /// Whether edits that it made apart, one per language, can be merged: its update must be a solve over the facts' keys alone.
    pub merges: bool,
    /// Whether a step depends on what earlier steps left in its memory, beside the weights.
    pub remembers: bool,
    /// Whether it needs the key statistics of the unedited model.
    pub statistics: Needs,
    /// How many layers it edits.
    pub layers: LayerCount,
    /// The settings that it reads, in groups.
    pub settings: &'static [&'static [SettingName]],
    /// Its own defaults on a model, from those that all methods have in common.
    pub(in crate::edit) defaults: fn(Settings, &ModelConfig) -> Settings,
    /// How it makes a step.
    pub(in crate::edit) kind: Kind,
}

impl MethodSpec {
    /// Whether it reads the setting.
    pub fn uses(&self, setting: SettingName) -> bool {
        self.settings.iter().any(|group| group.contains(&setting))
    }

    /// Whether it cuts a null space under `settings`.
    pub fn cuts(&self, settings: &Settings) -> bool {
        self.projects && !(self.uses(SettingName::Projection) && settings.projection == Projection::None)
    }

    /// Whether it needs key statistics under `settings`.
    pub fn needs_statistics(&self, settings: &Settings) -> bool {
        match self.statistics {
            Needs::Never => false,
            Needs::Always => true,
            Needs::WithAdjustment => settings.mom2_adjustment,
        }
    }
}

/// When a method needs key statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Never.
    Never,
    /// In every run.
    Always,
    /// Where `mom2_adjustment` is set.
    WithAdjustment,
}

/// How many layers a method edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerCount {
    /// One.
    One,
    /// One or more.
    Several,
}

/// Key covariances of the unedited model by edited layer. A method loads one, makes of it what it needs, and gives it up.
pub(in crate::edit) type Covariances<'a> = BTreeMap<usize, &'a StoredCovariance>;

/// How a method makes a step.
#[derive(Clone, Copy)]
pub(in crate::edit) enum Kind {
    /// Target values, then a closed form layer by layer, which this makes.
    ClosedForm(fn(&Covariances<'_>, &Settings) -> Result<Box<dyn Editor>>),
    /// One rank-one change a fact, fact after fact.
    RankOne,
    /// Gradient descent on the weights themselves, with `norm_constraint` where it is clamped.
    Descent { objective: Objective, clamped: bool },
}

/// The settings of every method.
pub(super) const LAYERS: &[SettingName] = &[SettingName::Layers];

/// The settings of the target value's optimisation.
pub(super) const TARGET_VALUE: &[SettingName] = &[
    SettingName::FactToken,
    SettingName::VLr,
    SettingName::VNumGradSteps,
    SettingName::VStopLoss,
    SettingName::VWeightDecay,
    SettingName::ClampNormFactor,
    SettingName::KlFactor,
];
