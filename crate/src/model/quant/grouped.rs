//! One form for every quantised format, for devices whose kernels should know only one.

use super::blocks::{BlockVisitor, visit_blocks};
use super::unpacked::Unpacked;
use super::{StoredMatrix, StoredType};

/// A quantised matrix `[rows, cols]` regrouped without loss: `value = code * scale + min`.
///
/// Code `c` of row `r` is `bits` wide and is in word `(r * cols + c) / (32 / bits)`, the first code in the lowest bits; its scale and
/// minimum are those of group `(r * cols + c) / group`. Codes are unsigned. Multiplied and added in f32 (fused or not) this is bit-exact to
/// GGML's own expressions for finite scales, but for the sign of zeros: the products are exact.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    /// Width of a code: 4 or 8.
    pub bits: usize,
    /// Codes that share a scale and a minimum: 16 or 32.
    pub group: usize,
    /// The codes, packed little-endian along the rows.
    pub words: Vec<u32>,
    /// Scale of each group.
    pub scales: Vec<f32>,
    /// Value of code 0 in each group.
    pub mins: Vec<f32>,
}

impl Grouped {
    /// Width of a code and length of a group for `ty`; `None` for the float formats.
    pub const fn layout(ty: StoredType) -> Option<(usize, usize)> {
        match ty {
            StoredType::F32 | StoredType::F16 | StoredType::BF16 => None,
            StoredType::Q4_0 | StoredType::Q4_1 | StoredType::Q4K => Some((4, 32)),
            StoredType::Q5_0 | StoredType::Q5_1 | StoredType::Q8_0 | StoredType::Q5K => Some((8, 32)),
            StoredType::Q2K | StoredType::Q3K => Some((4, 16)),
            StoredType::Q6K => Some((8, 16)),
        }
    }

    /// Regroups `matrix`; `None` for the float formats.
    pub fn new(matrix: &StoredMatrix) -> Option<Self> {
        let (bits, group) = Self::layout(matrix.ty)?;
        let values = matrix.bytes_len() / matrix.ty.block_bytes() * matrix.ty.block_len();
        let mut grouped = Self {
            bits,
            group,
            words: Vec::with_capacity(values * bits / 32),
            scales: Vec::with_capacity(values / group),
            mins: Vec::with_capacity(values / group),
        };
        visit_blocks(matrix.ty, matrix.bytes.as_slice(), &mut grouped);
        Some(grouped)
    }

    /// Matrices of as many columns one below the other: where they are not packed alike, all as bytes in groups of 16.
    pub fn join(parts: Vec<Self>) -> Self {
        let alike = parts.windows(2).all(|pair| (pair[0].bits, pair[0].group) == (pair[1].bits, pair[1].group));
        let parts = parts.into_iter().map(|part| if alike { part } else { part.widened() });
        let joined = parts.reduce(|mut joined, part| {
            joined.words.extend(part.words);
            joined.scales.extend(part.scales);
            joined.mins.extend(part.mins);
            joined
        });
        joined.unwrap_or(Self { bits: 8, group: 16, words: Vec::new(), scales: Vec::new(), mins: Vec::new() })
    }

    /// The same values as bytes in groups of 16.
    fn widened(self) -> Self {
        let repeat = self.group / 16;
        let twice = |values: Vec<f32>| values.into_iter().flat_map(|value| std::iter::repeat_n(value, repeat)).collect();
        let words = if self.bits == 8 {
            self.words
        } else {
            let code = |word: u32, i: usize| word >> (4 * i) & 15;
            let bytes = |word: u32, from: usize| (0..4).fold(0, |bytes, i| bytes | code(word, from + i) << (8 * i));
            self.words.into_iter().flat_map(|word| [bytes(word, 0), bytes(word, 4)]).collect()
        };
        Self { bits: 8, group: 16, words, scales: twice(self.scales), mins: twice(self.mins) }
    }

    /// The value at `index = r * cols + c`: the formula that a kernel computes.
    ///
    /// # Panics
    /// Where there is no such value, as slices do.
    pub fn value(&self, index: usize) -> f32 {
        let per_word = 32 / self.bits;
        let code = self.words[index / per_word] >> (index % per_word * self.bits) & ((1 << self.bits) - 1);
        code as f32 * self.scales[index / self.group] + self.mins[index / self.group]
    }

    /// Bytes that the codes, scales and minima take.
    pub fn bytes_len(&self) -> usize {
        4 * (self.words.len() + self.scales.len() + self.mins.len())
    }
}

impl BlockVisitor for Grouped {
    #[inline]
    fn block<const LEN: usize, const GROUPS: usize>(&mut self, block: &Unpacked<LEN, GROUPS>) {
        if self.bits == 4 {
            self.words.extend(block.codes.as_chunks::<8>().0.iter().map(|codes| {
                let [a, b, c, d, e, f, g, h] = *codes;
                u32::from_le_bytes([a | b << 4, c | d << 4, e | f << 4, g | h << 4])
            }));
        } else {
            self.words.extend(block.codes.as_chunks().0.iter().map(|codes| u32::from_le_bytes(*codes)));
        }
        self.scales.extend(block.scales);
        self.mins.extend(block.mins);
    }
}
