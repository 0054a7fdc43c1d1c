//! Key statistics of the unedited model: `C = mean of k k^T` over the tokens of a corpus (MEMIT, arXiv
//! 2210.07229, equation 15 without its factor lambda).

mod collect;
mod compact;
mod file;
mod parts;
mod stored;

use std::collections::BTreeMap;

use super::projector_file::ProjectorFile;
use crate::linalg::KeyCovariance;
use crate::{Error, ErrorKind, Result, ensure};

pub(crate) use collect::Collecting;
pub use collect::{Corpus, Scratch};
pub use file::Written;
pub(in crate::edit) use file::write_header;
use parts::BETWEEN;
pub use parts::{corpora, divided_twice, missing_parts, models_of};
pub use stored::StoredCovariance;

/// Longest piece of a text that is used; longer texts are cut.
pub const TEXT_TOKENS: usize = 256;

/// Key covariances by layer, and where they come from.
#[derive(Clone, Debug)]
pub struct Statistics {
    layers: BTreeMap<usize, StoredCovariance>,
    provenance: String,
}

impl Statistics {
    /// From covariances that are known.
    pub fn new(layers: BTreeMap<usize, KeyCovariance>, provenance: impl Into<String>) -> Self {
        Self::of_stored(layers.into_iter().map(|(layer, covariance)| (layer, covariance.into())).collect(), provenance)
    }

    /// From covariances wherever they lie.
    pub fn of_stored(layers: BTreeMap<usize, StoredCovariance>, provenance: impl Into<String>) -> Self {
        Self { layers, provenance: provenance.into() }
    }

    /// None, for a method that uses none.
    pub fn unused() -> Self {
        Self::new(BTreeMap::new(), "none: the method uses no key statistics")
    }

    /// The covariance of a layer, where it lies.
    ///
    /// # Errors
    /// These statistics do not have that layer.
    pub fn layer(&self, layer: usize) -> Result<&StoredCovariance> {
        self.layers.get(&layer).ok_or_else(|| {
            let held: Vec<String> = self.layers.keys().map(ToString::to_string).collect();
            Error::new(ErrorKind::Data, format!("the key statistics have no layer {layer}, only {}", held.join(", ")))
                .hint("make them with: langedit stats --layers ...")
        })
    }

    /// The covariance of a layer, in f64.
    ///
    /// # Errors
    /// As [`Statistics::layer`].
    pub fn load(&self, layer: usize) -> Result<KeyCovariance> {
        self.layer(layer)?.load()
    }

    /// The layers.
    pub fn layers(&self) -> impl Iterator<Item = (usize, &StoredCovariance)> {
        self.layers.iter().map(|(&layer, covariance)| (layer, covariance))
    }

    /// Where they come from: corpus, tokens, model.
    pub fn provenance(&self) -> &str {
        &self.provenance
    }

    /// The same numbers, said to come from elsewhere.
    #[must_use]
    pub fn with_provenance(self, provenance: impl Into<String>) -> Self {
        Self { provenance: provenance.into(), ..self }
    }

    /// The same, with the projector of a layer in `file`.
    ///
    /// # Errors
    /// These statistics do not have its layer, or not its dimension; `Data`: it is damaged.
    pub fn with_projector(mut self, file: ProjectorFile) -> Result<Self> {
        let layer = file.layer();
        let covariance = self.layer(layer)?.clone().with_projector(file)?;
        self.layers.insert(layer, covariance);
        Ok(self)
    }

    /// Number of tokens counted.
    pub fn count(&self) -> f64 {
        self.layers.values().map(StoredCovariance::count).fold(0.0, f64::max)
    }

    /// The statistics of both corpora together.
    ///
    /// # Errors
    /// They have different layers or sizes.
    pub fn merge(&self, other: &Self) -> Result<Self> {
        ensure!(self.layers.keys().eq(other.layers.keys()), Data, "the parts have different layers");
        let layers =
            self.layers.iter().map(|(&layer, covariance)| Ok((layer, covariance.merge(other.layer(layer)?)?))).collect::<Result<_>>()?;
        let provenance = if self.provenance == other.provenance {
            self.provenance.clone()
        } else {
            format!("{}{BETWEEN}{}", self.provenance, other.provenance)
        };
        Ok(Self::of_stored(layers, provenance))
    }
}
