//! `langedit merge` from outside, on a tiny checkpoint: report, sweep, replay, what is refused.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use cli_support::{facts, golden, json, read_json, refused, succeeds, text, without_times};

struct Setting {
    folder: tempfile::TempDir,
    flags: Vec<String>,
}

impl Setting {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (model, data) = (golden("models/llama"), facts(folder.path()));
        let flags = ["merge", "--model", &model, "--data", &data, "--languages", "en,de", "--facts", "3", "--layers", "1-2"];
        let settings = ["--set", "v_num_grad_steps=10"];
        Self { flags: flags.iter().chain(&settings).map(|&flag| flag.to_owned()).collect(), folder }
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        self.flags.iter().map(String::as_str).chain(more.iter().copied()).collect()
    }

    fn path(&self, name: &str) -> String {
        text(&self.folder.path().join(name))
    }
}

#[test]
fn a_merge_gives_a_report_that_can_be_run_again() {
    let setting = Setting::new();
    let path = setting.path("report.json");
    let flags = [
        "--method",
        "alphaedit",
        "--merge",
        "tsvm",
        "--shared-covariance",
        "--set",
        "nullspace_threshold=20%",
        "--scale",
        "1.2",
        "--rank-ratio",
        "0.7",
    ];
    let printed = json(&succeeds(&setting.args(&[&flags[..], &["--seed", "4", "--report", &path, "--json"]].concat())));
    let report = read_json(path.as_ref());
    assert_eq!(report, printed);
    assert_eq!((&report["method"], &report["seed"]), (&"alphaedit".into(), &4.into()));
    let settings = json(r#"{"method":"tsvm","shared_covariance":true,"scale":1.2,"rank_ratio":0.7,"density":1.0}"#);
    assert_eq!(report["merge"]["settings"], settings);
    assert_eq!(report["recipe"]["merge"], settings);
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| step["language"].as_str().unwrap()).collect::<Vec<_>>(), ["en", "de"]);
    for layer in ["1", "2"] {
        assert_eq!(report["merge"]["columns"][layer], 4, "two of three triples of each language");
        assert!(report["merge"]["delta_norm"][layer].as_f64().unwrap() > 0.0);
    }
    assert!(report.get("sweep").is_none());

    assert!(succeeds(&["inspect", report["link"].as_str().unwrap()]).contains("alphaedit+tsvm+shared-x1.2-r0.7"));
    let again = setting.path("again.json");
    let model = golden("models/llama");
    let line = succeeds(&["run", report["link"].as_str().unwrap(), "--model", &model, "--report", &again]);
    assert!(line.contains("alphaedit+tsvm+shared") && line.trim_end().ends_with("reproduced"), "{line}");
    let mut replay = read_json(again.as_ref());
    assert_eq!(replay.as_object_mut().unwrap().remove("verdict").unwrap(), "reproduced");
    assert_eq!(without_times(replay), without_times(report));
}

#[test]
fn a_sweep_measures_the_same_edits_in_many_merges() {
    let setting = Setting::new();
    let (csv, svg, report) = (setting.path("sweep.csv"), setting.path("sweep.svg"), setting.path("report.json"));
    let sweep = ["--merge", "sum", "--sweep-scale", "0.4,1,1.6", "--sweep-rank", "0.4,1", "--sweep-csv", &csv, "--sweep-svg", &svg];
    let table = succeeds(&setting.args(&[&sweep[..], &["--report", &report]].concat()));
    assert!(table.contains("memit+sum") && table.contains("rank ratio"), "{table}");
    let report = read_json(report.as_ref());
    let points = report["sweep"].as_array().unwrap();
    assert_eq!(points.len(), 6);
    let same = points.iter().find(|point| point["merge"] == report["merge"]["settings"]).unwrap();
    assert_eq!(same["average"], report["average"]["after"]);
    let rows: Vec<Vec<String>> =
        std::fs::read_to_string(csv).unwrap().lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    assert_eq!(rows.len(), 1 + 6 * 3, "two languages and their average");
    for (row, point) in rows.iter().filter(|row| row[5] == "average").zip(points) {
        let close = |text: &str, value: &serde_json::Value| (text.parse::<f64>().unwrap() - value.as_f64().unwrap()).abs() < 1e-4;
        assert!(close(&row[2], &point["merge"]["scale"]) && close(&row[3], &point["merge"]["rank_ratio"]));
        assert!(close(&row[7], &point["average"]["efficacy"]) && close(&row[9], &point["average"]["specificity"]));
    }
    let svg = std::fs::read_to_string(svg).unwrap();
    assert_eq!(svg.matches("<circle").count(), 3 * 6, "three charts of six points");
}

#[test]
fn what_makes_no_sense_is_refused_before_the_work() {
    let setting = Setting::new();
    let refuse = |more: &[&str], words: &[&str]| refused(&setting.args(more), 2, words);
    refuse(&["--method", "langedit"], &["langedit", "memit or alphaedit"]);
    refuse(&["--merge", "tvsm"], &["tvsm", "tsvm"]);
    refuse(&["--scale", "0"], &["merge.scale"]);
    refuse(&["--sweep-rank", "0.5,2"], &["merge.rank_ratio", "2"]);
    refuse(&["--sweep-csv", "x.csv"], &["--sweep-scale"]);
}
