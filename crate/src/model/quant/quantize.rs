//! Floats to the two block formats that we write: GGML's reference rounding (`quantize_row_q8_0_ref`, `quantize_row_q4_1_ref`).

use half::f16;

use super::{Bytes, StoredMatrix, StoredType};
use crate::{Result, ensure};

/// Rounds a row-major matrix `[rows, cols]` to Q8_0: d = max |x| / 127, q = round(x / d).
///
/// # Errors
/// There are not `rows * cols` values, or `cols` is no multiple of 32.
pub fn quantize_q8_0(rows: usize, cols: usize, values: &[f32]) -> Result<StoredMatrix> {
    quantize(StoredType::Q8_0, rows, cols, values, |block, bytes| {
        let largest = block.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        let d = largest / 127.0;
        let inverse = if d == 0.0 { 0.0 } else { 1.0 / d };
        bytes.extend(f16::from_f32(d).to_le_bytes());
        bytes.extend(block.iter().map(|x| ((x * inverse).round() as i8).cast_unsigned()));
    })
}

/// Rounds a row-major matrix `[rows, cols]` to Q4_1: m = min x, d = (max x - m) / 15, q = floor((x - m) / d + 1/2).
///
/// # Errors
/// There are not `rows * cols` values, or `cols` is no multiple of 32.
pub fn quantize_q4_1(rows: usize, cols: usize, values: &[f32]) -> Result<StoredMatrix> {
    quantize(StoredType::Q4_1, rows, cols, values, |block, bytes| {
        let min = block.iter().copied().fold(f32::INFINITY, f32::min);
        let max = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let d = (max - min) / 15.0;
        let inverse = if d == 0.0 { 0.0 } else { 1.0 / d };
        let code = |x: f32| (((x - min) * inverse + 0.5) as u8).min(15);
        bytes.extend(f16::from_f32(d).to_le_bytes());
        bytes.extend(f16::from_f32(min).to_le_bytes());
        let (low, high) = block.split_at(16);
        bytes.extend(low.iter().zip(high).map(|(&low, &high)| code(low) | code(high) << 4));
    })
}

fn quantize(ty: StoredType, rows: usize, cols: usize, values: &[f32], block: impl Fn(&[f32; 32], &mut Vec<u8>)) -> Result<StoredMatrix> {
    ensure!(rows.checked_mul(cols) == Some(values.len()), Numerics, "[{rows}, {cols}] does not describe {} values", values.len());
    ensure!(cols.is_multiple_of(32), Numerics, "{} rows are multiples of 32 values, not {cols}", ty.name());
    let mut bytes = Vec::with_capacity(values.len() / 32 * ty.block_bytes());
    for values in values.as_chunks().0 {
        block(values, &mut bytes);
    }
    StoredMatrix::new(ty, rows, cols, Bytes::new(bytes))
}
