//! The `linalg` layer against vectors that tests/golden/linalg/make.py computed from the dense formulas in NumPy.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use langedit::linalg::*;
use safetensors::SafeTensors;

/// All vectors agree to this, relative to the Frobenius norm of what is expected.
const TOLERANCE: f64 = 1e-8;

struct Golden(Vec<u8>);

impl Golden {
    fn open() -> Self {
        Self(std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/linalg/linalg.safetensors")).unwrap())
    }

    fn get(&self, name: &str) -> Matrix {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        let tensor = tensors.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), safetensors::Dtype::F64, "{name}");
        let values: Vec<f64> = tensor.data().chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect();
        matrix_from_rows(tensor.shape()[0], tensor.shape()[1], &values).unwrap()
    }

    #[track_caller]
    fn agrees(&self, name: &str, actual: &Matrix) {
        let expected = self.get(name);
        assert_eq!(actual.shape(), expected.shape(), "{name}");
        let error = (actual - &expected).norm_l2() / expected.norm_l2();
        assert!(error <= TOLERANCE, "{name} differs by {error:e}");
    }

    #[track_caller]
    fn agrees_row(&self, name: &str, actual: &[f64]) {
        self.agrees(name, &matrix_from_rows(1, actual.len(), actual).unwrap());
    }

    fn covariance(&self) -> KeyCovariance {
        let mut covariance = KeyCovariance::new(24);
        covariance.add_keys(self.get("pretrained").as_ref(), 1.0).unwrap();
        covariance
    }

    fn projector(&self) -> Projector {
        Projector::from_covariance(&self.covariance(), Threshold::Absolute(2e-2)).unwrap()
    }
}

#[test]
fn covariance() {
    let golden = Golden::open();
    let mut covariance = golden.covariance();
    golden.agrees("covariance", covariance.mean());
    golden.agrees_row("trace", &[covariance.trace()]);
    golden.agrees_row("eigenvalues", &symmetric_eigen(covariance.mean()).unwrap().values);
    covariance.add_keys(golden.get("keys").as_ref(), 2.5).unwrap();
    golden.agrees("covariance_with_keys", covariance.mean());
}

#[test]
fn projectors() {
    let golden = Golden::open();
    let absolute = golden.projector();
    golden.agrees("projector_absolute", &absolute.dense());
    let share = Projector::from_covariance(&golden.covariance(), Threshold::EnergyShare(0.05)).unwrap();
    golden.agrees("projector_share", &share.dense());
    golden.agrees_row("null_dimensions", &[absolute.null_dimension() as f64, share.null_dimension() as f64]);
    golden.agrees_row("leak", &absolute.leak(&golden.get("keys")).unwrap());
}

#[test]
fn tracked_projector() {
    let golden = Golden::open();
    let past = golden.get("past");
    let mut projector = golden.projector();
    projector.remove_span(&past.subcols(0, 4).to_owned(), 1e-12).unwrap();
    golden.agrees("projector_tracked_once", &projector.dense());
    projector.remove_span(&past.subcols(4, 3).to_owned(), 1e-12).unwrap();
    golden.agrees("projector_tracked_twice", &projector.dense());
}

#[test]
fn updates() {
    let golden = Golden::open();
    let (residual, keys, past) = (golden.get("residual"), golden.get("keys"), golden.get("past"));
    let projector = golden.projector();
    golden.agrees("update_langedit", &langedit_update(&residual, &keys, &projector, 1.0).unwrap().dense());
    golden.agrees("update_alphaedit", &alphaedit_update(&residual, &keys, &past, &projector, 10.0).unwrap().dense());
    let factor = CovarianceFactor::new(&golden.covariance()).unwrap();
    golden.agrees("update_memit", &memit_update(&residual, &keys, &factor, 15.0).unwrap().dense());
    golden.agrees("update_memit_seq", &memit_seq_update(&residual, &keys, &past, &factor, 15.0).unwrap().dense());
}

#[test]
fn recurrence_of_the_published_code() {
    let golden = Golden::open();
    let mut covariance = golden.covariance().into_mean();
    let mut cache = Matrix::zeros(24, 24);
    for step in 0..3 {
        repo_recurrence(&mut covariance, &cache, step, 5, 40.0).unwrap();
        golden.agrees(&if step == 0 { "covariance".to_owned() } else { format!("repo_covariance_{step}") }, &covariance);
        accumulate_outer(&mut cache, golden.get(&format!("repo_keys_{step}")).as_ref()).unwrap();
    }
    golden.agrees("repo_cache", &cache);
}

#[test]
fn angles() {
    let golden = Golden::open();
    golden.agrees_row("angles", &principal_angles(&golden.get("keys"), &golden.get("other")).unwrap());
}
