//! A cursor over untrusted bytes that knows which field it is reading.

use crate::{Error, ErrorKind, Result, bail};

/// What to do about a file that ends too early.
const CUT: &str = "the file is truncated or damaged: download it again";

/// Reads little-endian fields; every error names the field and the offset.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next field.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The bytes from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// Bytes left.
    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize, field: &str) -> Result<&'a [u8]> {
        let end = self.at.checked_add(len);
        let Some((end, taken)) = end.and_then(|end| Some((end, self.bytes.get(self.at..end)?))) else {
            let message = format!("{field} at offset {} takes {len} bytes, but the file has {} more", self.at, self.remaining());
            return Err(Error::new(ErrorKind::Checkpoint, message).hint(CUT));
        };
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, field)?);
        Ok(array)
    }

    pub(super) fn u32(&mut self, field: &str) -> Result<u32> {
        self.array(field).map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self, field: &str) -> Result<u64> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// A count of things that take at least `least` bytes each: refused before anything is allocated where so many cannot follow.
    pub(super) fn count(&mut self, field: &str, least: usize) -> Result<usize> {
        let count = self.u64(field)?;
        let fits = usize::try_from(count).ok().filter(|count| count.checked_mul(least).is_some_and(|bytes| bytes <= self.remaining()));
        let Some(count) = fits else {
            let message = format!("{field} says {count}, but only {} bytes follow", self.remaining());
            return Err(Error::new(ErrorKind::Checkpoint, message).hint(CUT));
        };
        Ok(count)
    }

    /// A string's bytes: a length of 64 bits, then so many bytes.
    pub(super) fn string_bytes(&mut self, field: &str) -> Result<&'a [u8]> {
        let len = self.count(field, 1)?;
        self.take(len, field)
    }

    /// A string.
    pub(super) fn string(&mut self, field: &str) -> Result<&'a str> {
        let at = self.at;
        let Ok(text) = std::str::from_utf8(self.string_bytes(field)?) else {
            bail!(Checkpoint, "{field} at offset {at} is not UTF-8");
        };
        Ok(text)
    }
}
