//! Closed forms at work: null spaces, systems, and where they are worked out.

mod editor;
mod null_space;
mod report;
mod system;

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::linalg::device::device_update;
use crate::linalg::{KeyCovariance, LowRank, Matrix, Projector, Threshold, memit_seq_update, projected_update, weighed_update};
use crate::{ErrorKind, Result, bail, ensure};

pub use editor::{Editor, Reference, Restraint};
use null_space::HAS_DEVICES;
pub use null_space::NullSpace;
pub use report::{SolverReport, SolverStage};
pub use system::{Renewal, System};

/// Where null spaces and updates are worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Solver {
    /// On the host, in f64.
    #[default]
    Host,
    /// On the device of the model, in f32: null spaces cut at an eigenvalue, and updates within null spaces. The rest on the host.
    Device,
}

/// An update with what it was made of.
#[derive(Clone, Debug)]
pub struct Solution {
    /// `Delta`.
    pub update: LowRank,
    /// `P K`, `[d_in, n]`, where the method projects.
    pub projected: Option<Matrix>,
    /// The null space, where the method has one.
    pub null_space: Option<SolverStage>,
    /// The update.
    pub solve: SolverStage,
}

impl Solver {
    /// Parses `host` or `device`.
    ///
    /// # Errors
    /// Anything else, naming what is accepted.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "host" => Ok(Self::Host),
            "device" => Ok(Self::Device),
            _ => bail!(Usage, "unknown solver `{text}`: expected host or device"),
        }
    }

    /// Brings the null space of `layer` up to date, before the questions and the update of a step. Done when needed, not when a step ends: that
    /// behind the last step is never used. What a device cannot resolve is cut on the host.
    ///
    /// # Errors
    /// A matrix is not finite, or the device fails.
    pub async fn renew(self, editor: &mut dyn Editor, layer: usize, device: &Device) -> Result<()> {
        while let Some(renewal) = editor.renewal(layer)? {
            let mut space = match (renewal, editor.null_space(layer)) {
                (Renewal::Cut(covariance, threshold), _) => match self.cut_on_device(device, &covariance, threshold).await? {
                    Some(space) => space,
                    None => Projector::from_covariance(&covariance, threshold)?.into(),
                },
                (Renewal::Remove(spans, relative_tolerance), Some(space)) => {
                    let mut space = space.clone();
                    self.place(&mut space, device);
                    for span in &spans {
                        space.remove_span(span, relative_tolerance).await?;
                    }
                    space
                }
                (Renewal::Remove(..), None) => bail!(Numerics, "layer {layer} has no null space to remove anything from"),
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
    let (update, projected, null_space, solve) = match editor.system(layer)? {
        System::NullSpace { space, past, ridge } => {
            let past = past.unwrap_or(&none);
            let (update, projected, solve) = match (space.on_device(), space.projector()) {
                (Some(space), _) => {
                    let found = device_update(residuals, keys, past, space, ridge).await?;
                    let stage = SolverStage { on: Solver::Device, error: Some(found.residual), unresolved: 0 };
                    (found.update, found.projected, stage)
                }
                (None, Some(projector)) => {
                    let (update, projected) = projected_update(residuals, keys, past, projector, ridge)?;
                    (update, projected, SolverStage::default())
                }
                (None, None) => bail!(Numerics, "layer {layer} has no projector"),
            };
            (update, Some(projected), Some(space.stage()), solve)
        }
        System::Weighed { space, weighing, past } => {
            let projected = space.projector().map(|projector| projector.apply(keys)).transpose()?;
            (weighed_update(residuals, keys, past, weighing)?, projected, Some(space.stage()), SolverStage::default())
        }
        System::Covariance { factor, past, weight } => {
            (memit_seq_update(residuals, keys, past.unwrap_or(&none), factor, weight)?, None, None, SolverStage::default())
        }
    };
    ensure!(update.rank() == keys.ncols(), Numerics, "the update of {} keys has {} columns", keys.ncols(), update.rank());
    Ok(Solution { update, projected, null_space, solve })
}
