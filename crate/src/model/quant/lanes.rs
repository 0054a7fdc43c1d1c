//! Eight sums side by side, in what registers the processor has.
#![allow(clippy::needless_range_loop, reason = "zipped iterators are calls, which are compiled without the wide registers")]

#[cfg(not(target_arch = "wasm32"))]
use super::unpacked::f16_to_f32;

/// The operations of a product with packed weights. All processors give the same bits.
pub(super) trait Lanes: Copy {
    /// Eight integers of 32 bits.
    type Whole: Copy;
    /// Eight floats.
    type Floats: Copy;

    fn zeros(self) -> Self::Floats;

    /// Sums of two products each, of neighbours: `codes[2 l] x[2 l] + codes[2 l + 1] x[2 l + 1]`.
    fn dots(self, codes: &[u8; 16], x: &[i16; 16]) -> Self::Whole;

    fn add(self, a: Self::Whole, b: Self::Whole) -> Self::Whole;

    /// `sums + (coarse + fine step) scale`, each operation rounded.
    fn add_scaled(self, sums: Self::Floats, coarse: Self::Whole, fine: Self::Whole, step: f32, scale: f32) -> Self::Floats;

    /// The numbers whose bits as IEEE halves are the lower half of each word: [`f16_to_f32`], which is compiled to single values here.
    fn halves(self, words: [u32; 8]) -> Self::Floats;

    fn to_array(self, sums: Self::Floats) -> [f32; 8];
}

/// Those that need no look at the processor: WebAssembly's, or what the compiler makes of loops.
#[cfg(target_arch = "wasm32")]
pub(super) const PLAIN: Simd128 = Simd128;
#[cfg(not(target_arch = "wasm32"))]
pub(super) const PLAIN: Portable = Portable;

/// The bits of a half's magnitude as a single, but for the exponent's bias: those of infinity and the smallest normal number.
const INFINITE: i32 = 31 << 23;
const NORMAL: i32 = 1 << 23;
/// What the exponent's bias grows by.
const BIAS: i32 = 112 << 23;

/// Any processor: left to the compiler.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy)]
pub(super) struct Portable;

#[cfg(not(target_arch = "wasm32"))]
impl Lanes for Portable {
    type Whole = [i32; 8];
    type Floats = [f32; 8];

    #[inline(always)]
    fn zeros(self) -> [f32; 8] {
        [0.0; 8]
    }

    #[inline(always)]
    fn dots(self, codes: &[u8; 16], x: &[i16; 16]) -> [i32; 8] {
        let mut sums = [0; 8];
        for l in 0..8 {
            sums[l] = i32::from(codes[2 * l]) * i32::from(x[2 * l]) + i32::from(codes[2 * l + 1]) * i32::from(x[2 * l + 1]);
        }
        sums
    }

    #[inline(always)]
    fn add(self, mut a: [i32; 8], b: [i32; 8]) -> [i32; 8] {
        for l in 0..8 {
            a[l] += b[l];
        }
        a
    }

    #[inline(always)]
    fn add_scaled(self, mut sums: [f32; 8], coarse: [i32; 8], fine: [i32; 8], step: f32, scale: f32) -> [f32; 8] {
        for l in 0..8 {
            sums[l] += (coarse[l] as f32 + fine[l] as f32 * step) * scale;
        }
        sums
    }

    #[inline(always)]
    fn halves(self, words: [u32; 8]) -> [f32; 8] {
        let mut floats = [0.0; 8];
        for l in 0..8 {
            floats[l] = f16_to_f32(words[l] as u16);
        }
        floats
    }

    #[inline(always)]
    fn to_array(self, sums: [f32; 8]) -> [f32; 8] {
        sums
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{__m256, __m256i};

    use faer::traits::pulp::cast;
    use faer::traits::pulp::x86::V3;

    use super::{BIAS, INFINITE, Lanes, NORMAL};

    impl Lanes for V3 {
        type Whole = __m256i;
        type Floats = __m256;

        #[inline(always)]
        fn zeros(self) -> __m256 {
            self.avx._mm256_setzero_ps()
        }

        #[inline(always)]
        fn dots(self, codes: &[u8; 16], x: &[i16; 16]) -> __m256i {
            self.avx2._mm256_madd_epi16(self.avx2._mm256_cvtepu8_epi16(cast(*codes)), cast(*x))
        }

        #[inline(always)]
        fn add(self, a: __m256i, b: __m256i) -> __m256i {
            self.avx2._mm256_add_epi32(a, b)
        }

        #[inline(always)]
        fn add_scaled(self, sums: __m256, coarse: __m256i, fine: __m256i, step: f32, scale: f32) -> __m256 {
            let avx = self.avx;
            let fine = avx._mm256_mul_ps(avx._mm256_cvtepi32_ps(fine), avx._mm256_set1_ps(step));
            let both = avx._mm256_add_ps(avx._mm256_cvtepi32_ps(coarse), fine);
            avx._mm256_add_ps(sums, avx._mm256_mul_ps(both, avx._mm256_set1_ps(scale)))
        }

        #[inline(always)]
        fn halves(self, words: [u32; 8]) -> __m256 {
            let (avx, avx2) = (self.avx, self.avx2);
            let all = |value: i32| avx._mm256_set1_epi32(value);
            let words = cast(words);
            let magnitude = avx2._mm256_slli_epi32::<13>(avx2._mm256_and_si256(words, all(0x7fff)));
            let sign = avx2._mm256_slli_epi32::<16>(avx2._mm256_and_si256(words, all(0x8000)));
            let infinite = avx2._mm256_and_si256(avx2._mm256_cmpgt_epi32(magnitude, all(INFINITE - 1)), all(BIAS));
            let normal = avx2._mm256_add_epi32(avx2._mm256_add_epi32(magnitude, all(BIAS)), infinite);
            let least: __m256 = cast(all(BIAS + NORMAL));
            let subnormal = avx._mm256_sub_ps(cast(avx2._mm256_add_epi32(magnitude, all(BIAS + NORMAL))), least);
            let is_subnormal = cast(avx2._mm256_cmpgt_epi32(all(NORMAL), magnitude));
            avx._mm256_or_ps(avx._mm256_blendv_ps(cast(normal), subnormal, is_subnormal), cast(sign))
        }

        #[inline(always)]
        fn to_array(self, sums: __m256) -> [f32; 8] {
            cast(sums)
        }
    }
}

/// WebAssembly's vectors, which the page's module is compiled for as a whole.
#[cfg(target_arch = "wasm32")]
#[derive(Clone, Copy)]
pub(super) struct Simd128;

#[cfg(target_arch = "wasm32")]
mod simd128 {
    use std::arch::wasm32::*;

    use faer::traits::pulp::cast;

    use super::{BIAS, INFINITE, Lanes, NORMAL, Simd128};

    impl Simd128 {
        /// Writes `code scale + min` for each code. Left to itself the compiler takes the codes one by one, which takes seven times as long.
        #[inline(always)]
        pub(in crate::model::quant) fn scaled(self, codes: &[u8; 16], scale: f32, min: f32, out: &mut [f32; 16]) {
            let [low, high]: [u64; 2] = cast(*codes);
            let codes = u64x2(low, high);
            let eights = [u16x8_extend_low_u8x16(codes), u16x8_extend_high_u8x16(codes)];
            for (codes, out) in eights.into_iter().zip(out.as_chunks_mut::<8>().0) {
                let part = |codes: v128| f32x4_add(f32x4_mul(f32x4_convert_i32x4(codes), f32x4_splat(scale)), f32x4_splat(min));
                *out = self.to_array([part(u32x4_extend_low_u16x8(codes)), part(u32x4_extend_high_u16x8(codes))]);
            }
        }
    }

    impl Lanes for Simd128 {
        type Whole = [v128; 2];
        type Floats = [v128; 2];

        #[inline(always)]
        fn zeros(self) -> [v128; 2] {
            [f32x4_splat(0.0); 2]
        }

        #[inline(always)]
        fn dots(self, codes: &[u8; 16], x: &[i16; 16]) -> [v128; 2] {
            let [low, high]: [u64; 2] = cast(*codes);
            let codes = u64x2(low, high);
            let x = |from: usize| i16x8(x[from], x[from + 1], x[from + 2], x[from + 3], x[from + 4], x[from + 5], x[from + 6], x[from + 7]);
            [i32x4_dot_i16x8(u16x8_extend_low_u8x16(codes), x(0)), i32x4_dot_i16x8(u16x8_extend_high_u8x16(codes), x(8))]
        }

        #[inline(always)]
        fn add(self, a: [v128; 2], b: [v128; 2]) -> [v128; 2] {
            [i32x4_add(a[0], b[0]), i32x4_add(a[1], b[1])]
        }

        #[inline(always)]
        fn add_scaled(self, sums: [v128; 2], coarse: [v128; 2], fine: [v128; 2], step: f32, scale: f32) -> [v128; 2] {
            let half = |l: usize| {
                let fine = f32x4_mul(f32x4_convert_i32x4(fine[l]), f32x4_splat(step));
                let both = f32x4_add(f32x4_convert_i32x4(coarse[l]), fine);
                f32x4_add(sums[l], f32x4_mul(both, f32x4_splat(scale)))
            };
            [half(0), half(1)]
        }

        #[inline(always)]
        fn halves(self, words: [u32; 8]) -> [v128; 2] {
            let half = |words: v128| {
                let magnitude = i32x4_shl(v128_and(words, i32x4_splat(0x7fff)), 13);
                let sign = i32x4_shl(v128_and(words, i32x4_splat(0x8000)), 16);
                let infinite = v128_and(i32x4_gt(magnitude, i32x4_splat(INFINITE - 1)), i32x4_splat(BIAS));
                let normal = i32x4_add(i32x4_add(magnitude, i32x4_splat(BIAS)), infinite);
                let least = i32x4_splat(BIAS + NORMAL);
                let subnormal = f32x4_sub(i32x4_add(magnitude, least), least);
                v128_or(v128_bitselect(subnormal, normal, i32x4_lt(magnitude, i32x4_splat(NORMAL))), sign)
            };
            let [a, b, c, d, e, f, g, h] = words;
            [half(u32x4(a, b, c, d)), half(u32x4(e, f, g, h))]
        }

        #[inline(always)]
        fn to_array(self, sums: [v128; 2]) -> [f32; 8] {
            let lanes =
                |v: v128| [f32x4_extract_lane::<0>(v), f32x4_extract_lane::<1>(v), f32x4_extract_lane::<2>(v), f32x4_extract_lane::<3>(v)];
            let [[a, b, c, d], [e, f, g, h]] = [lanes(sums[0]), lanes(sums[1])];
            [a, b, c, d, e, f, g, h]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn halves_are_the_same_numbers_in_wide_registers() {
        let Some(simd) = faer::traits::pulp::x86::V3::try_new() else { return };
        for from in (0..=u16::MAX).step_by(8) {
            let words: [u32; 8] = std::array::from_fn(|l| 0xabcd_0000 | (u32::from(from) + l as u32));
            let ours = simd.vectorize(|| simd.to_array(simd.halves(words)));
            let expected = Portable.halves(words);
            assert_eq!(ours.map(f32::to_bits), expected.map(f32::to_bits), "from {from:#06x}");
        }
    }

    #[test]
    fn every_processor_has_the_same_sums() {
        let codes: [u8; 16] = std::array::from_fn(|l| [0, 255, 128, 1, 254, 7][l % 6]);
        let x: [i16; 16] = std::array::from_fn(|l| [32_767, -32_767, 1, -1, 0, 12_345, -31_000][l % 7]);
        let expected = Portable.dots(&codes, &x);
        assert_eq!(expected.iter().sum::<i32>(), codes.iter().zip(&x).map(|(&code, &x)| i32::from(code) * i32::from(x)).sum::<i32>());
        let once = Portable.add_scaled(Portable.zeros(), expected, expected, 0.7, 1e-3);
        let scaled = Portable.to_array(Portable.add_scaled(once, Portable.add(expected, expected), expected, 0.3, 1e-5));
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = faer::traits::pulp::x86::V3::try_new() {
            let ours = simd.vectorize(|| {
                let dots = simd.dots(&codes, &x);
                let once = simd.add_scaled(simd.zeros(), dots, dots, 0.7, 1e-3);
                simd.to_array(simd.add_scaled(once, simd.add(dots, dots), dots, 0.3, 1e-5))
            });
            assert_eq!(ours.map(f32::to_bits), scaled.map(f32::to_bits));
        }
    }
}
