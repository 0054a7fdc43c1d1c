//! A GGUF file with some tensors replaced.

use std::io::Write;

use super::{Replaced, to_file};
use crate::checkpoint::gguf::{TensorInfo, parse};
use crate::checkpoint::names::gguf_place;
use crate::model::quant::{Bytes, StoredType};
use crate::{Result, bail};

/// What the name of a model ends in some of whose tensors were replaced.
const EDITED: &str = " (edited)";

/// Writes `original` with the tensors in `replaced` (canonical names) as F32, whatever their format was, and a name (`general.name`) that ends
/// in `(edited)`; the rest of the metadata and all other tensors verbatim, in the same order. Where nothing is replaced the name stays.
/// To write a file, do it inside `write_atomically`.
///
/// # Errors
/// `original` is no GGUF file that we read, a name or shape in `replaced` is not the model's, or `out` fails.
pub fn save_gguf(original: &Bytes, replaced: &Replaced, mut out: impl Write) -> Result<()> {
    let (header, config, _) = parse(original)?;
    let new = to_file(&config, replaced, |name| gguf_place(&config, name), &header.file_tensors(original)?)?;
    let values_of = |info: &TensorInfo<'_>| new.get(info.name);

    let mut table = Vec::new();
    let mut offset = 0_usize;
    for info in &header.tensors {
        let (ty, bytes) = match (values_of(info), &info.range) {
            (Some(values), _) => (StoredType::F32.ggml(), values.len() * 4),
            (None, Some(range)) => (info.ggml_type, range.len()),
            (None, None) => bail!(Checkpoint, "tensor {} has a format of unknown size and cannot be copied", info.name),
        };
        table.extend((info.name.len() as u64).to_le_bytes());
        table.extend(info.name.as_bytes());
        table.extend((info.dims.len() as u32).to_le_bytes());
        table.extend(info.dims.iter().flat_map(|size| (*size as u64).to_le_bytes()));
        table.extend(ty.to_le_bytes());
        table.extend((offset as u64).to_le_bytes());
        offset += bytes.next_multiple_of(header.alignment);
    }

    let (metadata, pairs) = match new.is_empty() {
        true => (header.raw_metadata.0.to_vec(), header.raw_metadata.1),
        false => header.renamed(|name| {
            let name = if name.is_empty() { config.family.label() } else { name.trim_end_matches(EDITED) };
            format!("{name}{EDITED}")
        })?,
    };
    out.write_all(b"GGUF")?;
    out.write_all(&header.version.to_le_bytes())?;
    out.write_all(&(header.tensors.len() as u64).to_le_bytes())?;
    out.write_all(&(pairs as u64).to_le_bytes())?;
    out.write_all(&metadata)?;
    out.write_all(&table)?;
    pad(&mut out, 24 + metadata.len() + table.len(), header.alignment)?;
    for info in &header.tensors {
        let len = match (values_of(info), &info.range) {
            (Some(values), _) => {
                write_floats(&mut out, values)?;
                values.len() * 4
            }
            (None, Some(range)) => {
                out.write_all(original.as_slice().get(range.clone()).unwrap_or_default())?;
                range.len()
            }
            (None, None) => 0,
        };
        pad(&mut out, len, header.alignment)?;
    }
    Ok(out.flush()?)
}

/// Zeros up to the next multiple of `alignment`.
pub(super) fn pad(out: &mut impl Write, len: usize, alignment: usize) -> Result<()> {
    const ZEROS: [u8; 256] = [0; 256];
    let mut missing = len.next_multiple_of(alignment) - len;
    while missing > 0 {
        let step = missing.min(ZEROS.len());
        out.write_all(&ZEROS[..step])?;
        missing -= step;
    }
    Ok(())
}

/// Little-endian floats, in pieces: `out` need not be buffered.
fn write_floats(out: &mut impl Write, values: &[f32]) -> Result<()> {
    let mut bytes = Vec::with_capacity(4 * values.len().min(1 << 16));
    for values in values.chunks(1 << 16) {
        bytes.clear();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}
