//! `--recall` from outside, on the model that the crate carries.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use cli_support::{json, read_json, refused, succeeds, text};
use serde_json::Value;

const EDIT: [&str; 11] = ["--model", "builtin", "--data", "builtin", "--languages", "en,de", "--facts", "3", "--batch", "3", "--json"];

fn run(command: &str, more: &[&str]) -> Value {
    json(&succeeds(&[&[command], &EDIT[..], more].concat()))
}

fn percent(value: &Value) -> f64 {
    let value = value.as_f64().unwrap();
    assert!((0.0..=100.0).contains(&value));
    value
}

#[test]
fn edits_say_what_is_left_of_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = (text(&folder.path().join("report.json")), text(&folder.path().join("state")));
    let without = run("edit", &["--seed", "4", "--resume", &state]);
    assert!(without["steps"][0].get("recall").is_none() && without["average"]["after"].get("recall").is_none());
    // The steps are taken from the state and asked again.
    let report = run("edit", &["--seed", "4", "--resume", &state, "--recall", "60", "--report", &path]);
    assert_eq!(report, read_json(&folder.path().join("report.json")));
    assert_eq!(report["languages"]["de"]["after"]["efficacy"], without["languages"]["de"]["after"]["efficacy"]);
    for code in ["en", "de"] {
        let language = &report["languages"][code];
        for group in ["recall", "recall_subject"] {
            assert!(percent(&language["before"][group]) > 90.0, "{code} {group}: {language}");
            assert_eq!(report["steps"][1][group][code], language["after"][group], "the last step is what is after");
            percent(&report["steps"][0][group][code]);
        }
        assert!(percent(&language["after"]["recall"]) > 80.0, "{language}");
    }
    let mean = (percent(&report["languages"]["en"]["after"]["recall"]) + percent(&report["languages"]["de"]["after"]["recall"])) / 2.0;
    assert!((percent(&report["average"]["after"]["recall"]) - mean).abs() < 1e-9);

    // The same questions, asked of the model that the report's recipe makes.
    let flags = ["eval", "--model", "builtin", "--recipe", &path, "--languages", "en,de", "--seed", "4", "--recall", "60", "--json"];
    let asked = &json(&succeeds(&flags))["recall"];
    for code in ["en", "de"] {
        let after = &report["languages"][code]["after"];
        assert_eq!(asked["languages"][code]["recall"], after["recall"]);
        assert_eq!(asked["subject"]["languages"][code]["recall"], after["recall_subject"]);
    }
    assert_eq!(asked["average"]["recall"], report["average"]["after"]["recall"]);
}

#[test]
fn merges_say_it_of_each_edit_and_of_all() {
    let flags = ["merge", "--model", "builtin", "--data", "builtin", "--languages", "en,de", "--facts", "3", "--recall", "40", "--json"];
    let report = json(&succeeds(&flags));
    for code in ["en", "de"] {
        percent(&report["steps"][0]["recall"][code]);
        percent(&report["languages"][code]["after"]["recall"]);
    }
}

#[test]
fn the_unedited_model_is_asked_by_language_and_relation() {
    let measured = json(&succeeds(&["eval", "--model", "builtin", "--recall", "70", "--json"]));
    let recall = &measured["recall"];
    assert_eq!(recall["languages"].as_object().unwrap().len(), 6);
    assert!(recall.get("subject").is_none() && measured.get("languages").is_none());
    assert!(percent(&recall["average"]["held_out"]) > 90.0 && percent(&recall["average"]["trained"]) > 95.0);
    percent(&recall["languages"]["zh"]["withheld"]);
    assert!(percent(&recall["relations"]["capital"]["recall"]) > 80.0);
    let table = succeeds(&["eval", "--model", "builtin", "--recall", "10", "--languages", "en"]);
    assert!(table.contains("held out") && table.contains("\naverage ") && table.contains("\nrelation\n"), "{table}");
    refused(&["eval", "--model", "builtin", "--recall", "0"], 2, &["--recall"]);
    refused(&["edit", "--model", "builtin", "--data", "builtin", "--recall", "some"], 2, &["--recall"]);
}
