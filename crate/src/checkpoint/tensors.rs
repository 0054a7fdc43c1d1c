//! The tensors of a file, checked once against the configuration, then handed out under their canonical names.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Expected, Part, Place, expected_tensors};
use super::{StoredTensor, TensorSource};
use crate::model::ModelConfig;
use crate::model::quant::{Bytes, StoredMatrix, StoredType};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// A tensor as a file stores it.
#[derive(Clone, Debug)]
pub(super) struct FileTensor {
    /// Its format, or the name of one that we do not read.
    pub(super) ty: Result<StoredType, &'static str>,
    /// Outermost dimension first.
    pub(super) shape: Vec<usize>,
    /// Its bytes (empty where the format is unknown).
    pub(super) bytes: Bytes,
}

impl FileTensor {
    /// As a matrix in the file's own orientation; vectors have one row.
    pub(super) fn matrix(&self) -> Result<StoredMatrix> {
        let ty = self.ty.map_err(|name| {
            let known: Vec<_> = StoredType::ALL.iter().map(|ty| ty.name()).collect();
            Error::new(ErrorKind::Checkpoint, format!("has the format {name}")).hint(format!("supported: {}", known.join(", ")))
        })?;
        let (rows, cols) = match *self.shape {
            [cols] => (1, cols),
            [rows, cols] => (rows, cols),
            _ => bail!(Checkpoint, "has {} dimensions", self.shape.len()),
        };
        StoredMatrix::new(ty, rows, cols, self.bytes.clone())
    }
}

struct Entry {
    place: Place,
    stored: StoredMatrix,
    /// Rows of the canonical matrix, or values of the vector.
    outputs: usize,
    vector: bool,
}

/// The tensors of a checkpoint, all there and of the right shape.
pub(super) struct CheckedTensors {
    entries: BTreeMap<String, Entry>,
    stored: Vec<StoredTensor>,
}

impl CheckedTensors {
    /// Finds every tensor that `config` needs at its place.
    ///
    /// # Errors
    /// A tensor is missing, has another shape than its place takes or an unsupported format; or the file has a tensor that no model of this
    /// family has (it would compute something else) and `ignored` does not know it.
    pub(super) fn new(
        config: &ModelConfig,
        tensors: &BTreeMap<String, FileTensor>,
        place: impl Fn(&str) -> Option<Place>,
        ignored: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let mut entries = BTreeMap::new();
        let mut used = BTreeSet::new();
        for expected in expected_tensors(config) {
            let Some(place) = place(&expected.name) else { bail!(Checkpoint, "this format has no place for {}", expected.name) };
            let Some(tensor) = tensors.get(&place.tensor) else {
                let missing = Error::new(ErrorKind::Checkpoint, format!("tensor {} is missing (it holds {})", place.tensor, expected.name));
                return Err(match expected.name.as_str() {
                    "head.weight" => missing.hint("if the embedding is also the head, config.json must say \"tie_word_embeddings\": true"),
                    _ => missing,
                });
            };
            let shape = file_shape(&expected, &place);
            ensure!(
                tensor.shape == shape,
                Checkpoint,
                "tensor {} has the shape {:?}, but {} takes {shape:?}",
                place.tensor,
                tensor.shape,
                expected.name
            );
            let stored = tensor.matrix().map_err(|error| error.at(format_args!("tensor {}", place.tensor)))?;
            ensure!(
                !(place.transposed || expected.vector && place.part.is_some()) || !stored.ty.is_quantized(),
                Checkpoint,
                "tensor {} must be stored as floats, not as {}",
                place.tensor,
                stored.ty.name()
            );
            used.insert(place.tensor.clone());
            let outputs = if expected.vector { expected.cols } else { expected.rows };
            entries.insert(expected.name, Entry { place, stored, outputs, vector: expected.vector });
        }
        if let Some(name) = tensors.keys().find(|name| !used.contains(*name) && !ignored(name)) {
            return Err(Error::new(
                ErrorKind::Checkpoint,
                format!("tensor {name} belongs to no {} model that we know", config.family.label()),
            )
            .hint("the file is of a variant of the architecture that would be computed wrongly without it"));
        }
        let stored = tensors.iter().map(|(name, tensor)| StoredTensor {
            name: name.clone(),
            ty: tensor.ty.map_or_else(|name| name, StoredType::name),
            shape: tensor.shape.clone(),
            bytes: tensor.bytes.len(),
            used: used.contains(name),
        });
        Ok(Self { entries, stored: stored.collect() })
    }
}

/// The shape that the file's tensor has when it holds `expected`.
pub(super) fn file_shape(expected: &Expected, place: &Place) -> Vec<usize> {
    let rows = |own: usize| place.part.map_or(own, |part| part.of);
    match (expected.vector, place.transposed) {
        (true, _) => vec![rows(expected.cols)],
        (false, false) => vec![rows(expected.rows), expected.cols],
        (false, true) => vec![expected.cols, rows(expected.rows)],
    }
}

impl TensorSource for CheckedTensors {
    fn matrix(&self, name: &str) -> Result<Option<StoredMatrix>> {
        let Some(Entry { place, stored, outputs, vector }) = self.entries.get(name) else { return Ok(None) };
        let part = match (place.part, place.transposed) {
            _ if place.less_one => one_more(stored),
            (None, false) => Ok(stored.clone()),
            (part, true) => transpose_columns(stored, *outputs, |row| part.map_or(row, |part| part.row(row))),
            (Some(part), false) => rows_of(stored, part, *outputs, *vector),
        };
        part.map(Some).map_err(|error| error.at(format_args!("tensor {}", place.tensor)))
    }

    fn stored(&self) -> Vec<StoredTensor> {
        self.stored.clone()
    }
}

/// A gain that is stored less one.
fn one_more(stored: &StoredMatrix) -> Result<StoredMatrix> {
    let gains: Vec<f32> = stored.to_f32_vec()?.into_iter().map(|value| 1.0 + value).collect();
    StoredMatrix::from_f32(stored.rows, stored.cols, &gains)
}

/// The rows (of a vector, the values) of a module in a tensor that it shares: in place where they follow each other, else copied.
fn rows_of(stored: &StoredMatrix, part: Part, outputs: usize, vector: bool) -> Result<StoredMatrix> {
    let (rows, cols) = if vector { (1, outputs) } else { (outputs, stored.cols) };
    let row_bytes = stored.bytes_len() / part.of.max(1);
    let window = |from: usize, to: usize| stored.bytes.window(from * row_bytes, to * row_bytes);
    let bytes = match part.contiguous(outputs) {
        Some(start) => window(start, start + outputs),
        None => {
            let row = |row| Some(window(part.row(row), part.row(row) + 1)?.as_slice().to_vec());
            (0..outputs).map(row).collect::<Option<Vec<Vec<u8>>>>().map(|rows| Bytes::new(rows.concat()))
        }
    };
    let Some(bytes) = bytes else { bail!(Checkpoint, "is too short to split") };
    StoredMatrix::new(stored.ty, rows, cols, bytes)
}

/// The columns `column(0..rows)` of a float matrix as the rows of a new one.
fn transpose_columns(stored: &StoredMatrix, rows: usize, column: impl Fn(usize) -> usize) -> Result<StoredMatrix> {
    fn run<const SIZE: usize>(stored: &StoredMatrix, columns: &[usize]) -> Vec<u8> {
        let elements = stored.bytes.as_slice().as_chunks::<SIZE>().0;
        let mut out = vec![[0; SIZE]; columns.len() * stored.rows];
        for (r, row) in elements.chunks_exact(stored.cols).enumerate() {
            for (c, &column) in columns.iter().enumerate() {
                out[c * stored.rows + r] = row[column];
            }
        }
        out.into_flattened()
    }
    let columns: Vec<usize> = (0..rows).map(column).collect();
    let bytes = if stored.ty.block_bytes() == 4 { run::<4>(stored, &columns) } else { run::<2>(stored, &columns) };
    StoredMatrix::new(stored.ty, rows, stored.rows, Bytes::new(bytes))
}
