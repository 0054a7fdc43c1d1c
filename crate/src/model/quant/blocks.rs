//! Unpacking of blocks into one common form: unsigned codes, and per group of codes a scale and a minimum.
//!
//! Every GGML format used here is `value = code * scale + min` with unsigned codes. Where GGML writes `(q - offset) * scale`, min is
//! `-offset * scale`; scales have at most 18 significant bits and codes 8 (6 where the scale has 18), so the products are exact in f32,
//! there is at most one rounding, and it is GGML's own. Source: `ggml-common.h`, `ggml-quants.c` of llama.cpp.
//!
//! Loops go by index: zipped iterators are calls, which are compiled without the wide registers.
#![allow(clippy::needless_range_loop, reason = "see above")]

use super::unpacked::{Unpacked, half_at, part};
use super::{StoredType, k_blocks};

/// What to do with each block.
pub(super) trait BlockVisitor {
    /// Takes the next block.
    fn block<const LEN: usize, const GROUPS: usize>(&mut self, block: &Unpacked<LEN, GROUPS>);
}

/// Unpacks the blocks of a quantised format in order; nothing for the float formats.
#[inline(always)]
pub(super) fn visit_blocks(ty: StoredType, bytes: &[u8], visitor: &mut impl BlockVisitor) {
    match ty {
        StoredType::F32 | StoredType::F16 | StoredType::BF16 => {}
        StoredType::Q4_0 => each(bytes, q4_0, visitor),
        StoredType::Q4_1 => each(bytes, q4_1, visitor),
        StoredType::Q5_0 => each(bytes, q5_0, visitor),
        StoredType::Q5_1 => each(bytes, q5_1, visitor),
        StoredType::Q8_0 => each(bytes, q8_0, visitor),
        StoredType::Q2K => each(bytes, k_blocks::q2_k, visitor),
        StoredType::Q3K => each(bytes, k_blocks::q3_k, visitor),
        StoredType::Q4K => each(bytes, k_blocks::q4_k, visitor),
        StoredType::Q5K => each(bytes, k_blocks::q5_k, visitor),
        StoredType::Q6K => each(bytes, k_blocks::q6_k, visitor),
    }
}

#[inline(always)]
fn each<const BYTES: usize, const LEN: usize, const GROUPS: usize>(
    bytes: &[u8],
    unpack: impl Fn(&[u8; BYTES], &mut Unpacked<LEN, GROUPS>),
    visitor: &mut impl BlockVisitor,
) {
    let mut unpacked = Unpacked { codes: [0; LEN], scales: [0.0; GROUPS], mins: [0.0; GROUPS] };
    for block in bytes.as_chunks().0 {
        unpack(block, &mut unpacked);
        visitor.block(&unpacked);
    }
}

/// Low nibbles of `packed` are the first half of the codes, high nibbles the second.
#[inline(always)]
fn nibbles(packed: &[u8; 16], codes: &mut [u8; 32]) {
    for l in 0..16 {
        codes[l] = packed[l] & 15;
        codes[l + 16] = packed[l] >> 4;
    }
}

/// Bit `l` of `high` is bit 4 of code `l`.
#[inline(always)]
fn fifth_bits(high: [u8; 4], codes: &mut [u8; 32]) {
    let high = u32::from_le_bytes(high);
    for l in 0..32 {
        codes[l] |= (((high >> l) & 1) << 4) as u8;
    }
}

/// d, 16 bytes of nibbles; (q - 8) d.
#[inline(always)]
fn q4_0(block: &[u8; 18], to: &mut Unpacked<32, 1>) {
    let d = half_at(block, 0);
    (to.scales, to.mins) = ([d], [-8.0 * d]);
    nibbles(part(block, 2), &mut to.codes);
}

/// d, m, 16 bytes of nibbles; q d + m.
#[inline(always)]
fn q4_1(block: &[u8; 20], to: &mut Unpacked<32, 1>) {
    (to.scales, to.mins) = ([half_at(block, 0)], [half_at(block, 2)]);
    nibbles(part(block, 4), &mut to.codes);
}

/// d, 32 high bits, 16 bytes of nibbles; (q - 16) d.
#[inline(always)]
fn q5_0(block: &[u8; 22], to: &mut Unpacked<32, 1>) {
    let d = half_at(block, 0);
    (to.scales, to.mins) = ([d], [-16.0 * d]);
    nibbles(part(block, 6), &mut to.codes);
    fifth_bits(*part(block, 2), &mut to.codes);
}

/// d, m, 32 high bits, 16 bytes of nibbles; q d + m.
#[inline(always)]
fn q5_1(block: &[u8; 24], to: &mut Unpacked<32, 1>) {
    (to.scales, to.mins) = ([half_at(block, 0)], [half_at(block, 2)]);
    nibbles(part(block, 8), &mut to.codes);
    fifth_bits(*part(block, 4), &mut to.codes);
}

/// d, 32 signed bytes; q d.
#[inline(always)]
fn q8_0(block: &[u8; 34], to: &mut Unpacked<32, 1>) {
    let d = half_at(block, 0);
    (to.scales, to.mins) = ([d], [-128.0 * d]);
    let signed: &[u8; 32] = part(block, 2);
    for l in 0..32 {
        to.codes[l] = signed[l] ^ 0x80;
    }
}
