//! Key statistics in a quarter of the space: deviations in single, correlations in half precision.
//!
//! `C = D R D` with `D = diag(sqrt(C_ii))`. Every entry is rounded relative to its own row and column, not to the largest entry of the
//! matrix, so directions with little energy keep their shape. `layer<l>.deviation` is `[d]` in f32, `layer<l>.correlation` the
//! `d (d - 1) / 2` entries of `R` above the diagonal, row by row, in f16.

use half::f16;
use safetensors::tensor::{Dtype, SafeTensors};

use super::file::floats;
use crate::linalg::{KeyCovariance, Matrix};
use crate::{Result, ensure};

/// A tensor to be written: name, format, shape, bytes.
pub(super) type Buffer = (String, Dtype, Vec<usize>, Vec<u8>);

/// The two tensors of a layer.
pub(super) fn write(layer: usize, covariance: &KeyCovariance) -> [Buffer; 2] {
    let (mean, d) = (covariance.mean(), covariance.dim());
    let deviations: Vec<f64> = (0..d).map(|i| mean[(i, i)].max(0.0).sqrt()).collect();
    let correlation = |i: usize, j: usize| {
        let scale = deviations[i] * deviations[j];
        if scale > 0.0 { f16::from_f64(mean[(i, j)] / scale) } else { f16::ZERO }
    };
    let correlations: Vec<u8> =
        (0..d).flat_map(|i| (i + 1..d).map(move |j| (i, j))).flat_map(|(i, j)| correlation(i, j).to_le_bytes()).collect();
    let deviations = deviations.iter().flat_map(|&deviation| (deviation as f32).to_le_bytes()).collect();
    [
        (format!("layer{layer}.deviation"), Dtype::F32, vec![d], deviations),
        (format!("layer{layer}.correlation"), Dtype::F16, vec![d * d.saturating_sub(1) / 2], correlations),
    ]
}

/// The covariance of a layer that was written by [`write`]; `None` where the file has none in this form.
pub(super) fn read(file: &SafeTensors<'_>, layer: usize, count: f64) -> Result<Option<KeyCovariance>> {
    let Ok(deviations) = file.tensor(&format!("layer{layer}.deviation")) else { return Ok(None) };
    let Ok(correlations) = file.tensor(&format!("layer{layer}.correlation")) else { return Ok(None) };
    let deviations = floats(&deviations)?;
    let d = deviations.len();
    ensure!(correlations.dtype() == Dtype::F16, Data, "the correlations are {:?}, not F16", correlations.dtype());
    let values = correlations.data().as_chunks::<2>().0;
    ensure!(
        values.len() == d * d.saturating_sub(1) / 2,
        Data,
        "{} correlations do not belong to {d} deviations: {} would",
        values.len(),
        d * d.saturating_sub(1) / 2
    );
    let mut mean = Matrix::zeros(d, d);
    let mut values = values.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f64());
    for i in 0..d {
        mean[(i, i)] = deviations[i] * deviations[i];
        for (j, correlation) in (i + 1..d).zip(values.by_ref()) {
            let entry = deviations[i] * deviations[j] * correlation;
            (mean[(i, j)], mean[(j, i)]) = (entry, entry);
        }
    }
    KeyCovariance::from_mean(mean, count).map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot read its own data should stop")]

    use std::collections::BTreeMap;

    use super::*;
    use crate::edit::Statistics;

    fn example(d: usize) -> Statistics {
        // Of full rank, with deviations from 1 to 1e-3.
        let scale = |i: usize| 1e-3_f64.powf(i as f64 / d as f64);
        let entry = |i: usize, j: usize| scale(i) * scale(j) * if i == j { 1.0 } else { 0.4 * ((i + j) as f64).sin() };
        let covariance = KeyCovariance::from_mean(Matrix::from_fn(d, d, entry), 1000.0).unwrap();
        Statistics::new(BTreeMap::from([(3, covariance)]), "a test")
    }

    #[test]
    fn entries_are_kept_relative_to_their_row_and_column() {
        let whole = example(40);
        let bytes = whole.to_compact_bytes().unwrap();
        assert!(bytes.len() * 2 < whole.to_bytes().unwrap().len());
        let read = Statistics::from_bytes(&bytes).unwrap();
        assert_eq!((read.provenance(), read.count()), ("a test", 1000.0));
        let (expected, found) = (whole.layer(3).unwrap().load().unwrap(), read.layer(3).unwrap().load().unwrap());
        let (expected, found) = (expected.mean(), found.mean());
        for i in 0..40 {
            for j in 0..40 {
                let scale = (expected[(i, i)] * expected[(j, j)]).sqrt();
                assert!((expected[(i, j)] - found[(i, j)]).abs() < 4e-4 * scale, "({i}, {j})");
            }
        }
    }

    #[test]
    fn a_cut_matrix_is_refused() {
        let bytes = example(8).to_compact_bytes().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let at = text.find("[28]").unwrap();
        let mut wrong = bytes;
        wrong[at..at + 4].copy_from_slice(b"[27]");
        assert!(Statistics::from_bytes(&wrong).is_err());
    }
}
