//! The pictures' numbers against what can be known about them beforehand.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::linalg::{KeyCovariance, langedit_update, symmetric_eigen};

fn random(rows: usize, cols: usize, seed: u64) -> Matrix {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Matrix::from_fn(rows, cols, |_, _| rng.random_range(-1.0..1.0))
}

/// A projector of dimension 12 that discards the span of five keys.
fn projector() -> (Matrix, Projector) {
    let mut covariance = KeyCovariance::new(12);
    let known = random(12, 5, 1);
    covariance.add_keys(known.as_ref(), 1.0).unwrap();
    (known, Projector::from_covariance(&covariance, Threshold::Absolute(1e-9)).unwrap())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 2e-3 * a.abs().max(b.abs()).max(1e-9)
}

#[test]
fn what_is_removed_and_what_survives_add_up_by_pythagoras() {
    let (known, projector) = projector();
    let (keys, residuals) = (random(12, 3, 2), random(7, 3, 3));
    let projected = projector.apply(&keys).unwrap();
    let past = BTreeMap::from([("de".to_owned(), known), ("fr".to_owned(), random(12, 2, 4))]);
    let parts = Parts::of(&residuals, &keys, &projected, &past).unwrap();
    assert!(close(parts.total.powi(2), parts.removed.powi(2) + parts.surviving.powi(2)), "{parts:?}");
    assert!(close(parts.total, (&residuals * keys.transpose()).norm_l2()), "{parts:?}");
    assert!(close(parts.surviving, (&residuals * projected.transpose()).norm_l2()), "{parts:?}");
    // All that is removed lies along the keys that span what the projector discards, and nothing of it is left.
    let (german, french) = (parts.along["de"], parts.along["fr"]);
    assert!(close(german.before, parts.removed) && german.after < 1e-9, "{parts:?}");
    assert!(french.after > 0.1 && french.before <= parts.total, "{parts:?}");
}

#[test]
fn every_cut_of_the_spectrum_says_what_a_projector_with_it_would() {
    let covariance = {
        let mut covariance = KeyCovariance::new(40);
        covariance.add_keys(random(40, 60, 5).as_ref(), 1.0).unwrap();
        covariance
    };
    let eigen = symmetric_eigen(covariance.mean()).unwrap();
    let (own, past) = (random(40, 3, 6), random(40, 4, 7));
    let threshold = Threshold::EnergyShare(0.2);
    let cut = threshold.cut(&eigen.values).unwrap();
    let spectrum = Spectrum::of(&eigen, &cut, threshold, &own, &BTreeMap::from([("de".to_owned(), past.clone())]));
    assert_eq!((spectrum.ranks.first(), spectrum.ranks.last()), (Some(&1), Some(&40)));
    assert!(spectrum.values.is_sorted_by(|a, b| a >= b) && spectrum.energy.is_sorted_by(|a, b| a >= b));
    assert_eq!(spectrum.null, cut.null);
    assert!(close(spectrum.threshold, cut.boundary()) && close(spectrum.trace, covariance.trace()));
    for (at, &rank) in spectrum.ranks.iter().enumerate() {
        // Between two eigenvalues lies a threshold that discards `rank` directions.
        let above = eigen.values[40 - rank];
        let below = if rank == 40 { 0.0 } else { eigen.values[39 - rank] };
        let projector = Projector::from_eigen(&eigen, Threshold::Absolute(0.5 * (above + below))).unwrap();
        assert_eq!(projector.null_dimension(), 40 - rank);
        let share = |keys: &Matrix| (projector.apply(keys).unwrap().norm_l2() / keys.norm_l2()).powi(2);
        assert!(close(spectrum.room[at], share(&own)), "rank {rank}");
        assert!(close(spectrum.exposed["de"][at], share(&past)), "rank {rank}");
        assert!(close(spectrum.energy[at], projector.spectrum_cut().unwrap().null_energy), "rank {rank}");
    }
}

#[test]
fn a_spectrum_without_energy_or_with_one_direction_is_drawn_all_the_same() {
    for (dim, keys) in [(1, random(1, 2, 1)), (4, Matrix::zeros(4, 2))] {
        let mut covariance = KeyCovariance::new(dim);
        covariance.add_keys(keys.as_ref(), 1.0).unwrap();
        let eigen = symmetric_eigen(covariance.mean()).unwrap();
        let threshold = Threshold::EnergyShare(1.0);
        let cut = threshold.cut(&eigen.values).unwrap();
        let spectrum = Spectrum::of(&eigen, &cut, threshold, &Matrix::zeros(dim, 0), &BTreeMap::new());
        assert!(spectrum.threshold.is_finite() && spectrum.null == dim, "{spectrum:?}");
        assert_eq!(spectrum.ranks.last(), Some(&dim));
        assert!(spectrum.room.iter().chain(&spectrum.energy).all(|share| (0.0..=1.0).contains(share)), "{spectrum:?}");
    }
}

#[test]
fn languages_with_the_same_directions_lie_at_no_angle_and_orthogonal_ones_at_a_right_angle() {
    let unit = |rows: &[usize]| Matrix::from_fn(8, rows.len(), |row, column| f64::from(u8::from(rows[column] == row)));
    let keys = BTreeMap::from([
        ("en".to_owned(), unit(&[0, 1])),
        ("nl".to_owned(), unit(&[1, 0]) * 3.0),
        ("zh".to_owned(), unit(&[4, 5, 6])),
        ("de".to_owned(), unit(&[0, 7])),
        ("fr".to_owned(), Matrix::zeros(8, 1)),
    ]);
    let angles = overlap::angles("en", &keys).unwrap();
    assert_eq!(angles["nl"], [0.0; 5]);
    assert_eq!(angles["zh"], [90.0; 5]);
    assert_eq!(angles["de"], [0.0, 22.5, 45.0, 67.5, 90.0]);
    assert!(!angles.contains_key("en") && !angles.contains_key("fr"), "a language has no angle to itself, keys of norm 0 none at all");
}

#[test]
fn the_map_keeps_the_energy_and_the_place_of_the_update() {
    // 48 x 96: every cell of the map is a block of 2 x 2.
    let delta = LowRank::new(random(48, 3, 8), random(96, 3, 9)).unwrap();
    let (map, dense) = (HeatMap::of(&delta), delta.dense());
    assert_eq!((map.rows, map.cols, map.cells.len()), (24, 48, 2 * 24 * 48));
    for (index, cell) in map.cells.as_bytes().as_chunks::<2>().0.iter().enumerate() {
        let (row, col) = (index / 48 * 2, index % 48 * 2);
        let value = f64::from(u8::from_str_radix(std::str::from_utf8(cell).unwrap(), 16).unwrap()) / 255.0 * map.largest;
        let block = dense.as_ref().submatrix(row, col, 2, 2).norm_l2() / 2.0;
        assert!((value - block).abs() <= map.largest / 400.0, "cell {index}: {value} for {block}");
    }
    assert_eq!(HeatMap::of(&LowRank::new(Matrix::zeros(2, 1), random(3, 1, 1)).unwrap()).cells, "00".repeat(6));
}

#[test]
fn the_condition_number_is_that_of_the_dense_system() {
    let (_, projector) = projector();
    let (keys, others) = (random(12, 3, 10), random(12, 2, 11));
    let projected = projector.apply(&keys).unwrap();
    let l2 = 0.5;
    let columns: Vec<_> = others.col_iter().collect();
    let found = update::condition(&projected, &columns, &projector, l2).unwrap().unwrap();
    let all = concat_columns(projected.as_ref(), projector.apply(&others).unwrap().as_ref()).unwrap();
    let mut dense = &all * all.transpose();
    for i in 0..12 {
        dense[(i, i)] += l2;
    }
    let values = symmetric_eigen(&dense).unwrap().values;
    assert!(close(found, values[11] / values[0]));
}

#[test]
fn the_terms_show_the_corner_of_what_was_solved() {
    let (_, projector) = projector();
    let (keys, residuals) = (random(12, 2, 12), random(7, 2, 13));
    let delta = langedit_update(&residuals, &keys, &projector, 1.0).unwrap();
    let terms = Terms::of(&keys, &projector.apply(&keys).unwrap(), &residuals, &delta);
    let dense = delta.dense();
    assert!(close(terms.update.norm, dense.norm_l2()) && close(terms.keys.norm, keys.norm_l2()));
    assert!(close(terms.update.corner[2][1], dense[(2, 1)]) && close(terms.residuals.corner[0][1], residuals[(0, 1)]));
    assert_eq!((terms.keys.corner.len(), terms.keys.corner[0].len()), (3, 2), "two keys have two columns");
}

#[test]
fn numbers_are_short_and_always_json() {
    assert_eq!(serde_json::to_string(&[rounded(0.123_456_7), rounded(-12345.6), rounded(0.0)]).unwrap(), "[0.1235,-12350.0,0.0]");
    assert!(serde_json::from_str::<f64>(&serde_json::to_string(&rounded(f64::NAN)).unwrap()).is_ok());
}
