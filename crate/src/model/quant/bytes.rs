//! Immutable bytes, possibly of a memory-mapped file.

use std::fmt;
use std::sync::Arc;

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

    /// The window `start..end` of these bytes; `None` where it reaches beyond them.
    pub fn window(&self, start: usize, end: usize) -> Option<Self> {
        let (from, to) = (self.start.checked_add(start)?, self.start.checked_add(end)?);
        (from <= to && to <= self.end).then(|| Self { buffer: Arc::clone(&self.buffer), start: from, end: to })
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &(*self.buffer).as_ref()[self.start..self.end]
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// No bytes at all.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.len())
    }
}
