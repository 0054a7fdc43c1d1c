//! The whole of a GGUF file but the values of its tensors.

use std::collections::BTreeMap;
use std::ops::Range;

use super::metadata::Metadata;
use super::reader::Reader;
use crate::checkpoint::stand_in::{FileKind, refuse_stand_in};
use crate::checkpoint::tensors::FileTensor;
use crate::model::quant::{Bytes, StoredType};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// More metadata pairs or tensors than any model has; keeps our tables small against a file that has millions of tiny ones.
const MAX_ENTRIES: usize = 1 << 16;
/// `GGML_MAX_DIMS`.
const MAX_DIMS: usize = 4;

/// The key of the name that a model gives itself.
pub(super) const NAME: &str = "general.name";
/// GGUF's number of a text.
const STRING: u32 = 8;

/// A row of the tensor table.
pub(crate) struct TensorInfo<'a> {
    pub(crate) name: &'a str,
    /// Innermost first, as the file has it.
    pub(crate) dims: Vec<usize>,
    /// GGML's number of the format.
    pub(crate) ggml_type: u32,
    /// Where in the file its values are; `None` where the format is unknown.
    pub(crate) range: Option<Range<usize>>,
}

/// A parsed header.
pub(crate) struct Header<'a> {
    pub(crate) version: u32,
    pub(super) metadata: Metadata<'a>,
    /// The bytes of the metadata section, and how many pairs it has.
    pub(crate) raw_metadata: (&'a [u8], usize),
    pub(crate) tensors: Vec<TensorInfo<'a>>,
    pub(crate) alignment: usize,
}

impl<'a> Header<'a> {
    /// Parses and checks everything against the size of the file.
    ///
    /// # Errors
    /// No GGUF file of version 2 or 3 in little-endian order, or a field that cannot be: the message names it.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        if bytes.get(..4) != Some(b"GGUF") {
            refuse_stand_in(bytes, FileKind::Gguf)?;
            return Err(Error::new(ErrorKind::Checkpoint, "this is no GGUF file: it does not begin with the letters GGUF")
                .hint("is it the right file, and the download complete?"));
        }
        reader.take(4, "magic")?;
        let version = reader.u32("version")?;
        ensure!(version.swap_bytes() > 3, Checkpoint, "this GGUF file is big-endian, which is not supported");
        ensure!(matches!(version, 2 | 3), Checkpoint, "GGUF version {version} is not supported (2 and 3 are)");
        // A tensor takes at least a name's length, its number of dimensions, one of them, type and offset; a pair key, type and value.
        let tensor_count = reader.count("tensor_count", 8 + 4 + 8 + 4 + 8)?;
        let pairs = reader.count("metadata_kv_count", 8 + 4 + 1)?;
        for (field, count) in [("tensor_count", tensor_count), ("metadata_kv_count", pairs)] {
            ensure!(count <= MAX_ENTRIES, Checkpoint, "{field} says {count}, more than any model has");
        }
        let start = reader.position();
        let metadata = Metadata::read(&mut reader, pairs)?;
        let raw_metadata = (reader.since(start), pairs);
        let alignment = metadata.size("general.alignment")?.unwrap_or(32);
        ensure!(alignment.is_power_of_two(), Checkpoint, "metadata general.alignment is {alignment}, which is no power of two");

        let mut tensors = Vec::with_capacity(tensor_count);
        for index in 0..tensor_count {
            tensors.push(read_info(&mut reader, index)?);
        }
        let Some(data) = reader.position().checked_next_multiple_of(alignment) else { bail!(Checkpoint, "the tensor table is too long") };
        let tensors = tensors.into_iter().map(|(info, offset)| place(info, offset, data, alignment, bytes.len())).collect::<Result<_>>()?;
        Ok(Self { version, metadata, raw_metadata, tensors, alignment })
    }

    /// The metadata section and its number of pairs, with what `rename` makes of the model's own name.
    ///
    /// # Errors
    /// The name is not a text.
    pub(crate) fn renamed(&self, rename: impl Fn(&str) -> String) -> Result<(Vec<u8>, usize)> {
        let (raw, pairs) = self.raw_metadata;
        let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
        let Some(old) = self.metadata.string(NAME)? else {
            // As every pair: key, type, value.
            return Ok(([raw, &text(NAME), &STRING.to_le_bytes(), &text(&rename(""))].concat(), pairs + 1));
        };
        // The text is a piece of the section, with its length in front of it.
        let start = old.as_ptr().addr() - raw.as_ptr().addr();
        let (before, after) = (raw.get(..start.saturating_sub(8)).unwrap_or_default(), raw.get(start + old.len()..).unwrap_or_default());
        Ok(([before, &text(&rename(old)), after].concat(), pairs))
    }

    /// The tensors by name, as windows of the file.
    pub(crate) fn file_tensors(&self, bytes: &Bytes) -> Result<BTreeMap<String, FileTensor>> {
        let mut tensors = BTreeMap::new();
        for info in &self.tensors {
            let ty = StoredType::from_ggml(info.ggml_type);
            let range = info.range.clone().unwrap_or_default();
            let Some(window) = bytes.window(range.start, range.end) else { bail!(Checkpoint, "tensor {} lies beyond the file", info.name) };
            // Of more than two dimensions, none that we use: the tensors says so where it meets one.
            let shape = info.dims.iter().rev().copied().collect();
            let tensor = FileTensor { ty: ty.ok_or(ggml_name(info.ggml_type)), shape, bytes: window };
            ensure!(tensors.insert(info.name.to_owned(), tensor).is_none(), Checkpoint, "the tensor {} occurs twice", info.name);
        }
        Ok(tensors)
    }
}

/// A row of the table and its offset into the data section.
fn read_info<'a>(reader: &mut Reader<'a>, index: usize) -> Result<(TensorInfo<'a>, u64)> {
    let name = reader.string(&format!("name of tensor {index}"))?;
    let field = |part: &str| format!("{part} of tensor {name}");
    let dims = reader.u32(&field("number of dimensions"))? as usize;
    ensure!((1..=MAX_DIMS).contains(&dims), Checkpoint, "tensor {name} has {dims} dimensions");
    let mut shape = Vec::with_capacity(dims);
    for _ in 0..dims {
        let size = reader.u64(&field("a dimension"))?;
        let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
            bail!(Checkpoint, "tensor {name} has a dimension of {size}");
        };
        shape.push(size);
    }
    let ggml_type = reader.u32(&field("type"))?;
    let offset = reader.u64(&field("offset"))?;
    Ok((TensorInfo { name, dims: shape, ggml_type, range: None }, offset))
}

/// Checks where a tensor is.
fn place(mut info: TensorInfo<'_>, offset: u64, data: usize, alignment: usize, file: usize) -> Result<TensorInfo<'_>> {
    let (name, dims) = (info.name, &info.dims);
    ensure!(
        offset.is_multiple_of(alignment as u64),
        Checkpoint,
        "tensor {name} has the offset {offset}, which is not aligned to {alignment}"
    );
    let values = dims.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    let (Some(values), Some(start)) = (values, usize::try_from(offset).ok().and_then(|offset| offset.checked_add(data))) else {
        bail!(Checkpoint, "tensor {name} has the shape {dims:?} and the offset {offset}, more than can be addressed");
    };
    // Formats that we do not read are only a problem where the tensor is used.
    let Some(ty) = StoredType::from_ggml(info.ggml_type) else { return Ok(info) };
    let cols = dims.first().copied().unwrap_or_default();
    let Some(bytes) = ty.row_bytes(cols).and_then(|row| row.checked_mul(values / cols)) else {
        bail!(Checkpoint, "tensor {name} has rows of {cols} values, {} stores multiples of {}", ty.name(), ty.block_len());
    };
    let Some(end) = start.checked_add(bytes).filter(|end| *end <= file) else {
        return Err(Error::new(
            ErrorKind::Checkpoint,
            format!("tensor {name} takes {bytes} bytes from offset {start}, but the file ends at {file}"),
        )
        .hint("the file is truncated: download it again"));
    };
    info.range = Some(start..end);
    Ok(info)
}

/// Names of formats that we do not read, for messages. Source: `enum ggml_type`.
fn ggml_name(id: u32) -> &'static str {
    match id {
        9 => "Q8_1",
        15 => "Q8_K",
        16..=23 | 29 => "IQ (a format with code books)",
        24..=27 => "integer",
        28 => "F64",
        34 | 35 => "TQ (ternary)",
        39 => "MXFP4",
        _ => "unknown to us",
    }
}
