//! Running the command on the tiny checkpoints.
#![allow(dead_code, reason = "each test crate uses its part")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

pub(crate) mod experiment;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use assert_cmd::cargo::cargo_bin;
use langedit::facts::{Fact, Probe};
use serde_json::Value;

pub(crate) fn golden(path: &str) -> String {
    format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/{}"), path)
}

/// The command, with a cache folder that is this test crate's own, empty at first.
pub(crate) fn command(args: &[&str]) -> Command {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    let cache = CACHE.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
        if cache.exists() {
            std::fs::remove_dir_all(&cache).unwrap();
        }
        cache
    });
    let mut command = Command::new(cargo_bin!("langedit"));
    // Without a folder for it Mesa complains on standard error.
    command.args(args).env("XDG_CACHE_HOME", cache).env("XDG_RUNTIME_DIR", env!("CARGO_TARGET_TMPDIR"));
    command
}

pub(crate) fn langedit(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// Runs, expects success, and gives what was printed.
pub(crate) fn succeeds(args: &[&str]) -> String {
    let output = langedit(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn read_json(path: &Path) -> Value {
    json(&std::fs::read_to_string(path).unwrap())
}

/// Runs, expects `status`, nothing on standard output and one line on standard error that names every one of `words`.
pub(crate) fn refused(args: &[&str], status: i32, words: &[&str]) {
    let output = langedit(args);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {line}");
    assert!(output.stdout.is_empty(), "{args:?}");
    assert!(line.starts_with("langedit: ") && line.trim_end().lines().count() == 1, "{args:?}: {line}");
    for word in words {
        assert!(line.contains(word), "{args:?}: `{word}` is not in: {line}");
    }
}

/// The golden facts as a data set of three records in English and German, with questions beside them.
pub(crate) fn facts(folder: &Path) -> String {
    let mut facts: Vec<Fact> = serde_json::from_str(&std::fs::read_to_string(golden("editing/facts.json")).unwrap()).unwrap();
    for (i, fact) in facts.iter_mut().enumerate() {
        fact.id = (i % 3).to_string();
        fact.rephrases = vec![format!("Well, {}", fact.prompt)];
        fact.neighbours = vec![Probe { prompt: "The sky is".to_owned(), answer: "blue".to_owned() }];
    }
    let path = folder.join("facts.json");
    std::fs::write(&path, serde_json::to_string(&facts).unwrap()).unwrap();
    text(&path)
}

pub(crate) fn text(path: &Path) -> String {
    path.display().to_string()
}

/// An experiment on a tiny checkpoint, in a folder of its own.
pub(crate) struct Experiment {
    pub(crate) folder: tempfile::TempDir,
    flags: Vec<String>,
}

impl Experiment {
    pub(crate) fn new(model: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (model, data) = (golden(model), facts(folder.path()));
        let base = ["edit", "--model", &model, "--data", &data, "--languages", "en,de", "--facts", "3", "--layers", "1-2"];
        Self { flags: base.iter().chain(flags).map(|&flag| flag.to_owned()).collect(), folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        self.flags.iter().map(String::as_str).chain(more.iter().copied()).collect()
    }
}

/// A report without what differs from run to run, and without where its facts were taken from, which a recipe that is run again does not know.
pub(crate) fn without_times(mut report: Value) -> Value {
    for name in ["timing", "data"] {
        report.as_object_mut().unwrap().remove(name);
    }
    for step in report["steps"].as_array_mut().unwrap() {
        for name in ["seconds", "target_seconds", "solve_seconds"] {
            step.as_object_mut().unwrap().remove(name).unwrap();
        }
        // A merge draws no pictures of its steps.
        if let Some(figures) = step.get_mut("figures") {
            figures.as_object_mut().unwrap().remove("seconds").unwrap();
        }
    }
    report
}

/// The rows of a CSV file by column; a field in quotes may hold commas.
pub(crate) fn csv_rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let fields = |line: &str| {
        let (mut fields, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                c => fields.last_mut().unwrap().push(c),
            }
        }
        fields
    };
    let mut lines = text.lines();
    let columns = fields(lines.next().unwrap());
    lines.map(|line| columns.iter().cloned().zip(fields(line)).collect()).collect()
}
