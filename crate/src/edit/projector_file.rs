//! The projector of a layer's pre-trained keys as a file, so that a covariance is decomposed once and not in every run.
//!
//! safetensors with `eigenvalues` `[d_in]` in f64, ascending, and `eigenvectors` `[k, d_in]`, a row a vector: all of them in f64 up to 2,048
//! dimensions, beyond the basis that the projector is stored as, the smaller of the two, from 8,000 dimensions on in f32
//! ([`Eigenbasis`]). The header says of what it is (`model` and `statistics`: hex SHA-256 of the checkpoint and of the statistics file;
//! `threshold`, `layer`) and has the SHA-256 of the numbers (`sha256`).

use std::io::Write;
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorInfo};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::settings::parse::{format_threshold, parse_threshold};
use super::statistics::write_header;
use crate::checkpoint::digest::{hex, sha256};
use crate::linalg::{Eigenbasis, KeyCovariance, SymmetricEigen, Threshold};
use crate::model::quant::Bytes;
use crate::{Error, ErrorKind, Result, ensure};

/// What the header says that the file is.
const FORMAT: &str = "langedit projector 1";

/// What a projector was made of: with any other of these it is another one.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectorKey {
    /// Hex SHA-256 of the model's checkpoint.
    pub model: String,
    /// Hex SHA-256 of the statistics file.
    pub statistics: String,
    /// Where the spectrum is cut.
    pub threshold: Threshold,
}

impl ProjectorKey {
    /// What a projector with this key has otherwise than one with the key `wanted` would, in words; nothing where both are the same.
    pub fn differences(&self, wanted: &Self) -> Vec<String> {
        let short = |sha256: &str| sha256.chars().take(12).collect::<String>();
        let mut all = Vec::new();
        if self.model != wanted.model {
            all.push(format!("another model (sha256 {}, not {})", short(&self.model), short(&wanted.model)));
        }
        if self.statistics != wanted.statistics {
            all.push(format!("other key statistics (sha256 {}, not {})", short(&self.statistics), short(&wanted.statistics)));
        }
        if self.threshold != wanted.threshold {
            let [held, wanted] = [self.threshold, wanted.threshold].map(format_threshold);
            all.push(format!("another threshold (nullspace_threshold={held}, not {wanted})"));
        }
        all
    }
}

/// The projector of a layer in a file.
#[derive(Clone, Debug)]
pub struct ProjectorFile {
    key: ProjectorKey,
    layer: usize,
    values: Vec<f64>,
    vectors: Bytes,
    sha256: String,
}

impl ProjectorFile {
    /// Writes the projector of `layer` at the key's threshold.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(key: &ProjectorKey, layer: usize, basis: &Eigenbasis, out: &mut dyn Write) -> Result<()> {
        let (dim, count) = (basis.values().len(), basis.vectors());
        let values: Vec<u8> = basis.values().iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut hasher = Sha256::new();
        hasher.update(&values);
        basis.each_vector(|vector| {
            hasher.update(vector);
            Ok(())
        })?;
        let (kind, end) = (if Eigenbasis::width(dim) == 4 { "F32" } else { "F64" }, values.len() + count * dim * Eigenbasis::width(dim));
        let header = json!({
            "__metadata__": {
                "format": FORMAT,
                "layer": layer.to_string(),
                "model": key.model,
                "sha256": hex(&hasher.finalize()),
                "statistics": key.statistics,
                "threshold": format_threshold(key.threshold),
            },
            "eigenvalues": {"dtype": "F64", "shape": [dim], "data_offsets": [0, values.len()]},
            "eigenvectors": {"dtype": kind, "shape": [count, dim], "data_offsets": [values.len(), end]},
        });
        write_header(&header, out)?;
        out.write_all(&values)?;
        basis.each_vector(|vector| Ok(out.write_all(vector)?))
    }

    /// Reads what [`ProjectorFile::write`] wrote, but for the eigenvectors, which stay where they are.
    ///
    /// # Errors
    /// `Data`: the bytes are no such file, or not all of it.
    pub fn read(bytes: &Bytes) -> Result<Self> {
        let (header, metadata) = SafeTensors::read_metadata(bytes.as_slice()).map_err(malformed)?;
        SafeTensors::deserialize(bytes.as_slice()).map_err(malformed)?;
        let said = metadata.metadata().clone().unwrap_or_default();
        let word = |name: &str| {
            let missing = || Error::new(ErrorKind::Data, format!("is no projector of `langedit project`: its header has no `{name}`"));
            said.get(name).cloned().ok_or_else(missing)
        };
        let format = word("format")?;
        ensure!(format == FORMAT, Data, "is `{format}`, and this version reads `{FORMAT}`");
        let unread = |name: &str, text: &str| Error::new(ErrorKind::Data, format!("its header's {name} `{text}` cannot be read"));
        let (layer, threshold) = (word("layer")?, word("threshold")?);
        let key = ProjectorKey {
            model: word("model")?,
            statistics: word("statistics")?,
            threshold: parse_threshold(&threshold).ok_or_else(|| unread("threshold", &threshold))?,
        };
        let window = |name: &str| -> Result<(&TensorInfo, Bytes)> {
            let info = metadata.info(name).ok_or_else(|| Error::new(ErrorKind::Data, format!("has no tensor `{name}`")))?;
            let (start, end) = info.data_offsets;
            let window = bytes.window(8 + header + start, 8 + header + end);
            Ok((info, window.ok_or_else(|| Error::new(ErrorKind::Data, format!("`{name}` reaches beyond the file")))?))
        };
        let ((values_info, values), (vectors_info, vectors)) = (window("eigenvalues")?, window("eigenvectors")?);
        let dim = values_info.shape.first().copied().unwrap_or(0);
        let kind = if Eigenbasis::width(dim) == 4 { Dtype::F32 } else { Dtype::F64 };
        let fits = values_info.dtype == Dtype::F64 && vectors_info.dtype == kind && values_info.shape == [dim] && dim > 0;
        ensure!(
            fits && vectors_info.shape.len() == 2 && vectors_info.shape.last() == Some(&dim),
            Data,
            "its eigenvalues ({:?} {:?}) and eigenvectors ({:?} {:?}) do not go together",
            values_info.dtype,
            values_info.shape,
            vectors_info.dtype,
            vectors_info.shape
        );
        let values = values.as_slice().as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
        Ok(Self { key, layer: layer.parse().map_err(|_| unread("layer", &layer))?, values, vectors, sha256: word("sha256")? })
    }

    /// What it was made of.
    pub fn key(&self) -> &ProjectorKey {
        &self.key
    }

    /// Of which layer it is.
    pub fn layer(&self) -> usize {
        self.layer
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        self.values.len()
    }

    /// The whole decomposition of a covariance small enough to keep it.
    ///
    /// # Errors
    /// As [`ProjectorFile::eigenbasis`].
    pub(super) fn decomposition(&self) -> Result<Option<Arc<SymmetricEigen>>> {
        if KeyCovariance::is_small(self.dim()) { Ok(self.eigenbasis()?.eigen().cloned()) } else { Ok(None) }
    }

    /// Its numbers, which are as they were written.
    ///
    /// # Errors
    /// `Data`: they are not.
    pub fn eigenbasis(&self) -> Result<Eigenbasis> {
        let values: Vec<u8> = self.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        ensure!(sha256([&values, self.vectors.as_slice()]) == self.sha256, Data, "is damaged: its numbers are not those that were written");
        Eigenbasis::from_numbers(self.values.clone(), self.vectors.as_slice(), self.key.threshold)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn malformed(source: safetensors::SafeTensorError) -> Error {
    Error::new(ErrorKind::Data, format!("is no projector of `langedit project`, or not all of it: {source}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::edit::Statistics;
    use crate::linalg::{Matrix, Projector};

    fn key() -> ProjectorKey {
        ProjectorKey { model: "a1".repeat(32), statistics: "b2".repeat(32), threshold: Threshold::EnergyShare(0.07) }
    }

    fn written() -> (Eigenbasis, Vec<u8>) {
        let mut covariance = KeyCovariance::new(6);
        covariance.add_keys(Matrix::from_fn(6, 20, |i, j| ((i * 7 + j * 13) % 11) as f64 / (1.0 + i as f64)).as_ref(), 1.0).unwrap();
        let basis = Eigenbasis::of(covariance, key().threshold).unwrap();
        let mut bytes = Vec::new();
        ProjectorFile::write(&key(), 4, &basis, &mut bytes).unwrap();
        (basis, bytes)
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let (basis, bytes) = written();
        let file = ProjectorFile::read(&Bytes::new(bytes)).unwrap();
        assert_eq!((file.key(), file.layer(), file.dim()), (&key(), 4, 6));
        let read = file.eigenbasis().unwrap();
        assert_eq!(read.values(), basis.values());
        assert!(read.eigen().unwrap().vectors == basis.eigen().unwrap().vectors);
    }

    /// Of LAPACK's numbers, in a file that another program wrote.
    #[test]
    fn the_golden_file_is_the_projector_of_its_statistics() {
        let golden =
            |name: &str| std::fs::read(format!("{}/../tests/golden/editing/{name}.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let (stats, file) = (golden("stats"), ProjectorFile::read(&Bytes::new(golden("projector"))).unwrap());
        let threshold = Threshold::EnergyShare(0.2);
        assert_eq!((file.key().threshold, &file.key().statistics), (threshold, &sha256([stats.as_slice()])));
        let covariance = Statistics::from_bytes(&stats).unwrap().load(file.layer()).unwrap();
        let (found, expected) = (file.eigenbasis().unwrap().projector(threshold).unwrap(), Projector::of(covariance, threshold).unwrap());
        assert_eq!(found.null_dimension(), expected.null_dimension());
        assert!((found.dense() - expected.dense()).norm_max() < 1e-9);
    }

    #[test]
    fn no_other_file_is_taken_for_one() {
        let (_, bytes) = written();
        for end in [0, 7, 20, bytes.len() / 2, bytes.len() - 1] {
            let error = ProjectorFile::read(&Bytes::new(bytes[..end].to_vec())).unwrap_err();
            assert!(error.message().contains("langedit project"), "{end}: {error}");
        }
        let mut damaged = bytes.clone();
        let last = damaged.len() - 3;
        damaged[last] ^= 1;
        let error = ProjectorFile::read(&Bytes::new(damaged)).unwrap().eigenbasis().unwrap_err();
        assert!(error.message().contains("is damaged"), "{error}");
        let replaced = |from: &str, to: &str| {
            let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
            let mut other = bytes.clone();
            other[at..at + from.len()].copy_from_slice(to.as_bytes());
            ProjectorFile::read(&Bytes::new(other)).unwrap_err().to_string()
        };
        for (from, to, says) in [
            ("projector 1", "projector 9", "projector 9"),
            ("\"layer\":\"4\"", "\"layer\":\"x\"", "`x`"),
            ("\"threshold\"", "\"thrashold\"", "no `threshold`"),
            ("eigenvalues", "eigenvaluex", "no tensor `eigenvalues`"),
        ] {
            let error = replaced(from, to);
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_key_says_what_it_has_otherwise() {
        let other = ProjectorKey { threshold: Threshold::Absolute(0.02), statistics: "c3".repeat(32), ..key() };
        assert!(key().differences(&key()).is_empty());
        let said = other.differences(&key());
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("key statistics (sha256 c3c3c3c3c3c3, not b2b2b2b2b2b2)"), "{said:?}");
        assert!(said[1].contains("nullspace_threshold=0.02, not share:0.07"), "{said:?}");
        let other = ProjectorKey { model: "d4".repeat(32), ..key() };
        assert!(other.differences(&key())[0].contains("another model"));
    }
}
