//! Matrices as they are stored: GGML block formats, their exact dequantisation, and bytes that may lie in a memory map.

use std::fmt;
use std::sync::Arc;

/// Element or block format of a stored matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are GGML's")]
pub enum StoredType {
    F32,
    F16,
    BF16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
}

/// Immutable bytes, owned or a window of a shared buffer or memory map.
#[derive(Clone)]
pub struct Bytes {
    buffer: Arc<dyn AsRef<[u8]> + Send + Sync>,
    start: usize,
    end: usize,
}

impl Bytes {
    /// All of `buffer`.
    pub fn new(buffer: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        let end = buffer.as_ref().len();
        Self { buffer: Arc::new(buffer), start: 0, end }
    }

    /// The window `start..end` of these bytes; `None` where it does not lie inside.
    pub fn window(&self, start: usize, end: usize) -> Option<Self> {
        let (from, to) = (self.start.checked_add(start)?, self.start.checked_add(end)?);
        (from <= to && to <= self.end).then(|| Self { buffer: Arc::clone(&self.buffer), start: from, end: to })
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &(*self.buffer).as_ref()[self.start..self.end]
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.end - self.start)
    }
}

/// A matrix `[rows, cols]`, row-major, each row a whole number of blocks. Linear weights are `[out, in]`; vectors have one row.
#[derive(Clone, Debug)]
pub struct StoredMatrix {
    /// Block format.
    pub ty: StoredType,
    /// Rows (output features).
    pub rows: usize,
    /// Columns (input features), a multiple of the block length.
    pub cols: usize,
    /// The blocks.
    pub bytes: Bytes,
}
