//! Accuracies and success rates of a whole run against an independent PyTorch script (tests/golden/metrics).
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod golden_support;

use std::collections::BTreeMap;

use golden_support::{assignments, json, path, sessions};
use langedit::edit::{Method, Settings, Statistics};
use langedit::facts::Fact;
use langedit::recipe::{ModelRef, Recipe, RunInput, Unobserved};
use serde_json::{Map, Value, to_value};

#[test]
fn a_run_gives_the_scripts_numbers() {
    let settings: Value = json("editing/settings.json");
    let facts: Vec<Fact> = json("metrics/facts.json");
    let golden: Value = json("metrics/golden.json");
    let templates: BTreeMap<String, Vec<String>> = json("editing/templates.json");
    let statistics = Statistics::from_bytes(&std::fs::read(path("editing/stats.safetensors")).unwrap()).unwrap();
    for mut session in sessions() {
        let mut resolved = Settings::for_model(session.config(), Method::Memit);
        for (name, value) in assignments(&settings["set"]) {
            resolved.set(&name, &value).unwrap();
        }
        let mut recipe = Recipe::new(ModelRef { name: "tiny".into(), sha256: None }, Method::Memit, 0);
        recipe.push_step(facts[..3].iter().cloned());
        recipe.push_step(facts[3..].iter().cloned());
        recipe.templates = Some(templates.clone());
        recipe.adopt(&resolved, session.config());
        let input = RunInput { statistics: Some(statistics.clone().into()), ..RunInput::new(recipe) };
        let report = to_value(pollster::block_on(session.run(input, &mut Unobserved)).unwrap()).unwrap();

        let when = ["before", "after"];
        for (language, when) in ["en", "de"].iter().flat_map(|language| when.map(|when| (language, when))) {
            let (ours, theirs) = (&report["languages"][language][when], &golden["languages"][language][when]);
            compare(ours, theirs, 1e-9, &format!("{language}, {when}"));
        }
        for (index, when) in (0..facts.len()).flat_map(|index| when.map(|when| (index, when))) {
            let (ours, theirs) = (&report["facts"][index][when], &golden["facts"][index][when]);
            let known: Map<String, Value> =
                theirs.as_object().unwrap().iter().filter(|(name, _)| OF_FACTS.contains(&name.as_str())).map(own).collect();
            compare(ours, &Value::Object(known), 1e-4, &format!("fact {index}, {when}"));
        }
    }
}

/// What a report says of each fact.
const OF_FACTS: [&str; 9] = [
    "efficacy",
    "efficacy_exact",
    "generality",
    "specificity",
    "portability",
    "specificity_subject",
    "efficacy_success",
    "generality_success",
    "specificity_success",
];

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

#[track_caller]
fn compare(ours: &Value, theirs: &Value, tolerance: f64, what: &str) {
    for (name, expected) in theirs.as_object().unwrap() {
        match (ours[name].as_f64(), expected.as_f64()) {
            (Some(ours), Some(theirs)) => assert!((ours - theirs).abs() < tolerance, "{what}: {name} is {ours}, not {theirs}"),
            (ours, theirs) => assert_eq!(ours, theirs, "{what}: {name}"),
        }
    }
}
