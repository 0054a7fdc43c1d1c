//! Properties that hold for every input, and every closed form against the dense formula it stands for.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use faer::prelude::Solve;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::*;

/// Fixed cases, no files written.
fn config() -> Config {
    Config { cases: 48, failure_persistence: None, rng_seed: RngSeed::Fixed(0x1a9e_d170), ..Config::default() }
}

/// Values of a normal-like distribution (sum of four uniforms) from a SplitMix64 stream.
pub(super) fn random(rows: usize, cols: usize, seed: u64) -> Matrix {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut uniform = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64 - 0.5
    };
    Matrix::from_fn(rows, cols, |_, _| (uniform() + uniform() + uniform() + uniform()) * 3.0_f64.sqrt())
}

/// `Q diag(values) Q^T` with a random orthogonal `Q`.
pub(super) fn with_spectrum(values: &[f64], seed: u64) -> Matrix {
    let n = values.len();
    let q = random(n, n, seed).qr().compute_Q();
    let scaled = Matrix::from_fn(n, n, |i, j| q[(i, j)] * values[j]);
    let c = scaled * q.transpose();
    Matrix::from_fn(n, n, |i, j| 0.5 * (c[(i, j)] + c[(j, i)]))
}

fn distance(a: &Matrix, b: &Matrix) -> f64 {
    (a - b).norm_l2()
}

fn close(a: &Matrix, b: &Matrix, relative: f64) -> bool {
    a.shape() == b.shape() && distance(a, b) <= relative * b.norm_l2().max(1e-300)
}

/// A covariance of `dim + extra` keys of strength falling over the coordinates, so that part of the spectrum is small.
fn covariance(dim: usize, extra: usize, seed: u64) -> KeyCovariance {
    let mut keys = random(dim, dim + extra, seed);
    for (i, row) in keys.row_iter_mut().enumerate() {
        let strength = 0.7_f64.powi(i as i32);
        for x in row.iter_mut() {
            *x *= strength;
        }
    }
    let mut covariance = KeyCovariance::new(dim);
    covariance.add_keys(keys.as_ref(), 1.0).unwrap();
    covariance
}

/// A projector that keeps about a share of the directions, in either representation.
fn projector(dim: usize, null: usize, seed: u64) -> Projector {
    let values: Vec<f64> = (0..dim).map(|i| if i < null { 1e-3 } else { 1.0 }).collect();
    let eigen = symmetric_eigen(&with_spectrum(&values, seed)).unwrap();
    Projector::from_eigen(&eigen, Threshold::Absolute(2e-2)).unwrap()
}

/// `R K^T P ((K K^T + Kp Kp^T) P + ridge I)^-1` by general LU, as the papers write it.
fn dense_null_space_update(r: &Matrix, k: &Matrix, past: &Matrix, p: &Matrix, ridge: f64) -> Matrix {
    let d = k.nrows();
    let system = (k * k.transpose() + past * past.transpose()) * p + ridge * Matrix::identity(d, d);
    let rhs = r * k.transpose() * p;
    system.transpose().partial_piv_lu().solve(rhs.transpose()).transpose().to_owned()
}

/// `R K^T (lambda C + Kp Kp^T + K K^T)^-1` by general LU.
fn dense_memit(r: &Matrix, k: &Matrix, past: &Matrix, c: &Matrix, lambda: f64) -> Matrix {
    let system = lambda * c + past * past.transpose() + k * k.transpose();
    (system.partial_piv_lu().solve(k) * r.transpose()).transpose().to_owned()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_projector_is_symmetric_idempotent_and_of_integer_trace(dim in 2usize..40, share in 0.0f64..=1.0, seed: u64) {
        let null = (share * dim as f64) as usize;
        let p = projector(dim, null, seed);
        prop_assert_eq!(p.null_dimension(), null);
        prop_assert_eq!(p.spectrum_cut().unwrap().discarded, dim - null);
        let dense = p.dense();
        prop_assert!(distance(&dense, &dense.transpose().to_owned()) < 1e-12);
        prop_assert!(distance(&dense, &(&dense * &dense)) < 1e-12);
        prop_assert!((dense.diagonal().column_vector().iter().sum::<f64>() - null as f64).abs() < 1e-10);
        let keys = random(dim, 5, seed ^ 1);
        prop_assert!(distance(&p.apply(&keys).unwrap(), &(&dense * &keys)) < 1e-11);
        let (q, u) = (p.discarded_basis(), p.null_basis());
        prop_assert_eq!((q.ncols(), u.ncols()), (dim - null, null));
        let sum = q.as_ref() * q.transpose() + u.as_ref() * u.transpose();
        prop_assert!(distance(&sum, &Matrix::identity(dim, dim)) < 1e-11);
    }

    #[test]
    fn removing_a_span_is_exact_monotone_and_remembers(dim in 8usize..48, null_share in 0.2f64..1.0, batches in 1usize..5, n in 1usize..6, seed: u64) {
        let null = (null_share * dim as f64) as usize;
        let mut p = projector(dim, null, seed);
        let before = p.dense();
        let mut past = Matrix::zeros(dim, 0);
        for batch in 0..batches {
            let keys = random(dim, n, seed.wrapping_add(batch as u64 + 7));
            let expected = n.min(p.null_dimension());
            let (old, dimension) = (p.dense(), p.null_dimension());
            prop_assert_eq!(p.remove_span(&keys, 1e-12).unwrap(), expected);
            prop_assert_eq!(p.null_dimension(), dimension - expected);
            past = concat_columns(past.as_ref(), keys.as_ref()).unwrap();
            prop_assert!(p.leak(&past).unwrap().iter().all(|&leak| leak < 1e-11));
            // Range(P_new) lies within range(P_old): P_old P_new = P_new.
            prop_assert!(distance(&(&old * p.dense()), &p.dense()) < 1e-11);
        }
        // The same null space as the dense definition: the part of range(P_0) orthogonal to P_0 K.
        let q = (&before * &past).svd().unwrap();
        let rank = q.S().column_vector().iter().filter(|&&s| s > 1e-9).count();
        let u = q.U().subcols(0, rank);
        prop_assert!(distance(&p.dense(), &(before - u * u.transpose())) < 1e-8);
        // Removing the same keys again changes nothing.
        prop_assert_eq!(p.remove_span(&past, 1e-10).unwrap(), 0);
    }

    #[test]
    fn edits_after_removal_leave_past_keys_alone(dim in 20usize..48, n in 1usize..5, seed: u64) {
        let mut p = projector(dim, dim - 6, seed);
        let past = random(dim, 6, seed ^ 2);
        p.remove_span(&past, 1e-12).unwrap();
        let (r, k) = (random(9, n, seed ^ 3), random(dim, n, seed ^ 4));
        let delta = langedit_update(&r, &k, &p, 1.0).unwrap();
        prop_assert!(delta.frobenius_norm() > 1e-3);
        prop_assert!(delta.apply(&past).unwrap().norm_l2() < 1e-11 * delta.frobenius_norm() * past.norm_l2());
    }

    #[test]
    fn null_space_updates_equal_their_dense_formulas(dim in 3usize..48, out in 1usize..20, n in 1usize..12, p in 0usize..12, null_share in 0.0f64..=1.0, ridge in 0.05f64..20.0, seed: u64) {
        let projector = projector(dim, (null_share * dim as f64) as usize, seed);
        let (r, k, past) = (random(out, n, seed ^ 1), random(dim, n, seed ^ 2), random(dim, p, seed ^ 3));
        let none = Matrix::zeros(dim, 0);
        let dense = projector.dense();
        let delta = langedit_update(&r, &k, &projector, ridge).unwrap();
        let expected = dense_null_space_update(&r, &k, &none, &dense, ridge);
        prop_assert!(distance(&delta.dense(), &expected) <= 1e-8 * expected.norm_l2() + 1e-14);
        prop_assert!((delta.frobenius_norm() - expected.norm_l2()).abs() <= 1e-8 * expected.norm_l2() + 1e-14);
        prop_assert!(close(&delta.apply(&k).unwrap(), &(delta.dense() * &k), 1e-10) || projector.null_dimension() == 0);
        let delta = alphaedit_update(&r, &k, &past, &projector, ridge).unwrap();
        let expected = dense_null_space_update(&r, &k, &past, &dense, ridge);
        prop_assert_eq!(delta.rank(), n);
        prop_assert!(distance(&delta.dense(), &expected) <= 1e-8 * expected.norm_l2() + 1e-14);
    }

    #[test]
    fn memit_equals_its_dense_formula(dim in 3usize..24, out in 1usize..20, n in 1usize..12, p in 0usize..12, lambda in 0.5f64..100.0, seed: u64) {
        let c = covariance(dim, 2 * dim, seed);
        let factor = CovarianceFactor::new(&c).unwrap();
        prop_assert_eq!(factor.ridge(), 0.0);
        let (r, k, past) = (random(out, n, seed ^ 1), random(dim, n, seed ^ 2), random(dim, p, seed ^ 3));
        let none = Matrix::zeros(dim, 0);
        prop_assert!(close(&memit_update(&r, &k, &factor, lambda).unwrap().dense(), &dense_memit(&r, &k, &none, c.mean(), lambda), 1e-8));
        prop_assert!(close(&memit_seq_update(&r, &k, &past, &factor, lambda).unwrap().dense(), &dense_memit(&r, &k, &past, c.mean(), lambda), 1e-8));
        prop_assert!(close(&(c.mean() * factor.solve(&k).unwrap()), &k, 1e-8));
    }

    /// Recursive least squares ("The Labyrinth and the Thread", arXiv 2605.26670): where every step weighs the keys of all before it, the steps add up to the
    /// solve for all facts at once, in whatever batches they came; with the projector of AlphaEdit likewise. Without the memory they do not.
    #[test]
    fn steps_that_remember_their_keys_add_up_to_one_solve_for_all_facts(dim in 6usize..24, out in 1usize..12, sizes in prop::collection::vec(1usize..6, 2..5), lambda in 0.5f64..100.0, seed: u64) {
        let (c, projector) = (covariance(dim, 2 * dim, seed), projector(dim, dim - dim / 3, seed ^ 9));
        let factor = CovarianceFactor::new(&c).unwrap();
        let all: usize = sizes.iter().sum();
        let (keys, values) = (random(dim, all, seed ^ 1), random(out, all, seed ^ 2));
        let none = Matrix::zeros(dim, 0);
        // What a step adds, given the residuals under the steps before it.
        let in_steps = |solve: &dyn Fn(&Matrix, &Matrix, &Matrix) -> Matrix| {
            let (mut sum, mut from) = (Matrix::zeros(out, dim), 0);
            for size in &sizes {
                let new = keys.subcols(from, *size).to_owned();
                let residual = values.subcols(from, *size) - &sum * &new;
                sum += solve(&residual, &new, &keys.subcols(0, from).to_owned());
                from += size;
            }
            sum
        };
        let memit = |r: &Matrix, k: &Matrix, past: &Matrix| memit_seq_update(r, k, past, &factor, lambda).unwrap().dense();
        let alphaedit = |r: &Matrix, k: &Matrix, past: &Matrix| alphaedit_update(r, k, past, &projector, lambda).unwrap().dense();
        let (at_once, within) = (memit(&values, &keys, &none), alphaedit(&values, &keys, &none));
        prop_assert!(distance(&in_steps(&memit), &at_once) <= 1e-8 * at_once.norm_l2());
        prop_assert!(distance(&in_steps(&alphaedit), &within) <= 1e-8 * within.norm_l2());
        let forgetful = in_steps(&|r, k, _| memit(r, k, &none));
        prop_assert!(distance(&forgetful, &at_once) > 1e-6 * at_once.norm_l2());
    }

    /// A ridge leaves `C + share tr C / d I`, and bounds what a direction without energy takes.
    #[test]
    fn a_ridge_is_a_share_of_the_mean_variance(dim in 3usize..24, share in 1e-6f64..1.0, seed: u64) {
        let c = covariance(dim, 2 * dim, seed);
        let factor = CovarianceFactor::with_ridge(&c, share).unwrap();
        prop_assert_eq!(factor.ridge(), 0.0);
        let shifted = c.mean() + faer::Scale(share * c.trace() / dim as f64) * Matrix::identity(dim, dim);
        let k = random(dim, 3, seed ^ 1);
        let solved = factor.solve(&k).unwrap();
        prop_assert!(close(&(shifted * &solved), &k, 1e-8));
        prop_assert!(solved.norm_l2() <= k.norm_l2() * dim as f64 / (share * c.trace()) * (1.0 + 1e-9));
    }

    #[test]
    fn merging_is_associative_and_equals_one_pass(dim in 1usize..70, sizes in [0usize..30, 0usize..30, 1usize..30], weight in 0.1f64..50.0, seed: u64) {
        let parts: Vec<_> = sizes.iter().enumerate().map(|(i, &n)| random(dim, n, seed ^ (i as u64 + 1))).collect();
        let mut one_pass = KeyCovariance::new(dim);
        let mut merged = Vec::new();
        let (mut sum, mut count) = (Matrix::zeros(dim, dim), 0.0);
        for part in &parts {
            one_pass.add_keys(part.as_ref(), weight).unwrap();
            let mut single = KeyCovariance::new(dim);
            single.add_keys(part.as_ref(), weight).unwrap();
            merged.push(single);
            sum += weight * (part * part.transpose());
            count += weight * part.ncols() as f64;
        }
        let left = merged[0].merge(&merged[1]).unwrap().merge(&merged[2]).unwrap();
        let right = merged[0].merge(&merged[1].merge(&merged[2]).unwrap()).unwrap();
        let expected = sum * (1.0 / count);
        for c in [&one_pass, &left, &right] {
            prop_assert!(close(c.mean(), &expected, 1e-12));
            prop_assert!((c.count() - count).abs() <= 1e-12 * count);
            prop_assert_eq!(distance(c.mean(), &c.mean().transpose().to_owned()), 0.0);
        }
    }

    #[test]
    fn eigenvectors_rebuild_the_matrix_on_both_sides_of_the_cut_over(dim in prop_oneof![1usize..40, 60usize..70, 125usize..140], rank_share in 0.1f64..=1.0, seed: u64) {
        let rank = ((rank_share * dim as f64) as usize).max(1);
        let keys = random(dim, rank, seed);
        let c = &keys * keys.transpose();
        let eigen = symmetric_eigen(&c).unwrap();
        prop_assert!(eigen.values.windows(2).all(|w| w[0] <= w[1]));
        let v = &eigen.vectors;
        let rebuilt = Matrix::from_fn(dim, dim, |i, j| v[(i, j)] * eigen.values[j]) * v.transpose();
        prop_assert!(close(&rebuilt, &c, 1e-12));
        prop_assert!(distance(&(v.transpose() * v), &Matrix::identity(dim, dim)) < 1e-11);
        let p = Projector::from_eigen(&eigen, Threshold::Absolute(1e-8)).unwrap();
        prop_assert_eq!(p.null_dimension(), dim - rank);
        prop_assert!(p.apply(&keys).unwrap().norm_l2() < 1e-7 * keys.norm_l2());
    }

    #[test]
    fn principal_angles_are_symmetric_and_blind_to_bases(dim in 6usize..30, p in 1usize..6, q in 1usize..6, seed: u64) {
        let (a, b) = (random(dim, p, seed ^ 1), random(dim, q, seed ^ 2));
        let angles = principal_angles(&a, &b).unwrap();
        prop_assert_eq!(angles.len(), p.min(q));
        prop_assert!(angles.windows(2).all(|w| w[0] <= w[1] + 1e-12));
        let back = principal_angles(&b, &a).unwrap();
        let rotation = random(dim, dim, seed ^ 3).qr().compute_Q();
        let turned = principal_angles(&(&rotation * &a), &(&rotation * (&b * random(q, q, seed ^ 4)))).unwrap();
        for ((x, y), z) in angles.iter().zip(&back).zip(&turned) {
            prop_assert!((x - y).abs() < 1e-10 && (x - z).abs() < 1e-8);
        }
    }

    #[test]
    fn the_energy_share_is_the_largest_that_fits(dim in 1usize..50, share in 0.0f64..=1.0, seed: u64) {
        let mut values: Vec<f64> = random(dim, 1, seed).col(0).iter().map(|x| x * x).collect();
        values.sort_by(f64::total_cmp);
        let trace: f64 = values.iter().sum();
        let cut = Threshold::EnergyShare(share).cut(&values).unwrap();
        prop_assert_eq!(cut.null + cut.discarded, dim);
        prop_assert!(values[..cut.null].iter().sum::<f64>() <= share * trace * (1.0 + 1e-12));
        prop_assert!(cut.discarded == 0 || values[..=cut.null].iter().sum::<f64>() > share * trace * (1.0 - 1e-12));
    }
}

#[test]
fn small_angles_keep_their_digits() {
    // Two planes in R^6 that share one direction and differ by 1e-9 in the other; a cosine alone would lose it.
    for angle in [1e-9, 1e-4, 1.0, std::f64::consts::FRAC_PI_2] {
        let mut a = Matrix::zeros(6, 2);
        (a[(0, 0)], a[(1, 1)]) = (1.0, 1.0);
        let mut b = Matrix::zeros(6, 2);
        (b[(0, 0)], b[(1, 1)], b[(2, 1)]) = (3.0, angle.cos(), angle.sin());
        let angles = principal_angles(&a, &b).unwrap();
        assert!(angles[0].abs() < 1e-15, "{angles:?}");
        assert!((angles[1] - angle).abs() < 1e-15 * angle.max(1e-3), "{angles:?}");
    }
}

#[test]
fn a_dependent_key_adds_no_direction_but_a_faint_one_does() {
    let mut p = Projector::identity(30);
    let base = random(30, 4, 1);
    // A combination of the others, a zero key, and one that leaves their span by 1e-9 of its norm.
    let combination = &base * random(4, 1, 2);
    let faint = &combination + 1e-9 * random(30, 1, 3);
    let zero = Matrix::zeros(30, 1);
    let keys = [&base, &combination, &zero, &faint]
        .iter()
        .fold(Matrix::zeros(30, 0), |all, next| concat_columns(all.as_ref(), next.as_ref()).unwrap());
    assert_eq!(p.clone().remove_span(&keys, 1e-6).unwrap(), 4);
    assert_eq!(p.remove_span(&keys, 1e-12).unwrap(), 5);
    assert!(p.leak(&keys).unwrap().iter().all(|&leak| leak < 1e-12));
    let q = p.discarded_basis();
    assert!(distance(&(q.transpose() * q.as_ref()), &Matrix::identity(5, 5)) < 1e-13);
}

#[test]
fn the_scale_of_a_key_does_not_matter() {
    let mut p = projector(24, 16, 5);
    let keys = Matrix::from_fn(24, 3, |i, j| random(24, 3, 6)[(i, j)] * [1e-200, 1.0, 1e200][j]);
    assert_eq!(p.remove_span(&keys, 1e-12).unwrap(), 3);
    let unit = random(24, 3, 6);
    assert!(p.leak(&unit).unwrap().iter().all(|&leak| leak < 1e-12));
}

#[test]
fn tracking_is_the_limit_of_infinite_weight_where_the_null_space_is_empty_of_keys() {
    let values: Vec<f64> = (0..20).map(|i| if i < 12 { 0.0 } else { 1.0 }).collect();
    let base = KeyCovariance::from_mean(with_spectrum(&values, 8), 1.0).unwrap();
    let keys = random(20, 3, 9);
    let mut tracked = Projector::from_covariance(&base, Threshold::Absolute(1e-3)).unwrap();
    assert_eq!(tracked.remove_span(&keys, 1e-12).unwrap(), 3);
    let mut weighted = base;
    weighted.add_keys(keys.as_ref(), 1e6).unwrap();
    // Undo the shrinking of the pre-trained part, so that the threshold means the same.
    let mean = weighted.mean() * faer::Scale(1.0 + 3e6);
    let recomputed = Projector::from_covariance(&KeyCovariance::from_mean(mean, 1.0).unwrap(), Threshold::Absolute(1e-3)).unwrap();
    assert!(distance(&recomputed.dense(), &tracked.dense()) < 1e-5);
}

#[test]
fn a_singular_covariance_gets_a_reported_ridge() {
    let mut c = KeyCovariance::new(12);
    c.add_keys(random(12, 5, 1).as_ref(), 1.0).unwrap();
    let factor = CovarianceFactor::new(&c).unwrap();
    assert!(factor.ridge() > 0.0 && factor.ridge() < 1e-4 * c.trace());
    let (r, k) = (random(4, 2, 2), random(12, 2, 3));
    let shifted = c.mean() + factor.ridge() * Matrix::identity(12, 12);
    let expected = dense_memit(&r, &k, &Matrix::zeros(12, 0), &shifted, 10.0);
    assert!(close(&memit_update(&r, &k, &factor, 10.0).unwrap().dense(), &expected, 1e-5));
    assert!(CovarianceFactor::new(&KeyCovariance::new(3)).is_err());
}

#[test]
fn negligible_weight_makes_edited_keys_vanish() {
    // Counting the pre-trained keys in tokens: 30 edited keys move no eigenvalue across a threshold that has a gap around it.
    let values: Vec<f64> = (0..40).map(|i| if i < 25 { 1e-3 } else { 1.0 }).collect();
    let base = KeyCovariance::from_mean(with_spectrum(&values, 3), 140_692.0).unwrap();
    let keys = random(40, 30, 4);
    let null = |c: &KeyCovariance| Projector::from_covariance(c, Threshold::Absolute(2e-2)).unwrap().null_dimension();
    let mut as_tokens = base.clone();
    as_tokens.add_keys(keys.as_ref(), 1.0).unwrap();
    assert_eq!(null(&as_tokens), 25);
    let mut as_heavy = base.with_count(100.0).unwrap();
    as_heavy.add_keys(keys.as_ref(), 1.0).unwrap();
    assert!(null(&as_heavy) < 10);
}

#[test]
fn what_does_not_fit_is_refused_with_its_shape() {
    let p = Projector::identity(4);
    let (r, k) = (Matrix::zeros(3, 2), Matrix::zeros(5, 2));
    let message = langedit_update(&r, &k, &p, 1.0).unwrap_err().to_string();
    assert!(message.contains("5x2") && message.contains('4'), "{message}");
    let message = langedit_update(&r, &Matrix::zeros(4, 3), &p, 1.0).unwrap_err().to_string();
    assert!(message.contains("3x2") && message.contains("4x3"), "{message}");
    assert!(langedit_update(&r, &Matrix::zeros(4, 2), &p, 0.0).is_err());
    assert!(langedit_update(&r, &Matrix::full(4, 2, f64::NAN), &p, 1.0).is_err());
    assert!(symmetric_eigen(&Matrix::full(3, 3, f64::INFINITY)).is_err());
    assert!(symmetric_eigen(&Matrix::zeros(3, 4)).is_err());
    assert!(Projector::identity(4).remove_span(&Matrix::full(4, 1, f64::NAN), 1e-12).is_err());
    assert!(KeyCovariance::from_mean(Matrix::from_fn(2, 2, |i, j| (2 * i + j) as f64), 1.0).is_err());
    assert!(KeyCovariance::from_mean(Matrix::from_fn(2, 2, |i, j| if i == j { -1.0 } else { 0.0 }), 1.0).is_err());
    assert!(KeyCovariance::new(3).merge(&KeyCovariance::new(4)).is_err());
    assert!(KeyCovariance::new(3).add_keys(k.as_ref(), 1.0).is_err());
    assert!(Threshold::EnergyShare(1.5).cut(&[1.0]).is_err());
    assert!(Threshold::Absolute(f64::NAN).cut(&[1.0]).is_err());
    assert!(principal_angles(&r, &k).is_err());
    assert!(repo_recurrence(&mut Matrix::zeros(2, 2), &Matrix::zeros(3, 3), 1, 100, 1e5).is_err());
    assert!(LowRank::new(r, Matrix::zeros(4, 3)).is_err());
}

#[test]
fn nothing_to_edit_changes_nothing() {
    let p = projector(10, 0, 1);
    assert_eq!(p.null_dimension(), 0);
    let delta = langedit_update(&random(3, 2, 1), &random(10, 2, 2), &p, 1.0).unwrap();
    assert_eq!(delta.frobenius_norm(), 0.0);
    let none = langedit_update(&Matrix::zeros(3, 0), &Matrix::zeros(10, 0), &Projector::identity(10), 1.0).unwrap();
    assert_eq!(none.dense().norm_l2(), 0.0);
    assert_eq!(none.dense().shape(), (3, 10));
    assert_eq!(none.apply(&random(10, 4, 3)).unwrap().shape(), (3, 4));
    let mut all = Projector::identity(10);
    assert_eq!(all.remove_span(&random(10, 25, 4), 1e-12).unwrap(), 10);
    assert_eq!(all.null_dimension(), 0);
    assert!(all.dense().norm_l2() < 1e-13);
}
