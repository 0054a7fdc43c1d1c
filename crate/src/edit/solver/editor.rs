//! What a closed-form method has to answer.

use super::{NullSpace, Renewal, System};
use crate::linalg::{CovarianceFactor, LowRank, Matrix, MatrixRef, Update};
use crate::{Result, bail};

/// One closed-form method at work on a stream of steps. Its memory of earlier steps is its own; the weights are not.
pub trait Editor: Duplicate + Send + Sync {
    /// What has to be done at `layer` before the next step is solved there, if anything.
    ///
    /// # Errors
    /// A matrix is not finite, or cannot be loaded.
    fn renewal(&self, _layer: usize) -> Result<Option<Renewal>> {
        Ok(None)
    }

    /// Takes the null space of `layer` that came of [`Editor::renewal`], or of moving the one at hand.
    ///
    /// # Errors
    /// The method has none.
    fn set_null_space(&mut self, layer: usize, _space: NullSpace) -> Result<()> {
        bail!(Numerics, "the method has no null space at layer {layer}")
    }

    /// Takes the factor of the covariance of `layer` that [`Editor::renewal`] asked for.
    ///
    /// # Errors
    /// The method inverts none.
    fn set_factor(&mut self, layer: usize, _factor: CovarianceFactor) -> Result<()> {
        bail!(Numerics, "the method inverts no covariance at layer {layer}")
    }

    /// From now on the factor of one layer is held at a time, and made again when a step comes back to the layer: where other things take up
    /// the memory.
    fn hold_one_factor(&mut self) {}

    /// Gives up the factors that are held, where one is held at a time: another one is about to be made.
    fn make_room(&mut self) {}

    /// The closed form of the update of `layer`, but for a step's residuals and keys.
    ///
    /// # Errors
    /// There is none for the layer.
    fn system(&self, layer: usize) -> Result<System<'_>>;

    /// Whether [`Editor::remember`] wants the keys recomputed with the weights after the step.
    fn recomputes_keys(&self) -> bool;

    /// Takes note of a finished step: `solved` are the keys of the update, `recomputed` those under the new weights, where wanted.
    ///
    /// # Errors
    /// A matrix is not finite.
    fn remember(&mut self, layer: usize, solved: &Matrix, recomputed: Option<&Matrix>) -> Result<()>;

    /// Holds `keys` in place of those at these places of the memory of `layer`, which counts the columns that [`Editor::remember`] was given: their facts
    /// were written again. Keys of 0 hold nothing.
    ///
    /// # Errors
    /// The method's memory is not one of single keys, or shorter.
    fn replace(&mut self, layer: usize, _places: &[usize], _keys: MatrixRef<'_>) -> Result<()> {
        bail!(Numerics, "the method does not hold its keys of layer {layer} one by one")
    }

    /// Takes note of a finished step and its change of `layer`: what [`Editor::remember`] and [`Restraint::remember`] want. The last keys are of facts
    /// written again, in place of those at the places `rehearsed` ([`Editor::replace`]).
    ///
    /// # Errors
    /// Theirs.
    fn take_note(
        &mut self,
        layer: usize,
        (solved, recomputed): (&Matrix, Option<&Matrix>),
        rehearsed: &[usize],
        update: Option<&Update>,
    ) -> Result<()> {
        if rehearsed.is_empty() {
            self.remember(layer, solved, recomputed)?;
        } else {
            let own = solved.ncols().saturating_sub(rehearsed.len());
            let of_own = |keys: &Matrix| keys.subcols(0, own).to_owned();
            self.replace(layer, rehearsed, recomputed.unwrap_or(solved).get(.., own..))?;
            self.remember(layer, &of_own(solved), recomputed.map(of_own).as_ref())?;
        }
        match (self.restraint(), update) {
            (Some(restraint), Some(update)) => restraint.remember(layer, solved.ncols(), update),
            _ => Ok(()),
        }
    }

    /// The null space that the next update of `layer` is projected onto; `None` for methods without one, and before it is cut.
    fn null_space(&self, layer: usize) -> Option<&NullSpace> {
        match self.system(layer).ok()? {
            System::NullSpace { space, .. } | System::Weighed { space, .. } => Some(space),
            System::Covariance { .. } => None,
        }
    }

    /// What was added to the diagonal of the covariance of `layer` because it is singular; 0 where nothing was, or none is inverted.
    fn ridge(&self, layer: usize) -> f64 {
        match self.system(layer) {
            Ok(System::Covariance { factor, .. }) => factor.ridge(),
            _ => 0.0,
        }
    }

    /// What restrains the updates when all layers have theirs, for methods that do.
    fn restraint(&mut self) -> Option<&mut dyn Restraint> {
        None
    }
}

/// A copy of an editor of any type, with its memory. Whatever can be cloned has it.
pub trait Duplicate {
    /// The copy.
    fn duplicate(&self) -> Box<dyn Editor>;
}

impl<E: Editor + Clone + 'static> Duplicate for E {
    fn duplicate(&self) -> Box<dyn Editor> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Editor> {
    fn clone(&self) -> Self {
        (**self).duplicate()
    }
}

/// What a method does to the updates of a step when all layers have theirs (RECT, PRUNE).
pub trait Restraint {
    /// The change of `layer` over W_0 that a step is worked out on, where it is not the one in force: without the restraint.
    fn unrestrained(&self, _layer: usize) -> Option<&LowRank> {
        None
    }

    /// Which weights [`Restraint::restrain`] has to see.
    fn reference(&self, layer: usize) -> Reference;

    /// What becomes of the update `delta` of `layer`; `weights` are those of [`Restraint::reference`] in row-major order.
    ///
    /// # Errors
    /// A matrix is not finite, or a decomposition does not converge.
    fn restrain(&mut self, layer: usize, delta: LowRank, weights: &[f32]) -> Result<Update>;

    /// Takes note of a finished step: the change of `layer` for its `facts` facts.
    ///
    /// # Errors
    /// The update is not one of this method's.
    fn remember(&mut self, _layer: usize, _facts: usize, _update: &Update) -> Result<()> {
        Ok(())
    }
}

/// Weights that a [`Restraint`] compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// None.
    Nothing,
    /// W_0.
    Base,
    /// Those in force before the step.
    Current,
}
