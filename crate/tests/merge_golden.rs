//! Merging against vectors that tests/golden/merge/make.py computed from dense formulas in NumPy.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod golden_support;

use golden_support::Golden;
use langedit::edit::merge::{LanguageUpdate, MergeSettings, merge};
use langedit::edit::{MergeMethod, Method};
use langedit::linalg::*;

/// All vectors agree to this, relative to the Frobenius norm of what is expected.
const TOLERANCE: f64 = 1e-8;
const LANGUAGES: [&str; 3] = ["en", "de", "zh"];

fn golden() -> Golden {
    Golden::open("merge/merge.safetensors")
}

/// The languages' updates by the crate's solvers, others' keys in the inverse where `shared`.
fn updates(golden: &Golden, base: Method, shared: bool) -> Vec<LowRank> {
    let mut covariance = KeyCovariance::new(24);
    covariance.add_keys(golden.get("pretrained").as_ref(), 1.0).unwrap();
    let factor = CovarianceFactor::new(&covariance).unwrap();
    let projector = Projector::from_covariance(&covariance, Threshold::Absolute(2e-2)).unwrap();
    let keys = LANGUAGES.map(|code| golden.get(&format!("{code}.keys")));
    LANGUAGES
        .iter()
        .enumerate()
        .map(|(i, code)| {
            let others = keys.iter().enumerate().filter(|(j, _)| shared && *j != i);
            let others = others.fold(Matrix::zeros(24, 0), |held, (_, keys)| concat_columns(held.as_ref(), keys.as_ref()).unwrap());
            let residuals = golden.get(&format!("{code}.residuals"));
            match base {
                Method::Memit => memit_seq_update(&residuals, &keys[i], &others, &factor, 15.0),
                Method::AlphaEdit => alphaedit_update(&residuals, &keys[i], &others, &projector, 10.0),
                other => panic!("{other} has no golden vectors"),
            }
            .unwrap()
        })
        .collect()
}

fn merged(updates: &[LowRank], settings: &MergeSettings) -> Matrix {
    let updates: Vec<_> = updates.iter().zip(LANGUAGES).map(|(delta, language)| LanguageUpdate { language, delta }).collect();
    merge(&updates, settings, 0).unwrap().dense()
}

#[test]
fn every_merge_of_every_base() {
    let golden = golden();
    for base in Method::merging() {
        for (variant, shared) in [("own", false), ("shared", true)] {
            let updates = updates(&golden, base, shared);
            let at = format!("{base}.{variant}");
            for (language, update) in LANGUAGES.iter().zip(&updates) {
                golden.agrees(&format!("{at}.{language}"), &update.dense(), TOLERANCE);
            }
            let with = |method: MergeMethod, scale: f64, rank_ratio: f64, density: f64| MergeSettings {
                scale,
                rank_ratio,
                density,
                ..MergeSettings::new(method)
            };
            let variants = [
                ("sum", with(MergeMethod::Sum, 1.0, 1.0, 1.0)),
                ("sum.scaled", with(MergeMethod::Sum, 1.3, 1.0, 1.0)),
                ("sum.half", with(MergeMethod::Sum, 1.0, 0.5, 1.0)),
                ("mean", with(MergeMethod::Mean, 1.0, 1.0, 1.0)),
                ("tsvm", with(MergeMethod::Tsvm, 1.0, 1.0, 1.0)),
                ("tsvm.half", with(MergeMethod::Tsvm, 1.1, 0.5, 1.0)),
                ("ties", with(MergeMethod::Ties, 1.0, 1.0, 0.2)),
                ("ties.all", with(MergeMethod::Ties, 1.0, 1.0, 1.0)),
            ];
            for method in MergeMethod::ALL {
                // What DARE drops is drawn, so it has properties instead of vectors.
                let golden = variants.iter().any(|(_, settings)| settings.method == *method) || *method == MergeMethod::Dare;
                assert!(golden, "{method} has no golden vectors");
            }
            for (name, settings) in variants {
                golden.agrees(&format!("{at}.{name}"), &merged(&updates, &settings), TOLERANCE);
            }
        }
        let shared = updates(&golden, base, true);
        golden.agrees(&format!("{base}.joint"), &merged(&shared, &MergeSettings::new(MergeMethod::Sum)), TOLERANCE);
    }
}

#[test]
fn languages_that_coincide() {
    let golden = golden();
    let updates = updates(&golden, Method::Memit, false);
    let twice = [updates[0].clone(), updates[0].clone(), updates[1].clone()];
    golden.agrees("tsvm.twice", &merged(&twice, &MergeSettings::new(MergeMethod::Tsvm)), TOLERANCE);
}
