//! Vectors computed elsewhere (tests/golden), and how close to them is close enough.
#![allow(dead_code, reason = "each test crate uses its part")]
#![allow(clippy::unwrap_used, reason = "a test without its vectors should stop")]

#[path = "../device_support/mod.rs"]
mod device_support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::prelude::Device;
use device_support::devices;
use langedit::checkpoint;
use langedit::edit::Solver;
use langedit::linalg::Matrix;
use langedit::recipe::Session;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// A file or folder of tests/golden.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden")).join(name)
}

pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&text(name)).unwrap()
}

/// Settings of a golden file as `--set` takes them.
pub(crate) fn assignments(value: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// The tiny checkpoint that most scripts edited.
pub(crate) fn session() -> Session {
    session_of("llama")
}

/// The same on the CPU, and on a GPU where there is one, each with the solver of the host and that of the device.
pub(crate) fn sessions() -> Vec<Session> {
    let with = |solver| {
        move |(device, name): (Device, &str)| {
            let mut session = session_on("llama", &device, name);
            session.set_solver(solver);
            session
        }
    };
    devices().map(with(Solver::Host)).chain(devices().map(with(Solver::Device))).collect()
}

/// The tiny checkpoint of a family.
pub(crate) fn session_of(family: &str) -> Session {
    session_on(family, &Device::flex(), "cpu")
}

fn session_on(family: &str, device: &Device, name: &str) -> Session {
    let checkpoint = checkpoint::open(&path("models").join(family)).unwrap();
    Session::open(&checkpoint, device, name, |_, _| ()).unwrap()
}

/// The matrices of a safetensors file.
pub(crate) struct Golden(pub(crate) Vec<u8>);

impl Golden {
    pub(crate) fn open(name: &str) -> Self {
        Self(std::fs::read(path(name)).unwrap())
    }

    /// The matrix of that name, where the file has one.
    pub(crate) fn find(&self, name: &str) -> Option<Matrix> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let view = file.tensor(name).ok()?;
        let (rows, cols) = (view.shape()[0], view.shape()[1]);
        let values: Vec<f64> = match view.dtype() {
            Dtype::F64 => view.data().as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
            Dtype::F32 => view.data().as_chunks::<4>().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
            other => panic!("{name} is {other:?}"),
        };
        Some(Matrix::from_fn(rows, cols, |r, c| values[r * cols + c]))
    }

    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> Matrix {
        self.find(name).unwrap_or_else(|| panic!("the golden file has no {name}"))
    }

    /// Fails where `actual` is further than `tolerance` from the matrix of that name.
    #[track_caller]
    pub(crate) fn agrees(&self, name: &str, actual: &Matrix, tolerance: f64) {
        close(actual, &self.get(name), tolerance, name);
    }
}

/// Distance relative to the Frobenius norm of what is expected.
pub(crate) fn distance(ours: &Matrix, theirs: &Matrix) -> f64 {
    (ours - theirs).norm_l2() / theirs.norm_l2()
}

#[track_caller]
pub(crate) fn close(ours: &Matrix, theirs: &Matrix, tolerance: f64, what: &str) {
    assert_eq!(ours.shape(), theirs.shape(), "{what}");
    let distance = distance(ours, theirs);
    assert!(distance < tolerance, "{what}: relative distance {distance:e}");
}
