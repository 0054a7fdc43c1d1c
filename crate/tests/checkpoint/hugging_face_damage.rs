//! Checkpoints in Hugging Face layout that lie.

use langedit::ErrorKind;
use langedit::checkpoint::{expected_tensors, open_files};
use langedit::model::quant::Bytes;
use proptest::prelude::*;
use safetensors::Dtype;
use serde_json::{Value, json};

use crate::hugging_face::{Files, config, shard, sharded, text, tiny};
use crate::memory::peak_of;
use crate::models::hugging_face_tensors;

fn refused(files: &Files, words: &[&str]) {
    let error = open_files(files, "dir").map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checkpoint, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{error:?} does not say {word}");
    }
}

fn with(family: &str, field: &str, value: Value) -> Files {
    let mut config = config(family);
    config[field] = value;
    replaced(family, "config.json", text(&config))
}

fn replaced(family: &str, name: &str, bytes: Bytes) -> Files {
    let mut files = tiny(family);
    files.insert(name.to_owned(), bytes);
    files
}

#[test]
fn missing_files_are_named() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let mut files = tiny("llama");
        files.remove(name);
        refused(&files, &[name]);
    }
    let mut files = sharded("llama", Dtype::F32);
    files.remove("model-00002-of-00003.safetensors");
    refused(&files, &["shard model-00002-of-00003.safetensors is missing"]);
}

#[test]
fn wrong_configurations_are_named() {
    refused(&with("llama", "model_type", json!("mamba")), &["mamba", "llama, qwen2, gpt2, gptj"]);
    refused(&with("llama", "model_type", json!(null)), &["model_type"]);
    refused(&with("llama", "hidden_size", json!(1_u64 << 60)), &["hidden_size"]);
    refused(&with("llama", "hidden_size", json!("32")), &["hidden_size", "\"32\""]);
    refused(&with("llama", "hidden_size", json!(null)), &["hidden_size is missing"]);
    refused(&with("llama", "num_hidden_layers", json!(2_000_000_000)), &["model.layers.2.input_layernorm.weight is missing"]);
    refused(&with("llama", "vocab_size", json!(13)), &["embed_tokens", "[12, 32]", "[13, 32]"]);
    refused(&with("llama", "num_key_value_heads", json!(3)), &["3 key/value heads"]);
    refused(&with("llama", "hidden_act", json!("gelu")), &["hidden_act", "gelu"]);
    refused(&with("llama", "attention_bias", json!(true)), &["attention_bias"]);
    refused(&with("llama", "rms_norm_eps", json!(0)), &["epsilon"]);
    refused(&with("llama", "rope_scaling", json!({"rope_type": "yarn", "factor": 4.0})), &["yarn"]);
    refused(&with("llama", "rope_scaling", json!({"type": "linear"})), &["factor is missing"]);
    refused(&with("llama", "rope_scaling", json!({"rope_type": "llama3", "factor": 4.0})), &["rope_scaling", "low_freq_factor"]);
    refused(&with("qwen2", "use_sliding_window", json!(true)), &["use_sliding_window"]);
    refused(&with("qwen2", "layer_types", json!(["sliding_attention"])), &["sliding_attention"]);
    refused(&with("llama", "tie_word_embeddings", json!(false)), &["lm_head.weight is missing"]);
    refused(&with("gpt2", "scale_attn_by_inverse_layer_idx", json!(true)), &["scale_attn_by_inverse_layer_idx"]);
    refused(&with("gptj", "rotary_dim", json!(10)), &["10 rotated dimensions"]);
    refused(&with("gpt2", "n_head", json!(5)), &["5 heads"]);
    refused(&replaced("llama", "config.json", Bytes::new(b"[1]".to_vec())), &["config.json is no JSON object"]);
    refused(&replaced("llama", "config.json", Bytes::new(b"{".to_vec())), &["config.json is no JSON"]);
    refused(&replaced("llama", "generation_config.json", text(&json!({"eos_token_id": "x"}))), &["generation_config.json", "eos_token_id"]);
    refused(&replaced("llama", "tokenizer.json", Bytes::new(vec![0xff])), &["tokenizer.json is not UTF-8"]);
}

/// A clone without Git LFS, and the page behind a link to a file.
#[test]
fn files_that_are_something_else_are_named() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 269060552\n".to_vec();
    let page = b"<!DOCTYPE html>\n<html class=\"\"><head><title>model.safetensors</title>".to_vec();
    for (stand_in, words) in [(pointer, ["Git LFS pointer", "git lfs pull"]), (page, ["web page", "download"])] {
        for name in ["config.json", "tokenizer.json", "generation_config.json", "model.safetensors", "model.safetensors.index.json"] {
            refused(&replaced("llama", name, Bytes::new(stand_in.clone())), &[&[name][..], &words].concat());
        }
        let mut files = sharded("llama", Dtype::F32);
        files.insert("model-00002-of-00003.safetensors".to_owned(), Bytes::new(stand_in));
        refused(&files, &[&["model-00002-of-00003.safetensors"][..], &words].concat());
    }
    refused(&replaced("llama", "model.safetensors", Bytes::new(b"Entry not found".to_vec())), &["model.safetensors", "Entry not found"]);
}

#[test]
fn wrong_tensors_are_named() {
    let all = hugging_face_tensors("llama", true);
    for index in 0..all.len() {
        let mut tensors = all.clone();
        let (name, _) = tensors.remove(index);
        refused(&replaced("llama", "model.safetensors", shard(&tensors, Dtype::F32)), &[&name, "missing"]);
        let mut tensors = all.clone();
        tensors[index].1[0] += 1;
        refused(&replaced("llama", "model.safetensors", shard(&tensors, Dtype::F32)), &[&name, "shape"]);
    }
    let mut tensors = all.clone();
    tensors.push(("model.layers.0.self_attn.q_norm.weight".to_owned(), vec![8]));
    refused(&replaced("llama", "model.safetensors", shard(&tensors, Dtype::F32)), &["q_norm.weight", "belongs to no"]);

    let data = vec![0; 12 * 32 * 8];
    let view = safetensors::tensor::TensorView::new(Dtype::F64, vec![12, 32], &data).unwrap();
    let file = safetensors::serialize([("model.embed_tokens.weight", view)], None).unwrap();
    refused(&replaced("llama", "model.safetensors", Bytes::new(file)), &["model.embed_tokens.weight", "F64", "BF16"]);
}

#[test]
fn wrong_indices_are_named() {
    let with_index = |index: &Value| {
        let mut files = sharded("llama", Dtype::F32);
        files.insert("model.safetensors.index.json".to_owned(), text(index));
        files
    };
    refused(&with_index(&json!({})), &["weight_map"]);
    refused(&with_index(&json!({"weight_map": {}})), &["weight_map is empty"]);
    refused(&with_index(&json!({"weight_map": {"a": 1}})), &["weight_map", "a is 1"]);
    for path in ["../model.safetensors", "/etc/passwd", ".hidden.safetensors", "C:model.safetensors", "model.bin"] {
        refused(&with_index(&json!({"weight_map": {"a": path}})), &[path.trim_start_matches("../"), "not the name"]);
    }
    // Two shards with the same tensors.
    let mut files = sharded("llama", Dtype::F32);
    let first = files["model-00001-of-00003.safetensors"].clone();
    files.insert("model-00002-of-00003.safetensors".to_owned(), first);
    refused(&files, &["model-00002-of-00003.safetensors", "in another shard too"]);
}

#[test]
fn truncation_anywhere_is_an_error() {
    let whole = tiny("gpt2")["model.safetensors"].clone();
    for len in (0..4000).step_by(7).chain((4000..whole.len()).step_by(997)).chain([whole.len() - 1]) {
        refused(&replaced("gpt2", "model.safetensors", whole.window(0, len).unwrap()), &["model.safetensors"]);
    }
    let mut huge = whole.as_slice().to_vec();
    huge[..8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    refused(&replaced("gpt2", "model.safetensors", Bytes::new(huge)), &["model.safetensors"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn flipped_bytes_neither_panic_nor_take_memory(flips in proptest::collection::vec((0_usize..100_000, 1_u8..=255), 1..4)) {
        let mut files = tiny("gpt2");
        let mut bytes = files["model.safetensors"].as_slice().to_vec();
        let header = 8 + usize::try_from(u64::from_le_bytes(*bytes.first_chunk().unwrap())).unwrap();
        for (at, mask) in flips {
            bytes[at % header] ^= mask;
        }
        let len = bytes.len();
        files.insert("model.safetensors".to_owned(), Bytes::new(bytes));
        let (opened, peak) = peak_of(|| open_files(&files, ""));
        prop_assert!(peak <= 2 * len + 16_384, "{peak} bytes for a file of {len}");
        match opened {
            Ok(checkpoint) => {
                for expected in expected_tensors(&checkpoint.config) {
                    checkpoint.tensors.matrix(&expected.name).unwrap().unwrap().to_f32_vec().unwrap();
                }
            }
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Checkpoint),
        }
    }
}
