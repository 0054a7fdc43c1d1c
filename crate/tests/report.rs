//! `langedit report` from outside: which runs it counts together, and what it says where it does not.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use std::fs;
use std::path::{Path, PathBuf};

use cli_support::{Experiment, csv_rows, json, langedit, read_json, refused, succeeds, text};
use serde_json::{Value, json as value};

/// A folder of reports that differ from one run as each test says.
struct Reports {
    experiment: Experiment,
    base: Value,
}

impl Reports {
    fn new(method: &str) -> Self {
        let experiment = Experiment::new("models/llama", &["--method", method, "--set", "v_num_grad_steps=2", "--quiet"]);
        let path = text(&experiment.path("base.json"));
        succeeds(&experiment.args(&["--report", &path]));
        let base = read_json(Path::new(&path));
        fs::create_dir(experiment.path("reports")).unwrap();
        Self { experiment, base }
    }

    fn folder(&self) -> PathBuf {
        self.experiment.path("reports")
    }

    /// Writes the run with what `change` makes of it.
    fn add(&self, name: &str, change: impl Fn(&mut Value)) {
        let mut report = self.base.clone();
        change(&mut report);
        fs::write(self.folder().join(format!("{name}.json")), report.to_string()).unwrap();
    }

    fn published(&self) -> Value {
        json(&succeeds(&["report", &text(&self.folder()), "--json"]))
    }
}

/// The column `name` of the first table.
fn column<'a>(published: &'a Value, name: &str) -> Vec<&'a str> {
    let table = &published["tables"][0];
    let at = table["columns"].as_array().unwrap().iter().position(|column| column == name).unwrap();
    table["rows"].as_array().unwrap().iter().map(|row| row[at].as_str().unwrap()).collect()
}

fn table<'a>(published: &'a Value, title: &str) -> &'a Value {
    published["tables"].as_array().unwrap().iter().find(|table| table["title"] == title).unwrap()
}

fn seed(report: &mut Value, seed: u64) {
    report["seed"] = seed.into();
    report["recipe"]["seed"] = seed.into();
}

fn set(report: &mut Value, name: &str, number: f64) {
    report["settings"][name] = number.into();
    report["recipe"]["settings"][name] = number.to_string().into();
}

#[test]
fn runs_that_differ_in_the_seed_alone_are_one_row() {
    let reports = Reports::new("memit");
    reports.add("a", |_| {});
    reports.add("b", |report| seed(report, 1));
    let published = reports.published();
    assert_eq!(column(&published, "method"), ["unedited", "memit"]);
    assert_eq!(column(&published, "runs"), ["2", "2"]);
    assert_eq!(published["notes"], value!([]));

    // A copy, and the same recipe from another device a little later, count once.
    reports.add("copy", |_| {});
    reports.add("gpu", |report| {
        report["device"] = "cuda".into();
        report["languages"]["en"]["after"]["efficacy"] = 1.5.into();
        report["recipe"]["expected"]["targets"][0] = 9.into();
        report.as_object_mut().unwrap().remove("data");
    });
    let published = reports.published();
    assert_eq!(column(&published, "runs"), ["2", "2"]);
    let note = published["notes"][0].as_str().unwrap();
    assert!(note.starts_with("a, copy, gpu are the same run, which counts once; their numbers differ"), "{note}");
    assert!(fs::read_to_string(reports.folder().join("report.md")).unwrap().contains(note));
    assert!(fs::read_to_string(reports.folder().join("report.html")).unwrap().contains(note));
}

/// What one copy did not measure is no difference, and the copy that measured it is the one that counts.
#[test]
fn the_same_run_counts_as_it_was_measured_most() {
    let reports = Reports::new("memit");
    reports.add("a", |_| {});
    let recall = |report: &mut Value| {
        report["average"]["after"]["recall"] = 75.0.into();
        for (_, accuracy) in report["languages"].as_object_mut().unwrap() {
            accuracy["after"]["recall"] = 75.0.into();
        }
    };
    reports.add("b", recall);
    let published = reports.published();
    assert_eq!(published["notes"], value!(["a, b are the same run, which counts once."]));
    assert_eq!(column(&published, "recall").last(), Some(&"75.0"));
    // Another number is one.
    reports.add("c", |report| report["languages"]["en"]["after"]["efficacy"] = 12.5.into());
    assert!(reports.published()["notes"][0].as_str().unwrap().contains("their numbers differ"));
}

#[test]
fn whatever_else_differs_is_a_row_of_its_own_that_says_so() {
    let reports = Reports::new("langedit");
    reports.add("a", |_| {});
    reports.add("b", |report| seed(report, 1));
    reports.add("batch", |report| report["recipe"]["batch"] = 50.into());
    reports.add("mode", |report| {
        report["mode"] = "repo".into();
        report["settings"]["mode"] = "repo".into();
        report["recipe"]["mode"] = "repo".into();
    });
    reports.add("setting", |report| set(report, "v_lr", 0.25));
    reports.add("statistics", |report| report["statistics"]["count"] = 77.into());
    // RECT's setting, which LangEdit does not read, makes no other run of it.
    reports.add("unread", |report| {
        seed(report, 2);
        report["settings"]["rect_k"] = 5.0.into();
    });
    let published = reports.published();
    let (methods, runs) = (column(&published, "method"), column(&published, "runs"));
    assert_eq!((methods.len(), methods[0]), (6, "unedited"));
    for (word, count) in [("v_lr=0.25", "1"), ("mode=repo", "1"), ("batch=50", "1"), ("statistics=77 tokens", "1")] {
        let at = methods.iter().position(|method| method.contains(word)).unwrap_or_else(|| panic!("{word}: {methods:?}"));
        assert_eq!(runs[at], count, "{word}");
    }
    let plain = methods.iter().position(|method| {
        ["mode=paper", "batch=100"].iter().all(|word| method.contains(word)) && !method.contains("77") && !method.contains("0.25")
    });
    assert_eq!(runs[plain.unwrap()], "3", "{methods:?}");
    assert!(!methods.iter().any(|method| method.contains("rect_k") || method.contains("l2=")), "{methods:?}");
}

#[test]
fn other_facts_stand_apart() {
    let reports = Reports::new("memit");
    reports.add("a", |_| {});
    reports.add("b", |report| {
        seed(report, 1);
        report["recipe"]["facts"][0]["new_object"] = "elsewhere".into();
    });
    let published = reports.published();
    assert_eq!(column(&published, "method"), ["unedited", "memit", "unedited", "memit"]);
    assert_eq!(column(&published, "runs"), ["1"; 4]);
    let data = column(&published, "data");
    assert!(data.iter().all(|data| data.starts_with("facts.json #")) && data[0] == data[1] && data[1] != data[2], "{data:?}");
    assert!(published["notes"][0].as_str().unwrap().contains("different facts"));

    // Where the seed draws the facts, other facts are what another seed means; the same seed must have the same.
    let drawn = |report: &mut Value| report["data"]["draw"] = "seed".into();
    reports.add("a", drawn);
    reports.add("b", |report| {
        drawn(report);
        seed(report, 1);
        report["recipe"]["facts"][0]["new_object"] = "elsewhere".into();
    });
    let published = reports.published();
    assert_eq!((column(&published, "method"), column(&published, "runs")), (vec!["unedited", "memit"], vec!["2", "2"]));
    reports.add("c", |report| {
        drawn(report);
        seed(report, 1);
        report["recipe"]["batch"] = 50.into();
    });
    let published = reports.published();
    assert!(published["notes"][0].as_str().unwrap().contains("different facts"), "{published}");
}

#[test]
fn the_csv_holds_what_was_run_and_every_accuracy() {
    let reports = Reports::new("langedit");
    reports.add("a", |report| set(report, "v_lr", 0.25));
    reports.published();
    let csv = fs::read_to_string(reports.folder().join("report.csv")).unwrap();
    let row = &csv_rows(&csv)[0];
    let base = &reports.base;
    assert_eq!((&*row["method"], &*row["mode"], &*row["batch"], &*row["language"]), ("langedit", "paper", "100", "de"));
    assert_eq!(row["settings"].split(';').filter(|setting| setting.starts_with("v_lr")).collect::<Vec<_>>(), ["v_lr=0.25"]);
    assert!(row["data"].starts_with("facts.json #") && row["weights"] == base["model_sha256"].as_str().unwrap());
    assert_eq!(row["statistics_tokens"], base["statistics"]["count"].to_string());
    let after = &base["languages"]["de"]["after"];
    for name in ["efficacy", "efficacy_exact", "generality_exact", "specificity", "specificity_agreement"] {
        let found: f64 = row[format!("{name}_after").as_str()].parse().unwrap();
        assert!((found - after[name].as_f64().unwrap()).abs() < 1e-4, "{name}");
    }
    assert_eq!(row["portability_after"], "", "no fact has such a question");
}

#[test]
fn a_damaged_file_is_named_and_passed_over() {
    let reports = Reports::new("memit");
    reports.add("a", |_| {});
    let damaged = reports.base.to_string();
    fs::write(reports.folder().join("half.json"), &damaged[..damaged.len() / 2]).unwrap();
    let output = langedit(&["report", &text(&reports.folder())]);
    let (said, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("1 run, 0 failed") && complained.contains("1 file could not be read: half.json"), "{said}{complained}");
    assert!(fs::read_to_string(reports.folder().join("report.md")).unwrap().contains("## Not read"));

    let one = text(&reports.folder().join("a.json"));
    refused(&["report", &one], 2, &["a.json is a file", "a folder of reports", "langedit inspect"]);
    fs::remove_file(&one).unwrap();
    refused(&["report", &text(&reports.folder())], 1, &["no report that can be read", "half.json"]);
}

#[test]
fn what_became_of_each_fact_is_in_the_report_and_as_lines() {
    let experiment =
        Experiment::new("models/llama", &["--method", "memit", "--set", "v_lr=0.5", "--set", "mom2_update_weight=10", "--quiet"]);
    let [report, lines, again] = ["report.json", "facts.jsonl", "again.jsonl"].map(|name| text(&experiment.path(name)));
    succeeds(&experiment.args(&["--report", &report, "--per-fact", &lines]));
    let report_of = read_json(Path::new(&report));
    let facts = report_of["facts"].as_array().unwrap();
    assert_eq!(facts.len(), 6, "three facts in two languages");
    for code in ["en", "de"] {
        for when in ["before", "after"] {
            for name in ["efficacy", "efficacy_exact", "generality", "specificity"] {
                let values: Vec<f64> =
                    facts.iter().filter(|fact| fact["language"] == code).map(|fact| fact[when][name].as_f64().unwrap()).collect();
                let (mean, whole) = (values.iter().sum::<f64>() / 3.0, report_of["languages"][code][when][name].as_f64().unwrap());
                assert!((mean - whole).abs() < 1e-3, "{code} {when} {name}: {values:?}, {whole}");
            }
        }
    }
    assert!(facts.iter().all(|fact| fact["after"].get("portability").is_none()));
    assert!(facts.iter().any(|fact| fact["after"] != fact["before"]), "the edits did something");
    let written: Vec<Value> = fs::read_to_string(&lines).unwrap().lines().map(json).collect();
    for ((line, fact), text) in written.iter().zip(facts).zip(report_of["recipe"]["facts"].as_array().unwrap()) {
        assert!(["id", "language", "before", "after"].iter().all(|name| line[name] == fact[name]));
        assert!(["subject", "prompt", "new_object"].iter().all(|name| line[name] == text[name]));
        assert_eq!((line["method"].as_str(), line["seed"].as_u64()), (Some("memit"), Some(0)));
    }
    assert_eq!(written.len(), 6);
    let model = cli_support::golden("models/llama");
    succeeds(&["run", &report, "--model", &model, "--per-fact", &again, "--quiet"]);
    assert_eq!(fs::read_to_string(&again).unwrap(), fs::read_to_string(&lines).unwrap());
    refused(&experiment.args(&["--per-fact", "no/folder/facts.jsonl"]), 1, &["facts' results", "no/folder"]);
}

/// Ten facts in English, of which a method has those right that `right` says.
fn ten(report: &mut Value, right: impl Fn(usize) -> bool) {
    let fact = |i: usize| {
        let score = if right(i) { 100.0 } else { 0.0 };
        value!({"id": i.to_string(), "language": "en", "before": {}, "after": {"efficacy": score, "efficacy_exact": score}})
    };
    report["facts"] = (0..10).map(fact).collect();
}

#[test]
fn methods_are_compared_fact_by_fact() {
    let reports = Reports::new("memit");
    let other = |report: &mut Value| set(report, "v_lr", 0.25);
    reports.add("a", |report| ten(report, |i| i < 2));
    reports.add("b", |report| {
        other(report);
        ten(report, |i| i != 0);
    });
    let published = reports.published();
    let found = table(&published, "Differences between methods");
    let row: Vec<&str> = found["rows"][0].as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
    let at =
        |name: &str| found["columns"].as_array().unwrap().iter().position(|column| column.as_str().unwrap().starts_with(name)).unwrap();
    // One fact is right only in the first, eight only in the second: 2 (1 + 9) / 2^9.
    assert_eq!(row[at("right: first only / second only, en")], "1 / 8, p 0.039");
    assert_eq!((row[at("method")].contains('→'), row[at("right: first only / second only, de")]), (true, "-"));
    let difference = row[at("efficacy")];
    assert!(difference.starts_with("+70.0 [") && difference == row[at("exact match")], "{difference}");
    let ends: Vec<f64> = difference.split(['[', ',', ']']).filter_map(|part| part.trim().parse().ok()).skip(1).collect();
    let values: Vec<f64> = (0..10)
        .map(|i| {
            if i == 0 {
                -100.0
            } else if i == 1 {
                0.0
            } else {
                100.0
            }
        })
        .collect();
    let (low, high) = langedit::evaluate::bootstrap_interval(&values, 2000, 0).unwrap();
    assert_eq!(ends, [low, high], "by the definition of the interval");
    assert!((0.0..70.0).contains(&low) && high == 100.0);
    assert_eq!(row[at("generality")], "-");

    // A second seed with the same facts adds no questions to the test, and counts half of the mean.
    let second = |report: &mut Value| {
        seed(report, 1);
        ten(report, |_| false);
    };
    reports.add("c", second);
    reports.add("d", |report| {
        other(report);
        second(report);
    });
    let published = reports.published();
    let row = &table(&published, "Differences between methods")["rows"][0];
    assert!(row[at("efficacy")].as_str().unwrap().starts_with("+35.0 ["), "{row}");
    assert_eq!(
        (row[at("right: first only / second only, en")].as_str(), row[at("compared")].as_str()),
        (Some("1 / 8, p 0.039"), Some("10"))
    );

    // Reports of before had no facts.
    for entry in fs::read_dir(reports.folder()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    reports.add("a", |report| drop(report.as_object_mut().unwrap().remove("facts")));
    assert!(!reports.published()["tables"].as_array().unwrap().iter().any(|table| table["title"] == "Differences between methods"));
}

#[test]
fn interval_and_test_agree_with_exact_arithmetic() {
    let golden = read_json(Path::new(&cli_support::golden("paired/golden.json")));
    for case in golden["bootstrap"].as_array().unwrap() {
        let values: Vec<f64> = case["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        let (resamples, seed) = (case["resamples"].as_u64().unwrap() as usize, case["seed"].as_u64().unwrap());
        let (low, high) = langedit::evaluate::bootstrap_interval(&values, resamples, seed).unwrap();
        for (found, expected) in [(low, &case["interval"][0]), (high, &case["interval"][1])] {
            assert!((found - expected.as_f64().unwrap()).abs() < 1e-9, "{found} {expected}");
        }
    }
    for case in golden["mcnemar"].as_array().unwrap() {
        let [a, b] = ["only_a", "only_b"].map(|name| case[name].as_u64().unwrap() as usize);
        let (found, expected) = (langedit::evaluate::mcnemar(a, b), case["p"].as_f64().unwrap());
        assert!((found - expected).abs() < 1e-9 * expected, "{a} {b}: {found} {expected}");
        assert_eq!(langedit::evaluate::mcnemar(b, a), found);
    }
    assert_eq!(langedit::evaluate::bootstrap_interval(&[], 100, 0), None);
}

/// A language alone has a table of its own beside itself among others; another model's run in one language is a run like any.
#[test]
fn a_run_in_one_language_is_left_out_of_no_folder() {
    let reports = Reports::new("memit");
    reports.add("several", |_| {});
    let alone = |report: &mut Value| {
        report["recipe"]["languages"] = value!(["en"]);
        report["languages"].as_object_mut().unwrap().retain(|code, _| code == "en");
    };
    reports.add("alone", alone);
    assert_eq!(column(&reports.published(), "languages").iter().filter(|languages| **languages == "en").count(), 0);
    reports.add("other", |report| {
        alone(report);
        report["model"] = "another".into();
        report["model_sha256"] = "ab".repeat(32).into();
    });
    let published = reports.published();
    let models = column(&published, "model");
    assert_eq!(models.iter().filter(|model| **model == "another").count(), 2, "unedited and edited: {models:?}");
}

/// Facts that the seed draws are other ones for another seed: a method that has seeds of its own is not compared on the same facts.
#[test]
fn methods_with_other_seeds_are_pointed_out() {
    let folder = tempfile::tempdir().unwrap();
    let reports = text(folder.path());
    let run = |method: &str, seed: &str| {
        let path = text(&folder.path().join(format!("{method}-{seed}.json")));
        let settings = ["--set", "v_num_grad_steps=2", "--evaluate-every", "end", "--quiet"];
        let of = ["edit", "--model", "builtin", "--data", "builtin", "--languages", "en", "--facts", "1"];
        succeeds(&[&of[..], &settings, &["--method", method, "--seed", seed, "--report", &path]].concat());
    };
    let notes = || json(&succeeds(&["report", &reports, "--json"]))["notes"].to_string();
    run("memit", "0");
    run("memit-seq", "1");
    assert!(notes().contains("different seeds (memit 0, memit-seq 1)"), "{}", notes());
    run("memit-seq", "0");
    fs::remove_file(folder.path().join("memit-seq-1.json")).unwrap();
    assert!(!notes().contains("different seeds"), "{}", notes());
}
