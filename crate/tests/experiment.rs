//! `langedit experiment` and `langedit report` from outside, on tiny checkpoints: every cell, resuming, failures, tables that agree.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use cli_support::experiment::{Folder, rows};
use cli_support::{command, csv_rows, facts, golden, json, langedit, read_json, refused, succeeds, text};
use serde_json::{Value, json as value};

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// `12.3 ± 4.5` begins with the mean.
fn shown(cell: &str) -> f64 {
    cell.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn every_cell_runs_and_the_tables_agree_with_the_reports() {
    let folder = Folder::new();
    let merge = |method: &str, shared: bool| value!({"method": method, "shared_covariance": shared, "scale": 1.0, "rank_ratio": 1.0, "density": 1.0});
    let change = value!({
        "monolingual": true,
        "merging": {"methods": ["memit"], "merges": [merge("sum", true), merge("tsvm", false)], "sweep_scales": [0.5, 1.0]}
    });
    let (definition, out) = (folder.definition(&change), folder.path("out"));
    let summary = json(&succeeds(&["experiment", &definition, "--out", &out, "--json", "--quiet"]));
    // Two methods in all languages and in each alone, and two merges, by two seeds.
    assert_eq!((&summary["cells"], &summary["done"], &summary["failed"]), (&16.into(), &16.into(), &0.into()));
    let cells = folder.cells();
    assert_eq!(cells.len(), 16);
    let reports: BTreeMap<&str, Value> = cells.iter().map(|(id, bytes)| (id.as_str(), serde_json::from_slice(bytes).unwrap())).collect();
    for seed in 0..2 {
        let sum = &reports[format!("llama.memit+sum+shared.merged.seed{seed}").as_str()];
        assert_eq!((sum["seed"].as_u64(), sum["sweep"].as_array().unwrap().len()), (Some(seed), 2));
        assert_eq!(sum["sweep"][1]["average"], sum["average"]["after"]);
        let alone = &reports[format!("llama.langedit.alone.seed{seed}.de").as_str()];
        assert_eq!(alone["recipe"]["languages"], value!(["de"]));
    }

    // Every number of the CSV is that of the report it names.
    let csv = fs::read_to_string(folder.path("out/report.csv")).unwrap();
    let lines = csv_rows(&csv);
    let mut checked = 0;
    for row in &lines {
        let report = &reports[row["id"].as_str()];
        let accuracy = if row["language"] == "average" { &report["average"] } else { &report["languages"][&row["language"]] };
        for when in ["before", "after"] {
            for name in ["efficacy", "generality", "specificity"] {
                let found: f64 = row[format!("{name}_{when}").as_str()].parse().unwrap();
                assert!((found - accuracy[when][name].as_f64().unwrap()).abs() < 1e-4, "{row:?}");
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 6 * (8 * 3 + 8 * 2), "16 runs, eight of one language and eight of two, each with its average");

    let kept = lines.iter().filter(|row| row["language"] == "average").map(|row| &row["specificity_agreement_after"]);
    assert!(kept.collect::<std::collections::BTreeSet<_>>().len() > 1, "the runs differ, so that mixing them up would show");

    // The main table has their means over seeds, the interference table the differences.
    let markdown = fs::read_to_string(folder.path("out/report.md")).unwrap();
    let main = rows(&markdown, "Methods");
    assert_eq!(
        main.iter().map(|row| row[3].as_str()).collect::<Vec<_>>(),
        ["unedited", "langedit", "memit", "memit+sum+shared", "memit+tsvm"]
    );
    let over_seeds = |id: &dyn Fn(u64) -> String, pick: &dyn Fn(&Value) -> f64| mean(&[0, 1].map(|seed| pick(&reports[id(seed).as_str()])));
    for row in main.iter().skip(1) {
        let how = if row[3].contains('+') { "merged" } else { "round-robin" };
        for (column, name) in [(6, "efficacy"), (7, "generality"), (8, "specificity"), (9, "specificity_agreement")] {
            let id = |seed| format!("llama.{}.{how}.seed{seed}", row[3]);
            let expected = over_seeds(&id, &|report| report["average"]["after"][name].as_f64().unwrap());
            assert!((shown(&row[column]) - expected).abs() < 0.051, "{row:?}: {name} is {expected}");
        }
    }
    let interference = rows(&markdown, "Negative interference");
    assert_eq!(interference.len(), 4 * 2, "four methods in two languages");
    let row = interference.iter().find(|row| row[1] == "langedit" && row[3] == "de").unwrap();
    let efficacy = |report: &Value| report["languages"]["de"]["after"]["efficacy"].as_f64().unwrap();
    let alone = over_seeds(&|seed| format!("llama.langedit.alone.seed{seed}.de"), &efficacy);
    let among = over_seeds(&|seed| format!("llama.langedit.round-robin.seed{seed}"), &efficacy);
    for (cell, expected) in [(&row[5], alone), (&row[6], among), (&row[7], among - alone)] {
        assert!((shown(cell) - expected).abs() < 0.051, "{row:?}");
    }
    let merged = interference.iter().find(|row| row[1] == "memit+tsvm" && row[3] == "en").unwrap();
    let own =
        over_seeds(&|seed| format!("llama.memit+tsvm.merged.seed{seed}"), &|r| r["accuracy_matrix"][0]["en"]["efficacy"].as_f64().unwrap());
    assert!((shown(&merged[5]) - own).abs() < 0.051);

    // The sweep's table has the reports' means, at the scales that were swept.
    let swept = rows(&markdown, "Scale and rank of merges");
    assert_eq!(swept.iter().map(|row| row[3].as_str()).collect::<Vec<_>>(), ["sum+shared", "tsvm"]);
    for (column, point) in [(5, 0), (6, 1)] {
        let id = |seed| format!("llama.memit+tsvm.merged.seed{seed}");
        let expected = over_seeds(&id, &|report| report["sweep"][point]["average"]["specificity"].as_f64().unwrap());
        let found = swept[1][column].rsplit(" / ").next().unwrap();
        assert!((shown(found) - expected).abs() < 0.051, "{:?}: {expected}", swept[1]);
    }

    // One page, nothing loaded, charts inside.
    let page = fs::read_to_string(folder.path("out/report.html")).unwrap();
    for foreign in ["http:", "https:", "<script", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("A &lt;tiny&gt; experiment") && page.contains("prefers-color-scheme:dark"));
    for chart in ["Efficacy over all languages after each step", "Dimensions of the null space", "Specificity by scale: merges of"] {
        assert!(page.contains(chart), "{chart}");
    }

    // Doing it again does nothing; a page elsewhere is the same page.
    let again = json(&succeeds(&["experiment", &definition, "--out", &out, "--json", "--quiet"]));
    assert_eq!((&again["kept"], &again["done"], &again["tables"]), (&16.into(), &0.into(), &summary["tables"]));
    assert_eq!(folder.cells(), cells);
    let other = folder.path("other.html");
    assert!(succeeds(&["report", &out, "--out", &other]).contains("16 runs, 0 failed"));
    assert_eq!(fs::read_to_string(&other).unwrap(), page);

    let other = folder.definition(&value!({"facts": 2}));
    refused(&["experiment", &other, "--out", &out], 2, &["another experiment", "--out"]);
}

/// Each cell's scores after its edits are those that its report, replayed, gives.
#[test]
fn downstream_tasks_are_scored_before_and_after_each_cell() {
    let folder = Folder::new();
    let xtreme = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/xtreme"));
    let change = value!({"xtreme": {"folder": xtreme, "tasks": ["xnli", "wikiann"], "examples": 2}, "languages": ["en"], "seeds": [0], "methods": ["memit", "ft"]});
    let (definition, out) = (folder.definition(&change), folder.path("out"));
    succeeds(&["experiment", &definition, "--out", &out, "--quiet"]);
    let cells = folder.cells();
    assert_eq!(cells.len(), 2);
    let model = golden("models/llama");
    let eval = |more: &[&str]| {
        let args = [
            "eval",
            "--model",
            &model,
            "--languages",
            "en",
            "--xtreme",
            &xtreme,
            "--tasks",
            "xnli,wikiann",
            "--examples",
            "2",
            "--json",
            "--quiet",
        ];
        json(&succeeds(&[&args[..], more].concat()))["xtreme"]["tasks"].clone()
    };
    let unedited = eval(&[]);
    for (id, bytes) in &cells {
        let report: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(report["xtreme"]["before"]["tasks"], unedited);
        let path = folder.path("report.json");
        fs::write(&path, bytes).unwrap();
        assert_eq!(report["xtreme"]["after"]["tasks"], eval(&["--recipe", &path]), "{id}");
    }
    let markdown = fs::read_to_string(folder.path("out/report.md")).unwrap();
    let table = rows(&markdown, "Downstream tasks");
    assert_eq!(table.iter().map(|row| row[3].as_str()).collect::<Vec<_>>(), ["unedited", "ft", "memit"]);
    assert_eq!(table[0].len(), 5 + 2 * 3);
    assert!((shown(&table[0][5]) - unedited["xnli"]["en"]["published"].as_f64().unwrap()).abs() < 0.051, "{table:?}");
    let missing = folder.definition(&value!({"xtreme": {"folder": "nowhere"}}));
    refused(&["experiment", &missing, "--out", &folder.path("other")], 1, &["nowhere"]);
    let empty = folder.definition(&value!({"xtreme": {"folder": ".", "tasks": []}}));
    refused(&["experiment", &empty, "--out", &folder.path("other")], 1, &["experiment.xtreme.tasks"]);
}

#[test]
fn a_killed_experiment_goes_on_where_it_was() {
    let folder = Folder::new();
    let change = value!({"seeds": [0, 1, 2, 3], "settings": {"layers": "1-2", "v_lr": "0.1", "v_num_grad_steps": "100", "nullspace_threshold": "20%"}});
    let (definition, out) = (folder.definition(&change), folder.path("out"));
    let mut child = command(&["experiment", &definition, "--out", &out]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while folder.cells().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(300) && child.try_wait().unwrap().is_none(), "no cell was seen");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = folder.cells();
    assert!(!before.is_empty() && before.len() < 8, "it was killed in the middle: {} of 8 cells", before.len());
    let summary = json(&succeeds(&["experiment", &definition, "--out", &out, "--json", "--quiet"]));
    assert_eq!((summary["kept"].as_u64(), summary["done"].as_u64()), (Some(before.len() as u64), Some(8 - before.len() as u64)));
    let after = folder.cells();
    assert_eq!(after.len(), 8);
    assert!(before.iter().all(|(id, bytes)| after[id] == *bytes), "what was done is kept as it was");
}

#[test]
fn a_cell_that_fails_does_not_stop_the_others() {
    let folder = Folder::new();
    let missing = folder.path("missing");
    let change = value!({"models": [missing, golden("models/llama")], "methods": ["memit"], "seeds": [0]});
    let (definition, out) = (folder.definition(&change), folder.path("out"));
    let output = langedit(&["experiment", &definition, "--out", &out]);
    let (said, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(said.contains("1 run, 1 failed"), "{said}");
    assert!(stderr.contains("cell 1 of 2") && stderr.trim_end().lines().last().unwrap().contains("1 of 2 cells failed"), "{stderr}");
    assert_eq!(folder.cells().into_keys().collect::<Vec<_>>(), ["llama.memit.round-robin.seed0"]);
    let markdown = fs::read_to_string(folder.path("out/report.md")).unwrap();
    assert_eq!(rows(&markdown, "Failed")[0][0], "missing.memit.round-robin.seed0");
    assert!(fs::read_to_string(folder.path("out/report.html")).unwrap().contains("1 of 2 runs are done, 1 failed"));

    // What failed is tried again, and only that.
    fs::create_dir(&missing).unwrap();
    for file in fs::read_dir(golden("models/llama")).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, Path::new(&missing).join(path.file_name().unwrap())).unwrap();
    }
    let summary = json(&succeeds(&["experiment", &definition, "--out", &out, "--json", "--quiet"]));
    assert_eq!((&summary["kept"], &summary["done"], &summary["failed_cells"]), (&1.into(), &1.into(), &value!([])));
    assert!(!fs::read_to_string(folder.path("out/report.md")).unwrap().contains("## Failed"));
}

#[test]
fn reports_of_other_commands_make_a_page_too() {
    let folder = Folder::new();
    let (model, data) = (golden("models/llama"), facts(folder.0.path()));
    let reports = folder.0.path().join("reports");
    fs::create_dir(&reports).unwrap();
    refused(&["report", &text(&reports)], 1, &["no report"]);
    for method in ["memit", "alphaedit"] {
        let report = text(&reports.join(format!("{method}.json")));
        let flags =
            ["edit", "--model", &model, "--data", &data, "--languages", "en,de", "--facts", "1", "--layers", "1-2", "--method", method];
        succeeds(&[&flags[..], &["--set", "v_num_grad_steps=2", "--quiet", "--report", &report]].concat());
    }
    fs::write(reports.join("notes.json"), "{\"something\": \"else\"}").unwrap();
    assert!(succeeds(&["report", &text(&reports)]).contains("2 runs, 0 failed"));
    let main = rows(&fs::read_to_string(reports.join("report.md")).unwrap(), "Methods");
    let report = read_json(&reports.join("memit.json"));
    let row = main.iter().find(|row| row[3] == "memit").unwrap();
    assert!((shown(&row[6]) - report["average"]["after"]["efficacy"].as_f64().unwrap()).abs() < 0.051);
}

#[test]
fn what_cannot_be_run_is_refused_before_the_work() {
    let folder = Folder::new();
    refused(&["experiment", "langedit-tabel"], 2, &["langedit-table"]);
    let definition = folder.definition(&value!({}));
    refused(&["experiment", &definition, "--scale", "small"], 2, &["no small scale"]);
    let gone = folder.path("gone.gguf");
    refused(&["experiment", &definition, "--model", &gone], 1, &["gone.gguf"]);
    let unread = folder.definition(&value!({"settings": {"rect_k": "20"}}));
    refused(&["experiment", &unread], 1, &["no method reads `rect_k`", "read by rect"]);
    let broken = folder.definition(&value!({"methods": ["memmit"]}));
    refused(&["experiment", &broken], 1, &["memmit", "definition.json"]);
    let shown = json(&succeeds(&["experiment", "merging-table", "--scale", "small", "--show"]));
    assert_eq!(shown["models"], value!(["builtin"]));
    assert!(shown.get("small").is_none());
}
