//! Sessions on the tiny golden checkpoint, and what their runs are given.
#![allow(dead_code, reason = "each test crate uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::prelude::Device;
use langedit::checkpoint;
use langedit::edit::Statistics;
use langedit::facts::Fact;
use langedit::recipe::{Recipe, Report, RunInput, Session, Unobserved};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/editing"))
}

pub(crate) fn facts() -> Vec<Fact> {
    serde_json::from_slice(&std::fs::read(folder().join("facts.json")).unwrap()).unwrap()
}

pub(crate) fn templates() -> BTreeMap<String, Vec<String>> {
    serde_json::from_slice(&std::fs::read(folder().join("templates.json")).unwrap()).unwrap()
}

pub(crate) fn session() -> Session {
    let checkpoint = checkpoint::open(&folder().join("../models/llama")).unwrap();
    Session::open(&checkpoint, &Device::flex(), "cpu", |_, _| ()).unwrap()
}

/// `recipe` with the golden key statistics.
pub(crate) fn input(recipe: &Recipe) -> RunInput {
    let statistics = Statistics::from_bytes(&std::fs::read(folder().join("stats.safetensors")).unwrap()).unwrap();
    RunInput { statistics: Some(statistics.into()), ..RunInput::new(recipe.clone()) }
}

pub(crate) fn run(session: &mut Session, recipe: &Recipe) -> Report {
    pollster::block_on(session.run(input(recipe), &mut Unobserved)).unwrap()
}
