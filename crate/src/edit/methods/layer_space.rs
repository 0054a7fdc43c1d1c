//! The null space of a layer, which is cut when it is first needed, wherever that is done.

use std::collections::BTreeMap;

use crate::edit::solver::{NullSpace, Renewal};
use crate::edit::statistics::StoredCovariance;
use crate::linalg::Threshold;
use crate::{Error, ErrorKind, Result};

/// A layer's null space.
#[derive(Clone)]
pub(super) enum LayerSpace {
    /// What it is to be cut from.
    Uncut(StoredCovariance, Threshold),
    /// Cut, whatever left it since.
    Cut(NullSpace),
}

impl LayerSpace {
    /// That of `covariance`. A share of the energy needs the whole spectrum, which the host decomposes at once; nothing is decomposed of a
    /// covariance whose projector is at hand.
    ///
    /// # Errors
    /// The threshold is out of range, or the decomposition does not converge.
    pub(super) fn cut_of(covariance: &StoredCovariance, threshold: Threshold) -> Result<Self> {
        Ok(match threshold {
            Threshold::Absolute(_) if !covariance.has_projector(threshold) => Self::Uncut(covariance.clone(), threshold),
            Threshold::Absolute(_) | Threshold::EnergyShare(_) => Self::Cut(covariance.projector(threshold)?.into()),
        })
    }

    /// What has to be done before it can be used.
    ///
    /// # Errors
    /// The covariance cannot be loaded.
    pub(super) fn renewal(&self) -> Result<Option<Renewal>> {
        match self {
            Self::Uncut(covariance, threshold) => Ok(Some(Renewal::Cut(covariance.load()?, *threshold))),
            Self::Cut(_) => Ok(None),
        }
    }

    /// It, once it is cut.
    pub(super) fn get(&self) -> Option<&NullSpace> {
        match self {
            Self::Uncut(..) => None,
            Self::Cut(space) => Some(space),
        }
    }

    /// It, for a solve.
    ///
    /// # Errors
    /// It was not cut.
    pub(super) fn cut(&self) -> Result<&NullSpace> {
        self.get().ok_or_else(|| Error::new(ErrorKind::Numerics, "a null space has to be renewed before anything is solved in it"))
    }
}

fn without_statistics(layer: usize) -> Error {
    Error::new(ErrorKind::Numerics, format!("no statistics for layer {layer}"))
}

/// What a method holds of a layer.
pub(super) fn of_layer<L>(layers: &BTreeMap<usize, L>, layer: usize) -> Result<&L> {
    layers.get(&layer).ok_or_else(|| without_statistics(layer))
}

/// What a method holds of a layer, to change.
pub(super) fn of_layer_mut<L>(layers: &mut BTreeMap<usize, L>, layer: usize) -> Result<&mut L> {
    layers.get_mut(&layer).ok_or_else(|| without_statistics(layer))
}
