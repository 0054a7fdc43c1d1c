//! `langedit devices` and the devices that it names, from outside.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod cli_support;
mod skip_support;

use cli_support::{json, refused, succeeds};
use serde_json::Value;
use skip_support::skipped;

fn devices() -> Vec<Value> {
    json(&succeeds(&["devices", "--json"])).as_array().unwrap().clone()
}

#[test]
fn the_host_is_listed_first_and_each_device_has_a_line() {
    let all = devices();
    assert_eq!(all[0]["device"], "cpu");
    if cfg!(target_os = "linux") {
        let bytes = |name: &str| all[0][name].as_u64().unwrap();
        assert!(bytes("free_bytes") > 0 && bytes("memory_bytes") >= bytes("free_bytes"));
    }
    let lines = succeeds(&["devices"]);
    assert_eq!(
        lines.lines().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(),
        all.iter().map(|one| one["device"].as_str().unwrap()).collect::<Vec<_>>()
    );
    let gpus = all.iter().filter(|one| one["device"].as_str().unwrap().starts_with("wgpu:"));
    for (index, gpu) in gpus.enumerate() {
        assert_eq!(gpu["device"], format!("wgpu:{index}"));
        assert!(["discrete", "integrated", "virtual", "software"].contains(&gpu["kind"].as_str().unwrap()), "{gpu}");
        assert!(gpu["largest_matrix_bytes"].as_u64().unwrap() >= 1 << 27, "WebGPU promises as much: {gpu}");
    }
}

#[test]
fn a_gpu_is_chosen_by_its_number() {
    let generate = |device: &str| {
        let args = ["generate", "--model", "builtin", "--prompt", "The capital of France is", "--max-tokens", "2", "--greedy", "--json"];
        json(&succeeds(&[&args[..], &["--device", device]].concat()))["text"].clone()
    };
    let all = devices();
    let Some(vulkan) = all.iter().find(|one| one["backend"] == "Vulkan") else {
        return skipped("there is no Vulkan adapter here; Mesa's lavapipe will do");
    };
    assert_eq!(generate(vulkan["device"].as_str().unwrap()), generate("cpu"));
}

#[test]
fn a_device_that_is_not_there_is_refused() {
    let generate = |device: &str, status: i32, words: &[&str]| {
        let args = ["generate", "--model", "builtin", "--prompt", "x", "--max-tokens", "1", "--device", device];
        refused(&args, status, words);
    };
    generate("wgpu:99", 1, &["there is no wgpu:99", "langedit devices"]);
    for unknown in ["wgpu:", "wgpu:-1", "wgpu:x", "cuda:x", "cpu:0", "tpu", ""] {
        generate(unknown, 2, &["expected cpu, wgpu, wgpu:N, cuda or cuda:N"]);
    }
}
