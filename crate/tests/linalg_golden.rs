//! The `linalg` layer against vectors that tests/golden/linalg/make.py computed from the dense formulas in NumPy.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod golden_support;

use golden_support::Golden;
use langedit::linalg::*;

/// All vectors agree to this, relative to the Frobenius norm of what is expected.
const TOLERANCE: f64 = 1e-8;

fn golden() -> Golden {
    Golden::open("linalg/linalg.safetensors")
}

#[track_caller]
fn agrees(golden: &Golden, name: &str, actual: &Matrix) {
    golden.agrees(name, actual, TOLERANCE);
}

#[track_caller]
fn agrees_row(golden: &Golden, name: &str, actual: &[f64]) {
    agrees(golden, name, &matrix_from_rows(1, actual.len(), actual).unwrap());
}

fn pretrained(golden: &Golden) -> KeyCovariance {
    let mut covariance = KeyCovariance::new(24);
    covariance.add_keys(golden.get("pretrained").as_ref(), 1.0).unwrap();
    covariance
}

fn projector_of(golden: &Golden) -> Projector {
    Projector::from_covariance(&pretrained(golden), Threshold::Absolute(2e-2)).unwrap()
}

#[test]
fn covariance() {
    let golden = golden();
    let mut covariance = pretrained(&golden);
    agrees(&golden, "covariance", covariance.mean());
    agrees_row(&golden, "trace", &[covariance.trace()]);
    agrees_row(&golden, "eigenvalues", &symmetric_eigen(covariance.mean()).unwrap().values);
    covariance.add_keys(golden.get("keys").as_ref(), 2.5).unwrap();
    agrees(&golden, "covariance_with_keys", covariance.mean());
}

#[test]
fn projectors() {
    let golden = golden();
    let absolute = projector_of(&golden);
    agrees(&golden, "projector_absolute", &absolute.dense());
    let share = Projector::from_covariance(&pretrained(&golden), Threshold::EnergyShare(0.05)).unwrap();
    agrees(&golden, "projector_share", &share.dense());
    agrees_row(&golden, "null_dimensions", &[absolute.null_dimension() as f64, share.null_dimension() as f64]);
    agrees_row(&golden, "leak", &absolute.leak(&golden.get("keys")).unwrap());
}

#[test]
fn tracked_projector() {
    let golden = golden();
    let past = golden.get("past");
    let mut projector = projector_of(&golden);
    projector.remove_span(&past.subcols(0, 4).to_owned(), 1e-12).unwrap();
    agrees(&golden, "projector_tracked_once", &projector.dense());
    projector.remove_span(&past.subcols(4, 3).to_owned(), 1e-12).unwrap();
    agrees(&golden, "projector_tracked_twice", &projector.dense());
}

#[test]
fn updates() {
    let golden = golden();
    let (residual, keys, past) = (golden.get("residual"), golden.get("keys"), golden.get("past"));
    let projector = projector_of(&golden);
    agrees(&golden, "update_langedit", &langedit_update(&residual, &keys, &projector, 1.0).unwrap().dense());
    agrees(&golden, "update_alphaedit", &alphaedit_update(&residual, &keys, &past, &projector, 10.0).unwrap().dense());
    let factor = CovarianceFactor::new(&pretrained(&golden)).unwrap();
    agrees(&golden, "update_memit", &memit_update(&residual, &keys, &factor, 15.0).unwrap().dense());
    agrees(&golden, "update_memit_seq", &memit_seq_update(&residual, &keys, &past, &factor, 15.0).unwrap().dense());
}

#[test]
fn recurrence_of_the_published_code() {
    let golden = golden();
    let mut covariance = pretrained(&golden).into_mean();
    let mut cache = Matrix::zeros(24, 24);
    for step in 0..3 {
        repo_recurrence(&mut covariance, &cache, step, 5, 40.0).unwrap();
        agrees(&golden, &if step == 0 { "covariance".to_owned() } else { format!("repo_covariance_{step}") }, &covariance);
        accumulate_outer(&mut cache, golden.get(&format!("repo_keys_{step}")).as_ref()).unwrap();
    }
    agrees(&golden, "repo_cache", &cache);
}

#[test]
fn angles() {
    let golden = golden();
    agrees_row(&golden, "angles", &principal_angles(&golden.get("keys"), &golden.get("other")).unwrap());
}
