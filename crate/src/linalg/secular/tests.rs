//! Decompositions brought up to date, against decompositions made anew.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::super::properties::{random, with_spectrum};
use super::super::{KeyCovariance, Matrix, Projector, SymmetricEigen, Threshold, symmetric_eigen};

fn config() -> Config {
    Config { cases: 32, failure_persistence: None, rng_seed: RngSeed::Fixed(0x5ec0_1a42), ..Config::default() }
}

/// Spectra with what a decomposition finds hard: zeros, repeated values, many orders of magnitude.
fn spectrum(dim: usize, kind: usize) -> Vec<f64> {
    (0..dim)
        .map(|i| match kind {
            0 => 0.8_f64.powi(i as i32),
            1 => f64::from(u8::from(i % 3 == 0)),
            2 => (i / 4) as f64,
            _ => 1e3 * 0.1_f64.powi(i as i32),
        })
        .collect()
}

/// Fails unless `eigen` decomposes `matrix` to rounding.
fn decomposes(eigen: &SymmetricEigen, matrix: &Matrix) {
    let dim = matrix.nrows();
    let v = &eigen.vectors;
    let scale = eigen.values.last().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
    assert!(eigen.values.windows(2).all(|w| w[0] <= w[1]));
    assert!((v.transpose() * v - Matrix::identity(dim, dim)).norm_max() < 1e-12);
    let residual = matrix * v - Matrix::from_fn(dim, dim, |i, j| v[(i, j)] * eigen.values[j]);
    assert!(residual.norm_max() < 1e-12 * scale, "{:e} of {scale:e}", residual.norm_max());
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn outer_products_are_added_to_rounding(dim in 1usize..48, kind in 0usize..4, weight in -6_i32..4, seed: u64) {
        let mut matrix = with_spectrum(&spectrum(dim, kind), seed);
        let mut eigen = symmetric_eigen(&matrix).unwrap();
        for step in 0..12_u64 {
            // A random direction, an eigenvector, one of before, and none.
            let direction = match step % 4 {
                0 | 1 => random(dim, 1, seed ^ (step / 3)),
                2 => Matrix::from_fn(dim, 1, |i, _| eigen.vectors[(i, dim / 2)]),
                _ => Matrix::zeros(dim, 1),
            };
            let weight = 10.0_f64.powi(weight);
            let column: Vec<f64> = (0..dim).map(|i| direction[(i, 0)]).collect();
            eigen = eigen.add_outer(&column, weight);
            matrix += (&direction * direction.transpose()) * faer::Scale(weight);
            decomposes(&eigen, &matrix);
        }
    }

    /// The projector of a covariance that keys were added to one at a time is that of the covariance as a matrix, wherever the spectrum
    /// is cut between two eigenvalues that are apart; and it has the same bits however often it was asked for in between.
    #[test]
    fn projectors_follow_the_covariance(dim in 4usize..40, kind in 0usize..3, keys in prop_oneof![Just(1usize), Just(20), Just(120)], seed: u64) {
        let start = with_spectrum(&spectrum(dim, kind), seed);
        let mut asked = KeyCovariance::from_mean(start, 100.0).unwrap();
        asked.eigen().unwrap();
        let mut unasked = asked.clone();
        for key in 0..keys as u64 {
            let key = random(dim, 1, seed ^ (1 + key));
            asked.add_keys(key.as_ref(), 2.0).unwrap();
            unasked.add_keys(key.as_ref(), 2.0).unwrap();
            if seed >> (key.nrows() % 60) & 1 == 1 {
                asked.eigen().unwrap();
            }
        }
        let eigen = asked.eigen().unwrap();
        decomposes(&eigen, asked.mean());
        let again = unasked.eigen().unwrap();
        prop_assert_eq!(&eigen.values, &again.values);
        prop_assert_eq!((&eigen.vectors - &again.vectors).norm_max(), 0.0);
        let anew = symmetric_eigen(asked.mean()).unwrap();
        let top = anew.values[dim - 1];
        for pair in anew.values.windows(2).filter(|pair| pair[1] - pair[0] > 1e-4 * top) {
            let threshold = Threshold::Absolute(0.5 * (pair[0] + pair[1]));
            let [followed, expected] = [&eigen, &anew].map(|eigen| Projector::from_eigen(eigen, threshold).unwrap().dense());
            prop_assert!((followed - expected).norm_max() < 1e-8);
        }
    }
}
