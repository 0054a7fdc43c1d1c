//! The block formats: sizes, names and GGML's numbers.

/// Element or block format of a stored matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// What GGML says about a format: (number, name, values in a block, bytes of a block).
type Row = (u32, &'static str, usize, usize);

impl StoredType {
    /// Every format.
    pub const ALL: [Self; 13] = [
        Self::F32,
        Self::F16,
        Self::BF16,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q2K,
        Self::Q3K,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
    ];

    /// `enum ggml_type` and the block structures of `ggml-common.h`.
    const fn row(self) -> Row {
        match self {
            Self::F32 => (0, "F32", 1, 4),
            Self::F16 => (1, "F16", 1, 2),
            Self::BF16 => (30, "BF16", 1, 2),
            Self::Q4_0 => (2, "Q4_0", 32, 18),
            Self::Q4_1 => (3, "Q4_1", 32, 20),
            Self::Q5_0 => (6, "Q5_0", 32, 22),
            Self::Q5_1 => (7, "Q5_1", 32, 24),
            Self::Q8_0 => (8, "Q8_0", 32, 34),
            Self::Q2K => (10, "Q2_K", 256, 84),
            Self::Q3K => (11, "Q3_K", 256, 110),
            Self::Q4K => (12, "Q4_K", 256, 144),
            Self::Q5K => (13, "Q5_K", 256, 176),
            Self::Q6K => (14, "Q6_K", 256, 210),
        }
    }

    /// The format with GGML's number `id`; `None` where we do not read it.
    pub fn from_ggml(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.ggml() == id)
    }

    /// GGML's number.
    pub const fn ggml(self) -> u32 {
        self.row().0
    }

    /// GGML's name, as in `Q4_K`.
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// Values in a block (1 for the float formats).
    pub const fn block_len(self) -> usize {
        self.row().2
    }

    /// Bytes of a block.
    pub const fn block_bytes(self) -> usize {
        self.row().3
    }

    /// Bytes of a row of `cols` values; `None` where that is no whole number of blocks or too large to address.
    pub const fn row_bytes(self, cols: usize) -> Option<usize> {
        if cols.is_multiple_of(self.block_len()) { (cols / self.block_len()).checked_mul(self.block_bytes()) } else { None }
    }

    /// Codes with scales, rather than floats.
    pub const fn is_quantized(self) -> bool {
        self.block_len() > 1
    }
}
