//! The fuzzer of libFuzzer's, started by `cargo xtask fuzz`: `LANGEDIT_FUZZ_TARGET` says what is fuzzed.
#![cfg_attr(target_os = "linux", no_main)]
#![allow(missing_docs, reason = "what libfuzzer-sys defines has none")]
#![allow(clippy::expect_used, reason = "without a target there is nothing to do")]

mod targets;

#[cfg(target_os = "linux")]
use std::sync::LazyLock;

#[cfg(target_os = "linux")]
use targets::{TARGETS, Target};

#[cfg(target_os = "linux")]
static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("LANGEDIT_FUZZ_TARGET").expect("LANGEDIT_FUZZ_TARGET names the target");
    *TARGETS.iter().find(|(target, _)| *target == name).expect("LANGEDIT_FUZZ_TARGET is one of the targets")
});

#[cfg(target_os = "linux")]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.1)(bytes));

/// libFuzzer is compiled on Linux alone.
#[cfg(not(target_os = "linux"))]
fn main() {
    let names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    assert!(names.is_empty(), "fuzzed on Linux alone: {names:?}");
}
