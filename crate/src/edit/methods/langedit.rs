//! LangEdit: the projector follows the keys of every language edited so far (arXiv 2506.10800, section 3).
//!
//! * paper, exact: `Cov_t = (N Cov + w K K^T) / (N + w n)`, P from the thresholded eigendecomposition of Cov_{t-1} at each step. The
//!   threshold is that of the pre-trained keys (see [`pretrained_cut`]).
//! * paper, tracked: P_0 from the statistics, then `P_t = P_{t-1} - Q Q^T`, Q an orthonormal basis of `P_{t-1} K_t`.
//! * repo: what the published code computes: its own recurrence for the covariance, AlphaEdit's solve with past keys and L2. Where the weight
//!   of an edited key is a share, which the recurrence does not use, its threshold too is that of the pre-trained keys.
//!
//! Without a projection, P = I in either mode, whatever was edited before: what the projector is compared with.

use std::collections::BTreeMap;

use super::alphaedit::NULL_SPACE;
use super::editor::Editor;
use super::spec::{Covariances, Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::edit::settings::{KeyWeight, Mode, Projection, SettingName, Settings};
use crate::linalg::{
    KeyCovariance, LowRank, Matrix, Projector, SpectrumCut, Threshold, accumulate_outer, alphaedit_update, concat_columns, langedit_update,
    repo_recurrence,
};
use crate::{Error, ErrorKind, Result};

/// Directions of `P K` shorter than this share of the longest key are rounding, not directions.
const SPAN_TOLERANCE: f64 = 1e-9;

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
    defaults: |settings, _| match settings.mode {
        Mode::Paper => Settings { l2: 1.0, ..settings },
        Mode::Repo => settings,
    },
    kind: Kind::ClosedForm(editor),
};

/// The LangEdit editor in the mode and with the projection that `settings` name.
fn editor(layers: &Covariances<'_>, settings: &Settings) -> Result<Box<dyn Editor>> {
    Ok(match settings.mode {
        Mode::Paper => Box::new(Paper::new(layers, settings)?),
        Mode::Repo => Box::new(Repo::new(layers, settings)?),
    })
}

fn layer_of<L>(layers: &mut BTreeMap<usize, L>, layer: usize) -> Result<&mut L> {
    layers.get_mut(&layer).ok_or_else(|| Error::new(ErrorKind::Numerics, format!("no statistics for layer {layer}")))
}

/// The projector of the first step.
fn first_projector(covariance: &KeyCovariance, settings: &Settings) -> Result<Projector> {
    match settings.projection {
        Projection::Exact | Projection::Tracked => Projector::from_covariance(covariance, settings.nullspace_threshold),
        Projection::None => Ok(Projector::identity(covariance.dim())),
    }
}

#[derive(Clone)]
struct PaperLayer {
    /// Absent under the tracked policy, which needs it only once, and without a projection.
    covariance: Option<KeyCovariance>,
    projector: Projector,
    /// The covariance has keys that the projector does not know.
    stale: bool,
    /// See [`pretrained_cut`].
    pretrained_cut: Option<f64>,
    /// What all pre-trained keys count as: N_0, or 1 where edited keys weigh relative to it.
    pretrained_count: f64,
}

impl PaperLayer {
    fn new(covariance: &KeyCovariance, settings: &Settings) -> Result<Self> {
        let projector = first_projector(covariance, settings)?;
        let pretrained_cut = pretrained_cut(&projector, settings);
        // Relative to N_0 all pre-trained keys together count 1.
        let pretrained_count = match settings.edited_key_weight {
            KeyWeight::Share(_) => 1.0,
            KeyWeight::Samples(_) => covariance.count(),
        };
        let exact = settings.projection == Projection::Exact;
        let covariance = exact.then(|| covariance.clone().with_count(pretrained_count)).transpose()?;
        Ok(Self { covariance, projector, stale: false, pretrained_cut, pretrained_count })
    }

    /// Where Cov_t is cut. Its pre-trained part is C_0 N_0 / N_t, so a boundary that holds for C_0 is scaled alike: it holds for
    /// `Cov_0 + (w / N_0) sum k k^T = (N_t / N_0) Cov_t`, whose eigenvalues only grow, and the null space only shrinks.
    fn threshold(&self, asked: Threshold, count: f64) -> Threshold {
        self.pretrained_cut.map_or(asked, |cut| Threshold::Absolute(cut * self.pretrained_count / count))
    }
}

/// The eigenvalue between null and discarded directions of Cov_0, where later covariances are cut at the same one.
///
/// A share of the energy of Cov_t would be a share of the edited keys' energy, which dominates as they weigh more than one token each: the null
/// space would grow with every edit and take in pre-trained keys. An absolute threshold on Cov_t has pre-trained directions fall below it
/// as the edits add up, so it holds for Cov_0 too; but as published, where the weight is a number of samples.
fn pretrained_cut(projector: &Projector, settings: &Settings) -> Option<f64> {
    match (settings.nullspace_threshold, settings.edited_key_weight) {
        (Threshold::EnergyShare(_), KeyWeight::Samples(_)) if settings.mode == Mode::Repo => None,
        (Threshold::EnergyShare(_), _) => projector.spectrum_cut().map(SpectrumCut::boundary),
        (Threshold::Absolute(limit), KeyWeight::Share(_)) => Some(limit),
        (Threshold::Absolute(_), KeyWeight::Samples(_)) => None,
    }
}

/// The paper's formulas, any projector policy.
#[derive(Clone)]
struct Paper {
    layers: BTreeMap<usize, PaperLayer>,
    projection: Projection,
    threshold: Threshold,
    key_weight: f64,
    ridge: f64,
}

impl Paper {
    fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
        let layers =
            layers.iter().map(|(&layer, &covariance)| Ok((layer, PaperLayer::new(covariance, settings)?))).collect::<Result<_>>()?;
        let Settings { projection, nullspace_threshold: threshold, l2: ridge, .. } = *settings;
        let (KeyWeight::Share(key_weight) | KeyWeight::Samples(key_weight)) = settings.edited_key_weight;
        Ok(Self { layers, projection, threshold, key_weight, ridge })
    }
}

impl Editor for Paper {
    fn refresh(&mut self, layer: usize) -> Result<()> {
        let asked = self.threshold;
        let state = layer_of(&mut self.layers, layer)?;
        if let (true, Some(covariance)) = (state.stale, &state.covariance) {
            state.projector = Projector::from_covariance(covariance, state.threshold(asked, covariance.count()))?;
            state.stale = false;
        }
        Ok(())
    }

    fn update(&mut self, layer: usize, residuals: &Matrix, keys: &Matrix) -> Result<LowRank> {
        langedit_update(residuals, keys, &layer_of(&mut self.layers, layer)?.projector, self.ridge)
    }

    fn recomputes_keys(&self) -> bool {
        false
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, _: Option<&Matrix>) -> Result<()> {
        let (weight, projection) = (self.key_weight, self.projection);
        let state = layer_of(&mut self.layers, layer)?;
        match (projection, &mut state.covariance) {
            (Projection::Exact, Some(covariance)) => {
                covariance.add_keys(solved.as_ref(), weight)?;
                state.stale = true;
            }
            (Projection::Tracked, _) => {
                state.projector.remove_span(solved, SPAN_TOLERANCE)?;
            }
            (Projection::Exact | Projection::None, _) => {}
        }
        Ok(())
    }

    fn projector(&self, layer: usize) -> Option<&Projector> {
        self.layers.get(&layer).map(|state| &state.projector)
    }
}

#[derive(Clone)]
struct RepoLayer {
    covariance: Matrix,
    count: f64,
    /// What is left of C_0 in the covariance.
    kept: f64,
    /// See [`pretrained_cut`].
    pretrained_cut: Option<f64>,
    projector: Projector,
    /// The covariance has keys that the projector does not know.
    stale: bool,
    past: Matrix,
    /// `sum K K^T` of the past keys, never normalised, as published.
    cache: Matrix,
}

/// The published code's arithmetic.
#[derive(Clone)]
struct Repo {
    layers: BTreeMap<usize, RepoLayer>,
    steps: BTreeMap<usize, usize>,
    projects: bool,
    threshold: Threshold,
    l2: f64,
    n0: f64,
}

impl Repo {
    fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
        let layers = layers
            .iter()
            .map(|(&layer, &covariance)| {
                let projector = first_projector(covariance, settings)?;
                let state = RepoLayer {
                    covariance: covariance.mean().clone(),
                    count: covariance.count(),
                    kept: 1.0,
                    pretrained_cut: pretrained_cut(&projector, settings),
                    projector,
                    stale: false,
                    past: Matrix::zeros(covariance.dim(), 0),
                    cache: Matrix::zeros(covariance.dim(), covariance.dim()),
                };
                Ok((layer, state))
            })
            .collect::<Result<_>>()?;
        let Settings { projection, nullspace_threshold: threshold, l2, repo_n0: n0, .. } = *settings;
        Ok(Self { layers, steps: BTreeMap::new(), projects: projection != Projection::None, threshold, l2, n0 })
    }
}

impl Editor for Repo {
    fn refresh(&mut self, layer: usize) -> Result<()> {
        let asked = self.threshold;
        let state = layer_of(&mut self.layers, layer)?;
        if state.stale {
            let threshold = state.pretrained_cut.map_or(asked, |cut| Threshold::Absolute(cut * state.kept));
            let covariance = KeyCovariance::from_mean(state.covariance.clone(), state.count)?;
            state.projector = Projector::from_covariance(&covariance, threshold)?;
            state.stale = false;
        }
        Ok(())
    }

    fn update(&mut self, layer: usize, residuals: &Matrix, keys: &Matrix) -> Result<LowRank> {
        let state = layer_of(&mut self.layers, layer)?;
        alphaedit_update(residuals, keys, &state.past, &state.projector, self.l2)
    }

    fn recomputes_keys(&self) -> bool {
        true
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>) -> Result<()> {
        let (n0, projects) = (self.n0, self.projects);
        let step = self.steps.entry(layer).and_modify(|steps| *steps += 1).or_insert(1);
        let state = layer_of(&mut self.layers, layer)?;
        let keys = recomputed.unwrap_or(solved);
        state.past = concat_columns(state.past.as_ref(), keys.as_ref())?;
        accumulate_outer(&mut state.cache, keys.as_ref())?;
        state.kept *= repo_recurrence(&mut state.covariance, &state.cache, *step, keys.ncols(), n0)?;
        state.stale = projects;
        Ok(())
    }

    fn projector(&self, layer: usize) -> Option<&Projector> {
        self.layers.get(&layer).map(|state| &state.projector)
    }
}

#[cfg(test)]
mod tests;
