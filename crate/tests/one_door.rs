//! One recipe gives one report, times aside: through the command, a link, an experiment's cell, and a trial followed by a run.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use std::path::Path;

use burn::prelude::Device;
use cli_support::{Experiment, facts, golden, json, read_json, succeeds, text, without_times};
use langedit::checkpoint;
use langedit::edit::{MergeMethod, MergeSettings, Statistics};
use langedit::recipe::{KeyStatistics, Recipe, Report, RunInput, Session, Timing, Unobserved};
use serde_json::{Value, json as value};
use sha2::{Digest as _, Sha256};

const MODEL: &str = "models/llama";
const STATISTICS: &str = "editing/stats.safetensors";

/// What a report says of the recipe, without times and without what the command adds to it.
fn outcome(report: Value) -> Value {
    let mut report = without_times(report);
    for added in ["link", "transfer", "verdict", "difference"] {
        report.as_object_mut().unwrap().remove(added);
    }
    report
}

fn of_library(report: &Report) -> Value {
    outcome(json(&serde_json::to_string(report).unwrap()))
}

fn session() -> Session {
    let checkpoint = checkpoint::open(Path::new(&golden(MODEL))).unwrap();
    Session::open(&checkpoint, &Device::flex(), "cpu", |_, _| ()).unwrap()
}

fn statistics() -> KeyStatistics {
    let bytes = std::fs::read(golden(STATISTICS)).unwrap();
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    KeyStatistics { statistics: Statistics::from_bytes(&bytes).unwrap(), sha256: Some(sha256), projectors: None }
}

/// The setting of how many steps a method takes.
fn steps(method: &str) -> &'static str {
    if method == "ft" { "num_steps" } else { "v_num_grad_steps" }
}

/// The report of the command, and its link.
fn edited(method: &str) -> (Value, String) {
    let setting = format!("{}=5", steps(method));
    let experiment = Experiment::new(MODEL, &["--batch", "2", "--method", method, "--set", &setting, "--seed", "3"]);
    let stats = golden(STATISTICS);
    let report = json(&succeeds(&experiment.args(&["--stats", &stats, "--json", "--quiet"])));
    let link = report["link"].as_str().unwrap().to_owned();
    (report, link)
}

#[test]
fn one_recipe_gives_one_report_through_every_door() {
    for method in ["langedit", "memit", "ft"] {
        let (report, link) = edited(method);
        let recipe = Recipe::from_json(&report["recipe"].to_string()).unwrap();
        let expected = outcome(report);

        let (model, stats) = (golden(MODEL), golden(STATISTICS));
        let replayed = json(&succeeds(&["run", &link, "--model", &model, "--stats", &stats, "--json", "--quiet"]));
        assert_eq!(replayed["verdict"], "reproduced");
        assert_eq!(outcome(replayed), expected, "{method}: the link");

        let folder = tempfile::tempdir().unwrap();
        let definition = folder.path().join("definition.json");
        let cell = value!({
            "name": "one", "title": "One", "about": "One cell.", "models": [model], "data": facts(folder.path()), "languages": ["en", "de"],
            "facts": 3, "batch": 2, "methods": [method], "orders": ["round-robin"], "seeds": [3],
            "settings": {"layers": "1-2", steps(method): "5"}
        });
        std::fs::write(&definition, cell.to_string()).unwrap();
        let out = folder.path().join("out");
        succeeds(&["experiment", &text(&definition), "--out", &text(&out), "--stats", &stats, "--quiet"]);
        let cells: Vec<_> = std::fs::read_dir(out.join("cells")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(cells.len(), 1);
        let mut cell = read_json(&cells[0]);
        assert!(cell.as_object_mut().unwrap().remove("experiment").is_some(), "a cell knows its experiment");
        assert_eq!(outcome(cell), expected, "{method}: the cell");

        let mut session = session();
        let input = || RunInput { statistics: Some(statistics()), ..RunInput::new(recipe.clone()) };
        let tried = pollster::block_on(session.trial(input(), &mut Unobserved)).unwrap();
        assert_eq!((session.records().len(), session.history().len()), (0, 0), "a trial leaves nothing");
        assert_eq!(of_library(&tried), expected, "{method}: the trial");
        let run = pollster::block_on(session.run(input(), &mut Unobserved)).unwrap();
        assert_eq!(of_library(&run), expected, "{method}: the run behind the trial");
        assert_eq!(run.timing.target_seconds, 0.0, "{method}: what was tried is not made again");
    }
}

#[test]
fn a_merge_with_its_sweep_is_a_run_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let (model, stats, data) = (golden(MODEL), golden(STATISTICS), facts(folder.path()));
    let flags = ["merge", "--model", &model, "--data", &data, "--languages", "en,de", "--facts", "3", "--layers", "1-2", "--stats", &stats];
    let more = ["--method", "memit", "--merge", "sum", "--sweep-scale", "0.5,1", "--set", "v_num_grad_steps=5", "--json", "--quiet"];
    let report = json(&succeeds(&[&flags[..], &more].concat()));
    let recipe = Recipe::from_json(&report["recipe"].to_string()).unwrap();
    let sum = MergeSettings::new(MergeMethod::Sum);
    assert_eq!(recipe.merge, Some(sum));

    let mut session = session();
    let sweep = vec![MergeSettings { scale: 0.5, ..sum }, sum];
    let input = RunInput { sweep, statistics: Some(statistics()), ..RunInput::new(recipe) };
    let tried = pollster::block_on(session.trial(input, &mut Unobserved)).unwrap();
    assert_eq!(tried.sweep.len(), 2);
    assert_eq!(of_library(&tried), outcome(report));
    assert!(session.history().is_empty());
}

/// What no part of a report's times counts is at most a twentieth of its total: a ratio within one run.
#[test]
fn the_parts_of_a_reports_time_add_up() {
    let (report, _) = edited("langedit");
    let recipe = Recipe::from_json(&report["recipe"].to_string()).unwrap();
    let mut times: Vec<Timing> = vec![serde_json::from_value(report["timing"].clone()).unwrap()];
    let mut session = session();
    for _made_then_kept in 0..2 {
        let input = RunInput { statistics: Some(statistics()), ..RunInput::new(recipe.clone()) };
        times.push(pollster::block_on(session.run(input, &mut Unobserved)).unwrap().timing);
    }
    for timing in times {
        assert!(timing.total_seconds > 0.0);
        assert!((timing.parts() - timing.total_seconds).abs() <= 0.05 * timing.total_seconds, "{timing:?}");
    }
}
