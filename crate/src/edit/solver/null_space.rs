//! The null space of a layer's keys, wherever its projector was worked out.

use std::sync::{Arc, OnceLock};

use burn::tensor::{DType, Device};

use super::{Solver, SolverStage};
use crate::Result;
use crate::linalg::device::{DeviceNullSpace, SignReport};
use crate::linalg::{KeyCovariance, Matrix, Projector, Threshold};

/// Whether there is any device but the host. The page's module for the CPU leaves out what it would have to carry for one.
pub(super) const HAS_DEVICES: bool = cfg!(feature = "gpu");

/// A null space, with its projector on the host or on a device.
#[derive(Clone, Debug)]
pub struct NullSpace(Place);

#[derive(Clone, Debug)]
enum Place {
    Host(Projector),
    Device(Box<DeviceNullSpace>, Origin),
}

/// Where the projector on a device came from.
#[derive(Clone, Debug)]
enum Origin {
    /// The host's; the device may have removed directions since.
    Host(Projector),
    /// The covariance that it was cut from, where it is small enough to be decomposed in a moment, and the host's projector once a figure asks
    /// for it.
    Covariance { covariance: Option<KeyCovariance>, threshold: Threshold, sign: SignReport, projector: Arc<OnceLock<Option<Projector>>> },
}

impl From<Projector> for NullSpace {
    fn from(projector: Projector) -> Self {
        Self(Place::Host(projector))
    }
}

impl NullSpace {
    /// That of `covariance`, cut at `threshold` on `device`, in f32.
    ///
    /// # Errors
    /// The device fails, or f32 does not resolve the threshold.
    pub(super) async fn cut_on(device: &Device, covariance: KeyCovariance, threshold: f64) -> Result<Self> {
        let (space, sign) = DeviceNullSpace::of_covariance(covariance.mean(), threshold, device, DType::F32).await?;
        let (threshold, covariance) = (Threshold::Absolute(threshold), covariance.keeps_decomposition().then_some(covariance));
        Ok(Self(Place::Device(Box::new(space), Origin::Covariance { covariance, threshold, sign, projector: Arc::default() })))
    }

    /// Puts the projector on `device`, where it is on the host.
    pub(super) fn move_to(&mut self, device: &Device) {
        if let (true, Place::Host(projector)) = (HAS_DEVICES, &self.0) {
            let space = DeviceNullSpace::upload(projector, device, DType::F32);
            self.0 = Place::Device(Box::new(space), Origin::Host(projector.clone()));
        }
    }

    /// The projector of the device, where it is there.
    pub(super) fn on_device(&self) -> Option<&DeviceNullSpace> {
        match &self.0 {
            Place::Device(space, _) if HAS_DEVICES => Some(space),
            Place::Host(_) | Place::Device(..) => None,
        }
    }

    /// Where it was worked out, and how well.
    pub(super) fn stage(&self) -> SolverStage {
        match &self.0 {
            Place::Device(_, Origin::Covariance { sign, .. }) => {
                SolverStage { on: Solver::Device, error: Some(sign.idempotency), unresolved: sign.unresolved }
            }
            Place::Device(space, Origin::Host(_)) if space.has_removed() => SolverStage { on: Solver::Device, ..SolverStage::default() },
            Place::Host(_) | Place::Device(_, Origin::Host(_)) => SolverStage::default(),
        }
    }

    /// Removes the span of `keys`: see [`Projector::remove_span`] and [`DeviceNullSpace::remove_span`].
    ///
    /// # Errors
    /// The keys do not fit, or the device fails.
    pub(super) async fn remove_span(&mut self, keys: &Matrix, relative_tolerance: f64) -> Result<()> {
        match &mut self.0 {
            Place::Host(projector) => projector.remove_span(keys, relative_tolerance).map(drop),
            Place::Device(space, _) if HAS_DEVICES => space.remove_span(keys).await.map(drop),
            Place::Device(..) => Ok(()),
        }
    }

    /// Dimension of the null space.
    pub fn null_dimension(&self) -> usize {
        match &self.0 {
            Place::Host(projector) => projector.null_dimension(),
            Place::Device(space, _) => space.null_dimension(),
        }
    }

    /// The projector on the host, without what a device removed since it was put there. What the device has cut is decomposed when this first
    /// asks for it, up to a dimension where that takes a moment; `None` beyond.
    pub fn projector(&self) -> Option<&Projector> {
        match &self.0 {
            Place::Host(projector) | Place::Device(_, Origin::Host(projector)) => Some(projector),
            Place::Device(_, Origin::Covariance { covariance, threshold, projector, .. }) => {
                let covariance = covariance.as_ref()?;
                projector.get_or_init(|| Projector::from_covariance(covariance, *threshold).ok()).as_ref()
            }
        }
    }
}
