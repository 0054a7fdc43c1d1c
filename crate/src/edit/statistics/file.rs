//! Statistics as safetensors: written and read a layer at a time.
//!
//! `count` `[1]` in f64 and, for each layer, `layer<l>.covariance` `[d_in, d_in]` in f32, or in half the space `layer<l>.triangle`
//! `[d_in (d_in + 1) / 2]` in f32, the entries up to the diagonal, row by row. `layer<l>.deviation` and `layer<l>.correlation` are those of
//! `compact.rs`. The header says where they come from (`provenance`).

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo, TensorView};
use serde::Serialize;

use super::stored::{Form, ROWS, StoredCovariance};
use super::{Statistics, compact};
use crate::model::quant::Bytes;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// How much of a symmetric matrix is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Written {
    /// All of it, for any reader.
    #[default]
    Square,
    /// The triangle up to the diagonal.
    Triangle,
}

impl Statistics {
    /// Writes them as safetensors, in f32.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(&self, form: Written, out: &mut dyn Write) -> Result<()> {
        let (kind, mut offset) = (if form == Written::Square { "covariance" } else { "triangle" }, 8);
        // As the library orders them: wide numbers first, then by name.
        let mut layers: Vec<(String, &StoredCovariance)> =
            self.layers().map(|(layer, covariance)| (format!("layer{layer}.{kind}"), covariance)).collect();
        layers.sort_by(|a, b| a.0.cmp(&b.0));
        let mut header = vec![("count".to_owned(), TensorInfo { dtype: Dtype::F64, shape: vec![1], data_offsets: (0, offset) })];
        for (name, covariance) in &layers {
            let d = covariance.dim();
            let shape = if form == Written::Square { vec![d, d] } else { vec![d * (d + 1) / 2] };
            let end = offset + 4 * shape.iter().product::<usize>();
            header.push((name.clone(), TensorInfo { dtype: Dtype::F32, shape, data_offsets: (offset, end) }));
            offset = end;
        }
        let provenance = HashMap::from([("provenance".to_owned(), self.provenance().to_owned())]);
        let header = Metadata::new(Some(provenance), header).map_err(malformed)?;
        write_header(&header, out)?;
        out.write_all(&self.count().to_le_bytes())?;
        for (_, covariance) in &layers {
            let d = covariance.dim();
            for start in (0..d).step_by(ROWS) {
                let rows = start..d.min(start + ROWS);
                let columns = if form == Written::Square { d } else { rows.end };
                let values = covariance.rows(rows.clone(), columns);
                let mut bytes = Vec::with_capacity(4 * values.len());
                for (values, row) in values.chunks_exact(columns).zip(rows) {
                    let kept = if form == Written::Square { d } else { row + 1 };
                    bytes.extend(values.iter().take(kept).flat_map(|value| value.to_le_bytes()));
                }
                out.write_all(&bytes)?;
            }
        }
        Ok(())
    }

    /// [`Statistics::write`] into memory, whole matrices.
    ///
    /// # Errors
    /// The file cannot be formed.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(Written::Square, &mut bytes)?;
        Ok(bytes)
    }

    /// As safetensors in a quarter of the space of [`Statistics::to_bytes`]: `layer<l>.deviation` `[d_in]` in f32 and, of the correlations
    /// above the diagonal, `layer<l>.correlation` `[d_in (d_in - 1) / 2]` in f16. Entries differ by at most 2^-12 of their row's and
    /// column's deviations.
    ///
    /// # Errors
    /// The file cannot be formed.
    pub fn to_compact_bytes(&self) -> Result<Vec<u8>> {
        let mut buffers = Vec::new();
        for (layer, covariance) in self.layers() {
            buffers.extend(compact::write(layer, &covariance.load()?));
        }
        buffers.push(("count".into(), Dtype::F64, vec![1], self.count().to_le_bytes().to_vec()));
        let views = buffers
            .iter()
            .map(|(name, dtype, shape, bytes)| Ok((name.clone(), TensorView::new(*dtype, shape.clone(), bytes).map_err(malformed)?)))
            .collect::<Result<Vec<_>>>()?;
        let header = HashMap::from([("provenance".to_owned(), self.provenance().to_owned())]);
        safetensors::serialize(views, Some(header)).map_err(malformed)
    }

    /// As [`Statistics::read`], of bytes that are copied.
    ///
    /// # Errors
    /// As there.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(&Bytes::new(bytes.to_vec()))
    }

    /// Reads what [`Statistics::write`] or [`Statistics::to_compact_bytes`] wrote, or any file with tensors of those names in f32 or f64. What
    /// is large stays where it is.
    ///
    /// # Errors
    /// The file is not safetensors, has no covariance, or one that is not square, symmetric and finite.
    pub fn read(bytes: &Bytes) -> Result<Self> {
        let (header_len, metadata) = SafeTensors::read_metadata(bytes.as_slice()).map_err(malformed)?;
        let provenance = metadata.metadata().as_ref().and_then(|header| header.get("provenance")).cloned();
        let file = SafeTensors::deserialize(bytes.as_slice()).map_err(malformed)?;
        let count = file
            .tensor("count")
            .ok()
            .and_then(|view| floats(&view).ok()?.first().copied())
            .filter(|count| count.is_finite() && *count > 0.0)
            .ok_or_else(|| Error::new(ErrorKind::Data, "key statistics: `count` is missing or not a positive number"))?;
        let mut layers = BTreeMap::new();
        for (name, info) in metadata.tensors().into_iter().collect::<BTreeMap<_, _>>() {
            let Some((layer, kind)) = name.strip_prefix("layer").and_then(|rest| rest.split_once('.')) else { continue };
            let Ok(layer) = layer.parse::<usize>() else { continue };
            let read = || -> Result<Option<StoredCovariance>> {
                let (form, dim) = match (kind, &info.shape[..]) {
                    ("covariance", [rows, columns]) => {
                        ensure!(rows == columns, Data, "is [{rows}, {columns}], not square");
                        (if info.dtype == Dtype::F64 { Form::WideSquare } else { Form::Square }, *rows)
                    }
                    ("covariance", _) => bail!(Data, "is not a matrix"),
                    ("triangle", [entries]) => (Form::Triangle, (2.0 * *entries as f64).sqrt() as usize),
                    ("triangle", _) => bail!(Data, "is not a list of entries"),
                    ("deviation", _) => {
                        return compact::read(&file, layer, count)?.map(|read| StoredCovariance::from(read).at_rest()).transpose();
                    }
                    _ => return Ok(None),
                };
                let known = info.dtype == Dtype::F32 || form == Form::WideSquare;
                ensure!(known, Data, "{:?} values are not supported, only F32, and F64 in whole matrices", info.dtype);
                let (start, end) = info.data_offsets;
                let numbers = bytes.window(8 + header_len + start, 8 + header_len + end);
                let numbers = numbers.ok_or_else(|| Error::new(ErrorKind::Data, "reaches beyond the file"))?;
                StoredCovariance::of_numbers(numbers, form, dim, count).map(Some)
            };
            let covariance = read().map_err(|error| error.at(format_args!("key statistics: `{name}`")))?;
            layers.extend(covariance.map(|covariance| (layer, covariance)));
        }
        ensure!(!layers.is_empty(), Data, "key statistics: no tensor is called `layer<N>.covariance`");
        Ok(Self::of_stored(layers, provenance.unwrap_or_else(|| "a file that does not say where it comes from".into())))
    }
}

/// The header of a safetensors file, with spaces up to where numbers may begin.
pub(in crate::edit) fn write_header(header: &impl Serialize, out: &mut dyn Write) -> Result<()> {
    let mut header = serde_json::to_vec(header).map_err(|error| Error::new(ErrorKind::Data, format!("cannot be written: {error}")))?;
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    Ok(out.write_all(&header)?)
}

/// The numbers of a small tensor.
pub(super) fn floats(view: &TensorView<'_>) -> Result<Vec<f64>> {
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
