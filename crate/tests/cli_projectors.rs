//! `langedit project` and `--projectors` from outside, on a tiny checkpoint: the same reports, and nothing but what belongs to the run is read.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use std::fs;
use std::path::Path;

use cli_support::{Experiment, facts, golden, json, read_json, refused, succeeds, text, without_times};
use langedit::edit::Statistics;
use langedit::linalg::{KeyCovariance, Matrix};
use serde_json::{Value, json as value};

const THRESHOLD: &str = "nullspace_threshold=20%";

/// A statistics file of layers 1 and 2 of a tiny model; the numbers differ from `seed` to `seed`.
fn statistics(path: &Path, seed: usize) -> String {
    let covariance = |layer: usize| {
        let keys = Matrix::from_fn(64, 300, |i, j| {
            let mixed = ((i * 7919 + j * 104_729 + i * j * 31 + seed + layer) % 1013) as f64 / 1013.0 - 0.5;
            mixed * 0.93_f64.powi(i as i32)
        });
        let mut covariance = KeyCovariance::new(64);
        covariance.add_keys(keys.as_ref(), 100.0).unwrap();
        covariance
    };
    fs::write(path, Statistics::new([1, 2].map(|layer| (layer, covariance(layer))).into(), "invented").to_bytes().unwrap()).unwrap();
    text(path)
}

/// Reports without times, and without what says that a projector was read.
fn results(report: &Value) -> Value {
    let mut report = without_times(report.clone());
    report.as_object_mut().unwrap().remove("projectors");
    report
}

#[test]
fn reports_are_the_same_with_projectors_as_without() {
    let experiment = Experiment::new("models/llama", &["--batch", "1", "--evaluate-every", "end", "--json", "--quiet"]);
    let stats = statistics(&experiment.path("stats.safetensors"), 0);
    let (relative, absolute) = (text(&experiment.path("relative")), text(&experiment.path("absolute")));
    let model = golden("models/llama");
    let project = |threshold: &str, out: &str| {
        json(&succeeds(&["project", "--model", &model, "--stats", &stats, "--threshold", threshold, "--out", out, "--json", "--quiet"]))
    };
    let made = project("20%", &relative);
    assert_eq!((&made["layers"][1]["layer"], &made["layers"][1]["dimension"]), (&2.into(), &64.into()));
    assert!(made["layers"][0]["seconds"].is_f64());
    project("0.003", &absolute);
    // Of layers that are not edited nothing is read.
    fs::write(Path::new(&relative).join("layer9.safetensors"), b"notes").unwrap();
    for (set, folder) in [
        (&["--method", "alphaedit", "--set", THRESHOLD][..], &relative),
        (&["--method", "alphaedit", "--set", "nullspace_threshold=0.003"], &absolute),
        (&["--method", "langedit", "--set", THRESHOLD, "--set", "projection=exact"], &relative),
        (&["--method", "langedit", "--set", THRESHOLD, "--set", "projection=tracked"], &relative),
        (&["--method", "langedit", "--set", "nullspace_threshold=0.003", "--mode", "repo"], &absolute),
        (&["--method", "answeredit", "--set", THRESHOLD], &relative),
    ] {
        let with = [set, &["--stats", &stats, "--projectors", folder]].concat();
        let without = json(&succeeds(&experiment.args(&with[..with.len() - 2])));
        // Of several folders the one that fits is read.
        let with = [&with[..], &["--projectors", &absolute, "--projectors", &relative]].concat();
        let with = json(&succeeds(&experiment.args(&with)));
        assert_eq!(results(&with), results(&without), "{set:?}");
        assert!(without.get("projectors").is_none());
        let null = with["steps"][0]["null_dimension"]["1"].as_u64().unwrap();
        assert!(0 < null && null < 64, "{set:?}: {null}");
        if folder == &relative {
            assert_eq!(with["steps"][0]["null_dimension"]["2"], made["layers"][1]["null_dimension"], "{set:?}");
        }
    }
    // The report names the folder, and the bytes of the layers' files.
    let report = text(&experiment.path("report.json"));
    let run = ["--method", "alphaedit", "--set", THRESHOLD, "--stats", &stats, "--projectors", &relative, "--report", &report];
    succeeds(&experiment.args(&run));
    let bytes = [1, 2].map(|layer| fs::read(format!("{relative}/layer{layer}.safetensors")).unwrap()).concat();
    let hash = format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(bytes));
    let named = &read_json(Path::new(&report))["projectors"];
    assert_eq!(*named, value!({"source": "relative", "sha256": hash}));
    // A report is a recipe: `run` reads them too, and `merge`.
    let replayed = json(&succeeds(&["run", &report, "--model", &model, "--stats", &stats, "--projectors", &relative, "--json", "--quiet"]));
    assert_eq!((&replayed["projectors"], &replayed["verdict"]), (named, &"reproduced".into()));
    let data = facts(experiment.folder.path());
    let merge =
        ["merge", "--model", &model, "--data", &data, "--languages", "en,de", "--facts", "2", "--layers", "1-2", "--json", "--quiet"];
    let merge = [&merge[..], &["--method", "alphaedit", "--set", THRESHOLD, "--stats", &stats]].concat();
    let (with, without) = (succeeds(&[&merge[..], &["--projectors", &relative]].concat()), succeeds(&merge));
    assert_eq!(results(&json(&with)), results(&json(&without)));
    assert_eq!(&json(&with)["projectors"], named);
}

#[test]
fn a_layer_a_process_is_the_same_as_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| text(&folder.path().join(name));
    let (model, stats) = (golden("models/llama"), statistics(&folder.path().join("stats.safetensors"), 0));
    let project = |out: &str, more: &[&str]| {
        let args = ["project", "--model", &model, "--stats", &stats, "--threshold", "20%", "--out", out, "--json", "--quiet"];
        json(&succeeds(&[&args[..], more].concat()))
    };
    project(&path("all"), &[]);
    project(&path("each"), &["--layers", "2"]);
    assert!(!Path::new(&path("each/layer1.safetensors")).exists());
    project(&path("each"), &["--layers", "1"]);
    for layer in ["layer1.safetensors", "layer2.safetensors"] {
        assert_eq!(fs::read(path(&format!("all/{layer}"))).unwrap(), fs::read(path(&format!("each/{layer}"))).unwrap());
    }
    // What is there is kept.
    let again = project(&path("all"), &[]);
    assert!(again["layers"].as_array().unwrap().iter().all(|layer| layer.get("seconds").is_none()), "{again}");
    // Nothing else is written over.
    let all = path("all");
    let args = ["project", "--model", &model, "--stats", &stats, "--out", &all, "--threshold"];
    refused(&[&args[..], &["0.3"]].concat(), 2, &["layer1.safetensors", "nullspace_threshold=share:0.2, not 0.3", "folder"]);
    fs::write(path("all/layer2.safetensors"), b"notes").unwrap();
    refused(&[&args[..], &["20%"]].concat(), 2, &["layer2.safetensors", "no projector"]);
    assert_eq!(fs::read(path("all/layer2.safetensors")).unwrap(), b"notes");
    fs::copy(path("each/layer1.safetensors"), path("all/layer2.safetensors")).unwrap();
    refused(&[&args[..], &["20%"]].concat(), 2, &["layer2.safetensors", "the projector of layer 1"]);
    refused(&["project", "--model", &model, "--stats", &stats, "--layers", "3", "--out", &path("x")], 1, &["no layer 3"]);
    refused(&["project", "--model", &model, "--stats", &stats, "--threshold", "200%", "--out", &path("x")], 2, &["200%"]);
    refused(&["project", "--model", "builtin", "--stats", &stats, "--out", &path("x")], 1, &["64 dimensions"]);
}

#[test]
fn projectors_of_anything_else_are_refused() {
    let experiment = Experiment::new("models/llama", &["--batch", "3", "--evaluate-every", "end"]);
    let path = |name: &str| text(&experiment.path(name));
    let (stats, others) = (statistics(&experiment.path("stats.safetensors"), 0), statistics(&experiment.path("others.safetensors"), 1));
    let project = |model: &str, stats: &str, threshold: &str, out: &str| {
        let model = golden(model);
        succeeds(&["project", "--model", &model, "--stats", stats, "--threshold", threshold, "--out", &path(out), "--quiet"]);
    };
    project("models/llama", &stats, "20%", "right");
    project("models/qwen2", &stats, "20%", "model");
    project("models/llama", &others, "20%", "statistics");
    project("models/llama", &stats, "0.2", "threshold");
    let edit = ["--method", "alphaedit", "--set", THRESHOLD, "--stats", &stats, "--projectors"];
    let refuses = |projectors: &str, status: i32, words: &[&str]| {
        refused(&experiment.args(&[&edit[..], &[&path(projectors)]].concat()), status, words);
    };
    refuses("model", 2, &["another model (sha256 ", "model/layer1.safetensors"]);
    refuses("statistics", 2, &["other key statistics (sha256 "]);
    refuses("threshold", 2, &["another threshold (nullspace_threshold=0.2, not share:0.2)"]);
    refuses("nowhere", 1, &["nowhere", "does not exist"]);
    // A method that cuts no null space, and statistics that are nobody's file.
    let right = path("right");
    for set in [&["--method", "memit"][..], &["--method", "langedit", "--set", "projection=none"]] {
        let args = [set, &["--stats", &stats, "--projectors", &right]].concat();
        refused(&experiment.args(&args), 2, &["cuts no null space", "--projectors"]);
    }
    let collected = ["--method", "alphaedit", "--set", THRESHOLD, "--projectors", &right];
    refused(&experiment.args(&collected), 2, &["--stats"]);
    // A file that is damaged, cut or of one layer alone.
    let file = experiment.path("right/layer2.safetensors");
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    let at = whole.len() - 100;
    damaged[at] ^= 4;
    fs::write(&file, damaged).unwrap();
    refuses("right", 1, &["layer2.safetensors", "is damaged"]);
    fs::write(&file, &whole[..whole.len() - 8]).unwrap();
    refuses("right", 1, &["layer2.safetensors", "not all of it"]);
    fs::remove_file(&file).unwrap();
    refuses("right", 2, &["none of layer 2", "langedit project --layers 2"]);
    fs::remove_file(experiment.path("right/layer1.safetensors")).unwrap();
    refuses("right", 1, &["has no projectors"]);
}

#[test]
fn the_cells_of_an_experiment_that_project_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| text(&folder.path().join(name));
    let (model, stats) = (golden("models/llama"), statistics(&folder.path().join("stats.safetensors"), 0));
    let definition = value!({
        "name": "tiny", "title": "Tiny", "about": "Two facts in two languages.", "models": [model], "data": facts(folder.path()),
        "languages": ["en", "de"], "facts": 2, "batch": 2, "methods": ["memit", "alphaedit"], "orders": ["by-language"], "seeds": [0],
        "settings": {"layers": "1-2", "v_lr": "0.1", "nullspace_threshold": "20%", "mom2_update_weight": "10"}
    });
    fs::write(path("definition.json"), definition.to_string()).unwrap();
    succeeds(&["project", "--model", &model, "--stats", &stats, "--threshold", "20%", "--out", &path("projectors"), "--quiet"]);
    let [definition, projectors, out] = ["definition.json", "projectors", "out"].map(path);
    let run = ["experiment", &definition, "--stats", &stats, "--projectors", &projectors, "--out", &out];
    succeeds(&[&run[..], &["--quiet"]].concat());
    let cells: Vec<Value> = fs::read_dir(format!("{out}/cells")).unwrap().map(|entry| read_json(&entry.unwrap().path())).collect();
    assert_eq!(cells.len(), 2);
    for cell in cells {
        let source = cell["projectors"]["source"].as_str();
        assert_eq!(source, (cell["method"] == "alphaedit").then_some("projectors"), "{}", cell["method"]);
    }
}
