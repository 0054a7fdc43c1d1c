//! EvoEdit: AlphaEdit with a projector that loses the keys of every step, in place of a memory of them in the solve (arXiv 2510.13851).
//!
//! `Delta = R K^T P_{t-1} (K K^T P_{t-1} + l2 I)^-1`, then `P_t = P_{t-1} - Q Q^T`, Q an orthonormal basis of `P_{t-1} K_t`. So
//! a step changes nothing that an earlier key reads, at d_in n (r + n) operations a step instead of a decomposition, r being the
//! directions that P removes. It is LangEdit with `projection=tracked` and AlphaEdit's regulariser.

use super::alphaedit::NULL_SPACE;
use super::langedit::Paper;
use super::spec::{Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::edit::settings::{Mode, Projection, Settings};

/// EvoEdit's declaration.
pub(super) const EVOEDIT: MethodSpec = MethodSpec {
    label: "EvoEdit",
    projects: true,
    merges: false,
    remembers: true,
    statistics: Needs::Always,
    layers: LayerCount::Several,
    settings: &[LAYERS, TARGET_VALUE, NULL_SPACE],
    defaults: |settings, _| tracked(&settings),
    kind: Kind::ClosedForm(|layers, settings| Ok(Box::new(Paper::new(layers, &tracked(settings))?))),
};

/// `settings` with the projector that the method is.
fn tracked(settings: &Settings) -> Settings {
    Settings { mode: Mode::Paper, projection: Projection::Tracked, ..settings.clone() }
}
