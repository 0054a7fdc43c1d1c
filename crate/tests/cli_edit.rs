//! `langedit edit` and `langedit run` from outside, on a tiny checkpoint: report, dump, state, saved model, replay.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use cli_support::{Experiment, command, facts, golden, json, langedit, read_json, refused, succeeds, text, without_times};
use langedit::edit::Statistics;
use langedit::linalg::{KeyCovariance, Matrix};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

const SETTINGS: [&str; 4] = ["--set", "v_lr=0.5", "--set", "nullspace_threshold=share:0.05"];

fn matrix(file: &SafeTensors<'_>, name: &str, dtype: Dtype) -> Matrix {
    let view = file.tensor(name).unwrap();
    assert_eq!(view.dtype(), dtype, "{name}");
    let (rows, cols) = (view.shape()[0], view.shape()[1]);
    let values: Vec<f64> = match dtype {
        Dtype::F64 => view.data().as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
        _ => view.data().as_chunks::<4>().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
    };
    Matrix::from_fn(rows, cols, |r, c| values[r * cols + c])
}

fn greedy(model: &str) -> Value {
    json(&succeeds(&["generate", "--model", model, "--prompt", "The home of Anna Lund", "--max-tokens", "12", "--greedy", "--json"]))
}

/// An edit of all English facts in `data`, in layers 1 and 2.
fn english<'a>(model: &'a str, data: &'a str) -> [&'a str; 11] {
    ["edit", "--model", model, "--data", data, "--languages", "en", "--facts", "9", "--layers", "1-2"]
}

/// A fact that cannot be used, or not as it was meant, is told by its id, in the report and in what is printed.
#[test]
fn facts_are_named_that_are_skipped_or_lack_their_subject() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data, report) =
        (golden("models/llama"), text(&folder.path().join("facts.jsonl")), text(&folder.path().join("report.json")));
    let fact = |id: &str, subject: &str, prompt: &str, new_object: &str| {
        serde_json::json!({"id": id, "language": "en", "subject": subject, "prompt": prompt, "new_object": new_object}).to_string()
    };
    let facts = [
        fact("fine", "Anna Lund", "The home of Anna Lund is", "Orsk"),
        fact("unseen", "Anna Lund", "The home of Anna Lund is", "\u{200b}\u{feff}"),
        fact("nowhere", "Rio Grande", "By which company was it made?", "Orsk"),
        fact("partly", "Cicero", "The home of Ciceros wife is", "Orsk"),
    ];
    std::fs::write(&data, facts.join("\n")).unwrap();
    let args = [&english(&model, &data)[..], &["--batch", "1", "--report", &report]].concat();
    let table = succeeds(&[&args[..], &SETTINGS].concat());
    for line in [
        "3 facts in 3 steps, 1 skipped",
        "\nskipped: `unseen` (en: empty new object)",
        "\nsubject found in the prompt in part: 1 fact (`partly` in en)",
        "\nsubject not in the prompt: 1 fact (`nowhere` in en), edited at the prompt's last token",
    ] {
        assert!(table.contains(line), "{line}: {table}");
    }
    let report = read_json(Path::new(&report));
    assert_eq!(report["skipped"][0]["id"], "unseen");
    let ids = |field: &str| report["steps"].as_array().unwrap().iter().map(|step| step[field].clone()).collect::<Vec<_>>();
    assert_eq!(ids("subject_fallback_ids"), [Value::Null, serde_json::json!(["nowhere"]), Value::Null]);
    assert_eq!(ids("subject_partial_ids"), [Value::Null, Value::Null, serde_json::json!(["partly"])]);
    // Nor is the wrong token passed over in silence where the table is.
    let quiet = langedit(&[&args[..], &SETTINGS, &["--quiet"]].concat());
    assert!(quiet.stdout.is_empty() && String::from_utf8_lossy(&quiet.stderr).contains("`nowhere` in en"), "{quiet:?}");
}

/// One record that does not fit does not cost the others their edit; it is named before the work, and `--strict` stops at it.
#[test]
fn facts_that_do_not_fit_the_model_are_left_out_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (golden("models/llama"), text(&folder.path().join("facts.jsonl")));
    let long = "and then ".repeat(120);
    let fact = |id: &str, more: Value| {
        let mut fact = serde_json::json!({"id": id, "language": "en", "subject": "Anna Lund", "prompt": "The home of Anna Lund is", "new_object": "Orsk"});
        fact.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fact.to_string()
    };
    let facts = [
        fact("fine", serde_json::json!({})),
        fact("prompt", serde_json::json!({"prompt": format!("{long} the home of Anna Lund is")})),
        fact("rephrase", serde_json::json!({"rephrases": [format!("{long} Anna Lund lives in")]})),
        fact("neighbour", serde_json::json!({"neighbours": [{"prompt": format!("{long} Tom Berg lives in"), "answer": "Ulm"}]})),
        fact("target", serde_json::json!({"new_object": long.trim()})),
        fact("bytes", serde_json::json!({"prompt": "Anna Lund ".repeat(500)})),
        fact("control", serde_json::json!({"new_object": "Orsk<|endoftext|>"})),
        "{\"prompt\": 3, \"new_object\": \"x\", \"language\": \"en\"}".to_owned(),
    ];
    std::fs::write(&data, facts.join("\n")).unwrap();
    let args = [&english(&model, &data)[..], &["--method", "memit", "--json", "--quiet"]].concat();
    let lines = text(&folder.path().join("lines.jsonl"));
    let output = langedit(&[&args[..], &["--per-fact", &lines]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = json(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(report["steps"][0]["fact_ids"], serde_json::json!(["fine", "control"]), "{said}");
    assert_eq!(report["recipe"]["facts"].as_array().unwrap().len(), 2);
    let skipped: Vec<(&str, &str)> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["id"].as_str().unwrap(), entry["reason"].as_str().unwrap()))
        .collect();
    let ids: Vec<&str> = skipped.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, ["bytes", "record 8", "prompt", "rephrase", "neighbour", "target"], "{skipped:?}");
    let lines: Vec<Value> = std::fs::read_to_string(&lines).unwrap().lines().map(json).collect();
    assert_eq!(lines.len(), 8, "what was skipped has a line too");
    for (line, (id, reason)) in lines[2..].iter().zip(&skipped) {
        assert_eq!((&line["id"], &line["skipped"], line.get("after")), (&(*id).into(), &(*reason).into(), None));
    }
    for (_, reason) in &skipped[2..] {
        assert!(reason.contains("tokens with its answer, the model "), "{reason}");
    }
    let warning = report["warnings"].as_array().unwrap().iter().find(|warning| warning["kind"] == "control_tokens").unwrap();
    assert_eq!((&warning["facts"][0]["id"], &warning["tokens"][0]), (&"control".into(), &"<|endoftext|>".into()));
    assert!(said.contains("`bytes` (en: ") && said.contains("control tokens") && said.contains("`control` in en"), "{said}");
    refused(&[&args[..], &["--strict"]].concat(), 1, &["`bytes`", "more than 4096", "without --strict"]);
    std::fs::write(&data, &facts[1]).unwrap();
    refused(&args, 1, &["none of the 1 facts", "`prompt`", "positions"]);
    std::fs::write(&data, fact("nowhere", serde_json::json!({"subject": "Rio Grande"}))).unwrap();
    refused(&[&args[..], &["--strict"]].concat(), 1, &["`nowhere`", "does not occur in the prompt"]);
}

/// Statistics of few tokens in which a coordinate never fires: both are said, with what to do, where the method depends on it.
#[test]
fn poor_statistics_are_a_warning() {
    let experiment = Experiment::new("models/llama", &["--batch", "3", "--evaluate-every", "end", "--json", "--quiet"]);
    let stats = experiment.path("poor.safetensors");
    let mean = |layer: usize| Matrix::from_fn(64, 64, |row, column| if row == column && row > layer { 1.0 } else { 0.0 });
    let layers = [1, 2].map(|layer| (layer, KeyCovariance::from_mean(mean(layer), 600.0).unwrap()));
    std::fs::write(&stats, Statistics::new(layers.into(), "invented").to_bytes().unwrap()).unwrap();
    let stats = text(&stats);
    let run = |more: &[&str]| {
        let output = langedit(&experiment.args(more));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (json(&String::from_utf8_lossy(&output.stdout))["warnings"].clone(), said)
    };
    let (warnings, said) = run(&["--method", "memit", "--stats", &stats, "--set", "mom2_ridge=0"]);
    assert_eq!(warnings[0], serde_json::json!({"kind": "few_tokens", "tokens": 600, "dimension": 64}));
    assert_eq!((&warnings[1]["kind"], &warnings[1]["layers"]), (&"singular_covariance".into(), &json("[1, 2]")));
    let ridge = warnings[1]["ridge"].as_f64().unwrap();
    assert!(ridge > 0.0 && ridge < 1e-3, "{ridge}");
    assert!(said.contains("600 tokens") && said.contains("layers 1-2") && said.contains("langedit stats"), "{said}");
    let (warnings, _) = run(&["--method", "langedit", "--stats", &stats]);
    assert_eq!(warnings.as_array().unwrap().len(), 1, "nothing is inverted: {warnings}");
    let (warnings, said) = run(&["--method", "ft"]);
    assert!(warnings.is_null() && !said.contains("note"), "it uses no statistics: {said}");
}

/// A threshold that protects nothing, and one that leaves nothing to write into, are said; switching the projection off is not.
#[test]
fn a_threshold_that_does_nothing_is_a_warning() {
    let experiment = Experiment::new("models/llama", &["--batch", "3", "--evaluate-every", "end", "--json", "--quiet"]);
    let run = |more: &[&str]| {
        let report = json(&succeeds(&experiment.args(more)));
        (report["warnings"].clone(), report["settings"]["layers"].clone())
    };
    let kinds = |warnings: &Value| -> Vec<String> {
        warnings.as_array().into_iter().flatten().map(|warning| warning["kind"].as_str().unwrap().to_owned()).collect()
    };
    let threshold = |value: &str| run(&["--method", "alphaedit", "--set", &format!("nullspace_threshold={value}")]);
    let (all, layers) = threshold("100%");
    assert!(all.as_array().unwrap().contains(&serde_json::json!({"kind": "nothing_protected", "layers": layers})), "{all}");
    let (following, layers) = run(&["--method", "langedit", "--set", "nullspace_threshold=100%"]);
    assert!(following.as_array().unwrap().contains(&serde_json::json!({"kind": "nothing_protected", "layers": layers})), "{following}");
    assert!(kinds(&threshold("0").0).contains(&"no_null_space".to_owned()));
    let usual = kinds(&threshold("50%").0);
    let off = kinds(&run(&["--method", "langedit", "--set", "nullspace_threshold=50%", "--set", "projection=none"]).0);
    for kinds in [usual, off] {
        assert!(kinds.iter().all(|kind| kind != "nothing_protected" && kind != "no_null_space"), "{kinds:?}");
    }
}

#[test]
fn the_report_has_what_is_promised() {
    let experiment = Experiment::new("models/llama", &SETTINGS);
    let report = text(&experiment.path("report.json"));
    let printed = json(&succeeds(&experiment.args(&["--batch", "2", "--seed", "5", "--report", &report, "--json"])));
    let report = read_json(&experiment.path("report.json"));
    assert_eq!(report, printed);
    assert_eq!((&report["model"], &report["method"], &report["seed"]), (&"llama".into(), &"langedit".into(), &5.into()));
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| step["facts"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 2, 1, 1]);
    for (step, language) in steps.iter().zip(["en", "de", "en", "de"]) {
        assert_eq!(step["language"], language);
        assert!(step["seconds"].as_f64().unwrap() > 0.0);
        for layer in ["1", "2"] {
            assert!((1..64).contains(&step["null_dimension"][layer].as_u64().unwrap()));
        }
    }
    for scores in [&report["languages"]["en"], &report["languages"]["de"], &report["average"]] {
        for when in ["before", "after"] {
            for number in ["efficacy", "generality", "specificity"] {
                assert!((0.0..=100.0).contains(&scores[when][number].as_f64().unwrap()));
            }
        }
    }
    assert!(report["average"]["after"]["efficacy"].as_f64() > report["average"]["before"]["efficacy"].as_f64());
    assert_eq!(report["skipped"], json("[]"));
    assert!(report["timing"]["total_seconds"].as_f64().unwrap() > 0.0);
    assert!(report["link"].as_str().unwrap().starts_with("#1."));
}

#[test]
fn a_report_never_replaces_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let data = facts(folder.path());
    let kept = std::fs::read(&data).unwrap();
    let by_language = format!("en={data},de={data}");
    let same = folder.path().join(".").join(Path::new(&data).file_name().unwrap());
    for given in [&data, &by_language] {
        let arguments = ["edit", "--model", "builtin", "--data", given, "--facts", "1", "--report", same.to_str().unwrap()];
        refused(&arguments, 2, &["--report would write over", "--data"]);
    }
    assert_eq!(std::fs::read(&data).unwrap(), kept);
    let reports = text(folder.path());
    refused(&["report", &reports, "--out", &data], 2, &["--out", "the page is HTML"]);
    for taken in ["facts.json", "report.html", "report.csv"] {
        let taken = text(&folder.path().join(taken));
        refused(&["report", &reports, "--per-fact", &taken], 2, &["--per-fact", "name a file in .jsonl"]);
    }
    assert_eq!(std::fs::read(&data).unwrap(), kept);
    refused(&["run", &data, "--report", &data], 2, &["--report would write over", "which LINK-or-RECIPE.json names"]);
}

#[test]
fn no_two_outputs_have_one_place() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| text(&folder.path().join(name));
    let edit = ["edit", "--model", "builtin", "--data", "builtin"];
    // Neither is there yet.
    for (one, two) in [("--report", "--per-fact"), ("--dump", "--resume"), ("--report", "--save")] {
        refused(&[&edit[..], &[one, &place("x"), two, &place("./x")]].concat(), 2, &[one, two, "would both write to"]);
    }
    // A device is nobody's place.
    let model = golden("models/llama");
    let data = facts(folder.path());
    let edit =
        ["edit", "--model", &model, "--data", &data, "--languages", "en", "--facts", "1", "--method", "memit", "--layers", "1", "--quiet"];
    succeeds(&[&edit[..], &["--set", "v_num_grad_steps=2", "--report", "/dev/null", "--per-fact", "/dev/null"]].concat());
}

#[test]
fn facts_come_from_a_file_a_language_or_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (golden("models/llama"), facts(folder.path()));
    let all: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&data).unwrap()).unwrap();
    let file = |code: &str| {
        let own: Vec<Value> = all
            .iter()
            .filter(|fact| fact["language"] == code)
            .cloned()
            .map(|mut fact| {
                fact.as_object_mut().unwrap().remove("language");
                fact
            })
            .collect();
        let path = folder.path().join(format!("{code}.json"));
        std::fs::write(&path, Value::from(own).to_string()).unwrap();
        format!("{code}={}", text(&path))
    };
    let both = format!("{},{}", file("de"), file("en"));
    let eval = |data: &str, more: &[&str]| {
        json(&succeeds(&[&["eval", "--model", &model, "--data", data, "--facts", "3", "--json"][..], more].concat()))
    };
    let (apart, together) = (eval(&both, &[]), eval(&data, &["--languages", "de,en"]));
    assert_eq!(apart["languages"], together["languages"]);
    let sampled = eval(&both, &["--sample", "2", "--seed", "5"]);
    assert_eq!((&sampled["languages"]["de"]["facts"], &sampled["languages"]["en"]["facts"]), (&2.into(), &2.into()));
    assert_eq!(eval(&both, &["--sample"])["languages"], apart["languages"], "all three");
    let refuses = |data: &str, words: &[&str]| refused(&["eval", "--model", &model, "--data", data], 2, words);
    refuses("en=a.json,b.json", &["`b.json`", "LANGUAGE=FILE"]);
    refuses("en=a.json,en=b.json", &["two files", "en"]);
    refused(&["eval", "--model", &model, "--data", "en=nowhere.json"], 1, &["nowhere.json"]);
}

#[test]
fn settings_of_other_code_are_read_from_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        text(&folder.path().join(name))
    };
    // As some editors begin a file, and with what says the facts of a step there, and is no setting of the method here.
    let yaml = "\u{feff}alg_name: \"AlphaEdit\"\nbatch_size: 7\nlayers: [1, 2]\nv_lr: 5e-1\nv_num_grad_steps: 3\nv_loss_layer: 3\nnullspace_threshold: 2e-2\nL2: 4 # as it is\nlm_head_module: \"lm_head\"\n";
    let hparams = file("hparams.yaml", yaml);
    let (model, data, report) = (golden("models/llama"), facts(folder.path()), text(&folder.path().join("report.json")));
    let base = [
        "edit",
        "--model",
        &model,
        "--data",
        &data,
        "--languages",
        "en",
        "--facts",
        "1",
        "--report",
        &report,
        "--quiet",
        "--hparams",
        &hparams,
    ];
    succeeds(&[&base[..], &["--set", "l2=5"]].concat());
    let written = read_json(&folder.path().join("report.json"));
    assert_eq!(written["method"], "alphaedit");
    let unread = written["warnings"].as_array().unwrap().iter().find(|warning| warning["kind"] == "unread_settings");
    assert_eq!(unread.unwrap()["settings"], json(r#"["batch_size"]"#));
    let settings = &written["settings"];
    assert_eq!((&settings["layers"], &settings["v_lr"], &settings["l2"]), (&json("[1, 2]"), &0.5.into(), &5.0.into()), "{settings}");
    refused(&[&base[..], &["--set", "v_lr=0"]].concat(), 2, &["v_lr"]);
    let refuses = |name: &str, content: &str, status: i32, words: &[&str]| {
        let hparams = file(name, content);
        refused(&["edit", "--model", &model, "--data", &data, "--languages", "en", "--hparams", &hparams], status, words);
    };
    refuses("empty.yaml", "# nothing\n", 1, &["empty.yaml", "says nothing"]);
    refuses("loss.yaml", "layers: [1]\nv_loss_layer: 2\n", 2, &["v_loss_layer", "3"]);
    refuses("other.json", r#"{"layers": [1], "v_speed": 3}"#, 1, &["other.json", "v_speed"]);
}

/// A step of several languages is one solve over the keys of all, each under its own language's templates.
#[test]
fn a_step_may_hold_several_languages() {
    let run = |more: &[&str]| {
        let experiment = Experiment::new("models/llama", &SETTINGS[..2]);
        let (report, dump) = (text(&experiment.path("report.json")), text(&experiment.path("dump")));
        succeeds(&experiment.args(&[&["--report", &report, "--dump", &dump, "--method", "memit"][..], more].concat()));
        let bytes = std::fs::read(experiment.path("dump/step0.safetensors")).unwrap();
        (read_json(&experiment.path("report.json")), bytes)
    };
    let (mixed, bytes) = run(&["--order", "mixed", "--batch", "4"]);
    let steps: Vec<u64> = mixed["steps"].as_array().unwrap().iter().map(|step| step["facts"].as_u64().unwrap()).collect();
    assert_eq!(steps, [4, 2]);
    assert_eq!(mixed["steps"][0]["fact_ids"], json(r#"["0", "0", "1", "1"]"#));
    assert_eq!(mixed["steps"][0]["languages"], json(r#"["en", "de"]"#));
    assert_eq!((&mixed["recipe"]["order"], &mixed["recipe"]["facts"][1]["language"]), (&"mixed".into(), &"de".into()));
    // Both languages are edited by the first step and by the last one.
    for (language, number) in [("en", "forgetting"), ("de", "forgetting"), ("de", "forward")] {
        assert!(mixed["transfer"]["languages"][language]["efficacy"][number].is_null(), "{}", mixed["transfer"]);
    }
    // The keys of the first layer come from the unedited model: fact by fact they are those of the languages' own steps.
    let (_, own) = run(&["--order", "by-language", "--batch", "3"]);
    let keys = |bytes: &[u8]| matrix(&SafeTensors::deserialize(bytes).unwrap(), "step0.layer1.keys", Dtype::F64);
    let (mixed_keys, own_keys) = (keys(&bytes), keys(&own));
    for (at, of) in [(0, 0), (2, 1)] {
        let distance = (mixed_keys.col(at) - own_keys.col(of)).norm_l2();
        assert!(distance < 1e-5 * own_keys.col(of).norm_l2(), "{distance}");
    }
    let link = mixed["link"].as_str().unwrap();
    assert!(succeeds(&["inspect", link]).contains("languages together in a step"));
}

#[test]
fn accuracy_is_measured_as_often_as_asked() {
    let experiment =
        Experiment::new("models/llama", &["--batch", "1", "--method", "memit", "--set", "v_num_grad_steps=2", "--json", "--quiet"]);
    let rows = |every: &str| -> Vec<bool> {
        let report = json(&succeeds(&experiment.args(&["--evaluate-every", every])));
        assert!(report["average"]["after"]["efficacy"].is_number());
        report["accuracy_matrix"].as_array().unwrap().iter().map(|row| row["en"]["efficacy"].is_number()).collect()
    };
    assert_eq!(rows("4"), [false, false, false, true, false, true]);
    assert_eq!(rows("end"), [false, false, false, false, false, true]);
    refused(&experiment.args(&["--evaluate-every", "nothing"]), 2, &["--evaluate-every", "nothing"]);
}

#[test]
fn the_link_is_printed_when_asked_for_and_quiet_prints_nothing_else() {
    let experiment = Experiment::new("models/llama", &SETTINGS);
    let table = succeeds(&experiment.args(&["--batch", "3", "--link"]));
    assert!(table.contains("average") && table.contains("\nlink: #1."), "{table}");
    assert!(table.trim_end().lines().last().unwrap().starts_with("link: #1."), "{table}");
    let without = succeeds(&experiment.args(&["--batch", "3"]));
    assert!(without.contains("average") && !without.contains("#1."), "{without}");

    let quiet = langedit(&experiment.args(&["--batch", "3", "--quiet"]));
    assert!(quiet.status.success() && quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{quiet:?}");
    let link = succeeds(&experiment.args(&["--batch", "3", "--quiet", "--link"]));
    assert_eq!(link.trim_end(), table.trim_end().rsplit_once("link: ").unwrap().1);
    // The statistics are those of other weights, which is worth a remark, but not in a quiet run.
    let (model, other, stats) = (golden("models/llama"), golden("models/llama-sharded"), text(&experiment.path("stats")));
    let collect = ["stats", "--model", &other, "--corpus", &golden("editing/corpus.txt"), "--layers", "1-2", "--out", &stats, "--quiet"];
    assert_eq!(succeeds(&collect), "");
    let replay = langedit(&["run", link.trim_end(), "--model", &model, "--stats", &stats, "--json", "--quiet"]);
    assert!(json(&String::from_utf8(replay.stdout).unwrap())["verdict"].is_string());
    let said = String::from_utf8(replay.stderr).unwrap();
    assert!(!said.contains("other weights"), "{said}");
}

#[test]
fn the_dump_is_the_golden_experiment() {
    let golden_file = std::fs::read(golden("editing/golden.safetensors")).unwrap();
    let expected = SafeTensors::deserialize(&golden_file).unwrap();
    let settings = read_json(Path::new(&golden("editing/settings.json")));
    let assignments: Vec<String> = settings["set"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !["layers", "l2", "mom2_update_weight"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let (stats, templates) = (golden("editing/stats.safetensors"), golden("editing/templates.json"));
    let mut flags = vec!["--batch", "3", "--order", "by-language", "--stats", &stats, "--templates", &templates];
    flags.extend(["--set", "projection=exact", "--set", "l2=1"]);
    flags.extend(assignments.iter().flat_map(|assignment| ["--set", assignment.as_str()]));
    let experiment = Experiment::new("models/llama", &flags);
    let dump = text(&experiment.path("dump"));
    succeeds(&experiment.args(&["--dump", &dump, "--quiet"]));
    refused(&experiment.args(&["--dump", &dump, "--quiet"]), 2, &["--dump", "an earlier run (step", "another folder"]);
    for step in 0..2 {
        let bytes = std::fs::read(experiment.path(&format!("dump/step{step}.safetensors"))).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let close = |ours: &Matrix, name: &str| {
            let theirs = matrix(&expected, &format!("langedit-exact.step{step}.{name}"), Dtype::F64);
            assert_eq!((ours.nrows(), ours.ncols()), (theirs.nrows(), theirs.ncols()), "step {step}: {name}");
            let distance = (ours - &theirs).norm_l2() / theirs.norm_l2();
            assert!(distance < 1e-3, "step {step}: {name}: relative distance {distance}");
        };
        close(&matrix(&file, &format!("step{step}.targets"), Dtype::F32), "targets");
        for layer in [1, 2] {
            let at = format!("step{step}.layer{layer}");
            close(&matrix(&file, &format!("{at}.keys"), Dtype::F64), &format!("layer{layer}.keys"));
            let left = matrix(&file, &format!("{at}.delta.left"), Dtype::F64);
            let right = matrix(&file, &format!("{at}.delta.right"), Dtype::F64);
            close(&(left * right.transpose()), &format!("layer{layer}.delta"));
        }
    }
}

#[test]
fn a_killed_run_goes_on_and_gives_the_same_report() {
    // Long enough that there is a middle to be killed in.
    let experiment = Experiment::new("models/llama", &[&SETTINGS[..], &["--batch", "1", "--set", "v_num_grad_steps=200"]].concat());
    let whole = text(&experiment.path("whole.json"));
    succeeds(&experiment.args(&["--report", &whole]));
    let (mut interrupted, mut tries) = (None, 0);
    while interrupted.is_none() {
        tries += 1;
        assert!(tries <= 5, "the run is always over before it can be killed");
        let state = text(&experiment.path(&format!("state{tries}")));
        let mut child = command(&experiment.args(&["--resume", &state])).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while !Path::new(&state).join("step0.json").is_file() {
            assert!(started.elapsed() < Duration::from_secs(60), "no step was kept");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if !Path::new(&state).join("step5.json").is_file() {
            interrupted = Some(state);
        }
    }
    let state = interrupted.unwrap();
    let half = Path::new(&state).join(".step3.safetensors.1.partial");
    std::fs::write(&half, "half").unwrap();
    let (resumed, dump) = (text(&experiment.path("resumed.json")), text(&experiment.path("dump")));
    let first = read_json(&Path::new(&state).join("step0.json"))["report"]["seconds"].clone();
    succeeds(&experiment.args(&["--resume", &state, "--report", &resumed, "--dump", &dump]));
    let (whole, resumed) = (read_json(&experiment.path("whole.json")), read_json(&experiment.path("resumed.json")));
    assert!((resumed["steps"][0]["seconds"].as_f64().unwrap() - first.as_f64().unwrap()).abs() < 1e-12, "step 0 was made again");
    assert_eq!(without_times(resumed), without_times(whole));
    assert!(!half.exists());
    for step in 0..6 {
        assert!(experiment.path(&format!("dump/step{step}.safetensors")).is_file(), "step {step}");
    }

    // Two at once would write over each other's steps.
    let held = std::fs::File::open(&state).unwrap();
    if held.try_lock().is_ok() {
        refused(&experiment.args(&["--resume", &state]), 1, &["another run", &state]);
    }
    drop(held);

    // Another run cannot go on from there, nor can this one from a damaged state.
    refused(&experiment.args(&["--resume", &state, "--seed", "2"]), 2, &[&state, "seed was 0 and is 2"]);
    refused(&experiment.args(&["--resume", &state, "--method", "alphaedit"]), 2, &["method", "alphaedit"]);
    refused(&experiment.args(&["--resume", &state, "--set", "l2=3"]), 2, &["l2 was", "3"]);
    let bytes = std::fs::read(Path::new(&state).join("step1.safetensors")).unwrap();
    std::fs::write(Path::new(&state).join("step1.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    refused(&experiment.args(&["--resume", &state]), 1, &["step1.safetensors", "remove"]);
    std::fs::write(Path::new(&state).join("step1.json"), "{").unwrap();
    refused(&experiment.args(&["--resume", &state]), 1, &["step1.json is damaged", "delete this file"]);
    std::fs::remove_file(Path::new(&state).join("step1.json")).unwrap();
    succeeds(&experiment.args(&["--resume", &state]));
}

/// Schedulers end a job with SIGTERM and give it some seconds.
#[cfg(unix)]
#[test]
fn a_request_to_end_is_followed_at_the_next_safe_point() {
    let experiment = Experiment::new("models/llama", &[&SETTINGS[..], &["--batch", "1", "--set", "v_num_grad_steps=1000"]].concat());
    let state = experiment.path("state");
    let child = command(&experiment.args(&["--resume", &text(&state)])).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while !state.join("run.json").is_file() {
        assert!(started.elapsed() < Duration::from_secs(60), "the run has not begun");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped"), "{said}");
}

#[test]
fn saved_models_answer_as_the_edited_one_did() {
    let gguf = [("models/gguf/llama.gguf", "/llama.gguf"), ("models/gguf/qwen3.gguf", "/qwen3.gguf")];
    for (model, file) in ["models/llama", "models/gpt2", "models/qwen3"].map(|folder| (folder, "")).into_iter().chain(gguf) {
        let experiment = Experiment::new(model, &SETTINGS);
        let (saved, report) = (text(&experiment.path("saved")), text(&experiment.path("report.json")));
        succeeds(&experiment.args(&["--batch", "3", "--save", &saved, "--report", &report]));
        if model.ends_with(".gguf") {
            // The folder is the model, and says that it is edited.
            let named = |model: &str| json(&succeeds(&["inspect", "--model", model, "--json"]))["name"].as_str().unwrap().to_owned();
            assert_eq!(named(&saved), format!("{} (edited)", named(&golden(model))));
            let other = experiment.path("saved/other.gguf");
            std::fs::copy(experiment.path(&format!("saved{file}")), &other).unwrap();
            refused(&["inspect", "--model", &saved], 2, &["several GGUF files", "other.gguf", "name the file"]);
            std::fs::remove_file(other).unwrap();
        }
        let saved = format!("{saved}{file}");
        let data = text(&experiment.path("facts.json"));
        let measured = json(&succeeds(&["eval", "--model", &saved, "--data", &data, "--languages", "en,de", "--facts", "3", "--json"]));
        let report = read_json(&experiment.path("report.json"));
        for language in ["en", "de"] {
            for number in ["efficacy", "generality", "specificity", "efficacy_exact"] {
                let (ours, edited) = (&measured["languages"][language][number], &report["languages"][language]["after"][number]);
                assert_eq!(ours, edited, "{model}: {number} in {language}");
            }
        }
        let (before, after) = (greedy(&golden(model)), greedy(&saved));
        assert_ne!(before["top"], after["top"], "{model}: the saved model is not edited");
    }
    let model = golden("models/gguf/llama.gguf");
    let folder = golden("models/gguf");
    refused(&["edit", "--model", &model, "--data", "builtin", "--save", &folder], 2, &["--save", "another folder"]);
}

/// Whoever opens the folder would get the other model, or a part of it, and not the saved one.
#[test]
fn a_model_is_not_saved_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, gguf) = (golden("models/llama"), golden("models/gguf/llama.gguf"));
    for (model, beside) in [
        (&directory, "model.safetensors.index.json"),
        (&directory, "model-00001-of-00002.safetensors"),
        (&directory, "pytorch_model.bin"),
        (&directory, "other.gguf"),
        (&directory, "generation_config.json"),
        (&gguf, "config.json"),
        (&gguf, "model.safetensors"),
        (&"builtin".to_owned(), "llama.gguf"),
    ] {
        let place = folder.path().join(beside.replace('.', "-"));
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join(beside), "{}").unwrap();
        refused(&["edit", "--model", model, "--data", "builtin", "--save", &text(&place)], 2, &["--save", beside, "another folder"]);
    }
    // What says nothing of a model may be there, and so may the same model.
    let experiment = Experiment::new("models/llama", &SETTINGS);
    let saved = experiment.path("saved");
    std::fs::create_dir(&saved).unwrap();
    std::fs::write(saved.join("notes.json"), "{}").unwrap();
    for _ in 0..2 {
        succeeds(&experiment.args(&["--batch", "3", "--save", &text(&saved), "--quiet"]));
    }
}

#[test]
fn a_report_replays_and_says_whether_it_came_out_the_same() {
    let experiment = Experiment::new("models/llama", &SETTINGS);
    let (model, report) = (golden("models/llama"), text(&experiment.path("report.json")));
    succeeds(&experiment.args(&["--batch", "3", "--report", &report]));
    let link = read_json(&experiment.path("report.json"))["link"].as_str().unwrap().to_owned();
    let again = text(&experiment.path("again.json"));
    for source in [&report, &link] {
        let printed = succeeds(&["run", source, "--model", &model, "--report", &again]);
        assert_eq!(printed.trim_end().lines().last().unwrap(), "reproduced");
        assert_eq!(read_json(&experiment.path("again.json"))["verdict"], "reproduced");
    }
    let (mut first, second) = (read_json(&experiment.path("report.json")), read_json(&experiment.path("again.json")));
    first["verdict"] = "reproduced".into();
    assert_eq!(without_times(first.clone()), without_times(second));

    // Another learning rate gives other targets.
    first["recipe"]["settings"]["v_lr"] = "0.01".into();
    std::fs::write(experiment.path("other.json"), first.to_string()).unwrap();
    let other = text(&experiment.path("other.json"));
    let output = langedit(&["run", &other, "--model", &model, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let replay: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&replay["verdict"], &replay["difference"]["stage"]), (&"differs".into(), &"targets".into()));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.contains("differs, first at step 1") && line.trim_end().lines().count() == 1, "{line}");

    // Other weights are named, whatever comes out.
    let output = langedit(&["run", &report, "--model", &golden("models/llama-sharded")]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("other weights"));
    // So does what measures a model with the recipe's edits.
    let facts = facts(experiment.folder.path());
    let eval = |recipe: &str, model: &str| {
        langedit(&["eval", "--model", model, "--recipe", recipe, "--data", &facts, "--languages", "en", "--facts", "1", "--json"])
    };
    for (recipe, verdict, status) in [(&report, "reproduced", 0), (&other, "differs", 1)] {
        let output = eval(recipe, &model);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let edits = &serde_json::from_slice::<Value>(&output.stdout).unwrap()["edits"];
        assert_eq!((&edits["verdict"], &edits["method"]), (&verdict.into(), &"langedit".into()));
        assert!(edits["statistics"]["count"].as_u64().unwrap() > 0);
    }
    assert!(String::from_utf8(eval(&report, &golden("models/llama-sharded")).stderr).unwrap().contains("other weights"));
}

/// A recipe of before may set what its method does not read: it runs as it did, and says so.
#[test]
fn settings_that_a_recipe_has_in_vain_are_a_warning() {
    let experiment = Experiment::new("models/llama", &["--method", "memit", "--set", "v_num_grad_steps=2", "--quiet"]);
    let path = text(&experiment.path("report.json"));
    succeeds(&experiment.args(&["--report", &path]));
    let mut report = read_json(Path::new(&path));
    assert!(report["recipe"]["settings"].get("nullspace_threshold").is_none());
    report["recipe"]["settings"]["nullspace_threshold"] = "share:0.05".into();
    std::fs::write(&path, report.to_string()).unwrap();
    let again = json(&succeeds(&["run", &path, "--model", &golden("models/llama"), "--json"]));
    assert_eq!((&again["verdict"], &again["languages"]), (&"reproduced".into(), &report["languages"]));
    let warning = again["warnings"].as_array().unwrap().iter().find(|warning| warning["kind"] == "unread_settings").unwrap();
    assert_eq!(warning["settings"], json(r#"["nullspace_threshold"]"#));
}

/// One set of flags may go with every method; what one of them does not read is a warning, and not in its recipe.
#[test]
fn settings_that_are_given_in_vain_are_a_warning() {
    let flags = ["--method", "memit", "--mode", "repo", "--set", "v_num_grad_steps=2", "--set", "l2=3", "--quiet"];
    let experiment = Experiment::new("models/llama", &flags);
    let path = text(&experiment.path("report.json"));
    let output = langedit(&experiment.args(&["--report", &path]));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("the method does not read, and had no effect: l2, mode"), "{said}");
    let report = read_json(Path::new(&path));
    let warning = report["warnings"].as_array().unwrap().iter().find(|warning| warning["kind"] == "unread_settings").unwrap();
    assert_eq!(warning["settings"], json(r#"["l2", "mode"]"#));
    assert!(report["recipe"]["settings"].get("l2").is_none());
    assert_eq!(report["recipe"]["mode"], "paper", "so that it is the same run as without");
}

/// Key statistics that are not given do not depend on the languages that are asked for; a recipe that was run with others keeps them.
#[test]
fn a_language_alone_has_the_statistics_that_it_has_among_others() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (golden("models/llama"), facts(folder.path()));
    let run = |languages: &str| {
        let edit = ["edit", "--model", &model, "--data", &data, "--languages", languages, "--facts", "1", "--layers", "1"];
        json(&succeeds(&[&edit[..], &["--method", "memit", "--set", "v_num_grad_steps=2", "--json"]].concat()))
    };
    let (alone, among) = (run("de"), run("en,de"));
    assert_eq!(alone["statistics"], among["statistics"]);
    assert!(alone["statistics"]["source"].as_str().unwrap().ends_with("(en, de, nl, es, fr, zh)"), "{}", alone["statistics"]);
    let mut old = alone.clone();
    old["recipe"]["statistics"]["source"] = "Universal Declaration of Human Rights (de)".into();
    let path = folder.path().join("old.json");
    std::fs::write(&path, old.to_string()).unwrap();
    let again = json(&String::from_utf8(langedit(&["run", &text(&path), "--model", &model, "--json"]).stdout).unwrap());
    assert!(again["statistics"]["source"].as_str().unwrap().ends_with("(de)"), "{}", again["statistics"]);
    assert!(again["statistics"]["count"].as_u64() < alone["statistics"]["count"].as_u64());
}

/// Records of two languages that were numbered by different people are paired as they are, and that is said.
#[test]
fn ids_of_different_schemes_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, ids: &dyn Fn(usize) -> String| {
        let line = |id: String| {
            serde_json::json!({"id": id, "subject": "Veldania", "prompt": "The capital of Veldania is", "new_object": "Miro"}).to_string()
        };
        let path = folder.path().join(name);
        std::fs::write(&path, (1..=12).map(|i| line(ids(i))).collect::<Vec<_>>().join("\n")).unwrap();
        text(&path)
    };
    let en = file("en.jsonl", &|i| i.to_string());
    let few = file("few.jsonl", &|i| if i < 12 { format!("Q{i}") } else { i.to_string() });
    let some = file("some.jsonl", &|i| if i < 9 { format!("Q{i}") } else { i.to_string() });
    let none = file("none.jsonl", &|i| format!("Q{i}"));
    let model = golden("models/llama");
    let edit = |data: &str| {
        let edit = [
            "edit",
            "--model",
            &model,
            "--data",
            data,
            "--facts",
            "1",
            "--layers",
            "1",
            "--method",
            "ft",
            "--set",
            "num_steps=1",
            "--json",
        ];
        edit.map(str::to_owned)
    };
    let run = |data: &str| json(&succeeds(&edit(data).each_ref().map(String::as_str)));
    let report = run(&format!("en={en},de={few}"));
    let warning = serde_json::json!([{"kind": "unlike_ids", "languages": ["en", "de"], "shared": 1, "examples": ["1", "Q1"]}]);
    assert_eq!((&report["warnings"], &report["data"]["draw"]), (&warning, &"first".into()));
    assert_eq!(report["data"]["source"], "en=en.jsonl,de=few.jsonl");
    assert!(run(&format!("en={en},de={some}"))["warnings"].is_null(), "a third of the ids is shared");
    refused(&edit(&format!("en={en},de={none}")).each_ref().map(String::as_str), 1, &["share an id", "such as `1`", "such as `Q1`"]);
}

/// A folder that takes no files is found before the work, a device that takes no more behind it: then everything else is written all the same.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data, lines) = (golden("models/llama"), text(&folder.path().join("facts.jsonl")), text(&folder.path().join("lines.jsonl")));
    let fact = serde_json::json!({"id": "1", "language": "en", "subject": "Anna Lund", "prompt": "The home of Anna Lund is", "new_object": "Orsk"});
    std::fs::write(&data, fact.to_string()).unwrap();
    let args = [&english(&model, &data)[..], &["--method", "memit", "--quiet"]].concat();
    let early = langedit(&[&args[..], &["--report", "/proc/report.json", "--per-fact", &lines]].concat());
    let said = String::from_utf8_lossy(&early.stderr);
    assert!(said.contains("the folder /proc takes no files") && !Path::new(&lines).exists(), "{said}");
    let late = langedit(&[&args[..], &["--report", "/dev/full", "--per-fact", &lines]].concat());
    let said = String::from_utf8_lossy(&late.stderr);
    assert!(!late.status.success() && said.contains("/dev/full"), "{said}");
    assert_eq!(std::fs::read_to_string(&lines).unwrap().lines().count(), 1, "{said}");
}
