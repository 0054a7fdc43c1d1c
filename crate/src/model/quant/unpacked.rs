//! The common form of unpacked blocks, and reading the packed ones.

/// A block with `LEN` codes in `GROUPS` groups of `LEN / GROUPS` consecutive ones.
pub(super) struct Unpacked<const LEN: usize, const GROUPS: usize> {
    /// The codes in the order of the values.
    pub(super) codes: [u8; LEN],
    /// Scale of each group.
    pub(super) scales: [f32; GROUPS],
    /// Value of code 0 in each group.
    pub(super) mins: [f32; GROUPS],
}

/// IEEE half to single by selects, so that loops over it become vector code, and without subnormal operands, which cost 100 cycles.
#[inline(always)]
pub(super) fn f16_to_f32(bits: u16) -> f32 {
    let magnitude = u32::from(bits & 0x7fff) << 13;
    // The exponent's bias grows from 15 to 127; infinities and NaN go from 31 to 255.
    let normal = magnitude + (if magnitude >= 31 << 23 { 224 } else { 112 } << 23);
    // Subnormal: 2^-14 + value, less 2^-14.
    let subnormal = (f32::from_bits(magnitude + (113 << 23)) - f32::from_bits(113 << 23)).to_bits();
    f32::from_bits(if magnitude < 1 << 23 { subnormal } else { normal } | u32::from(bits & 0x8000) << 16)
}

/// The half at `at` of a block.
#[inline(always)]
pub(super) fn half_at<const BYTES: usize>(block: &[u8; BYTES], at: usize) -> f32 {
    f16_to_f32(u16::from_le_bytes([block[at], block[at + 1]]))
}

/// The `N` bytes of a block from `at`.
#[inline(always)]
pub(super) fn part<const BYTES: usize, const N: usize>(block: &[u8; BYTES], at: usize) -> &[u8; N] {
    // The offsets are constants of the formats: a wrong one would fail in every test.
    block[at..].first_chunk().unwrap_or(&[0; N])
}
