//! What holds for every merge.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;

use pollster::block_on;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rand::distr::{Distribution, StandardUniform};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::edit::Method;
use crate::edit::methods::editor;
use crate::edit::{Editor, Settings, Solver, Statistics, shared_updates, solve};
use crate::linalg::{KeyCovariance, Matrix, Threshold};

const CODES: [&str; 4] = ["en", "de", "nl", "zh"];

fn config() -> Config {
    Config { cases: 32, failure_persistence: None, rng_seed: RngSeed::Fixed(0x5eed_2605), ..Config::default() }
}

fn random(rows: usize, cols: usize, random: &mut impl Rng) -> Matrix {
    Matrix::from_fn(rows, cols, |_, _| {
        let uniform: f64 = StandardUniform.sample(random);
        2.0 * uniform - 1.0
    })
}

fn updates(rows: usize, cols: usize, counts: &[usize], seed: u64) -> Vec<LowRank> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    counts.iter().map(|&n| LowRank::new(random(rows, n, &mut rng), random(cols, n, &mut rng)).unwrap()).collect()
}

fn run(updates: &[LowRank], settings: &MergeSettings, seed: u64) -> Matrix {
    let updates: Vec<_> = updates.iter().zip(CODES).map(|(delta, language)| LanguageUpdate { language, delta }).collect();
    merge(&updates, settings, seed).unwrap().dense()
}

fn plain(method: MergeMethod) -> MergeSettings {
    MergeSettings { density: 1.0, ..MergeSettings::new(method) }
}

fn update_of(editor: &dyn Editor, residuals: &Matrix, keys: &Matrix) -> LowRank {
    block_on(solve(editor, 0, residuals, keys)).unwrap().update
}

fn dense_sum(updates: &[LowRank]) -> Matrix {
    updates.iter().skip(1).fold(updates[0].dense(), |sum, update| sum + update.dense())
}

#[track_caller]
fn assert_close(a: &Matrix, b: &Matrix, relative: f64) {
    assert_eq!(a.shape(), b.shape());
    let error = (a - b).norm_l2();
    assert!(error <= relative * b.norm_l2().max(1e-12), "differ by {error:e} of {:e}", b.norm_l2());
}

/// Settings and editor on random statistics of one layer.
fn base(method: Method, dim: usize, seed: u64) -> Box<dyn Editor> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut covariance = KeyCovariance::new(dim);
    let keys = random(dim, 2 * dim, &mut rng);
    let keys = Matrix::from_fn(dim, 2 * dim, |i, j| keys[(i, j)] * 0.8_f64.powi(i as i32));
    covariance.add_keys(keys.as_ref(), 1.0).unwrap();
    let statistics = Statistics::new(BTreeMap::from([(0, covariance)]), "random");
    let mut settings = Settings::for_model(&config_of_small_model(), method);
    settings.layers = vec![0];
    settings.nullspace_threshold = Threshold::EnergyShare(0.2);
    settings.mom2_update_weight = 3.0;
    let mut editor = editor(method, &settings, &statistics).unwrap();
    block_on(Solver::Host.renew(&mut *editor, 0, &burn::tensor::Device::flex())).unwrap();
    editor
}

fn config_of_small_model() -> crate::model::ModelConfig {
    use crate::model::{Activation, Family, ModelConfig};
    ModelConfig {
        family: Family::Llama,
        vocab: 16,
        hidden: 8,
        inner: 16,
        layers: 1,
        heads: 1,
        kv_heads: 1,
        head_dim: 8,
        max_positions: 8,
        norm_eps: 1e-5,
        rope: None,
        local: None,
        unrotated_every: None,
        query_scalar: None,
        activation: Activation::SiluGated,
        tied_head: true,
    }
}

proptest! {
    #![proptest_config(config())]

    /// The reading of "shared covariance" that the module states: the sum of the languages' updates is the solve for all facts at once.
    #[test]
    fn the_sum_with_shared_covariance_is_the_joint_solve(
        dim in 8usize..20, rows in 3usize..9, counts in prop::collection::vec(1usize..5, 1..4), seed: u64,
    ) {
        for method in Method::merging() {
            let editor = base(method, dim, seed);
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 1);
            let residuals: Vec<_> = counts.iter().map(|&n| random(rows, n, &mut rng)).collect();
            let keys: Vec<_> = counts.iter().map(|&n| random(dim, n, &mut rng)).collect();
            let all = |parts: &[Matrix]| side_by_side(parts.iter().map(Matrix::as_ref)).unwrap();
            let joint = update_of(&*editor, &all(&residuals), &all(&keys)).dense();
            let shared = block_on(shared_updates(&*editor, 0, &residuals, &keys)).unwrap();
            let shared: Vec<_> = shared.into_iter().map(|solution| solution.update).collect();
            assert_close(&run(&shared, &plain(MergeMethod::Sum), 0), &joint, 1e-9);
            let own: Vec<_> = residuals.iter().zip(&keys).map(|(r, k)| update_of(&*editor, r, k)).collect();
            if counts.len() == 1 {
                assert_close(&run(&own, &plain(MergeMethod::Sum), 0), &joint, 1e-9);
            } else {
                prop_assert!((run(&own, &plain(MergeMethod::Sum), 0) - &joint).norm_l2() > 1e-6 * joint.norm_l2());
            }
        }
    }

    #[test]
    fn sum_and_mean_lose_nothing(counts in prop::collection::vec(1usize..6, 1..5), seed: u64, scale in 0.01f64..5.0) {
        let updates = updates(9, 13, &counts, seed);
        let sum = dense_sum(&updates);
        assert_close(&run(&updates, &plain(MergeMethod::Sum), 0), &sum, 1e-12);
        let mean = &sum * faer::Scale(1.0 / counts.len() as f64);
        assert_close(&run(&updates, &plain(MergeMethod::Mean), 0), &mean, 1e-12);
        for method in MergeMethod::ALL {
            let once = run(&updates, &plain(*method), 7);
            let scaled = run(&updates, &MergeSettings { scale, ..plain(*method) }, 7);
            assert_close(&scaled, &(once * faer::Scale(scale)), 1e-12);
        }
    }

    /// Languages whose factors live in coordinates of their own do not interfere, and nothing is changed for them.
    #[test]
    fn tsvm_of_orthogonal_languages_is_the_sum(tasks in 1usize..4, n in 1usize..4, seed: u64) {
        let (rows, cols) = (4 * tasks, 5 * tasks);
        let blocks = updates(4, 5, &vec![n; tasks], seed);
        let apart: Vec<LowRank> = blocks
            .iter()
            .enumerate()
            .map(|(t, block)| {
                let place = |factor: &Matrix, at: usize, size: usize| {
                    Matrix::from_fn(size, n, |i, j| if (at..at + factor.nrows()).contains(&i) { factor[(i - at, j)] } else { 0.0 })
                };
                LowRank::new(place(block.left(), 4 * t, rows), place(block.right(), 5 * t, cols)).unwrap()
            })
            .collect();
        assert_close(&run(&apart, &plain(MergeMethod::Tsvm), 0), &dense_sum(&apart), 1e-9);
    }

    #[test]
    fn tsvm_of_a_language_with_itself_is_the_language(n in 1usize..5, copies in 2usize..4, seed: u64) {
        let one = updates(8, 11, &[n], seed);
        let several: Vec<LowRank> = std::iter::repeat_n(one[0].clone(), copies).collect();
        assert_close(&run(&several, &plain(MergeMethod::Tsvm), 0), &one[0].dense(), 1e-8);
    }

    /// With one language every merge gives it back, and cutting keeps the best approximation of its rank (Eckart and Young).
    #[test]
    fn cutting_the_rank_is_the_truncated_svd(n in 2usize..7, ratio in 0.05f64..1.0, seed: u64) {
        let one = updates(10, 12, &[n], seed);
        for method in MergeMethod::ALL {
            assert_close(&run(&one, &plain(*method), 3), &one[0].dense(), 1e-9);
        }
        let kept = ((ratio * n as f64).round() as usize).max(1);
        let svd = one[0].dense().svd().unwrap();
        let lost: f64 = svd.S().column_vector().iter().skip(kept).map(|s| s * s).sum::<f64>().sqrt();
        for method in [MergeMethod::Sum, MergeMethod::Tsvm] {
            let cut = run(&one, &MergeSettings { rank_ratio: ratio, ..plain(method) }, 0);
            prop_assert!(((cut - one[0].dense()).norm_l2() - lost).abs() < 1e-9 * one[0].dense().norm_l2());
        }
    }

    /// Where all languages agree on the signs, TIES at full density is their mean; where one has no say, it is the others'.
    #[test]
    fn ties_averages_those_that_agree(seed: u64) {
        let one = updates(6, 7, &[3], seed).remove(0);
        let thrice = LowRank::new(one.left() * faer::Scale(3.0), one.right().clone()).unwrap();
        let opposed = LowRank::new(one.left() * faer::Scale(-0.5), one.right().clone()).unwrap();
        let two = [one.clone(), thrice.clone()];
        assert_close(&run(&two, &plain(MergeMethod::Ties), 0), &(one.dense() * faer::Scale(2.0)), 1e-12);
        assert_close(&run(&[thrice.clone(), opposed], &plain(MergeMethod::Ties), 0), &thrice.dense(), 1e-12);
    }

    #[test]
    fn dare_keeps_entries_whole_and_is_seeded(density in 0.2f64..0.9, seed in 0u64..1000) {
        let one = updates(40, 50, &[3], seed);
        let settings = MergeSettings { density, ..plain(MergeMethod::Dare) };
        let (dropped, dense) = (run(&one, &settings, seed), one[0].dense());
        let mut kept = 0;
        for i in 0..40 {
            for j in 0..50 {
                let expected = dense[(i, j)] / density;
                prop_assert!(dropped[(i, j)] == 0.0 || (dropped[(i, j)] - expected).abs() <= 1e-12 * expected.abs());
                kept += usize::from(dropped[(i, j)] != 0.0);
            }
        }
        // Five standard deviations of the binomial count.
        let deviation = (2000.0 * density * (1.0 - density)).sqrt();
        prop_assert!((kept as f64 - 2000.0 * density).abs() < 5.0 * deviation, "{} of 2000 kept", kept);
        prop_assert_eq!(run(&one, &settings, seed), dropped.clone());
        prop_assert!(run(&one, &settings, seed + 1) != dropped);
    }
}

#[test]
fn dare_is_the_sum_in_expectation() {
    let two = updates(5, 6, &[2, 2], 4);
    let settings = MergeSettings { density: 0.5, ..plain(MergeMethod::Dare) };
    let total = (0..4000).fold(Matrix::zeros(5, 6), |total, seed| total + run(&two, &settings, seed));
    assert_close(&(total * faer::Scale(1.0 / 4000.0)), &dense_sum(&two), 0.08);
}

#[test]
fn what_a_language_drops_does_not_depend_on_its_place() {
    let two = updates(12, 14, &[2, 3], 9);
    let settings = MergeSettings { density: 0.4, ..plain(MergeMethod::Dare) };
    let at = |order: [usize; 2]| {
        let updates = order.map(|i| LanguageUpdate { language: CODES[i], delta: &two[i] });
        merge(&updates, &settings, 3).unwrap().dense()
    };
    assert_close(&at([0, 1]), &at([1, 0]), 1e-12);
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let refused = |updates: &[LowRank], settings: &MergeSettings, word: &str| {
        let updates: Vec<_> = updates.iter().map(|delta| LanguageUpdate { language: "en", delta }).collect();
        let error = merge(&updates, settings, 0).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    };
    let sum = plain(MergeMethod::Sum);
    refused(&[], &sum, "no update");
    refused(&[updates(3, 4, &[1], 0).remove(0), updates(3, 5, &[1], 0).remove(0)], &sum, "en");
    let mut broken = updates(3, 4, &[1], 0);
    broken[0] = LowRank::new(Matrix::from_fn(3, 1, |_, _| f64::NAN), broken[0].right().clone()).unwrap();
    refused(&broken, &sum, "not finite");
    for (settings, word) in [
        (MergeSettings { scale: 0.0, ..sum }, "scale"),
        (MergeSettings { scale: f64::NAN, ..sum }, "scale"),
        (MergeSettings { rank_ratio: 1.5, ..sum }, "rank_ratio"),
        (MergeSettings { density: 0.0, ..sum }, "density"),
    ] {
        refused(&updates(3, 4, &[1], 0), &settings, word);
    }
    assert!(MergeSettings::check_base(Method::LangEdit).unwrap_err().to_string().contains("memit or alphaedit"));
    assert_eq!(MergeSettings { shared_covariance: true, ..sum }.label(Method::AlphaEdit), "alphaedit+sum+shared");
}

#[test]
fn nothing_to_change_stays_nothing() {
    let none =
        [LowRank::new(Matrix::zeros(3, 0), Matrix::zeros(4, 0)).unwrap(), LowRank::new(Matrix::zeros(3, 1), Matrix::zeros(4, 1)).unwrap()];
    for method in MergeMethod::ALL {
        let merged = run(&none, &MergeSettings::new(*method), 0);
        assert_eq!((merged.shape(), merged.norm_l2()), ((3, 4), 0.0), "{method}");
    }
}

/// A large change that factors would not be smaller than is given entry by entry, any other in factors.
#[test]
fn factors_are_no_larger_than_what_they_make() {
    for (d_in, dense) in [(30, false), (2100, true)] {
        let parts = updates(4, d_in, &[5, 4, 2], 3);
        let resting: Vec<RestingUpdate> = parts.iter().map(|delta| delta.clone().into()).collect();
        for method in MergeMethod::ALL {
            let settings = MergeSettings { scale: 0.7, rank_ratio: 0.8, ..MergeSettings::new(*method) };
            let named: Vec<_> = CODES.into_iter().zip(&resting).collect();
            let found = merge_resting(&named, &settings, 5).unwrap();
            let expected = run(&parts, &settings, 5);
            assert_eq!(matches!(found, Update::Dense(_)), dense, "{method}");
            assert_close(&found.dense(), &expected, if dense { 1e-6 } else { 1e-12 });
        }
        let shorter = RestingUpdate::from(updates(4, d_in - 1, &[5], 3).remove(0));
        assert!(merge_resting(&[("en", &resting[0]), ("de", &shorter)], &plain(MergeMethod::Sum), 0).is_err());
    }
}
