//! AnswerEdit, a method of our own: every token of the new object is written where the model is about to say it, by least squares that weigh
//! each direction of a null space by its use.
//!
//! * A fact of m object tokens has m keys: the prompt's last token predicts the first of them, each object token the next. Each key has its
//!   own target value, optimised for its one token ([`FactToken::Answer`]). A single edited token, as in the papers, must carry the whole
//!   object; at the prompt's end it cannot, since later tokens of the object read the old answer at the subject again. There other prompts
//!   about the same subject have other keys, so that an edit hardly moves them. AnyEdit (arXiv 2502.05628) edits the last token of each chunk
//!   of a long text for the same reason.
//! * With `subject_layers`, a step has two stages. The first writes the whole object at the subject's last token in those layers, where other wordings
//!   find it; its target values end early and its weighed solve leaves some of it unwritten. The second writes what is then missing at the answer's
//!   tokens: a token that is right already has a loss below `v_stop_loss` from the start, and nothing is changed for it. What a step writes at its subjects
//!   also moves answers of earlier facts; those that the model does not say any more behind the first stage are written again with the second
//!   (rehearsal), and their keys take the place of those of before in K_p.
//! * The solve is AlphaEdit's with the weighed covariance of MEMIT among what is preserved:
//!   `Delta = R K^T P ((lambda C + K_p K_p^T + K K^T) P + l2 I)^-1`. It minimises
//!   `|Delta K - R|^2 + |Delta K_p|^2 + lambda tr(Delta C Delta^T) + l2 |Delta|^2` among the changes that are 0 on the directions that P
//!   discards. P alone treats every direction that it lets through as if it were never used; `lambda C` does not.

use std::collections::BTreeMap;

use super::alphaedit::NULL_SPACE;
use super::layer_space::of_layer;
use super::spec::{Covariances, Kind, LAYERS, LayerCount, MethodSpec, Needs, TARGET_VALUE};
use crate::edit::settings::{SettingName, Settings};
use crate::edit::solver::{Editor, NullSpace, System};
use crate::linalg::{Matrix, MatrixRef, Weighing, concat_columns};
use crate::{Result, ensure};

/// AnswerEdit's declaration.
pub(super) const ANSWEREDIT: MethodSpec = MethodSpec {
    label: "AnswerEdit",
    projects: true,
    merges: false,
    remembers: true,
    statistics: Needs::Always,
    layers: LayerCount::Several,
    settings: &[LAYERS, TARGET_VALUE, NULL_SPACE, &[SettingName::Mom2UpdateWeight, SettingName::SubjectLayers]],
    defaults: Settings::of_answer_edit,
    kind: Kind::ClosedForm(|layers, settings| Ok(Box::new(AnswerEdit::new(layers, settings)?))),
};

/// AnswerEdit at work.
#[derive(Clone)]
pub(super) struct AnswerEdit {
    layers: BTreeMap<usize, Layer>,
}

#[derive(Clone)]
struct Layer {
    space: NullSpace,
    weighing: Weighing,
    past: Matrix,
}

impl AnswerEdit {
    pub(super) fn new(layers: &Covariances<'_>, settings: &Settings) -> Result<Self> {
        let layers = layers
            .iter()
            .map(|(&layer, &covariance)| {
                // One after the other: a large covariance is decomposed where it lies.
                let projector = covariance.projector(settings.nullspace_threshold)?;
                let covariance = covariance.load()?;
                let weighing = Weighing::new(&covariance, &projector, settings.mom2_update_weight, settings.l2)?;
                Ok((layer, Layer { space: projector.into(), weighing, past: Matrix::zeros(covariance.dim(), 0) }))
            })
            .collect::<Result<_>>()?;
        Ok(Self { layers })
    }
}

impl Editor for AnswerEdit {
    fn system(&self, layer: usize) -> Result<System<'_>> {
        let Layer { space, weighing, past } = of_layer(&self.layers, layer)?;
        Ok(System::Weighed { space, weighing, past })
    }

    /// The keys of the solve are those that the finished step leaves: each layer's have the updates of the layers before it.
    fn recomputes_keys(&self) -> bool {
        false
    }

    fn remember(&mut self, layer: usize, solved: &Matrix, _: Option<&Matrix>) -> Result<()> {
        if let Some(state) = self.layers.get_mut(&layer) {
            state.past = concat_columns(state.past.as_ref(), solved.as_ref())?;
        }
        Ok(())
    }

    fn replace(&mut self, layer: usize, places: &[usize], keys: MatrixRef<'_>) -> Result<()> {
        let Some(Layer { past, .. }) = self.layers.get_mut(&layer) else { return Ok(()) };
        for (&place, key) in places.iter().zip(keys.col_iter()) {
            ensure!(place < past.ncols(), Numerics, "layer {layer} holds {} keys, none at place {place}", past.ncols());
            past.col_mut(place).copy_from(key);
        }
        Ok(())
    }
}
