//! NumPy's `.npz`: a zip archive of arrays.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::{Error, ErrorKind, Result, ensure};

/// An array of numbers, its last dimension the fastest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// The archive's arrays by name, undecoded.
///
/// # Errors
/// `Data`: this is no zip archive, or an entry is cut off or compressed in another way than deflate.
pub(super) fn entries(archive: &[u8]) -> Result<BTreeMap<String, Cow<'_, [u8]>>> {
    let cut = || Error::new(ErrorKind::Data, "the archive is cut off or damaged");
    let (count, mut at) = directory(archive).ok_or_else(|| Error::new(ErrorKind::Data, "this is not an .npz file (a zip archive)"))?;
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let entry = Entry::read(archive, at).ok_or_else(cut)?;
        at = entry.next;
        let packed = archive.get(entry.start..entry.start.checked_add(entry.packed).ok_or_else(cut)?).ok_or_else(cut)?;
        let bytes = match entry.method {
            0 => Cow::Borrowed(packed),
            8 => Cow::Owned(miniz_oxide::inflate::decompress_to_vec_with_limit(packed, entry.size).map_err(|_| cut())?),
            other => return Err(Error::new(ErrorKind::Data, format!("`{}` is compressed by method {other}", entry.name))),
        };
        ensure!(bytes.len() == entry.size, Data, "`{}` has {} bytes instead of {}", entry.name, bytes.len(), entry.size);
        entries.insert(entry.name.trim_end_matches(".npy").to_owned(), bytes);
    }
    Ok(entries)
}

/// What the central directory says of an entry.
struct Entry {
    name: String,
    method: u64,
    packed: usize,
    size: usize,
    /// Where its bytes begin.
    start: usize,
    /// Where the next entry of the directory begins.
    next: usize,
}

/// A little-endian number of `len` bytes.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

/// The number of entries and where the central directory begins.
fn directory(archive: &[u8]) -> Option<(u64, usize)> {
    // The record is at the end, a comment of up to 65,535 bytes behind it.
    let from = archive.len().saturating_sub(22 + 0xffff);
    let end = (from..archive.len().checked_sub(21)?).rev().find(|&at| number(archive, at, 4) == Some(0x0605_4b50))?;
    let (count, start) = (number(archive, end + 10, 2)?, number(archive, end + 16, 4)?);
    if count < 0xffff && start < 0xffff_ffff {
        return Some((count, start.try_into().ok()?));
    }
    let locator = end.checked_sub(20).filter(|&at| number(archive, at, 4) == Some(0x0706_4b50))?;
    let large = usize::try_from(number(archive, locator + 8, 8)?).ok().filter(|&at| number(archive, at, 4) == Some(0x0606_4b50))?;
    Some((number(archive, large.checked_add(32)?, 8)?, number(archive, large.checked_add(48)?, 8)?.try_into().ok()?))
}

impl Entry {
    fn read(archive: &[u8], at: usize) -> Option<Self> {
        let field = |offset: usize, len: usize| number(archive, at.checked_add(offset)?, len);
        (field(0, 4)? == 0x0201_4b50).then_some(())?;
        let [name_len, extra_len, comment_len] = [28, 30, 32].map(|offset| field(offset, 2));
        let (name_len, extra_len, comment_len) = (name_len? as usize, extra_len? as usize, comment_len? as usize);
        let name = archive.get(at + 46..at + 46 + name_len)?;
        let extra = archive.get(at + 46 + name_len..at + 46 + name_len + extra_len)?;
        // Numbers of 32 bits that do not fit are in the extra field 1, in this order.
        let mut large = wide_numbers(extra).into_iter();
        let mut wide = |offset: usize| {
            let short = field(offset, 4)?;
            if short == 0xffff_ffff { large.next() } else { Some(short) }
        };
        let (size, packed, header) = (wide(24)?, wide(20)?, usize::try_from(wide(42)?).ok()?);
        let local = |offset: usize| number(archive, header.checked_add(offset)?, 2);
        Some(Self {
            name: String::from_utf8_lossy(name).into_owned(),
            method: field(10, 2)?,
            packed: packed.try_into().ok()?,
            size: size.try_into().ok()?,
            start: header.checked_add(30 + local(26)? as usize + local(28)? as usize)?,
            next: at + 46 + name_len + extra_len + comment_len,
        })
    }
}

/// The numbers of 64 bits in the extra fields of an entry.
fn wide_numbers(mut extra: &[u8]) -> Vec<u64> {
    while let (Some(id), Some(len)) = (number(extra, 0, 2), number(extra, 2, 2)) {
        let Some(body) = extra.get(4..4 + len as usize) else { break };
        if id == 1 {
            return body.chunks_exact(8).filter_map(|chunk| number(chunk, 0, 8)).collect();
        }
        extra = &extra[4 + len as usize..];
    }
    Vec::new()
}

/// The numbers of an array in NumPy's `.npy` form.
///
/// # Errors
/// `Data`: it is not of this form, or its values are not numbers.
pub(super) fn array(npy: &[u8]) -> Result<Array> {
    let bad = || Error::new(ErrorKind::Data, "is not an array in NumPy's form");
    let rest = npy.strip_prefix(b"\x93NUMPY").ok_or_else(bad)?;
    let wide = rest.first().ok_or_else(bad)? > &1;
    let len = if wide { number(rest, 2, 4) } else { number(rest, 2, 2) }.ok_or_else(bad)? as usize;
    let start: usize = if wide { 6 } else { 4 };
    let data_start = start.checked_add(len).ok_or_else(bad)?;
    let header = rest.get(start..data_start).map(String::from_utf8_lossy).ok_or_else(bad)?;
    let field = |name: &str| Some(header.split_once(&format!("'{name}':"))?.1.trim_start());
    let text = |name: &str| Some(field(name)?.strip_prefix('\'')?.split_once('\'')?.0.to_owned());
    let shape = field("shape").and_then(|shape| Some(shape.strip_prefix('(')?.split_once(')')?.0)).ok_or_else(bad)?;
    let shape: Vec<usize> =
        shape.split(',').map(str::trim).filter(|n| !n.is_empty()).map(str::parse).collect::<Result<_, _>>().map_err(|_| bad())?;
    ensure!(shape.len() < 2 || field("fortran_order").is_some_and(|order| order.starts_with("False")), Data, "is stored column by column");
    let kind = text("descr").ok_or_else(bad)?;
    let data = rest.get(data_start..).unwrap_or_default();
    let values: Vec<f64> = match kind.as_str() {
        "<f4" => data.as_chunks::<4>().0.iter().map(|&bytes| f64::from(f32::from_le_bytes(bytes))).collect(),
        "<f8" => data.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
        "<i4" => data.as_chunks::<4>().0.iter().map(|&bytes| f64::from(i32::from_le_bytes(bytes))).collect(),
        "<i8" => data.as_chunks::<8>().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f64).collect(),
        _ => return Err(Error::new(ErrorKind::Data, format!("has values of NumPy's type `{kind}`, not numbers of 32 or 64 bits"))),
    };
    let wanted = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)).ok_or_else(bad)?;
    ensure!(values.len() == wanted, Data, "has {} values instead of {wanted}", values.len());
    Ok(Array { shape, values })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn what_is_no_archive_or_array_is_refused() {
        for bytes in [&b""[..], b"PK", &[0; 22], b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'"] {
            assert!(entries(bytes).is_err() && array(bytes).is_err());
        }
        let npy = |kind: &str, shape: &str| {
            let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
            [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes(), &5_i64.to_le_bytes()].concat()
        };
        assert_eq!(array(&npy("<i8", "()")).unwrap(), Array { shape: vec![], values: vec![5.0] });
        assert_eq!(array(&npy("<f4", "(2,)")).unwrap().shape, [2]);
        assert!(array(&npy("<i8", "(2, 3)")).unwrap_err().to_string().contains("1 values instead of 6"));
        assert!(array(&npy("|O", "()")).unwrap_err().to_string().contains("|O"));
    }
}
