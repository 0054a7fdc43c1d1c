//! Unpacking of blocks into one common form: unsigned codes, and per group of codes a scale and a minimum.
//!
//! Every GGML format used here is `value = code * scale + min` with unsigned codes. Where GGML writes `(q - offset) * scale`, min is
//! `-offset * scale`; scales have at most 18 significant bits and codes 8 (6 where the scale has 18), so the products are exact in f32,
//! there is at most one rounding, and it is GGML's own. Source: `ggml-common.h`, `ggml-quants.c` of llama.cpp.
//!
//! Loops go by index: zipped iterators are calls, which are compiled without the wide registers.
#![allow(clippy::needless_range_loop, reason = "see above")]

use std::hint::black_box;

use faer::traits::pulp::cast;

use super::lanes::{Lanes, PLAIN};
use super::unpacked::{Unpacked, f16_to_f32, part};
use super::{StoredType, k_blocks};

/// What to do with each block.
pub(super) trait BlockVisitor {
    /// Takes the next block.
    fn block<const LEN: usize, const GROUPS: usize>(&mut self, block: &Unpacked<LEN, GROUPS>);

    /// The numbers whose bits as IEEE halves are the lower half of each word.
    #[inline(always)]
    fn halves(&self, words: [u32; 8]) -> [f32; 8] {
        PLAIN.to_array(PLAIN.halves(words))
    }
}

/// A function as a closure that is compiled into its caller: one that is handed over as it is would be called, without the wide registers.
macro_rules! inlined {
    ($unpack:path) => {
        #[inline(always)]
        |block, to| $unpack(block, to)
    };
}

/// Unpacks the blocks of a quantised format in order; nothing for the float formats.
#[inline(always)]
pub(super) fn visit_blocks(ty: StoredType, bytes: &[u8], visitor: &mut impl BlockVisitor) {
    match ty {
        StoredType::F32 | StoredType::F16 | StoredType::BF16 => {}
        StoredType::Q4_0 => of_32(bytes, Some(8.0), inlined!(q4_0), visitor),
        StoredType::Q4_1 => of_32(bytes, None, inlined!(q4_1), visitor),
        StoredType::Q5_0 => of_32(bytes, Some(16.0), inlined!(q5_0), visitor),
        StoredType::Q5_1 => of_32(bytes, None, inlined!(q5_1), visitor),
        StoredType::Q8_0 => of_32(bytes, Some(128.0), inlined!(q8_0), visitor),
        StoredType::Q2K => of_256(bytes, inlined!(k_blocks::q2_k), visitor),
        StoredType::Q3K => of_256(bytes, inlined!(k_blocks::q3_k), visitor),
        StoredType::Q4K => of_256(bytes, inlined!(k_blocks::q4_k), visitor),
        StoredType::Q5K => of_256(bytes, inlined!(k_blocks::q5_k), visitor),
        StoredType::Q6K => of_256(bytes, inlined!(k_blocks::q6_k), visitor),
    }
}

#[inline(always)]
fn of_256<const BYTES: usize, const GROUPS: usize>(
    bytes: &[u8],
    unpack: impl Fn(&[u8; BYTES], &mut Unpacked<256, GROUPS>),
    visitor: &mut impl BlockVisitor,
) {
    let mut unpacked = Unpacked { codes: [0; 256], scales: [0.0; GROUPS], mins: [0.0; GROUPS] };
    for block in bytes.as_chunks().0 {
        unpack(block, &mut unpacked);
        visitor.block(&unpacked);
    }
}

/// Blocks of one group, which begin with the scale. With an `offset`, the minimum is as many scales below zero; without, it comes next.
///
/// Eight blocks are handed on together: by themselves, the conversion of their halves and the way to the visitor take as long as all the rest.
#[inline(always)]
fn of_32<const BYTES: usize>(
    bytes: &[u8],
    offset: Option<f32>,
    codes: impl Fn(&[u8; BYTES], &mut [u8; 32]) + Copy,
    visitor: &mut impl BlockVisitor,
) {
    let (eights, rest) = bytes.as_chunks::<BYTES>().0.as_chunks::<8>();
    let mut unpacked = Unpacked { codes: [0; 256], scales: [0.0; 8], mins: [0.0; 8] };
    for blocks in eights {
        unpack_32(
            blocks,
            offset,
            codes,
            #[inline(always)]
            |words| visitor.halves(words),
            &mut unpacked,
        );
        visitor.block(&unpacked);
    }
    let mut unpacked = Unpacked { codes: [0; 32], scales: [0.0], mins: [0.0] };
    for block in rest {
        unpack_32(
            std::array::from_ref(block),
            offset,
            codes,
            #[inline(always)]
            |[word]| [f16_to_f32(word as u16)],
            &mut unpacked,
        );
        visitor.block(&unpacked);
    }
}

#[inline(always)]
fn unpack_32<const BYTES: usize, const LEN: usize, const BLOCKS: usize>(
    blocks: &[[u8; BYTES]; BLOCKS],
    offset: Option<f32>,
    codes: impl Fn(&[u8; BYTES], &mut [u8; 32]),
    halves: impl Fn([u32; BLOCKS]) -> [f32; BLOCKS],
    to: &mut Unpacked<LEN, BLOCKS>,
) {
    let mut pairs = [0; BLOCKS];
    for i in 0..BLOCKS {
        pairs[i] = u32::from_le_bytes(*part(&blocks[i], 0));
    }
    to.scales = halves(pairs);
    match offset {
        Some(offset) => {
            for i in 0..BLOCKS {
                to.mins[i] = -offset * to.scales[i];
            }
        }
        None => {
            for i in 0..BLOCKS {
                pairs[i] >>= 16;
            }
            to.mins = halves(pairs);
        }
    }
    let parts = to.codes.as_chunks_mut().0;
    for i in 0..BLOCKS {
        codes(&blocks[i], &mut parts[i]);
    }
}

/// Low nibbles of `packed` are the first half of the codes, high nibbles the second. Eight at a time: WebAssembly has no shift of bytes.
#[inline(always)]
fn nibbles(packed: &[u8; 16], codes: &mut [u8; 32]) {
    const LOW: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let [first, second]: [u64; 2] = cast(*packed);
    *codes = cast([first & LOW, second & LOW, first >> 4 & LOW, second >> 4 & LOW]);
}

/// Bit `l` of `high` is bit 4 of code `l`.
#[inline(always)]
fn fifth_bits(high: [u8; 4], codes: &mut [u8; 32]) {
    // Opaque, or the compiler gathers the words of eight blocks in one register first, which costs more than all that it saves.
    let high = black_box(u32::from_le_bytes(high));
    let mut fours: [u32; 8] = cast(*codes);
    for four in 0..8 {
        // Of four copies, seven bits apart, the bottoms of the bytes are one bit each.
        fours[four] |= ((((high >> (4 * four) & 15) * 0x0020_4081) & 0x0101_0101) << 4).to_le();
    }
    *codes = cast(fours);
}

/// d, 16 bytes of nibbles; (q - 8) d.
#[inline(always)]
fn q4_0(block: &[u8; 18], codes: &mut [u8; 32]) {
    nibbles(part(block, 2), codes);
}

/// d, m, 16 bytes of nibbles; q d + m.
#[inline(always)]
fn q4_1(block: &[u8; 20], codes: &mut [u8; 32]) {
    nibbles(part(block, 4), codes);
}

/// d, 32 high bits, 16 bytes of nibbles; (q - 16) d.
#[inline(always)]
fn q5_0(block: &[u8; 22], codes: &mut [u8; 32]) {
    nibbles(part(block, 6), codes);
    fifth_bits(*part(block, 2), codes);
}

/// d, m, 32 high bits, 16 bytes of nibbles; q d + m.
#[inline(always)]
fn q5_1(block: &[u8; 24], codes: &mut [u8; 32]) {
    nibbles(part(block, 8), codes);
    fifth_bits(*part(block, 4), codes);
}

/// d, 32 signed bytes; q d.
#[inline(always)]
fn q8_0(block: &[u8; 34], codes: &mut [u8; 32]) {
    let mut eights: [u64; 4] = cast(*part::<34, 32>(block, 2));
    for i in 0..4 {
        eights[i] ^= 0x8080_8080_8080_8080;
    }
    *codes = cast(eights);
}
