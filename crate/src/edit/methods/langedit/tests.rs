//! The weight of an edited key: against vectors of `tests/golden/editing/make_weight.py`, and whatever the corpus's size.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use burn::tensor::Device;
use pollster::block_on;
use serde::Deserialize;

use super::*;
use crate::edit::methods::editor as editor_of;
use crate::edit::methods::registry::Method;
use crate::edit::{ProjectorFile, ProjectorKey, Solver, Statistics, solve};
use crate::linalg::{Eigenbasis, KeyCovariance, Matrix};
use crate::model::quant::Bytes;

type Rows = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Golden {
    share: f64,
    repo_n0: f64,
    covariance: Rows,
    keys: Vec<Rows>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    mode: String,
    threshold: String,
    null: Vec<usize>,
    projectors: Vec<Rows>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/editing/weight.json"))).unwrap()
}

fn matrix(rows: &Rows) -> Matrix {
    Matrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column])
}

fn settings(golden: &Golden, mode: &str, threshold: &str, projection: &str) -> Settings {
    let (share, n0) = (golden.share.to_string(), golden.repo_n0.to_string());
    let mut settings = Settings::scratch();
    for (name, value) in [
        ("edited_key_weight", share.as_str()),
        ("repo_n0", &n0),
        ("mode", mode),
        ("nullspace_threshold", threshold),
        ("projection", projection),
        ("l2", "1"),
    ] {
        settings.set(name, value).unwrap();
    }
    settings
}

/// Null dimensions and projectors in front of each step and behind the last, and the updates of fixed residuals.
fn walk(golden: &Golden, settings: &Settings, count: f64) -> (Vec<usize>, Vec<Matrix>, Vec<Matrix>) {
    let covariance = KeyCovariance::from_mean(matrix(&golden.covariance), count).unwrap();
    let statistics = Statistics::new([(0, covariance)].into(), "invented");
    let mut editor = editor_of(Method::LangEdit, settings, &statistics).unwrap();
    let dimension = golden.covariance.len();
    let (mut null, mut projectors, mut updates) = (Vec::new(), Vec::new(), Vec::new());
    for keys in golden.keys.iter().map(|keys| Some(matrix(keys))).chain([None]) {
        block_on(Solver::Host.renew(&mut *editor, 0, &Device::flex())).unwrap();
        let space = editor.null_space(0).unwrap();
        null.push(space.null_dimension());
        projectors.push(space.projector().unwrap().apply(&Matrix::identity(dimension, dimension)).unwrap());
        if let Some(keys) = keys {
            let residuals = Matrix::from_fn(3, keys.ncols(), |row, column| 1.0 + row as f64 - 2.0 * column as f64);
            let update = block_on(solve(&*editor, 0, &residuals, &keys)).unwrap().update;
            updates.push(update.left() * update.right().transpose());
            editor.remember(0, &keys, Some(&keys)).unwrap();
        }
    }
    (null, projectors, updates)
}

#[test]
fn the_null_space_is_that_of_the_dense_formulas() {
    let golden = golden();
    for case in &golden.cases {
        let settings = settings(&golden, &case.mode, &case.threshold, "exact");
        let (null, projectors, _) = walk(&golden, &settings, 12_345.0);
        assert_eq!(null, case.null, "{} {}", case.mode, case.threshold);
        for (found, expected) in projectors.iter().zip(&case.projectors) {
            let difference = (found - matrix(expected)).norm_max();
            assert!(difference < 1e-9, "{} {}: {difference:e}", case.mode, case.threshold);
        }
    }
}

#[test]
fn a_share_means_the_same_for_every_corpus() {
    let golden = golden();
    let mut differs = 0;
    for mode in ["paper", "repo"] {
        for threshold in ["0.06", "share:0.05"] {
            for projection in ["exact", "tracked", "none"] {
                let mut settings = settings(&golden, mode, threshold, projection);
                let bits = |count: f64, settings: &Settings| {
                    let (null, _, updates) = walk(&golden, settings, count);
                    let values = updates.iter().flat_map(|update| update.col_iter().flat_map(|column| column.iter().map(|x| x.to_bits())));
                    (null, values.collect::<Vec<_>>())
                };
                assert_eq!(bits(20_000.0, &settings), bits(20_000_000.0, &settings), "{mode} {threshold} {projection}");
                settings.set("edited_key_weight", "100").unwrap();
                differs += usize::from(bits(200.0, &settings) != bits(200_000.0, &settings));
            }
        }
    }
    assert_eq!(differs, 2, "a number of samples does not: in paper mode, where the covariance follows the keys");
}

/// So much of one corpus's tokens is so many samples of it.
#[test]
fn a_share_is_so_many_samples_of_its_corpus() {
    let golden = golden();
    let mut settings = settings(&golden, "paper", "share:0.05", "exact");
    let relative = walk(&golden, &settings, 500.0);
    settings.edited_key_weight = KeyWeight::Samples(golden.share * 500.0);
    let absolute = walk(&golden, &settings, 500.0);
    assert_eq!(relative.0, absolute.0);
    for (a, b) in relative.2.iter().zip(&absolute.2) {
        assert!((a - b).norm_max() < 1e-12);
    }
}

/// Of a large covariance a file gives the steps that decomposing it gives, to the last bit; and it is the file that is used.
#[test]
fn a_projector_from_a_file_gives_the_same_steps() {
    const DIM: usize = 2060;
    let threshold = Threshold::Absolute(1e-6);
    let key = || ProjectorKey { model: "m".to_owned(), statistics: "s".to_owned(), threshold };
    let covariance = |rank: usize| {
        let keys = Matrix::from_fn(DIM, rank, |i, j| ((i * (j + 1)) as f64 * 0.37).sin() / (1.0 + j as f64));
        let mut covariance = KeyCovariance::new(DIM);
        covariance.add_keys(keys.as_ref(), 10.0).unwrap();
        covariance
    };
    let statistics = |rank: usize| {
        let bytes = Statistics::new([(0, covariance(rank))].into(), "invented").to_bytes().unwrap();
        Statistics::read(&Bytes::new(bytes)).unwrap()
    };
    let file = |rank: usize| {
        let basis = Eigenbasis::of(statistics(rank).load(0).unwrap(), threshold).unwrap();
        let mut bytes = Vec::new();
        ProjectorFile::write(&key(), 0, &basis, &mut bytes).unwrap();
        ProjectorFile::read(&Bytes::new(bytes)).unwrap()
    };
    let walk = |method: Method, statistics: &Statistics| {
        let mut settings = Settings::scratch();
        settings.set("projection", "tracked").unwrap();
        settings.nullspace_threshold = threshold;
        let mut editor = editor_of(method, &settings, statistics).unwrap();
        let mut bits = Vec::new();
        for step in 0..2 {
            block_on(Solver::Host.renew(&mut *editor, 0, &Device::flex())).unwrap();
            let keys = Matrix::from_fn(DIM, 2, |i, j| ((i + step + 7 * j) as f64).cos());
            let residuals = Matrix::from_fn(3, 2, |row, column| 1.0 + row as f64 - 2.0 * column as f64);
            let update = block_on(solve(&*editor, 0, &residuals, &keys)).unwrap().update;
            editor.remember(0, &keys, Some(&keys)).unwrap();
            bits.push(editor.null_space(0).unwrap().null_dimension() as u64);
            bits.extend(update.right().col_iter().flat_map(|column| column.iter().map(|x| x.to_bits()).collect::<Vec<_>>()));
        }
        bits
    };
    let (plain, own) = (statistics(9), statistics(9).with_projector(file(9)).unwrap());
    for method in [Method::AlphaEdit, Method::LangEdit] {
        assert!(walk(method, &own) == walk(method, &plain), "{method}");
    }
    let other = statistics(9).with_projector(file(8)).unwrap();
    assert_eq!(walk(Method::AlphaEdit, &other)[0], (DIM - 8) as u64);
}
