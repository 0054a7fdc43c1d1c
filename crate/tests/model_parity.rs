//! Logits against Hugging Face transformers on tiny checkpoints of every family (tests/golden/models).
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod device_support;
mod skip_support;

use std::path::PathBuf;

use burn::prelude::*;
use device_support::devices;
use langedit::checkpoint;
use langedit::device::read;
use langedit::model::{Cache, Decoder, Transformer, top_k};
use langedit::text::Tokenizer;
use safetensors::SafeTensors;

/// f32 against f32: the order of summation differs.
const TOLERANCE: f32 = 1e-4;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/models"))
}

struct Expected {
    rows: Vec<Vec<u32>>,
    longest: usize,
    logits: Vec<f32>,
    vocab: usize,
}

fn expected(path: PathBuf) -> Expected {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let ints =
        |name: &str| -> Vec<i64> { file.tensor(name).unwrap().data().as_chunks::<8>().0.iter().map(|&b| i64::from_le_bytes(b)).collect() };
    let logits = file.tensor("logits").unwrap();
    let (longest, vocab) = (logits.shape()[1], logits.shape()[2]);
    let rows = ints("ids")
        .chunks(longest)
        .zip(ints("lengths"))
        .map(|(ids, length)| ids[..length as usize].iter().map(|&id| id as u32).collect())
        .collect();
    let logits = logits.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    Expected { rows, longest, logits, vocab }
}

fn load(path: &std::path::Path, device: &Device) -> Transformer {
    let checkpoint = checkpoint::open(path).unwrap();
    Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), device, |_, _| ()).unwrap()
}

fn compare(model: &Transformer, expected: &Expected, name: &str) {
    let mut cache = Cache::default();
    let (h, layout) = cache.advance(model, &expected.rows).unwrap();
    let logits = pollster::block_on(read(model.logits(h))).unwrap();
    let mut worst = 0.0_f32;
    for (row, tokens) in expected.rows.iter().enumerate() {
        for position in 0..tokens.len() {
            let ours = &logits[layout.index(row, position) * expected.vocab..][..expected.vocab];
            let theirs = &expected.logits[(row * expected.longest + position) * expected.vocab..][..expected.vocab];
            worst = ours.iter().zip(theirs).fold(worst, |worst, (a, b)| worst.max((a - b).abs()));
        }
    }
    assert!(worst < TOLERANCE, "{name}: logits differ by {worst}");

    // The same, one token at a time through the cache.
    let mut decoder = Decoder::new(model);
    let row = &expected.rows[0];
    let mut last = Vec::new();
    for token in row {
        last = pollster::block_on(decoder.feed(&[vec![*token]])).unwrap().remove(0);
    }
    let theirs = &expected.logits[(row.len() - 1) * expected.vocab..][..expected.vocab];
    let worst = last.iter().zip(theirs).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(worst < TOLERANCE, "{name}: cached logits differ by {worst}");
}

#[test]
fn hugging_face_checkpoints_have_transformers_logits() {
    for name in [
        "llama",
        "llama-sharded",
        "llama3",
        "qwen2",
        "qwen2-bf16",
        "gpt2",
        "gptj",
        "qwen3",
        "mistral",
        "gemma3",
        "olmo2",
        "smollm3",
        "gptneox",
        "phi3",
    ] {
        let path = folder().join(name);
        for (device, place) in devices() {
            compare(&load(&path, &device), &expected(path.join("expected.safetensors")), &format!("{name} on {place}"));
        }
    }
}

#[test]
fn gguf_checkpoints_have_the_logits_of_their_dequantised_weights() {
    for name in ["llama", "llama3", "qwen2", "gpt2", "qwen3", "gemma3", "olmo2", "smollm3", "gptneox", "phi3"] {
        let path = folder().join("gguf").join(format!("{name}.gguf"));
        let expected = expected(folder().join("gguf").join(format!("{name}.expected.safetensors")));
        for (device, place) in devices() {
            compare(&load(&path, &device), &expected, &format!("{name} on {place}"));
        }
    }
}

/// Greedy continuations of the real model that the environment names, token for token.
fn continues_as_transformers_does(variable: &str, file: &str, golden: &str, count: usize) {
    let Ok(path) = std::env::var(variable) else {
        skip_support::skipped(&format!("{variable} does not name {file}"));
        return;
    };
    let checkpoint = checkpoint::open(std::path::Path::new(&path)).unwrap();
    let tokenizer = Tokenizer::new(&checkpoint.tokenizer).unwrap();
    let model = load(std::path::Path::new(&path), &Device::flex());
    let text = std::fs::read_to_string(folder().join("../greedy").join(golden)).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ids = |value: &serde_json::Value| -> Vec<u32> { value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect() };
    let prompts = golden["prompts"].as_array().unwrap();
    assert_eq!(prompts.len(), count);
    for prompt in prompts {
        let text = prompt["prompt"].as_str().unwrap();
        let tokens = tokenizer.encode(text).unwrap().ids;
        assert_eq!(tokens, ids(&prompt["ids"]), "tokens of `{text}`");
        let mut decoder = Decoder::new(&model);
        let (mut next, mut continuation) = (tokens, Vec::new());
        let wanted = ids(&prompt["continuation"]);
        while continuation.len() < wanted.len() {
            let logits = pollster::block_on(decoder.feed(&[next])).unwrap().remove(0);
            let token = top_k(&logits, 1)[0].0;
            continuation.push(token);
            next = vec![token];
        }
        assert_eq!(continuation, wanted, "continuation of `{text}`");
    }
}

/// Twenty prompts in six languages.
#[test]
fn smollm2_continues_as_transformers_does() {
    continues_as_transformers_does("LANGEDIT_SMOLLM2", "SmolLM2-135M-Instruct.Q4_1.gguf", "greedy.json", 20);
}

/// Twelve prompts in six languages, and one that is longer than the window of the local layers.
#[test]
fn gemma3_continues_as_transformers_does() {
    continues_as_transformers_does("LANGEDIT_GEMMA3", "a Q4_K_M file of Gemma 3 270M", "gemma3.json", 13);
}
