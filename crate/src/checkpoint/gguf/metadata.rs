//! The key-value section: parsed in place, so that arrays of a quarter million strings cost nothing until they are read.

use std::collections::BTreeMap;

use super::reader::Reader;
use crate::{Result, bail, ensure};

/// Arrays may hold arrays; deeper than this is no model.
const MAX_DEPTH: usize = 4;

/// A metadata value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    /// Not yet checked to be UTF-8.
    String(&'a [u8]),
    Array(Array<'a>),
}

/// An array whose elements are still bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Array<'a> {
    kind: u32,
    pub(super) len: usize,
    bytes: &'a [u8],
}

/// Bytes that a value of this kind takes at least; `None` for a number that GGUF does not define.
fn least_bytes(kind: u32) -> Option<usize> {
    Some(match kind {
        // u8, i8, bool; u16, i16; u32, i32, f32; string (its length), u64, i64, f64; array (its type and length)
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        8 | 10..=12 => 8,
        9 => 12,
        _ => return None,
    })
}

impl<'a> Value<'a> {
    fn read(reader: &mut Reader<'a>, kind: u32, depth: usize, field: &str) -> Result<Self> {
        let Some(size) = least_bytes(kind) else { bail!(Checkpoint, "{field} has the unknown value type {kind}") };
        match kind {
            8 => return Ok(Self::String(reader.string_bytes(field)?)),
            9 => return Array::read(reader, depth, field).map(Self::Array),
            _ => {}
        }
        let bytes = reader.take(size, field)?;
        let unsigned = bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        // Shifting up and arithmetically down again extends the sign.
        let unused = 64 - 8 * size as u32;
        let signed = (unsigned << unused).cast_signed() >> unused;
        Ok(match kind {
            6 => Self::Float(f64::from(f32::from_bits(unsigned as u32))),
            12 => Self::Float(f64::from_bits(unsigned)),
            7 => Self::Bool(unsigned != 0),
            1 | 3 | 5 | 11 => Self::Signed(signed),
            _ => Self::Unsigned(unsigned),
        })
    }

    fn describe(&self) -> &'static str {
        match self {
            Self::Unsigned(_) | Self::Signed(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Bool(_) => "a bool",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
        }
    }
}

impl<'a> Array<'a> {
    fn read(reader: &mut Reader<'a>, depth: usize, field: &str) -> Result<Self> {
        ensure!(depth < MAX_DEPTH, Checkpoint, "{field} nests arrays more than {MAX_DEPTH} deep");
        let kind = reader.u32(field)?;
        let Some(size) = least_bytes(kind) else { bail!(Checkpoint, "{field} has elements of the unknown type {kind}") };
        let len = reader.count(field, size)?;
        let start = reader.position();
        if matches!(kind, 8 | 9) {
            // Elements of variable length: walk over them.
            for _ in 0..len {
                Value::read(reader, kind, depth + 1, field)?;
            }
        } else {
            reader.take(len * size, field)?;
        }
        Ok(Self { kind, len, bytes: reader.since(start) })
    }

    /// The elements.
    pub(super) fn values(self, field: &str) -> impl Iterator<Item = Result<Value<'a>>> {
        let mut reader = Reader::new(self.bytes);
        (0..self.len).map(move |_| Value::read(&mut reader, self.kind, 1, field))
    }
}

/// All metadata of a file.
pub(super) struct Metadata<'a> {
    values: BTreeMap<&'a str, Value<'a>>,
}

impl<'a> Metadata<'a> {
    /// Reads `count` pairs.
    pub(super) fn read(reader: &mut Reader<'a>, count: usize) -> Result<Self> {
        let mut values = BTreeMap::new();
        for index in 0..count {
            let key = reader.string(&format!("metadata key {index}"))?;
            let kind = reader.u32(key)?;
            let value = Value::read(reader, kind, 0, key)?;
            ensure!(values.insert(key, value).is_none(), Checkpoint, "the metadata key {key} occurs twice");
        }
        Ok(Self { values })
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.values.get(key).copied()
    }

    fn wrong<T>(key: &str, value: &Value<'_>, wanted: &str) -> Result<T> {
        bail!(Checkpoint, "metadata {key} is {}, not {wanted}", value.describe())
    }

    /// A non-negative integer.
    pub(super) fn integer(&self, key: &str) -> Result<Option<u64>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Unsigned(value)) => Ok(Some(value)),
            Some(Value::Signed(value)) if value >= 0 => Ok(Some(value.cast_unsigned())),
            Some(value) => Self::wrong(key, &value, "a non-negative integer"),
        }
    }

    /// A size: positive and below 2^31, so that products of two do not overflow 64 bits.
    pub(super) fn size(&self, key: &str) -> Result<Option<usize>> {
        let Some(value) = self.integer(key)? else { return Ok(None) };
        ensure!((1..1 << 31).contains(&value), Checkpoint, "metadata {key} is {value}, which is no size");
        Ok(Some(value as usize))
    }

    /// A size that must be there.
    pub(super) fn required_size(&self, key: &str) -> Result<usize> {
        let Some(size) = self.size(key)? else { bail!(Checkpoint, "metadata {key} is missing") };
        Ok(size)
    }

    /// A token id.
    pub(super) fn token(&self, key: &str) -> Result<Option<u32>> {
        let Some(value) = self.integer(key)? else { return Ok(None) };
        // llama.cpp writes 2^32 - 1 for "none".
        Ok(u32::try_from(value).ok().filter(|id| *id != u32::MAX))
    }

    /// A finite number.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Float(value)) if value.is_finite() => Ok(Some(value)),
            Some(Value::Unsigned(value)) => Ok(Some(value as f64)),
            Some(Value::Float(value)) => bail!(Checkpoint, "metadata {key} is {value}"),
            Some(value) => Self::wrong(key, &value, "a number"),
        }
    }

    pub(super) fn bool(&self, key: &str) -> Result<Option<bool>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(value) => Self::wrong(key, &value, "a bool"),
        }
    }

    pub(super) fn string(&self, key: &str) -> Result<Option<&'a str>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(bytes)) => {
                let Ok(text) = std::str::from_utf8(bytes) else { bail!(Checkpoint, "metadata {key} is not UTF-8") };
                Ok(Some(text))
            }
            Some(value) => Self::wrong(key, &value, "a string"),
        }
    }

    pub(super) fn array(&self, key: &str) -> Result<Option<Array<'a>>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(array)) => Ok(Some(array)),
            Some(value) => Self::wrong(key, &value, "an array"),
        }
    }
}
