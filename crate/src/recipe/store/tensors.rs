//! A step's matrices as safetensors.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::super::step_record::{StepKeys, StepRecord};
use crate::linalg::{DenseUpdate, LowRank, MaskedUpdate, Matrix, Resting, Update, matrix_from_rows, rows_from_matrix};
use crate::{Error, ErrorKind, Result, bail};

/// A step as safetensors, for others to read: `step<t>.targets` `[d_out, n]` in F32, where the method has target values; by layer, in F64,
/// `step<t>.layer<l>.keys` `[d_in, n]` (those of the solve), `.recomputed` `[d_in, n]` (under the weights after the step, where the method
/// wants them), `.delta.left` `[d_out, r]` and `.delta.right` `[d_in, r]`, the change being `left right^T`. A column is a fact, in the report's
/// order, or a token of its new object (`fact_token=answer`, but for `subject_layers`), behind them those of earlier facts that were written again (`rehearsed`); `r` is `n`, more for PRUNE, and `d_out` for changes of full rank (RECT,
/// fine-tuning), whose `left` is the identity.
///
/// # Errors
/// `Data`: the file cannot be formed.
pub fn step_tensors(record: &StepRecord, deltas: &BTreeMap<usize, Update>) -> Result<Vec<u8>> {
    let mut all = pieces_of_record(record);
    for (layer, delta) in deltas {
        let at = format!("step{}.layer{layer}.delta", record.index);
        let (left, right) = match delta {
            Update::LowRank(delta) => (delta.left().clone(), delta.right().clone()),
            other => (Matrix::identity(other.shape()[0], other.shape()[0]), other.dense().transpose().to_owned()),
        };
        all.push(Piece::matrix(format!("{at}.left"), &left));
        all.push(Piece::matrix(format!("{at}.right"), &right));
    }
    serialize(&all)
}

/// A tensor to be written.
pub(super) struct Piece {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Piece {
    /// Row-major values.
    pub(super) fn f64(name: String, shape: Vec<usize>, values: &[f64]) -> Self {
        Self { name, dtype: Dtype::F64, shape, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
    }

    /// The columns of all parts.
    fn side_by_side(name: String, parts: &[Resting]) -> Self {
        let wide: Vec<_> = parts.iter().map(Resting::wide).collect();
        let (rows, cols) = (wide.first().map_or(0, |part| part.nrows()), wide.iter().map(|part| part.ncols()).sum());
        let row = |row: usize| wide.iter().flat_map(move |part| (0..part.ncols()).map(move |col| part[(row, col)]));
        Self { name, dtype: Dtype::F64, shape: vec![rows, cols], bytes: (0..rows).flat_map(row).flat_map(f64::to_le_bytes).collect() }
    }

    fn matrix(name: String, matrix: &Matrix) -> Self {
        Self::f64(name, vec![matrix.nrows(), matrix.ncols()], &rows_from_matrix(matrix.as_ref()))
    }
}

/// A step as safetensors that [`read_step`] gives the same bits of: as [`step_tensors`], but changes of full rank as they are held, masked
/// ones as factors and `.delta.kept` (U8, a bit an entry in row-major order, the lowest first), others as `.delta` `[d_out, d_in]` in F32.
pub(super) fn pieces(record: &StepRecord, deltas: &BTreeMap<usize, Update>) -> Vec<Piece> {
    let mut all = pieces_of_record(record);
    for (layer, delta) in deltas {
        let at = format!("step{}.layer{layer}.delta", record.index);
        let mut factors = |factors: &LowRank| {
            all.push(Piece::matrix(format!("{at}.left"), factors.left()));
            all.push(Piece::matrix(format!("{at}.right"), factors.right()));
        };
        match delta {
            Update::LowRank(delta) => factors(delta),
            Update::Masked(delta) => {
                factors(delta.factors());
                let bytes = delta.kept().to_vec();
                all.push(Piece { name: format!("{at}.kept"), dtype: Dtype::U8, shape: vec![bytes.len()], bytes });
            }
            Update::Dense(dense) => {
                let bytes = dense.values().iter().flat_map(|value| value.to_le_bytes()).collect();
                all.push(Piece { name: at, dtype: Dtype::F32, shape: delta.shape().to_vec(), bytes });
            }
        }
    }
    all
}

fn pieces_of_record(record: &StepRecord) -> Vec<Piece> {
    let at = format!("step{}", record.index);
    let mut all = Vec::new();
    if let Some(first) = record.targets.first() {
        // A fact's target is a column.
        let rows = (0..first.len()).flat_map(|row| record.targets.iter().filter_map(move |target| target.get(row)));
        let bytes = rows.flat_map(|value| value.to_le_bytes()).collect();
        all.push(Piece { name: format!("{at}.targets"), dtype: Dtype::F32, shape: vec![first.len(), record.targets.len()], bytes });
    }
    for (layer, keys) in &record.keys {
        all.push(Piece::matrix(format!("{at}.layer{layer}.keys"), &keys.solved));
        all.extend(keys.recomputed.as_ref().map(|keys| Piece::matrix(format!("{at}.layer{layer}.recomputed"), keys)));
    }
    for (layer, keys) in &record.separate_keys {
        all.push(Piece::side_by_side(format!("{at}.layer{layer}.keys"), keys));
    }
    all
}

/// The bytes of a file with these tensors.
pub(super) fn serialize(pieces: &[Piece]) -> Result<Vec<u8>> {
    let views = pieces
        .iter()
        .map(|piece| Ok((piece.name.as_str(), TensorView::new(piece.dtype, piece.shape.clone(), &piece.bytes).map_err(malformed)?)))
        .collect::<Result<Vec<_>>>()?;
    safetensors::serialize(views, None).map_err(malformed)
}

/// Fills the targets and keys of `record` from the tensors of its step and the languages and places of its keys by layer, and gives the step's updates.
pub(super) fn read_step(
    file: &SafeTensors<'_>,
    (mut languages, mut rehearsed): (BTreeMap<usize, Vec<String>>, BTreeMap<usize, Vec<usize>>),
    record: &mut StepRecord,
) -> Result<BTreeMap<usize, Update>> {
    let index = record.index;
    let matrix = |name: &str| -> Result<Matrix> {
        let (shape, values) = floats(file, name)?;
        let [rows, cols] = shape[..] else { bail!(Data, "`{name}` is not a matrix") };
        matrix_from_rows(rows, cols, &values)
    };
    let names = file.names();
    let targets = format!("step{index}.targets");
    if names.contains(&targets.as_str()) {
        let targets = matrix(&targets)?;
        record.targets = targets.col_iter().map(|column| column.iter().map(|&value| value as f32).collect()).collect();
    }
    let mut deltas = BTreeMap::new();
    for name in &names {
        let part = name.strip_prefix(&format!("step{index}.layer")).and_then(|rest| rest.split_once('.'));
        let Some((layer, part)) = part.and_then(|(layer, part)| Some((layer.parse::<usize>().ok()?, part))) else { continue };
        let at = format!("step{index}.layer{layer}");
        match part {
            "keys" => {
                let recomputed = format!("{at}.recomputed");
                let recomputed = if names.contains(&recomputed.as_str()) { Some(matrix(&recomputed)?) } else { None };
                let languages = languages.remove(&layer).unwrap_or_default();
                let rehearsed = rehearsed.remove(&layer).unwrap_or_default();
                record.keys.insert(layer, StepKeys { languages, solved: matrix(name)?, rehearsed, recomputed });
            }
            "delta.left" => {
                let factors = LowRank::new(matrix(name)?, matrix(&format!("{at}.delta.right"))?)?;
                let kept = format!("{at}.delta.kept");
                let delta = if names.contains(&kept.as_str()) {
                    let info = file.tensor(&kept).map_err(malformed)?;
                    Update::Masked(MaskedUpdate::new(factors, info.data().to_vec())?)
                } else {
                    Update::LowRank(factors)
                };
                deltas.insert(layer, delta);
            }
            "delta" => {
                let (shape, values) = floats(file, name)?;
                let [rows, cols] = shape[..] else { bail!(Data, "`{name}` is not a matrix") };
                let values = values.into_iter().map(|value| value as f32).collect();
                deltas.insert(layer, Update::Dense(DenseUpdate::new(rows, cols, values)?));
            }
            _ => {}
        }
    }
    Ok(deltas)
}

/// Shape and values of a tensor.
pub(super) fn floats(file: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f64>)> {
    let info = file.tensor(name).map_err(malformed)?;
    let values = match info.dtype() {
        Dtype::F64 => info.data().as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
        Dtype::F32 => info.data().as_chunks::<4>().0.iter().map(|&bytes| f64::from(f32::from_le_bytes(bytes))).collect(),
        other => bail!(Data, "`{name}` is {other:?}, not F32 or F64"),
    };
    Ok((info.shape().to_vec(), values))
}

/// The crate's error for one of the `safetensors` library.
#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
pub(super) fn malformed(error: safetensors::SafeTensorError) -> Error {
    Error::new(ErrorKind::Data, format!("step tensors: {error}"))
}
