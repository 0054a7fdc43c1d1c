//! What the changes of ROME, RECT and PRUNE promise, for every input.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::properties::random;
use super::*;

/// Fixed cases, no files written.
fn config() -> Config {
    Config { cases: 48, failure_persistence: None, rng_seed: RngSeed::Fixed(0x5eed_0bed), ..Config::default() }
}

fn singular_values(matrix: &Matrix) -> Vec<f64> {
    matrix.thin_svd().unwrap().S().column_vector().iter().copied().collect()
}

fn covariance(dim: usize, seed: u64) -> KeyCovariance {
    let mut covariance = KeyCovariance::new(dim);
    covariance.add_keys(random(dim, 3 * dim, seed).as_ref(), 1.0).unwrap();
    covariance
}

fn weights(rows: usize, cols: usize, seed: u64) -> Vec<f32> {
    rows_from_matrix(random(rows, cols, seed).as_ref()).into_iter().map(|value| value as f32).collect()
}

proptest! {
    #![proptest_config(config())]

    /// (W + Delta) k = v*, whichever direction the change has.
    #[test]
    fn rome_makes_the_key_give_its_value(d_in in 2usize..40, d_out in 1usize..20, adjusted: bool, seed: u64) {
        let (w, k, wanted) = (random(d_out, d_in, seed), random(d_in, 1, seed ^ 1), random(d_out, 1, seed ^ 2));
        let mean = &k + faer::Scale(0.3) * random(d_in, 1, seed ^ 3);
        let factor = CovarianceFactor::new(&covariance(d_in, seed ^ 4)).unwrap();
        let delta = rome_update(&(&wanted - &w * &k), &k, &mean, adjusted.then_some(&factor)).unwrap();
        prop_assert_eq!(delta.rank(), 1);
        prop_assert!((delta.right().norm_l2() - 1.0).abs() < 1e-12);
        let given = (w + delta.dense()) * &k;
        prop_assert!((&given - &wanted).norm_l2() < 1e-8 * (1.0 + delta.frobenius_norm()));
    }

    /// With one key, MEMIT's change has ROME's direction and reaches only a part of the residual.
    #[test]
    fn memit_of_one_key_has_romes_direction(d_in in 2usize..40, d_out in 1usize..20, lambda in 0.1f64..100.0, seed: u64) {
        let (k, r) = (random(d_in, 1, seed), random(d_out, 1, seed ^ 1));
        let factor = CovarianceFactor::new(&covariance(d_in, seed ^ 2)).unwrap();
        let (rome, memit) = (rome_update(&r, &k, &k, Some(&factor)).unwrap(), memit_update(&r, &k, &factor, lambda).unwrap());
        let (rome, memit) = (rome.dense(), memit.dense());
        let share = memit.norm_l2() / rome.norm_l2();
        prop_assert!(share > 0.0 && share < 1.0);
        prop_assert!((&memit - faer::Scale(share) * &rome).norm_l2() < 1e-9 * rome.norm_l2());
        let energy = (k.transpose() * factor.solve(&k).unwrap())[(0, 0)];
        prop_assert!((share - energy / (lambda + energy)).abs() < 1e-9);
    }

    /// AlphaEdit's change is 0 on every direction that the projector discards, and only there does it have to be.
    #[test]
    fn alphaedit_leaves_the_discarded_directions_alone(d_in in 3usize..40, d_out in 1usize..12, n in 1usize..5, past in 0usize..5, seed: u64) {
        let projector = Projector::from_covariance(&covariance(d_in, seed), Threshold::EnergyShare(0.4)).unwrap();
        let (r, k, past) = (random(d_out, n, seed ^ 1), random(d_in, n, seed ^ 2), random(d_in, past, seed ^ 3));
        let delta = alphaedit_update(&r, &k, &past, &projector, 1.0).unwrap();
        let (discarded, null) = (projector.discarded_basis(), projector.null_basis());
        prop_assert!(discarded.ncols() > 0);
        prop_assert!(delta.apply(&discarded).unwrap().norm_l2() < 1e-11 * (1.0 + delta.frobenius_norm()));
        prop_assert!(null.ncols() == 0 || delta.apply(&null).unwrap().norm_l2() > 0.99 * delta.frobenius_norm());
    }

    /// Exactly k per cent of the entries stay, unchanged, and none that goes has a larger relative change than one that stays.
    #[test]
    fn rect_keeps_exactly_the_largest_relative_changes(rows in 1usize..20, cols in 1usize..20, rank in 1usize..4, percent in 0.0f64..=100.0, seed: u64) {
        let factors = LowRank::new(random(rows, rank, seed), random(cols, rank, seed ^ 1)).unwrap();
        let (whole, w) = (factors.dense(), weights(rows, cols, seed ^ 2));
        let cut = MaskedUpdate::largest_relative(factors, &w, percent).unwrap();
        let mask: Vec<bool> = cut.mask().collect();
        let kept = mask.iter().filter(|&&kept| kept).count();
        prop_assert_eq!(kept, ((rows * cols) as f64 * percent / 100.0).round() as usize);
        let update = Update::Masked(cut);
        let dense = update.dense();
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for row in 0..rows {
            for col in 0..cols {
                let relative = (whole[(row, col)] / (f64::from(w[row * cols + col]) + 1e-8)).abs();
                if mask[row * cols + col] {
                    prop_assert_eq!(dense[(row, col)].to_bits(), whole[(row, col)].to_bits());
                    least = least.min(relative);
                } else {
                    prop_assert_eq!(dense[(row, col)], 0.0);
                    most = most.max(relative);
                }
            }
        }
        prop_assert!(most <= least * (1.0 + 1e-6), "{most} {least}");
    }

    /// A change in any form acts as the matrix that it stands for.
    #[test]
    fn every_form_acts_as_its_matrix(rows in 1usize..600, cols in 1usize..12, seed: u64) {
        let factors = LowRank::new(random(rows, 2, seed), random(cols, 2, seed ^ 1)).unwrap();
        let keys = random(cols, 3, seed ^ 2);
        for update in [
            Update::from(factors.clone()),
            Update::Masked(MaskedUpdate::largest_relative(factors, &weights(rows, cols, seed ^ 3), 40.0).unwrap()),
            Update::Dense(DenseUpdate::new(rows, cols, weights(rows, cols, seed ^ 4)).unwrap()),
        ] {
            let dense = update.dense();
            prop_assert_eq!(update.shape(), [rows, cols]);
            prop_assert!((update.apply(&keys).unwrap() - &dense * &keys).norm_l2() <= 1e-12 * dense.norm_l2() * keys.norm_l2());
            let each = update.apply_each(&[&keys, &random(cols, 0, 1), &keys]).unwrap();
            prop_assert!(each[1].ncols() == 0 && each[0] == each[2] && each[0] == update.apply(&keys).unwrap());
            prop_assert!((update.frobenius_norm() - dense.norm_l2()).abs() <= 1e-10 * dense.norm_l2());
        }
    }

    /// The singular values of the corrected change are the restrained ones, its vectors are the same, and what lies below is untouched.
    #[test]
    fn a_restrained_spectrum_is_the_function_of_the_spectrum(d_out in 1usize..24, d_in in 1usize..24, rank in 1usize..30, most in 0.5f64..20.0, seed: u64) {
        let total = LowRank::new(random(d_out, rank, seed), random(d_in, rank, seed ^ 1)).unwrap();
        let restrain = |s: f64| if s > most { (s / most).ln() + most } else { s };
        let correction = restrain_spectrum(&total, |s| restrain(s).min(s)).unwrap();
        let (before, after) = (singular_values(&total.dense()), singular_values(&(total.dense() + correction.dense())));
        prop_assert_eq!(correction.rank(), before.iter().filter(|&&s| restrain(s) < s).count());
        let mut expected: Vec<f64> = before.iter().map(|&s| restrain(s).min(s)).collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        for (found, expected) in after.iter().zip(&expected) {
            prop_assert!((found - expected).abs() < 1e-9 * before[0], "{after:?} {expected:?}");
        }
    }

    #[test]
    fn the_largest_singular_value_is_the_decompositions(rows in 1usize..40, cols in 1usize..60, seed: u64) {
        let w = weights(rows, cols, seed);
        let matrix = matrix_from_rows(rows, cols, &w).unwrap();
        let expected = singular_values(&matrix)[0];
        let found = largest_singular_value(rows, cols, &w).unwrap();
        prop_assert!((found - expected).abs() <= 1e-9 * expected, "{found} {expected}");
    }
}

#[test]
fn ties_and_zeros_of_a_relative_change_are_cut_in_order() {
    let ones = |n: usize| Matrix::from_fn(n, 1, |_, _| 1.0);
    let factors = LowRank::new(ones(2), ones(4)).unwrap();
    let cut = MaskedUpdate::largest_relative(factors, &[1.0; 8], 37.5).unwrap();
    assert_eq!(cut.mask().collect::<Vec<_>>(), [true, true, true, false, false, false, false, false]);
    let nothing = LowRank::new(Matrix::zeros(1, 1), Matrix::zeros(1, 1)).unwrap();
    // W + 1e-8 is 0, and so is the change: not a number, kept last.
    assert!(MaskedUpdate::largest_relative(nothing, &[-1e-8], 100.0).unwrap().mask().all(|kept| kept));
}

/// A change of rank 0 changes nothing, in any form.
#[test]
fn changes_of_rank_zero_are_zero() {
    let nothing = LowRank::new(Matrix::zeros(3, 0), Matrix::zeros(2, 0)).unwrap();
    let cut = MaskedUpdate::largest_relative(nothing.clone(), &[1.0; 6], 50.0).unwrap();
    for update in [Update::from(nothing.clone()), Update::Masked(cut)] {
        assert_eq!((update.dense().norm_l2(), update.frobenius_norm(), update.apply(&random(2, 1, 1)).unwrap().norm_l2()), (0.0, 0.0, 0.0));
    }
    assert_eq!(restrain_spectrum(&nothing, |s| s / 2.0).unwrap().rank(), 0);
}

#[test]
fn inputs_without_meaning_are_refused() {
    let factors = || LowRank::new(random(3, 1, 1), random(2, 1, 2)).unwrap();
    assert!(MaskedUpdate::largest_relative(factors(), &[1.0; 5], 40.0).is_err());
    assert!(MaskedUpdate::largest_relative(factors(), &[1.0; 6], 101.0).is_err());
    assert!(MaskedUpdate::new(factors(), vec![0; 2]).is_err());
    assert!(DenseUpdate::new(2, 2, vec![0.0, 1.0, f32::NAN, 2.0]).is_err());
    let (up, down) = (Matrix::from_fn(2, 1, |row, _| row as f64), Matrix::from_fn(2, 1, |row, _| 1.0 - row as f64));
    let error = rome_update(&random(3, 1, 1), &up, &down, None).unwrap_err();
    assert!(error.message().contains("orthogonal"), "{error}");
    assert!(rome_update(&random(3, 1, 1), &up, &Matrix::zeros(2, 1), None).is_err());
}
