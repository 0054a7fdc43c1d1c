//! GGUF files that lie.

use langedit::checkpoint::{expected_tensors, open_gguf};
use langedit::model::quant::Bytes;
use langedit::{ErrorKind, Result};
use proptest::prelude::*;

use crate::gguf_writer::{ARRAY, Gguf, STRING, string, strings};
use crate::memory::peak_of;

/// The message of the error, which must be of the right kind and say all of `words`.
fn refused(file: Vec<u8>, words: &[&str]) {
    let error = open_gguf(Bytes::new(file), "file").map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checkpoint, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{error:?} does not say {word}");
    }
}

/// Opens a file and reads all its values; checks the memory that opening takes.
fn read_all(file: Vec<u8>) -> Result<()> {
    let len = file.len();
    let bytes = Bytes::new(file);
    let (opened, peak) = peak_of(|| open_gguf(bytes, "file"));
    assert!(peak <= 2 * len + 16_384, "{peak} bytes for a file of {len}");
    let checkpoint = opened?;
    for expected in expected_tensors(&checkpoint.config) {
        checkpoint.tensors.matrix(&expected.name)?.unwrap().to_f32_vec()?;
    }
    Ok(())
}

#[test]
fn truncation_anywhere_is_an_error() {
    for family in ["llama", "gpt2"] {
        let file = Gguf::tiny(family);
        let (whole, header) = (file.to_vec(), file.header().len());
        for len in (0..header).chain((header..whole.len()).step_by(101)).chain([whole.len() - 1]) {
            let error = read_all(whole[..len].to_vec()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Checkpoint, "{family} at {len}: {error}");
            assert!(len < 4 || error.hint_text().is_some_and(|hint| hint.contains("download it again")), "{family} at {len}: {error}");
        }
        read_all(whole).unwrap();
    }
}

#[test]
fn giant_counts_name_the_field() {
    const HUGE: [u8; 8] = (1_u64 << 60).to_le_bytes();
    let good = Gguf::tiny("llama").to_vec();
    let patched = |at: usize| [&good[..at], &HUGE, &good[at + 8..]].concat();
    refused(patched(8), &["tensor_count", "1152921504606846976"]);
    refused(patched(16), &["metadata_kv_count"]);
    refused(patched(24), &["metadata key 0"]);

    let with = |key: &str, ty: u32, value: Vec<u8>| {
        let mut file = Gguf::tiny("llama");
        file.set(key, ty, value);
        file.to_vec()
    };
    refused(with("general.name", STRING, HUGE.to_vec()), &["general.name"]);
    for element in [0_u32, 4, 8, 9, 12] {
        refused(with("tokenizer.ggml.tokens", ARRAY, [&element.to_le_bytes()[..], &HUGE].concat()), &["tokenizer.ggml.tokens"]);
    }
    refused(with("llama.block_count", 10, HUGE.to_vec()), &["llama.block_count"]);
    refused(with("llama.embedding_length", 10, HUGE.to_vec()), &["llama.embedding_length"]);
    refused(with("llama.block_count", 4, 0x7fff_ffff_u32.to_le_bytes().to_vec()), &["blk.2.attn_norm.weight is missing"]);
    refused(with("llama.attention.head_count", 4, 0_u32.to_le_bytes().to_vec()), &["llama.attention.head_count"]);
    refused(with("llama.attention.head_count", 5, (-4_i32).to_le_bytes().to_vec()), &["llama.attention.head_count"]);

    let mut file = Gguf::tiny("llama");
    file.tensor("token_embd.weight").shape = vec![1 << 40, 1 << 40];
    refused(file.to_vec(), &["token_embd.weight"]);
    file.tensor("token_embd.weight").shape = vec![1 << 30, 32];
    refused(file.to_vec(), &["token_embd.weight", "the file ends at"]);
    file.tensor("token_embd.weight").shape = vec![12, 0];
    refused(file.to_vec(), &["token_embd.weight", "dimension"]);
    file.tensor("token_embd.weight").shape = vec![1; 9];
    refused(file.to_vec(), &["token_embd.weight", "9 dimensions"]);
}

#[test]
fn a_million_tiny_entries_are_refused() {
    let mut file = Gguf::tiny("llama");
    file.metadata.extend((0..70_000).map(|index| (format!("{index}"), 0, vec![0])));
    refused(file.to_vec(), &["metadata_kv_count"]);
    let mut nested = vec![];
    for _ in 0..1000 {
        nested.extend(ARRAY.to_le_bytes());
        nested.extend(1_u64.to_le_bytes());
    }
    let mut file = Gguf::tiny("llama");
    file.set("general.nested", ARRAY, nested);
    refused(file.to_vec(), &["general.nested", "deep"]);
}

#[test]
fn other_files_and_versions_are_named() {
    refused(b"<!DOCTYPE html>".to_vec(), &["no GGUF file", "download"]);
    refused(b"<!DOCTYPE html>".to_vec(), &["web page"]);
    refused(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n".to_vec(), &["no GGUF file", "Git LFS pointer", "git lfs pull"]);
    refused(b"\x7fELF\x02\x01".to_vec(), &["no GGUF file"]);
    refused(Vec::new(), &["no GGUF file"]);
    for (version, word) in [(1_u32, "version 1"), (4, "version 4"), (3_u32.swap_bytes(), "big-endian")] {
        let mut file = Gguf::tiny("llama");
        file.version = version;
        refused(file.to_vec(), &[word]);
    }
}

#[test]
fn unsupported_models_are_named() {
    let with = |key: &str, ty: u32, value: Vec<u8>| {
        let mut file = Gguf::tiny("llama");
        file.set(key, ty, value);
        file.to_vec()
    };
    refused(with("general.architecture", STRING, string("mamba")), &["mamba", "llama, qwen2, gpt2, gptj"]);
    refused(Gguf::tiny("llama").without("general.architecture").to_vec(), &["general.architecture is missing"]);
    refused(with("llama.expert_count", 4, 8_u32.to_le_bytes().to_vec()), &["expert_count"]);
    for cap in ["llama.final_logit_softcapping", "llama.attn_logit_softcapping"] {
        refused(with(cap, 6, 30.0_f32.to_le_bytes().to_vec()), &[cap, "30"]);
    }
    refused(with("llama.rope.scaling.type", STRING, string("yarn")), &["rope.scaling.type", "yarn"]);
    refused(with("llama.rope.scaling.type", STRING, string("longrope")), &["longrope", "rope_factors_short.weight is missing"]);
    let mut file = Gguf::tiny("llama");
    file.push("rope_factors_long.weight", &[4]);
    refused(file.to_vec(), &["longrope", "rope_factors_short.weight is missing"]);
    for (factor, opens) in [(1.5_f32, true), (0.0, false), (-1.0, false)] {
        let mut file = Gguf::tiny("llama");
        file.push("rope_factors_short.weight", &[4]);
        file.tensor("rope_factors_short.weight").data = [1.0_f32, 1.0, 2.0, 8.0].map(f32::to_le_bytes).as_flattened().to_vec();
        file.set("llama.rope.scaling.original_context_length", 4, 8_u32.to_le_bytes().to_vec());
        file.set("llama.rope.scaling.attn_factor", 6, factor.to_le_bytes().to_vec());
        if opens {
            let config = open_gguf(Bytes::new(file.to_vec()), "").unwrap().config;
            assert_eq!((config.max_positions, config.rope.unwrap().attention_factor), (8, Some(1.5)));
        } else {
            refused(file.to_vec(), &["rope.scaling.attn_factor", "not a positive number"]);
        }
    }
    refused(with("llama.rope.scaling.attn_factor", 6, 2_f32.to_le_bytes().to_vec()), &["rope.scaling.attn_factor is 2"]);
    // Without a type, llama.cpp scales linearly.
    for key in ["llama.rope.scaling.factor", "llama.rope.scale_linear"] {
        let stretched = open_gguf(Bytes::new(with(key, 6, 4_f32.to_le_bytes().to_vec())), "").unwrap();
        assert_eq!(stretched.config.rope.unwrap().frequency_divisors, Some(vec![4.0; 4]), "{key}");
        refused(with(key, 6, (-4_f32).to_le_bytes().to_vec()), &["rope.scaling.factor", "-4"]);
        for neutral in [0_f32, 1.0] {
            open_gguf(Bytes::new(with(key, 6, neutral.to_le_bytes().to_vec())), "").unwrap();
        }
    }
    refused(with("llama.attention.value_length", 4, 4_u32.to_le_bytes().to_vec()), &["values of 4"]);
    refused(with("llama.attention.head_count_kv", 4, 3_u32.to_le_bytes().to_vec()), &["3 key/value heads"]);
    refused(with("llama.rope.dimension_count", 4, 7_u32.to_le_bytes().to_vec()), &["7 rotated dimensions"]);
    refused(with("llama.attention.layer_norm_rms_epsilon", 6, f32::NAN.to_le_bytes().to_vec()), &["layer_norm_rms_epsilon", "NaN"]);
    refused(with("llama.context_length", STRING, string("long")), &["llama.context_length is a string"]);
    refused(with("llama.context_length", 99, Vec::new()), &["llama.context_length", "99"]);
    for key in ["block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count"] {
        let key = format!("llama.{key}");
        refused(Gguf::tiny("llama").without(&key).to_vec(), &[&key, "missing"]);
    }
}

#[test]
fn wrong_tensors_are_named() {
    for name in ["token_embd.weight", "blk.1.ffn_down.weight", "blk.0.attn_norm.weight", "output_norm.weight"] {
        refused(Gguf::tiny("llama").without(name).to_vec(), &[name, "missing"]);
    }
    let mut file = Gguf::tiny("llama");
    file.tensor("blk.1.ffn_up.weight").shape = vec![32, 64];
    refused(file.to_vec(), &["blk.1.ffn_up.weight", "[32, 64]", "[64, 32]"]);
    let mut file = Gguf::tiny("llama");
    file.tensor("blk.1.ffn_up.weight").ggml_type = 39;
    refused(file.to_vec(), &["blk.1.ffn_up.weight", "MXFP4", "Q4_K"]);
    let mut file = Gguf::tiny("llama");
    file.push("blk.0.attn_q_norm.weight", &[8]);
    refused(file.to_vec(), &["blk.0.attn_q_norm.weight", "belongs to no"]);
    let mut file = Gguf::tiny("llama");
    file.push("output_norm.weight", &[32]);
    refused(file.to_vec(), &["output_norm.weight occurs twice"]);
    let mut file = Gguf::tiny("llama");
    file.push("rope_freqs.weight", &[3]);
    refused(file.to_vec(), &["rope_freqs.weight"]);
    let mut file = Gguf::tiny("llama");
    file.push("rope_freqs.weight", &[4]);
    file.set("llama.rope.scaling.factor", 6, 4_f32.to_le_bytes().to_vec());
    refused(file.to_vec(), &["in two ways"]);
    // The table says a multiple of 8, the file claims 32.
    let mut file = Gguf::tiny("llama");
    file.tensor("output_norm.weight").data.truncate(8);
    file.alignment = 8;
    refused(file.to_vec(), &["offset", "not aligned to 32"]);
    file.set("general.alignment", 4, 24_u32.to_le_bytes().to_vec());
    refused(file.to_vec(), &["general.alignment"]);
}

#[test]
fn wrong_vocabularies_are_named() {
    let with = |key: &str, ty: u32, value: Vec<u8>| {
        let mut file = Gguf::tiny("llama");
        file.set(key, ty, value);
        file.to_vec()
    };
    refused(Gguf::tiny("llama").without("tokenizer.ggml.tokens").to_vec(), &["tokenizer.ggml.tokens is missing"]);
    refused(with("tokenizer.ggml.tokens", ARRAY, strings(&["x"; 13])), &["tokenizer.ggml.tokens has 13 entries", "12 rows"]);
    refused(with("tokenizer.ggml.tokens", ARRAY, strings(&["x"; 11])), &["token_type has 12 entries for 11 tokens"]);
    refused(with("tokenizer.ggml.eos_token_id", 4, 12_u32.to_le_bytes().to_vec()), &["eos_token_id"]);
    let latin1 = [&STRING.to_le_bytes()[..], &1_u64.to_le_bytes(), &1_u64.to_le_bytes(), &[0xff]].concat();
    refused(with("tokenizer.ggml.merges", ARRAY, latin1), &["tokenizer.ggml.merges[0] is not UTF-8"]);
    let numbers = [&4_u32.to_le_bytes()[..], &1_u64.to_le_bytes(), &[0; 4]].concat();
    refused(with("tokenizer.ggml.merges", ARRAY, numbers), &["tokenizer.ggml.merges is no array of strings"]);
    let mut file = Gguf::tiny("llama");
    file.metadata.push(("general.name".to_owned(), STRING, string("again")));
    refused(file.to_vec(), &["general.name occurs twice"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn flipped_bytes_neither_panic_nor_take_memory(flips in proptest::collection::vec((0_usize..100_000, 1_u8..=255), 1..4)) {
        let mut file = Gguf::tiny("qwen2");
        let header = file.header().len();
        file.alignment = 32;
        let mut bytes = file.to_vec();
        for (at, mask) in flips {
            bytes[at % header] ^= mask;
        }
        if let Err(error) = read_all(bytes) {
            prop_assert_eq!(error.kind(), ErrorKind::Checkpoint);
            prop_assert!(!error.message().is_empty());
        }
    }
}
