//! The device path on burn's CPU backend against the f64 host path.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use burn::tensor::{DType, Device};
use pollster::block_on;

use super::*;
use crate::linalg::properties::{random, with_spectrum};
use crate::linalg::{Matrix, Projector, Threshold, alphaedit_update, langedit_update, symmetric_eigen};

fn host(covariance: &Matrix, threshold: f64) -> Projector {
    Projector::from_eigen(&symmetric_eigen(covariance).unwrap(), Threshold::Absolute(threshold)).unwrap()
}

/// `P` and the report.
fn sign(covariance: &Matrix, threshold: f64, dtype: DType) -> crate::Result<(Matrix, SignReport)> {
    let (projector, report) = block_on(sign_projector(covariance, threshold, &Device::flex(), dtype))?;
    let [projector] = block_on(download([projector]))?;
    Ok((projector, report))
}

/// Largest difference between the projectors of the sign iteration and of the host, and the report.
fn compare(values: &[f64], threshold: f64, dtype: DType) -> (f64, SignReport) {
    let covariance = with_spectrum(values, 11);
    let (projector, report) = sign(&covariance, threshold, dtype).unwrap();
    ((projector - host(&covariance, threshold).dense()).norm_max(), report)
}

#[test]
fn a_spectrum_with_a_gap() {
    let values: Vec<f64> = (0..60).map(|i| if i < 37 { 1e-4 * f64::from(i) } else { 0.1 * f64::from(i - 30) }).collect();
    let (error, report) = compare(&values, 2e-2, DType::F32);
    assert!(error < 2e-5, "{error:e} {report:?}");
    assert_eq!((report.null_dimension(), report.unresolved), (37, 0));
    assert!((report.trace - 37.0).abs() < 1e-3 && report.idempotency < 1e-5, "{report:?}");
    assert!(report.iterations <= 24, "{report:?}");
    let (error, report) = compare(&values, 2e-2, DType::F64);
    assert!(error < 1e-11, "{error:e} {report:?}");
}

#[test]
fn a_spectrum_without_a_gap_that_spans_five_decades() {
    let values: Vec<f64> = (0..80).map(|i| 10.0_f64.powf(-3.98 + 0.0631 * f64::from(i))).collect();
    let (error, report) = compare(&values, 2e-2, DType::F32);
    let expected = values.iter().filter(|&&v| v < 2e-2).count();
    assert_eq!(report.null_dimension(), expected, "{report:?}");
    assert!(error < 1e-3, "{error:e} {report:?}");
}

#[test]
fn eigenvalues_at_the_threshold_are_not_null_and_are_counted() {
    let threshold = 0.25;
    // Diagonal, so that the eigenvalue is the threshold to the last bit; the host calls it not null as well.
    let diagonal = [0.0, 0.1, 0.2, threshold, threshold, 0.5, 2.0];
    let covariance = Matrix::from_fn(7, 7, |i, j| if i == j { diagonal[i] } else { 0.0 });
    for dtype in [DType::F32, DType::F64] {
        let (projector, report) = sign(&covariance, threshold, dtype).unwrap();
        assert_eq!(report.null_dimension(), 3, "{report:?}");
        assert!((projector - host(&covariance, threshold).dense()).norm_max() < 1e-4);
    }
    // Where the device puts its cut, an eigenvalue has no sign.
    let (_, report) = sign(&covariance, threshold, DType::F32).unwrap();
    let moved = Matrix::from_fn(7, 7, |i, j| covariance[(i, j)] - if i == j && i == 3 { report.resolution } else { 0.0 });
    let (_, report) = sign(&moved, threshold, DType::F32).unwrap();
    assert_eq!(report.unresolved, 1, "{report:?}");
    assert!(report.idempotency < 1e-4, "it is on one side all the same: {report:?}");
}

#[test]
fn everything_or_nothing_may_be_null() {
    let (error, report) = compare(&[1e-3; 20], 2e-2, DType::F32);
    assert!(error < 1e-5 && report.null_dimension() == 20, "{error:e} {report:?}");
    let (error, report) = compare(&[0.5; 20], 2e-2, DType::F32);
    assert!(error < 1e-5 && report.null_dimension() == 0, "{error:e} {report:?}");
}

#[test]
fn a_threshold_below_the_precision_is_refused() {
    let covariance = with_spectrum(&[1e-3, 1.0, 10.0, 1e6], 3);
    let error = sign(&covariance, 2e-2, DType::F32).unwrap_err();
    assert!(error.to_string().contains("on the host"), "{error}");
    assert_eq!(sign(&covariance, 2e-2, DType::F64).unwrap().1.null_dimension(), 1);
}

#[test]
fn updates_agree_with_the_host() {
    let (dim, out, n) = (48, 12, 6);
    let values: Vec<f64> = (0..dim).map(|i| if i < 30 { 1e-3 } else { 1.0 }).collect();
    let covariance = with_spectrum(&values, 5);
    let (r, k, past, none) = (random(out, n, 1), random(dim, n, 2), random(dim, 9, 3), Matrix::zeros(dim, 0));
    let device = Device::flex();
    let large = host(&covariance, 2e-2);
    let mut small = large.clone();
    small.remove_span(&random(dim, 20, 4), 1e-12).unwrap();
    for (dtype, tolerance) in [(DType::F32, 2e-5), (DType::F64, 1e-11)] {
        let on_device = |projector: &Projector| DeviceNullSpace::upload(projector, &device, dtype);
        let (cut, _) = block_on(DeviceNullSpace::of_covariance(&covariance, 2e-2, &device, dtype)).unwrap();
        for (space, host) in [
            (cut, &large),
            (on_device(&large), &large),
            (on_device(&small), &small),
            (on_device(&Projector::identity(dim)), &Projector::identity(dim)),
        ] {
            let update = |past: &Matrix, ridge: f64, expected: Matrix| {
                let found = block_on(device_update(&r, &k, past, &space, ridge)).unwrap();
                let error = (found.update.dense() - &expected).norm_l2() / expected.norm_l2();
                assert!(error < tolerance && found.residual < tolerance, "{error:e} {:e} in {dtype:?}", found.residual);
                let error = (found.projected - host.apply(&k).unwrap()).norm_l2() / k.norm_l2();
                assert!(error < tolerance, "{error:e} in {dtype:?}");
            };
            update(&none, 1.0, langedit_update(&r, &k, host, 1.0).unwrap().dense());
            update(&past, 10.0, alphaedit_update(&r, &k, &past, host, 10.0).unwrap().dense());
        }
        let misfit = block_on(device_update(&r, &past, &none, &on_device(&large), 1.0));
        assert!(misfit.unwrap_err().to_string().contains("48x9"));
    }
}

#[test]
fn removed_spans_are_gone_however_unlike_their_sizes() {
    let dim = 64;
    let mut expected = Projector::identity(dim);
    expected.remove_span(&random(dim, 20, 1), 1e-12).unwrap();
    let mut space = DeviceNullSpace::upload(&expected, &Device::flex(), DType::F32);
    // Twice the same key, one a thousand times as long, one nearly within the span of the others.
    let mut keys = random(dim, 5, 2);
    for row in 0..dim {
        keys[(row, 1)] = keys[(row, 0)];
        keys[(row, 2)] *= 1e3;
        keys[(row, 4)] = keys[(row, 0)] + keys[(row, 3)] + 1e-2 * keys[(row, 4)];
    }
    assert_eq!(block_on(space.remove_span(&keys)).unwrap(), 4);
    expected.remove_span(&keys, 1e-9).unwrap();
    assert_eq!(space.null_dimension(), expected.null_dimension());
    let probes = random(dim, 8, 3);
    let error = (block_on(space.project(&probes)).unwrap() - expected.apply(&probes).unwrap()).norm_l2() / probes.norm_l2();
    assert!(error < 1e-4, "{error:e}");
    let left = block_on(space.project(&keys)).unwrap();
    for (left, key) in left.col_iter().zip(keys.col_iter()) {
        assert!(left.norm_l2() < 1e-4 * key.norm_l2());
    }
    assert_eq!(block_on(space.remove_span(&keys)).unwrap(), 0, "there is nothing left to remove");
}
