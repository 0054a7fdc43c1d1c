//! Stored values to f32. The loops run over arrays of fixed size, which the compiler turns into vector code.

use super::StoredType;
use super::blocks::{BlockVisitor, visit_blocks};
use super::unpacked::{Unpacked, f16_to_f32};
use crate::model::kernels::vector::vectorized;

/// Writes the values of the blocks in each of `rows` to a row of `width` values of `out`; as many as both hold.
pub(super) fn dequantize<'a>(ty: StoredType, rows: impl Iterator<Item = &'a [u8]>, width: usize, out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (bytes, out) in rows.zip(out.chunks_mut(width.max(1))) {
                dequantize_row(ty, bytes, out);
            }
        },
    );
}

#[inline(always)]
fn dequantize_row(ty: StoredType, bytes: &[u8], out: &mut [f32]) {
    match ty {
        StoredType::F32 => {
            for (value, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                *value = f32::from_le_bytes(*bytes);
            }
        }
        StoredType::F16 => {
            for (value, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                *value = f16_to_f32(u16::from_le_bytes(*bytes));
            }
        }
        StoredType::BF16 => {
            for (value, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                *value = f32::from_bits(u32::from(u16::from_le_bytes(*bytes)) << 16);
            }
        }
        _ => visit_blocks(ty, bytes, &mut Values { rest: out }),
    }
}

/// Writes `code * scale + min`.
struct Values<'a> {
    rest: &'a mut [f32],
}

impl BlockVisitor for Values<'_> {
    #[inline(always)]
    fn block<const LEN: usize, const GROUPS: usize>(&mut self, block: &Unpacked<LEN, GROUPS>) {
        let rest = std::mem::take(&mut self.rest);
        let Some((out, rest)) = rest.split_first_chunk_mut::<LEN>() else { return };
        self.rest = rest;
        write(block, out);
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "zipped iterators are calls, which are compiled without the wide registers")]
fn write<const LEN: usize, const GROUPS: usize>(block: &Unpacked<LEN, GROUPS>, out: &mut [f32; LEN]) {
    let each = LEN / GROUPS;
    for group in 0..GROUPS {
        let (scale, min) = (block.scales[group], block.mins[group]);
        for i in group * each..(group + 1) * each {
            out[i] = f32::from(block.codes[i]) * scale + min;
        }
    }
}

#[cfg(target_arch = "wasm32")]
#[inline(always)]
fn write<const LEN: usize, const GROUPS: usize>(block: &Unpacked<LEN, GROUPS>, out: &mut [f32; LEN]) {
    let (codes, out) = (block.codes.as_chunks().0, out.as_chunks_mut().0);
    let runs = codes.len() / GROUPS;
    for group in 0..GROUPS {
        for run in group * runs..(group + 1) * runs {
            super::lanes::PLAIN.scaled(&codes[run], block.scales[group], block.mins[group], &mut out[run]);
        }
    }
}
