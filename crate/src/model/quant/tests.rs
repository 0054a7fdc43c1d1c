#![allow(clippy::unwrap_used, reason = "a test that cannot read its own data should stop")]

use proptest::prelude::*;
use safetensors::SafeTensors;

use super::{Bytes, Grouped, StoredMatrix, StoredType, quantize_q4_1, quantize_q8_0};

/// Made by `tests/golden/quant/make.py`.
const GOLDEN: &[u8] = include_bytes!("../../../../tests/golden/quant/quant.safetensors");

fn golden() -> SafeTensors<'static> {
    SafeTensors::deserialize(GOLDEN).unwrap()
}

fn bytes(name: &str) -> Vec<u8> {
    golden().tensor(name).unwrap().data().to_vec()
}

fn floats(name: &str) -> Vec<f32> {
    bytes(name).as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn matrix(ty: StoredType) -> (StoredMatrix, Vec<f32>) {
    let values = floats(&format!("{}.values", ty.name()));
    let cols = if ty.is_quantized() { 256 } else { values.len() };
    let matrix = StoredMatrix::new(ty, values.len() / cols, cols, Bytes::new(bytes(&format!("{}.bytes", ty.name())))).unwrap();
    (matrix, values)
}

#[test]
fn dequantisation_is_bit_exact_to_the_reference() {
    for ty in StoredType::ALL.into_iter().filter(|ty| *ty != StoredType::F32) {
        let (matrix, values) = matrix(ty);
        // `==` on floats: the sign of a zero is the one freedom.
        assert!(matrix.to_f32_vec().unwrap() == values, "{}", ty.name());
        let mut last = vec![0.0; matrix.cols];
        matrix.dequantize_rows(matrix.rows - 1..matrix.rows, &mut last).unwrap();
        assert!(last == values[values.len() - matrix.cols..], "{}", ty.name());
    }
}

#[test]
fn regrouping_is_bit_exact_in_both_roundings() {
    for ty in StoredType::ALL {
        let Some((bits, group)) = Grouped::layout(ty) else { continue };
        let (matrix, values) = matrix(ty);
        let grouped = Grouped::new(&matrix).unwrap();
        assert_eq!((grouped.bits, grouped.group), (bits, group));
        assert_eq!((grouped.words.len(), grouped.scales.len(), grouped.mins.len()), (1024 * bits / 32, 1024 / group, 1024 / group));
        for (index, value) in values.iter().enumerate() {
            assert!(grouped.value(index) == *value, "{} value {index}", ty.name());
            let code = grouped.words[index * bits / 32] >> (index * bits % 32) & ((1 << bits) - 1);
            let fused = (code as f32).mul_add(grouped.scales[index / group], grouped.mins[index / group]);
            assert!(fused == *value, "{} value {index} fused", ty.name());
        }
    }
}

/// Against sums in f64, within the rounding of f32: of activations whose magnitudes differ by up to a million within a group.
#[test]
fn products_with_few_rows_are_those_of_the_values() {
    let activation = |i: usize| ((i * 7919 % 1009) as f32 - 504.0) * 10.0_f32.powi((i * 31 % 7) as i32 - 3);
    for ty in StoredType::ALL.into_iter().filter(|ty| ty.is_quantized()) {
        let (matrix, values) = matrix(ty);
        for n in 1..=4 {
            let x: Vec<f32> = (0..n * matrix.cols).map(activation).collect();
            let mut taken = 0;
            matrix.products(0..matrix.rows, &matrix.activations(&x).unwrap(), |j, i, product| {
                let (row, x) = (&values[j * matrix.cols..][..matrix.cols], &x[i * matrix.cols..][..matrix.cols]);
                let terms = || row.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x));
                let largest = x.iter().fold(0.0_f64, |largest, x| largest.max(f64::from(x.abs())));
                let weights: f64 = row.iter().map(|w| f64::from(w.abs())).sum();
                let allowed = 8.0 * f64::from(f32::EPSILON) * (terms().map(f64::abs).sum::<f64>() + largest * weights);
                let error = (f64::from(product) - terms().sum::<f64>()).abs();
                assert!(error <= allowed, "{}: row {j} with {i} of {n}: {error:e} > {allowed:e}", ty.name());
                taken += 1;
            });
            assert_eq!(taken, n * matrix.rows);
        }
        assert!(matrix.activations(&[]).is_none() && matrix.activations(&vec![1.0; 5 * matrix.cols]).is_none());
    }
}

#[test]
fn activations_that_are_no_numbers_or_next_to_nothing_are_not_hidden() {
    let (matrix, _) = matrix(StoredType::Q4K);
    let products = |x: &[f32]| {
        let mut products = Vec::new();
        matrix.products(0..matrix.rows, &matrix.activations(x).unwrap(), |_, _, product| products.push(product));
        products
    };
    for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut x = vec![1.0; matrix.cols];
        x[77] = broken;
        assert!(products(&x).iter().all(|product| product.is_nan()), "{broken}");
    }
    assert!(products(&vec![0.0; matrix.cols]).iter().all(|product| *product == 0.0));
    assert!(products(&vec![1e-42; matrix.cols]).iter().all(|product| product.abs() < 1e-36));
}

#[test]
fn quantisation_is_byte_exact_to_the_reference() {
    let input = floats("input");
    assert_eq!(quantize_q8_0(4, 128, &input).unwrap().bytes.as_slice(), bytes("Q8_0.quantized"));
    assert_eq!(quantize_q4_1(8, 64, &input).unwrap().bytes.as_slice(), bytes("Q4_1.quantized"));
}

#[test]
fn half_conversion_agrees_with_the_half_crate_on_every_pattern() {
    for bits in 0..=u16::MAX {
        let (ours, theirs) = (super::unpacked::f16_to_f32(bits), half::f16::from_bits(bits).to_f32());
        assert!(ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan(), "{bits:#06x}");
    }
}

#[test]
fn shapes_are_checked() {
    let new = |ty, rows, cols, len| StoredMatrix::new(ty, rows, cols, Bytes::new(vec![0; len])).map_err(|error| error.to_string());
    assert!(new(StoredType::Q4_1, 2, 64, 80).is_ok());
    assert!(new(StoredType::Q4_1, 2, 64, 79).unwrap_err().contains("there are 79"));
    assert!(new(StoredType::Q4_1, 2, 63, 80).unwrap_err().contains("multiples of 32 values, not 63"));
    assert!(new(StoredType::F32, usize::MAX, usize::MAX, 0).is_err());
    assert!(new(StoredType::F32, usize::MAX, 4, 0).is_err());
    let matrix = StoredMatrix::from_f32(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    assert_eq!(matrix.row(1), [4.0_f32, 5.0, 6.0].map(f32::to_le_bytes).as_flattened());
    assert!(matrix.dequantize_rows(1..3, &mut [0.0; 6]).is_err());
    assert!(matrix.dequantize_rows(0..1, &mut [0.0; 4]).is_err());
    assert!(quantize_q8_0(1, 33, &[0.0; 33]).is_err());
    assert!(quantize_q8_0(2, 32, &[0.0; 32]).is_err());
}

#[test]
fn ggml_numbers_round_trip() {
    for ty in StoredType::ALL {
        assert_eq!(StoredType::from_ggml(ty.ggml()), Some(ty));
    }
    assert_eq!(StoredType::from_ggml(9), None);
}

proptest! {
    #[test]
    fn quantisation_error_is_within_half_a_step(values in proptest::collection::vec(-100.0_f32..100.0, 64)) {
        let range = values.iter().copied().fold(f32::MIN, f32::max) - values.iter().copied().fold(f32::MAX, f32::min);
        let largest = values.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        for (matrix, step) in [(quantize_q8_0(1, 64, &values), largest / 127.0), (quantize_q4_1(2, 32, &values), range / 15.0)] {
            for (stored, value) in matrix.unwrap().to_f32_vec().unwrap().into_iter().zip(&values) {
                // Half a step, and the rounding of scale (15 or 127 of them) and minimum to half precision.
                prop_assert!((stored - value).abs() <= 0.5 * step + 128.0 * step / 2048.0 + largest / 2048.0);
            }
        }
    }
}
