//! The K formats: 256 values a block, in groups of 16 or 32 whose scales are themselves quantised.

#![allow(clippy::needless_range_loop, reason = "zipped iterators are calls, which are compiled without the wide registers")]

use super::unpacked::{Unpacked, half_at, part};

/// Scales (low nibble) and minima (high nibble) of 16 groups, 64 bytes of 2-bit codes, d, dmin; q d s - dmin m.
#[inline(always)]
pub(super) fn q2_k(block: &[u8; 84], to: &mut Unpacked<256, 16>) {
    let (d, dmin) = (half_at(block, 80), half_at(block, 82));
    let packed: &[u8; 16] = part(block, 0);
    for group in 0..16 {
        to.scales[group] = d * f32::from(packed[group] & 15);
        to.mins[group] = -(dmin * f32::from(packed[group] >> 4));
    }
    pairs(part(block, 16), &mut to.codes);
}

/// High bits (32 bytes), 64 bytes of 2-bit codes, 16 scales of 6 bits in 12 bytes, d; (q - 4) d (s - 32).
#[inline(always)]
pub(super) fn q3_k(block: &[u8; 110], to: &mut Unpacked<256, 16>) {
    let d = half_at(block, 108);
    let packed: &[u8; 12] = part(block, 96);
    for group in 0..16 {
        let low = packed[group % 8] >> (4 * (group / 8)) & 15;
        let high = packed[8 + group % 4] >> (2 * (group / 4)) & 3;
        let scale = d * (f32::from(low | high << 4) - 32.0);
        to.scales[group] = scale;
        to.mins[group] = -4.0 * scale;
    }
    pairs(part(block, 32), &mut to.codes);
    let high: &[u8; 32] = part(block, 0);
    for bit in 0..8 {
        for l in 0..32 {
            to.codes[32 * bit + l] |= (high[l] >> bit & 1) << 2;
        }
    }
}

/// d, dmin, 8 scales and 8 minima of 6 bits in 12 bytes, 128 bytes of nibbles; q d s - dmin m.
#[inline(always)]
pub(super) fn q4_k(block: &[u8; 144], to: &mut Unpacked<256, 8>) {
    scales_and_mins(half_at(block, 0), half_at(block, 2), part(block, 4), to);
    nibbles(part(block, 16), &mut to.codes);
}

/// As Q4_K with 32 bytes of high bits before the nibbles.
#[inline(always)]
pub(super) fn q5_k(block: &[u8; 176], to: &mut Unpacked<256, 8>) {
    scales_and_mins(half_at(block, 0), half_at(block, 2), part(block, 4), to);
    nibbles(part(block, 48), &mut to.codes);
    let high: &[u8; 32] = part(block, 16);
    for bit in 0..8 {
        for l in 0..32 {
            to.codes[32 * bit + l] |= (high[l] >> bit & 1) << 4;
        }
    }
}

/// 128 bytes of low nibbles, 64 bytes of 2 high bits, 16 signed scales, d; (q - 32) d s.
#[inline(always)]
pub(super) fn q6_k(block: &[u8; 210], to: &mut Unpacked<256, 16>) {
    let d = half_at(block, 208);
    let scales: &[u8; 16] = part(block, 192);
    for group in 0..16 {
        let scale = d * f32::from(scales[group].cast_signed());
        to.scales[group] = scale;
        to.mins[group] = -32.0 * scale;
    }
    let (low, high): (&[u8; 128], &[u8; 64]) = (part(block, 0), part(block, 128));
    for half in 0..2 {
        let (codes, lows, highs) = (128 * half, 64 * half, 32 * half);
        for l in 0..32 {
            let (first, second, high) = (low[lows + l], low[lows + 32 + l], high[highs + l]);
            to.codes[codes + l] = first & 15 | (high & 3) << 4;
            to.codes[codes + 32 + l] = second & 15 | (high >> 2 & 3) << 4;
            to.codes[codes + 64 + l] = first >> 4 | (high >> 4 & 3) << 4;
            to.codes[codes + 96 + l] = second >> 4 | (high >> 6) << 4;
        }
    }
}

/// 2-bit codes: byte `l` of each half holds codes `l`, `l + 32`, `l + 64`, `l + 96` of that half.
#[inline(always)]
fn pairs(packed: &[u8; 64], codes: &mut [u8; 256]) {
    for half in 0..2 {
        for l in 0..32 {
            let (at, byte) = (128 * half + l, packed[32 * half + l]);
            codes[at] = byte & 3;
            codes[at + 32] = byte >> 2 & 3;
            codes[at + 64] = byte >> 4 & 3;
            codes[at + 96] = byte >> 6;
        }
    }
}

/// 4-bit codes: byte `l` of each quarter holds codes `l` and `l + 32` of that quarter.
#[inline(always)]
fn nibbles(packed: &[u8; 128], codes: &mut [u8; 256]) {
    for quarter in 0..4 {
        for l in 0..32 {
            let (at, byte) = (64 * quarter + l, packed[32 * quarter + l]);
            codes[at] = byte & 15;
            codes[at + 32] = byte >> 4;
        }
    }
}

/// Bytes 0..4 and 4..8 hold scales and minima 0..4 in their low six bits, and the two high bits of 4..8 above; bytes 8..12 the low nibbles.
#[inline(always)]
fn scales_and_mins(d: f32, dmin: f32, packed: &[u8; 12], to: &mut Unpacked<256, 8>) {
    for j in 0..4 {
        let (scale, min, low) = (packed[j], packed[j + 4], packed[j + 8]);
        to.scales[j] = d * f32::from(scale & 63);
        to.mins[j] = -(dmin * f32::from(min & 63));
        to.scales[j + 4] = d * f32::from(low & 15 | scale >> 6 << 4);
        to.mins[j + 4] = -(dmin * f32::from(low >> 4 | min >> 6 << 4));
    }
}
