//! Experiments on tiny checkpoints.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json as value};

use super::{facts, golden, text};

/// A folder with the definition of an experiment, and its results in `out`.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        text(&self.0.path().join(name))
    }

    /// A definition of an experiment on tiny models, with what `change` says.
    pub(crate) fn definition(&self, change: &Value) -> String {
        let mut definition = value!({
            "name": "tiny", "title": "A <tiny> experiment", "about": "Three facts in two languages.",
            "models": [golden("models/llama")], "data": facts(self.0.path()), "languages": ["en", "de"], "facts": 3, "batch": 1,
            "methods": ["memit", "langedit"], "orders": ["round-robin"], "seeds": [0, 1],
            "settings": {"layers": "1-2", "v_lr": "0.1", "v_num_grad_steps": "25", "nullspace_threshold": "20%", "mom2_update_weight": "10"}
        });
        for (field, changed) in change.as_object().unwrap() {
            definition[field] = changed.clone();
        }
        if !definition["methods"].as_array().unwrap().contains(&"langedit".into()) {
            definition["settings"].as_object_mut().unwrap().remove("nullspace_threshold");
        }
        let path = self.path("definition.json");
        fs::write(&path, definition.to_string()).unwrap();
        path
    }

    /// The cells that are done.
    pub(crate) fn cells(&self) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.0.path().join("out/cells")) else { return BTreeMap::new() };
        let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
        files.map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect()
    }
}

/// The rows of the Markdown table under a heading, cells trimmed.
pub(crate) fn rows(markdown: &str, heading: &str) -> Vec<Vec<String>> {
    let section = markdown.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}
