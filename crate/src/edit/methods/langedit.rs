//! LangEdit: the projector follows the keys of every language edited so far (arXiv 2506.10800, section 3).
//!
//! * paper, exact: `Cov_t = (N Cov + w K K^T) / (N + w n)`, P from the thresholded eigendecomposition of Cov_{t-1} at each step. The
//!   threshold is that of the pre-trained keys (see [`pretrained_cut`]).
//! * paper, tracked: P_0 from the statistics, then `P_t = P_{t-1} - Q Q^T`, Q an orthonormal basis of `P_{t-1} K_t`.
//! * repo: what the published code computes: its own recurrence for the covariance, AlphaEdit's solve with past keys and L2. Where the weight
//!   of an edited key is a share, which the recurrence does not use, its threshold too is that of the pre-trained keys.
//!
//! Without a projection, P = I in either mode, whatever was edited before: what the projector is compared with.

mod paper;
mod repo;
mod running;

pub(super) use paper::Paper;

use super::alphaedit::NULL_SPACE;
use super::layer_space::LayerSpace;
use super::spec::{Covariances, Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::Result;
use crate::edit::settings::{KeyWeight, Mode, Projection, SettingName, Settings};
use crate::edit::solver::{Editor, NullSpace};
use crate::edit::statistics::StoredCovariance;
use crate::linalg::{Projector, SpectrumCut, Threshold};

/// LangEdit's declaration.
pub(super) const LANGEDIT: MethodSpec = MethodSpec {
    label: "LangEdit",
    projects: true,
    merges: false,
    remembers: true,
    statistics: Needs::Always,
    layers: LayerCount::Several,
    settings: &[
        LAYERS,
        TARGET_VALUE,
        NULL_SPACE,
        &[SettingName::EditedKeyWeight, SettingName::Projection, SettingName::Mode, SettingName::RepoN0],
    ],
    // The paper's regulariser is the identity.
    defaults: |settings, config| match settings.mode {
        Mode::Paper if config.inner >= TRACKED_FROM => Settings { l2: 1.0, projection: Projection::Tracked, ..settings },
        Mode::Paper => Settings { l2: 1.0, ..settings },
        Mode::Repo => settings,
    },
    kind: Kind::ClosedForm(editor),
};

/// Keys of so many dimensions are too large for an eigendecomposition a layer and step: at 14,336 it takes 400 s on two cores, removing a batch's span
/// a second.
const TRACKED_FROM: usize = 8_000;

/// The LangEdit editor in the mode and with the projection that `settings` name.
fn editor(layers: &Covariances<'_>, settings: &Settings) -> Result<Box<dyn Editor>> {
    Ok(match settings.mode {
        Mode::Paper => Box::new(Paper::new(layers, settings)?),
        Mode::Repo => Box::new(repo::Repo::new(layers, settings)?),
    })
}

/// The null space of the first step.
fn first_space(covariance: &StoredCovariance, settings: &Settings) -> Result<LayerSpace> {
    match settings.projection {
        Projection::Exact | Projection::Tracked => LayerSpace::cut_of(covariance, settings.nullspace_threshold),
        Projection::None => Ok(LayerSpace::Cut(Projector::identity(covariance.dim()).into())),
    }
}

/// The eigenvalue between null and discarded directions of Cov_0, where later covariances are cut at the same one.
///
/// A share of the energy of Cov_t would be a share of the edited keys' energy, which dominates as they weigh more than one token each: the null
/// space would grow with every edit and take in pre-trained keys. An absolute threshold on Cov_t has pre-trained directions fall below it
/// as the edits add up, so it holds for Cov_0 too; but as published, where the weight is a number of samples.
fn pretrained_cut(space: &LayerSpace, settings: &Settings) -> Option<f64> {
    match (settings.nullspace_threshold, settings.edited_key_weight) {
        (Threshold::EnergyShare(_), KeyWeight::Samples(_)) if settings.mode == Mode::Repo => None,
        (Threshold::EnergyShare(_), _) => {
            let cut = space.get().and_then(NullSpace::projector).and_then(Projector::spectrum_cut);
            // Where everything is null there is no boundary: it stays so whatever is edited.
            cut.map(SpectrumCut::boundary).filter(|boundary| boundary.is_finite())
        }
        (Threshold::Absolute(limit), KeyWeight::Share(_)) => Some(limit),
        (Threshold::Absolute(_), KeyWeight::Samples(_)) => None,
    }
}

#[cfg(test)]
mod tests;
