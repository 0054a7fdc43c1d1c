//! The cells of `langedit experiment` one by one, as an engine runs them on many machines: the same reports and tables as from one process.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use cli_support::experiment::{Folder, rows};
use cli_support::{command, csv_rows, golden, json, read_json, refused, succeeds, text, without_times};
use serde_json::{Value, json as value};

/// What `--list-cells` prints.
fn listed(definition: &str, out: &str) -> Vec<Value> {
    succeeds(&["experiment", definition, "--out", out, "--list-cells"]).lines().map(json).collect()
}

fn begin(definition: &str, out: &str, id: &str) -> Child {
    let mut cell = command(&["experiment", definition, "--out", out, "--cell", id, "--quiet"]);
    cell.stdout(Stdio::null()).spawn().unwrap()
}

/// The files of a folder but the reports of its cells.
fn others(folder: &str) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| text(entry.unwrap().path().file_name().unwrap().as_ref()));
    files.filter(|name| !name.ends_with(".json")).collect()
}

#[test]
fn cells_one_by_one_in_any_order_are_the_experiment() {
    let folder = Folder::new();
    let merge = |method: &str| value!({"method": method, "shared_covariance": false, "scale": 1.0, "rank_ratio": 1.0, "density": 1.0});
    let change = value!({
        "methods": ["memit", "ft"], "monolingual": true, "seeds": [0],
        "merging": {"methods": ["memit"], "merges": [merge("sum"), merge("tsvm")], "sweep_scales": [0.5, 1.0]}
    });
    let definition = folder.definition(&change);
    let (whole, apart) = (folder.path("out"), folder.path("apart"));
    succeeds(&["experiment", &definition, "--out", &whole, "--quiet"]);
    let cells = listed(&definition, &apart);
    assert!(!fs::exists(&apart).unwrap(), "a list writes nothing");
    let ids: Vec<&str> = cells.iter().map(|cell| cell["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 8);
    for cell in &cells {
        assert_eq!((&cell["statistics"], &cell["done"]), (&value!(cell["method"] != "ft"), &value!(false)), "{cell}");
        let output = format!("{apart}/cells/{}.json", cell["id"].as_str().unwrap());
        assert_eq!((&cell["output"], &cell["model"], &cell["seed"]), (&value!(output), &value!(golden("models/llama")), &value!(0)));
    }
    let varied =
        |id: &str| ["order", "language", "merge"].map(|name| cells[ids.iter().position(|other| *other == id).unwrap()][name].clone());
    assert_eq!(varied("llama.ft.alone.seed0.de"), [Value::Null, value!("de"), Value::Null]);
    assert_eq!(varied("llama.ft.round-robin.seed0"), [value!("round-robin"), Value::Null, Value::Null]);
    assert_eq!(varied("llama.memit+tsvm.merged.seed0")[2], merge("tsvm"));

    // From the last to the first, two at a time.
    for pair in ids.rchunks(2) {
        let running: Vec<Child> = pair.iter().map(|id| begin(&definition, &apart, id)).collect();
        running.into_iter().for_each(|mut child| assert!(child.wait().unwrap().success(), "{pair:?}"));
    }
    assert!(others(&format!("{apart}/cells")).is_empty());
    let reports = |out: &str| -> BTreeMap<String, Value> {
        let read = |id: &str| without_times(read_json(format!("{out}/cells/{id}.json").as_ref()));
        ids.iter().map(|id| ((*id).to_owned(), read(id))).collect()
    };
    assert_eq!(reports(&apart), reports(&whole));
    assert!(listed(&definition, &apart).iter().all(|cell| cell["done"] == value!(true)));

    succeeds(&["report", &apart]);
    let without_seconds = |out: &str| {
        let csv = csv_rows(&fs::read_to_string(format!("{out}/report.csv")).unwrap());
        let csv: Vec<_> = csv.into_iter().map(|mut row| row.remove("seconds").map(|_| row).unwrap()).collect();
        let markdown = fs::read_to_string(format!("{out}/report.md")).unwrap();
        let mut methods = rows(&markdown, "Methods");
        methods.iter_mut().for_each(|row| drop(row.pop().unwrap()));
        let (_, rest) = markdown.split_once("## Efficacy by language").unwrap();
        (csv, methods, rest.to_owned())
    };
    assert_eq!(without_seconds(&apart), without_seconds(&whole));

    // Either way goes on where the other stopped.
    let summary = json(&succeeds(&["experiment", &definition, "--out", &apart, "--json", "--quiet"]));
    assert_eq!((&summary["kept"], &summary["done"]), (&value!(8), &value!(0)));
    let before = fs::read(format!("{apart}/cells/{}.json", ids[0])).unwrap();
    let again = json(&succeeds(&["experiment", &definition, "--out", &apart, "--cell", ids[0], "--json", "--quiet"]));
    assert_eq!((&again["kept"], &again["output"]), (&value!(true), &cells[0]["output"]));
    assert_eq!(fs::read(format!("{apart}/cells/{}.json", ids[0])).unwrap(), before);
}

#[test]
fn a_cell_that_is_killed_leaves_nothing_and_can_be_run_again() {
    let folder = Folder::new();
    let change = value!({"methods": ["memit"], "settings": {"layers": "1-2", "v_num_grad_steps": "1000"}});
    let (definition, out) = (folder.definition(&change), folder.path("out"));
    let id = "llama.memit.round-robin.seed1";
    let mut child = begin(&definition, &out, id);
    while !fs::exists(format!("{out}/experiment.json")).unwrap() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(50));
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    assert_eq!(fs::read_dir(format!("{out}/cells")).unwrap().count(), 0);
    assert!(begin(&definition, &out, id).wait().unwrap().success());
    assert_eq!(folder.cells().into_keys().collect::<Vec<_>>(), [id]);
}

#[test]
fn a_cell_that_cannot_be_run_says_so() {
    let folder = Folder::new();
    let missing = folder.path("missing");
    let change = value!({"models": [golden("models/llama"), missing], "methods": ["memit"], "settings": {"layers": "1-9"}});
    let (definition, out) = (folder.definition(&change), folder.path("out"));
    let cell =
        |id: &str, status, words: &[&str]| refused(&["experiment", &definition, "--out", &out, "--cell", id, "--quiet"], status, words);
    cell("llama.memti.round-robin.seed0", 2, &["`llama.memti.round-robin.seed0`", "near it: llama.memit.round-robin.seed0,", "all 4"]);
    cell("", 2, &["no cell ``"]);
    assert!(!fs::exists(&out).unwrap(), "nothing is written for a wrong name");
    // Before the work: the model is not there. In it: it has no such layer.
    cell("missing.memit.round-robin.seed1", 1, &["missing"]);
    cell("llama.memit.round-robin.seed1", 2, &["layer"]);
    assert_eq!(others(&format!("{out}/cells")), ["llama.memit.round-robin.seed1.failed"]);
    succeeds(&["report", &out]);
    let markdown = fs::read_to_string(format!("{out}/report.md")).unwrap();
    assert_eq!(rows(&markdown, "Failed")[0][0], "llama.memit.round-robin.seed1");
    assert!(markdown.contains("not finished: 3 of its 4 runs have not been made"), "{markdown}");
    for flags in [["--list-cells", "--show"], ["--cell=x", "--list-cells"], ["--cell=x", "--show"]] {
        refused(&[&["experiment", &definition][..], &flags].concat(), 2, &["cannot be used with"]);
    }
}

/// A report that was damaged, or exchanged for that of another cell, does not count; and cells of nobody knows what are not taken over.
#[test]
fn a_file_in_the_place_of_a_report_is_not_taken_for_it() {
    let folder = Folder::new();
    let definition = folder.definition(&value!({"methods": ["memit"], "facts": 1}));
    // A folder that is not there yet may be named as one.
    let out = folder.path("out/");
    let run = || json(&succeeds(&["experiment", &definition, "--out", &out, "--json", "--quiet"]));
    assert_eq!(run()["done"], value!(2));
    let [first, second] = [0, 1].map(|seed| format!("{out}/cells/llama.memit.round-robin.seed{seed}.json"));
    let whole = [&first, &second].map(|path| without_times(read_json(path.as_ref())));
    fs::write(&first, &fs::read(&first).unwrap()[..1000]).unwrap();
    fs::copy(&first, &second).unwrap();
    let done: Vec<Value> = listed(&definition, &out).into_iter().map(|cell| cell["done"].clone()).collect();
    assert_eq!(done, [value!(false), value!(false)]);
    assert_eq!((&run()["done"], [&first, &second].map(|path| without_times(read_json(path.as_ref())))), (&value!(2), whole));
    fs::copy(&first, &second).unwrap();
    let said = command(&["experiment", &definition, "--out", &out, "--json", "--quiet"]).output().unwrap();
    assert!(String::from_utf8_lossy(&said.stderr).contains("seed1.json is damaged or the report of another run"), "{said:?}");
    assert_eq!(json(std::str::from_utf8(&said.stdout).unwrap())["done"], value!(1));

    let alone = folder.definition(&value!({"methods": ["memit"], "facts": 1, "seeds": [0], "monolingual": true}));
    let apart = folder.path("apart");
    succeeds(&["experiment", &alone, "--out", &apart, "--quiet"]);
    let cell = |name: &str| format!("{apart}/cells/llama.memit.{name}.json");
    fs::copy(cell("alone.seed0.de"), cell("alone.seed0.en")).unwrap();
    let done = listed(&alone, &apart).into_iter().map(|cell| cell["done"].clone()).collect::<Vec<_>>();
    assert_eq!(done.iter().filter(|done| **done == value!(false)).count(), 1, "{done:?}");

    refused(&["experiment", &alone, "--out", &out, "--list-cells"], 2, &["another experiment", "--out"]);
    fs::remove_file(format!("{out}/experiment.json")).unwrap();
    for list in [&[][..], &["--list-cells"]] {
        refused(&[&["experiment", &alone, "--out", &out][..], list].concat(), 2, &["cells without an experiment.json", "--out"]);
    }
}

/// What is done stays what it is: with other weights or key statistics the rest would not belong beside it.
#[test]
fn an_experiment_goes_on_with_what_it_began_with() {
    let folder = Folder::new();
    let model = folder.path("llama");
    fs::create_dir(&model).unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(golden(&format!("models/llama/{file}")), format!("{model}/{file}")).unwrap();
    }
    let definition = folder.definition(&value!({"models": [model], "methods": ["memit"], "facts": 1}));
    let out = folder.path("out");
    let all = ["experiment", &definition, "--out", &out, "--quiet"];
    succeeds(&[&all[..], &["--cell", "llama.memit.round-robin.seed0"]].concat());

    let statistics = folder.path("statistics.safetensors");
    let of = ["stats", "--model", &model, "--corpus", &golden("editing/corpus.txt"), "--layers", "1-2", "--quiet"];
    succeeds(&[&of[..], &["--out", &statistics]].concat());
    let with_statistics = [&all[..], &["--stats", &statistics]].concat();
    refused(&with_statistics, 2, &["seed0", "other key statistics", "--out"]);
    // A process for one cell looks at those beside it.
    refused(&[&with_statistics[..], &["--cell", "llama.memit.round-robin.seed1"]].concat(), 2, &["seed0", "other key statistics"]);

    let weights = format!("{model}/model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, &bytes).unwrap();
    refused(&all, 2, &["seed0", "other weights", "--out"]);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, &bytes).unwrap();
    succeeds(&all);
    // A page of what is there needs none of it.
    succeeds(&with_statistics);

    // The report of another experiment's cell of the same name.
    let other = folder.definition(&value!({"models": [model], "methods": ["memit"], "facts": 2}));
    let elsewhere = folder.path("elsewhere");
    succeeds(&["experiment", &other, "--out", &elsewhere, "--quiet"]);
    let cell = |out: &str| format!("{out}/cells/llama.memit.round-robin.seed0.json");
    fs::copy(cell(&out), cell(&elsewhere)).unwrap();
    let done: Vec<Value> = listed(&other, &elsewhere).into_iter().map(|cell| cell["done"].clone()).collect();
    assert_eq!(done, [value!(false), value!(true)]);
}

/// Statistics that changed between two cells make numbers that do not belong beside each other.
#[test]
fn cells_with_different_statistics_are_pointed_out() {
    let folder = Folder::new();
    let definition = folder.definition(&value!({"methods": ["memit"], "facts": 1}));
    let out = folder.path("out");
    let [few, more] = ["20", "200"].map(|tokens| {
        let path = folder.path(&format!("{tokens}.safetensors"));
        let (model, corpus) = (golden("models/llama"), golden("editing/corpus.txt"));
        let of = ["--model", &model, "--corpus", &corpus, "--layers", "1-2", "--max-tokens", tokens];
        succeeds(&[&["stats"], &of[..], &["--out", &path, "--quiet"]].concat());
        path
    });
    // In two folders: beside a finished cell the other would be refused. Two that run at the same time do not see each other.
    let elsewhere = folder.path("elsewhere");
    let cell = |seed: u8| format!("llama.memit.round-robin.seed{seed}");
    for (seed, statistics, out) in [(0, &few, &out), (1, &more, &elsewhere)] {
        succeeds(&["experiment", &definition, "--out", out, "--stats", statistics, "--cell", &cell(seed), "--quiet"]);
    }
    let [from, to] = [&elsewhere, &out].map(|out| format!("{out}/cells/{}.json", cell(1)));
    fs::copy(from, to).unwrap();
    succeeds(&["report", &out]);
    let markdown = fs::read_to_string(format!("{out}/report.md")).unwrap();
    assert!(markdown.contains("different key statistics"), "{markdown}");
}

/// Two experiments that begin in one folder at the same time: one of them has it, and the other is told.
#[test]
fn a_folder_belongs_to_the_experiment_that_came_first() {
    let folder = Folder::new();
    let definitions = [1, 2].map(|facts| {
        let written = folder.definition(&value!({"methods": ["memit"], "facts": facts, "seeds": [0]}));
        let own = folder.path(&format!("{facts}.json"));
        fs::copy(written, &own).unwrap();
        own
    });
    for round in 0..4 {
        let out = folder.path(&format!("out{round}"));
        let begin =
            |definition: &String| command(&["experiment", definition, "--out", &out, "--quiet"]).stdout(Stdio::null()).spawn().unwrap();
        let running: Vec<Child> = definitions.iter().map(begin).collect();
        let done: Vec<bool> = running.into_iter().map(|mut child| child.wait().unwrap().success()).collect();
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
        let winner = &definitions[done.iter().position(|done| *done).unwrap()];
        assert!(listed(winner, &out).iter().all(|cell| cell["done"] == value!(true)));
        let left = others(&out).into_iter().find(|name| name.starts_with('.'));
        assert_eq!(left, None);
    }
}
