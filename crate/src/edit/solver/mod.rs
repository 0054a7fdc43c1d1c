//! Closed forms at work: null spaces, systems, and where they are worked out.

mod editor;
mod null_space;
mod report;
mod system;

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

use burn::tensor::Device;

use crate::edit::choice::choices;
use crate::linalg::device::{DeviceSolution, device_update};
use crate::linalg::{KeyCovariance, LowRank, Matrix, Projector, Threshold, memit_seq_update, projected_update, weighed_update};
use crate::{ErrorKind, Result, bail, ensure};

pub use editor::{Editor, Reference, Restraint};
use null_space::HAS_DEVICES;
pub use null_space::NullSpace;
pub use report::{SolverReport, SolverStage};
pub use system::{Renewal, System};

choices! {
    /// Where null spaces and updates are worked out.
    Solver, "solver" {
        /// On the host, in f64.
        Host = "host",
        /// On the device of the model, in f32: null spaces cut at an eigenvalue, and updates within null spaces. The rest on the host.
        Device = "device",
    }
}

#[allow(clippy::derivable_impls, reason = "the macro declares the enum")]
impl Default for Solver {
    fn default() -> Self {
        Self::Host
    }
}

/// An update with what it was made of.
#[derive(Clone, Debug)]
pub struct Solution {
    /// `Delta`.
    pub update: LowRank,
    /// `P K`, `[d_in, n]`, where the method projects.
    pub projected: Option<Matrix>,
    /// Where it came from.
    pub solver: SolverReport,
}

impl Solver {
    /// Brings the null space of `layer` up to date, or factors its covariance, before the questions and the update of a step. Done when needed,
    /// not when a step ends: that behind the last step is never used. What a device cannot resolve is cut on the host.
    ///
    /// # Errors
    /// A matrix is not finite, or the device fails.
    pub async fn renew(self, editor: &mut dyn Editor, layer: usize, device: &Device) -> Result<()> {
        while let Some(renewal) = editor.renewal(layer)? {
            let mut space = match renewal {
                Renewal::Factor(covariance, ridge) => {
                    editor.make_room();
                    editor.set_factor(layer, covariance.factor(ridge)?)?;
                    continue;
                }
                Renewal::Cut(covariance, threshold) => match self.cut_on_device(device, &covariance, threshold).await? {
                    Some(space) => space,
                    None => Projector::of(covariance, threshold)?.into(),
                },
                Renewal::Remove(spans, relative_tolerance) => {
                    let Some(space) = editor.null_space(layer) else {
                        bail!(Numerics, "layer {layer} has no null space to remove anything from")
                    };
                    let mut space = space.clone();
                    self.place(&mut space, device);
                    for span in &spans {
                        space.remove_span(span, relative_tolerance).await?;
                    }
                    space
                }
            };
            self.place(&mut space, device);
            editor.set_null_space(layer, space)?;
        }
        // What nothing is solved in on a device stays where it is.
        if let (Self::Device, Ok(System::NullSpace { space, .. })) = (self, editor.system(layer))
            && space.on_device().is_none()
        {
            let mut space = space.clone();
            self.place(&mut space, device);
            editor.set_null_space(layer, space)?;
        }
        Ok(())
    }

    /// Puts a null space where updates are worked out.
    fn place(self, space: &mut NullSpace, device: &Device) {
        if self == Self::Device {
            space.move_to(device);
        }
    }

    /// The null space, where it is to be cut on the device and can be.
    async fn cut_on_device(self, device: &Device, covariance: &KeyCovariance, threshold: Threshold) -> Result<Option<NullSpace>> {
        // A share of the energy is known when all eigenvalues are.
        let (true, Self::Device, Threshold::Absolute(limit)) = (HAS_DEVICES, self, threshold) else { return Ok(None) };
        match NullSpace::cut_on(device, covariance.clone(), limit).await {
            Err(error) if error.kind() == ErrorKind::Numerics => Ok(None),
            found => found.map(Some),
        }
    }
}

/// The update of `layer` for residuals `[d_out, n]` and keys `[d_in, n]`, worked out where its null space is.
///
/// # Errors
/// A matrix is not finite, a system cannot be solved, or the device fails.
pub async fn solve(editor: &dyn Editor, layer: usize, residuals: &Matrix, keys: &Matrix) -> Result<Solution> {
    let none = Matrix::zeros(keys.nrows(), 0);
    let (update, projected, stage) = match editor.system(layer)? {
        System::NullSpace { space, past, ridge } => {
            let past = past.unwrap_or(&none);
            // The host's projector of what a device has cut is worked out when it is asked for.
            if let Some(space) = space.on_device() {
                let DeviceSolution { update, projected, residual } = device_update(residuals, keys, past, space, ridge).await?;
                (update, Some(projected), SolverStage { on: Solver::Device, error: Some(residual), unresolved: 0 })
            } else {
                let Some(projector) = space.projector() else { bail!(Numerics, "layer {layer} has no projector") };
                let (update, projected) = projected_update(residuals, keys, past, projector, ridge)?;
                (update, Some(projected), SolverStage::default())
            }
        }
        System::Weighed { space, weighing, past } => {
            let projected = space.projector().map(|projector| projector.apply(keys)).transpose()?;
            (weighed_update(residuals, keys, past, weighing)?, projected, SolverStage::default())
        }
        System::Covariance { factor, past, weight } => {
            (memit_seq_update(residuals, keys, past.unwrap_or(&none), factor, weight)?, None, SolverStage::default())
        }
    };
    ensure!(update.rank() == keys.ncols(), Numerics, "the update of {} keys has {} columns", keys.ncols(), update.rank());
    let solver = SolverReport { null_space: editor.null_space(layer).map(NullSpace::stage), update: stage };
    Ok(Solution { update, projected, solver })
}
