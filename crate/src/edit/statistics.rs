//! Key statistics of the unedited model: `C = mean of k k^T` over the tokens of a corpus (MEMIT, arXiv
//! 2210.07229, equation 15 without its factor lambda).

mod collect;
mod compact;
mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::linalg::{KeyCovariance, Matrix};
use crate::{Error, ErrorKind, Result, ensure};

use parts::BETWEEN;
pub use parts::{corpora, missing_parts};

/// Longest piece of a text that is used; longer texts are cut.
pub const TEXT_TOKENS: usize = 256;

/// Key covariances by layer, and where they come from.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Shared: at 1,536 dimensions each takes 19 MB, at 14,336 1.6 GB.
    layers: BTreeMap<usize, Arc<KeyCovariance>>,
    provenance: String,
}

impl Statistics {
    /// From covariances that are known.
    pub fn new(layers: BTreeMap<usize, KeyCovariance>, provenance: impl Into<String>) -> Self {
        Self {
            layers: layers.into_iter().map(|(layer, covariance)| (layer, Arc::new(covariance))).collect(),
            provenance: provenance.into(),
        }
    }

    /// None, for a method that uses none.
    pub fn unused() -> Self {
        Self::new(BTreeMap::new(), "none: the method uses no key statistics")
    }

    /// The covariance of a layer.
    ///
    /// # Errors
    /// These statistics do not have that layer.
    pub fn layer(&self, layer: usize) -> Result<&KeyCovariance> {
        self.layers.get(&layer).map(Arc::as_ref).ok_or_else(|| {
            let held: Vec<String> = self.layers.keys().map(ToString::to_string).collect();
            Error::new(ErrorKind::Data, format!("the key statistics have no layer {layer}, only {}", held.join(", ")))
                .hint("make them with: langedit stats --layers ...")
        })
    }

    /// The layers.
    pub fn layers(&self) -> impl Iterator<Item = (usize, &KeyCovariance)> {
        self.layers.iter().map(|(&layer, covariance)| (layer, covariance.as_ref()))
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

    /// Number of tokens counted.
    pub fn count(&self) -> f64 {
        self.layers.values().map(|covariance| covariance.count()).fold(0.0, f64::max)
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
        Ok(Self::new(layers, provenance))
    }

    /// As safetensors: `layer<l>.covariance` `[d_in, d_in]` in f32, `count` `[1]` in f64, the provenance in the header.
    ///
    /// # Errors
    /// The file cannot be formed.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut buffers = Vec::new();
        for (layer, covariance) in self.layers() {
            let mean = covariance.mean();
            let d = covariance.dim();
            let mut bytes = Vec::with_capacity(4 * d * d);
            // Columns are rows: the matrix is symmetric.
            for column in mean.col_iter() {
                column.iter().for_each(|&value| bytes.extend((value as f32).to_le_bytes()));
            }
            buffers.push((format!("layer{layer}.covariance"), Dtype::F32, vec![d, d], bytes));
        }
        self.serialize(buffers)
    }

    /// As safetensors in a quarter of the space of [`Statistics::to_bytes`]: `layer<l>.deviation` `[d_in]` in f32 and, of the correlations
    /// above the diagonal, `layer<l>.correlation` `[d_in (d_in - 1) / 2]` in f16. Entries differ by at most 2^-12 of their row's and
    /// column's deviations.
    ///
    /// # Errors
    /// The file cannot be formed.
    pub fn to_compact_bytes(&self) -> Result<Vec<u8>> {
        self.serialize(self.layers().flat_map(|(layer, covariance)| compact::write(layer, covariance)).collect())
    }

    fn serialize(&self, mut buffers: Vec<compact::Buffer>) -> Result<Vec<u8>> {
        buffers.push(("count".into(), Dtype::F64, vec![1], self.count().to_le_bytes().to_vec()));
        let views = buffers
            .iter()
            .map(|(name, dtype, shape, bytes)| Ok((name.clone(), TensorView::new(*dtype, shape.clone(), bytes).map_err(malformed)?)))
            .collect::<Result<Vec<_>>>()?;
        let header = std::collections::HashMap::from([("provenance".to_owned(), self.provenance.clone())]);
        safetensors::serialize(views, Some(header)).map_err(malformed)
    }

    /// Reads what [`Statistics::to_bytes`] or [`Statistics::to_compact_bytes`] wrote, or any file with tensors of those names in f32 or f64.
    ///
    /// # Errors
    /// The file is not safetensors, has no covariance, or one that is not square, symmetric and finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(malformed)?;
        let provenance = metadata.metadata().as_ref().and_then(|header| header.get("provenance")).cloned();
        let file = SafeTensors::deserialize(bytes).map_err(malformed)?;
        let count = file
            .tensor("count")
            .ok()
            .and_then(|view| floats(&view).ok()?.first().copied())
            .filter(|count| count.is_finite() && *count > 0.0)
            .ok_or_else(|| Error::new(ErrorKind::Data, "key statistics: `count` is missing or not a positive number"))?;
        let mut layers = BTreeMap::new();
        for (name, view) in file.tensors() {
            let Some(layer) = name.strip_prefix("layer").and_then(|rest| rest.strip_suffix(".covariance")?.parse().ok()) else { continue };
            let [rows, cols] = *view.shape() else {
                return Err(Error::new(ErrorKind::Data, format!("key statistics: `{name}` is not a matrix")));
            };
            ensure!(rows == cols, Data, "key statistics: `{name}` is [{rows}, {cols}], not square");
            let values = floats(&view).map_err(|e| e.at(&name))?;
            let mean = Matrix::from_fn(rows, cols, |row, col| values[row * cols + col]);
            layers.insert(layer, KeyCovariance::from_mean(mean, count).map_err(|e| e.at(&name))?);
        }
        let number = |name: &str| name.strip_prefix("layer")?.strip_suffix(".deviation")?.parse().ok();
        let compact: BTreeSet<usize> = file.names().into_iter().filter_map(number).collect();
        for layer in compact {
            let read = compact::read(&file, layer, count).map_err(|e| e.at(format!("key statistics: layer {layer}")))?;
            layers.extend(read.map(|covariance| (layer, covariance)));
        }
        ensure!(!layers.is_empty(), Data, "key statistics: no tensor is called `layer<N>.covariance`");
        Ok(Self::new(layers, provenance.unwrap_or_else(|| "a file that does not say where it comes from".into())))
    }
}

fn floats(view: &TensorView<'_>) -> Result<Vec<f64>> {
    let data = view.data();
    match view.dtype() {
        Dtype::F32 => Ok(data.as_chunks::<4>().0.iter().map(|&bytes| f64::from(f32::from_le_bytes(bytes))).collect()),
        Dtype::F64 => Ok(data.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()),
        Dtype::I64 => Ok(data.as_chunks::<8>().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f64).collect()),
        other => Err(Error::new(ErrorKind::Data, format!("{other:?} values are not supported, only F32 and F64"))),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn malformed(source: safetensors::SafeTensorError) -> Error {
    Error::new(ErrorKind::Data, format!("key statistics: {source}"))
}
