//! Inputs that once broke what reads them, or nearly: tests/fuzz has a folder of them for every target of the fuzzer.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

#[path = "fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::PathBuf;

use targets::TARGETS;

#[test]
fn inputs_that_once_broke_something_are_read_or_refused() {
    let corpus = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz"));
    let folders = std::fs::read_dir(&corpus).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let folders: BTreeSet<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert!(folders.iter().all(|folder| TARGETS.iter().any(|(name, _)| name == folder)), "{folders:?}");
    for (name, run) in TARGETS.iter().filter(|(name, _)| folders.contains(*name)) {
        for entry in std::fs::read_dir(corpus.join(name)).unwrap() {
            run(&std::fs::read(entry.unwrap().path()).unwrap());
        }
    }
}
