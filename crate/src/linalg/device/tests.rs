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

/// Largest difference between the projectors of the sign iteration and of the host, and the report.
fn compare(values: &[f64], threshold: f64, dtype: DType) -> (f64, SignReport) {
    let covariance = with_spectrum(values, 11);
    let tensor = upload(covariance.as_ref(), &Device::flex(), dtype);
    let (projector, report) = block_on(sign_projector(tensor, threshold, SignOptions::default())).unwrap();
    let projector = block_on(download(projector)).unwrap();
    ((projector - host(&covariance, threshold).dense()).norm_max(), report)
}

#[test]
fn a_spectrum_with_a_gap() {
    let values: Vec<f64> = (0..60).map(|i| if i < 37 { 1e-4 * f64::from(i) } else { 0.1 * f64::from(i - 30) }).collect();
    let (error, report) = compare(&values, 2e-2, DType::F32);
    assert!(error < 2e-5, "{error:e} {report:?}");
    assert_eq!(report.null_dimension(), 37);
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
    assert!(error < 1e-2, "{error:e} {report:?}");
}

#[test]
fn eigenvalues_at_the_threshold_are_not_null() {
    let threshold = 0.25;
    // Diagonal, so that the eigenvalue is the threshold to the last bit; the host calls it not null as well.
    let diagonal = [0.0, 0.1, 0.2, threshold, threshold, 0.5, 2.0];
    let covariance = Matrix::from_fn(7, 7, |i, j| if i == j { diagonal[i] } else { 0.0 });
    for dtype in [DType::F32, DType::F64] {
        let tensor = upload(covariance.as_ref(), &Device::flex(), dtype);
        let (projector, report) = block_on(sign_projector(tensor, threshold, SignOptions::default())).unwrap();
        let projector = block_on(download(projector)).unwrap();
        assert_eq!(report.null_dimension(), 3, "{report:?}");
        assert!((projector - host(&covariance, threshold).dense()).norm_max() < 1e-4);
    }
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
    let tensor = upload(covariance.as_ref(), &Device::flex(), DType::F32);
    let error = block_on(sign_projector(tensor, 2e-2, SignOptions::default())).unwrap_err();
    assert!(error.to_string().contains("f64"), "{error}");
    let wide = upload(covariance.as_ref(), &Device::flex(), DType::F64);
    assert_eq!(block_on(sign_projector(wide, 2e-2, SignOptions::default())).unwrap().1.null_dimension(), 1);
}

#[test]
fn updates_agree_with_the_host() {
    let (dim, out, n) = (48, 12, 6);
    let values: Vec<f64> = (0..dim).map(|i| if i < 30 { 1e-3 } else { 1.0 }).collect();
    let covariance = with_spectrum(&values, 5);
    let (r, k, past) = (random(out, n, 1), random(dim, n, 2), random(dim, 9, 3));
    let device = Device::flex();
    for (dtype, tolerance) in [(DType::F32, 2e-5), (DType::F64, 1e-11)] {
        let tensor = |m: &Matrix| upload(m.as_ref(), &device, dtype);
        let (sign, _) = block_on(sign_projector(tensor(&covariance), 2e-2, SignOptions::default())).unwrap();
        let mut small = host(&covariance, 2e-2);
        small.remove_span(&random(dim, 20, 4), 1e-12).unwrap();
        let large = host(&covariance, 2e-2);
        for (projector, host) in [
            (DeviceProjector::Dense(sign), &large),
            (DeviceProjector::upload(&large, &device, dtype), &large),
            (DeviceProjector::upload(&small, &device, dtype), &small),
            (DeviceProjector::upload(&Projector::identity(dim), &device, dtype), &Projector::identity(dim)),
        ] {
            let close = |ours: DeviceLowRank, expected: &Matrix| {
                let error = (block_on(ours.download()).unwrap().dense() - expected).norm_l2() / expected.norm_l2();
                assert!(error < tolerance, "{error:e} in {dtype:?}");
            };
            let delta = block_on(low_rank_solve(tensor(&r), tensor(&k), None, &projector, 1.0)).unwrap();
            close(delta, &langedit_update(&r, &k, host, 1.0).unwrap().dense());
            let delta = block_on(low_rank_solve(tensor(&r), tensor(&k), Some(tensor(&past)), &projector, 10.0)).unwrap();
            close(delta, &alphaedit_update(&r, &k, &past, host, 10.0).unwrap().dense());
        }
        let misfit = block_on(low_rank_solve(tensor(&r), tensor(&past), None, &DeviceProjector::upload(&large, &device, dtype), 1.0));
        assert!(misfit.unwrap_err().to_string().contains("48x9"));
    }
}
