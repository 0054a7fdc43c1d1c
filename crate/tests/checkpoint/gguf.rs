//! Good GGUF files.

use langedit::checkpoint::{Checkpoint, TokenizerSource, expected_tensors, open_gguf};
use langedit::model::quant::quantize_q8_0;
use langedit::model::{Activation, Family};

use crate::gguf_writer::{Gguf, STRING, string};
use crate::models::{FAMILIES, HIDDEN, values};

fn matrix(checkpoint: &Checkpoint, name: &str) -> (usize, usize, Vec<f32>) {
    let matrix = checkpoint.tensors.matrix(name).unwrap().unwrap();
    (matrix.rows, matrix.cols, matrix.to_f32_vec().unwrap())
}

#[test]
fn every_family_opens_with_all_its_tensors() {
    for family in FAMILIES {
        let file = Gguf::tiny(family);
        let checkpoint = open_gguf(file.bytes(), "file").unwrap();
        assert_eq!(checkpoint.name, "Tiny");
        assert_eq!(checkpoint.end_tokens, [1]);
        let config = &checkpoint.config;
        assert_eq!((config.vocab, config.hidden, config.inner, config.layers), (12, 32, 64, 2), "{family}");
        assert_eq!((config.heads, config.head_dim, config.max_positions), (4, 8, 16), "{family}");
        assert_eq!(config.norm_eps, f64::from(1e-5_f32));
        for expected in expected_tensors(config) {
            let (rows, cols, _) = matrix(&checkpoint, &expected.name);
            assert_eq!((rows, cols), (expected.rows, expected.cols), "{family} {}", expected.name);
        }
        assert!(checkpoint.tensors.matrix("layers.2.mlp.down.weight").unwrap().is_none());
        assert_eq!(matrix(&checkpoint, "layers.1.mlp.down.weight").2, values("blk.1.ffn_down.weight", 32 * 64));
        assert_eq!(matrix(&checkpoint, "final_norm.weight").2, values("output_norm.weight", 32));
        assert_eq!(checkpoint.tensors.stored().len(), file.tensors.len());
    }
}

#[test]
fn families_differ_where_they_should() {
    let config = |family| open_gguf(Gguf::tiny(family).bytes(), "").unwrap().config;
    let (llama, qwen2, gpt2, gptj) = (config("llama"), config("qwen2"), config("gpt2"), config("gptj"));
    assert_eq!([&llama, &qwen2, &gpt2, &gptj].map(|c| c.family), [Family::Llama, Family::Qwen2, Family::Gpt2, Family::GptJ]);
    assert_eq!([&llama, &qwen2, &gpt2, &gptj].map(|c| c.tied_head), [true, false, true, false]);
    assert_eq!([&llama, &qwen2, &gpt2, &gptj].map(|c| c.kv_heads), [2, 2, 4, 4]);
    assert_eq!(llama.activation, Activation::SiluGated);
    assert_eq!(gptj.activation, Activation::GeluTanh);
    assert!(gpt2.rope.is_none());
    let rope = [llama, qwen2, gptj].map(|config| config.rope.map(|rope| (rope.interleaved, rope.dims)));
    assert_eq!(rope, [Some((true, 8)), Some((false, 8)), Some((true, 4))]);
}

#[test]
fn heads_of_qwen3_are_normed_and_have_their_own_size() {
    let mut file = Gguf::tiny("qwen3");
    for (key, size) in [("attention.key_length", 16_u32), ("attention.value_length", 16), ("attention.sliding_window", 12)] {
        file.set(&format!("qwen3.{key}"), 4, size.to_le_bytes().to_vec());
    }
    for layer in 0..2 {
        for (part, shape) in [("q", vec![64, HIDDEN]), ("k", vec![32, HIDDEN]), ("v", vec![32, HIDDEN]), ("output", vec![HIDDEN, 64])] {
            let name = format!("blk.{layer}.attn_{part}.weight");
            file = file.without(&name);
            file.push(&name, &shape);
        }
        for part in ["q", "k"] {
            let name = format!("blk.{layer}.attn_{part}_norm.weight");
            file = file.without(&name);
            file.push(&name, &[16]);
        }
    }
    let checkpoint = open_gguf(file.bytes(), "").unwrap();
    let config = &checkpoint.config;
    assert_eq!((config.family, config.heads, config.kv_heads, config.head_dim), (Family::Qwen3, 4, 2, 16));
    assert_eq!(config.rope.as_ref().map(|rope| (rope.interleaved, rope.dims)), Some((false, 16)));
    assert_eq!(matrix(&checkpoint, "layers.1.attn.q_norm.weight"), (1, 16, values("blk.1.attn_q_norm.weight", 16)));
    // Positions end where the sliding window does.
    assert_eq!(config.max_positions, 12);
}

#[test]
fn gpt2_attention_is_split_into_thirds() {
    let checkpoint = open_gguf(Gguf::tiny("gpt2").bytes(), "").unwrap();
    let (weight, bias) = (values("blk.1.attn_qkv.weight", 3 * 32 * 32), values("blk.1.attn_qkv.bias", 96));
    for (third, part) in ["q", "k", "v"].into_iter().enumerate() {
        let (rows, cols, found) = matrix(&checkpoint, &format!("layers.1.attn.{part}.weight"));
        assert_eq!((rows, cols), (32, 32));
        assert_eq!(found, weight[third * 1024..(third + 1) * 1024]);
        assert_eq!(matrix(&checkpoint, &format!("layers.1.attn.{part}.bias")), (1, 32, bias[third * 32..(third + 1) * 32].to_vec()));
    }
}

#[test]
fn the_vocabulary_comes_along() {
    let checkpoint = open_gguf(Gguf::tiny("llama").bytes(), "").unwrap();
    let TokenizerSource::Gguf(vocabulary) = &checkpoint.tokenizer else { unreachable!() };
    assert_eq!((vocabulary.model.as_str(), vocabulary.pre.as_str()), ("gpt2", "smollm"));
    assert_eq!((vocabulary.tokens.len(), vocabulary.tokens[11].as_str()), (12, "Ġé"));
    assert_eq!(vocabulary.merges, ["a b", "c d", "e f"]);
    assert_eq!(vocabulary.token_types, [1; 12]);
    assert!(vocabulary.scores.is_empty());
    assert_eq!((vocabulary.bos, vocabulary.eos, vocabulary.add_bos, vocabulary.add_space_prefix), (None, Some(1), Some(false), None));
}

/// llama.cpp takes `default` where the field is missing or empty, and says so.
#[test]
fn a_pre_tokenizer_that_is_not_named_is_pointed_out() {
    let opened = |change: &dyn Fn(&mut Gguf)| {
        let mut file = Gguf::tiny("llama");
        change(&mut file);
        open_gguf(file.bytes(), "").unwrap()
    };
    let missing = opened(&|file| *file = file.clone().without("tokenizer.ggml.pre"));
    let TokenizerSource::Gguf(vocabulary) = &missing.tokenizer else { unreachable!() };
    assert_eq!(vocabulary.pre, "default");
    assert!(missing.warnings[0].contains("tokenizer.ggml.pre") && missing.warnings.len() == 1, "{:?}", missing.warnings);
    assert_eq!(missing.summary().warnings, missing.warnings);
    assert_eq!(opened(&|file| file.set("tokenizer.ggml.pre", STRING, string(""))).warnings.len(), 1);

    assert!(opened(&|_| ()).warnings.is_empty());
    assert!(opened(&|file| file.set("tokenizer.ggml.pre", STRING, string("default"))).warnings.is_empty());
    // SentencePiece has no pre-tokenizer.
    let sentence_piece = |file: &mut Gguf| {
        *file = file.clone().without("tokenizer.ggml.pre");
        file.set("tokenizer.ggml.model", STRING, string("llama"));
    };
    assert!(opened(&sentence_piece).warnings.is_empty());
}

#[test]
fn optional_parts_are_read() {
    let mut file = Gguf::tiny("llama").without("general.name");
    file.alignment = 64;
    file.version = 2;
    file.set("general.alignment", 4, 64_u32.to_le_bytes().to_vec());
    file.set("llama.rope.freq_base", 6, 5e5_f32.to_le_bytes().to_vec());
    file.set("llama.rope.scaling.type", STRING, string("none"));
    file.set("tokenizer.ggml.eot_token_id", 4, 3_u32.to_le_bytes().to_vec());
    file.set("tokenizer.ggml.unknown_token_id", 4, u32::MAX.to_le_bytes().to_vec());
    file.push("rope_freqs.weight", &[4]);
    file.tensor("rope_freqs.weight").data = [1.0_f32, 1.0, 2.0, 8.0].map(f32::to_le_bytes).as_flattened().to_vec();
    let checkpoint = open_gguf(file.bytes(), "file").unwrap();
    assert_eq!(checkpoint.name, "file");
    assert_eq!(checkpoint.end_tokens, [1, 3]);
    let rope = checkpoint.config.rope.unwrap();
    assert_eq!((rope.theta, rope.frequency_divisors), (5e5, Some(vec![1.0, 1.0, 2.0, 8.0])));
}

#[test]
fn quantised_tensors_stay_packed() {
    let mut file = Gguf::tiny("llama");
    let name = "blk.0.ffn_down.weight";
    let stored = quantize_q8_0(HIDDEN, 64, &values(name, HIDDEN * 64)).unwrap();
    file.tensor(name).ggml_type = 8;
    file.tensor(name).data = stored.bytes.as_slice().to_vec();
    let checkpoint = open_gguf(file.bytes(), "").unwrap();
    let found = checkpoint.tensors.matrix("layers.0.mlp.down.weight").unwrap().unwrap();
    assert_eq!(found.bytes.as_slice(), stored.bytes.as_slice());
    let summary = checkpoint.summary();
    let q8 = summary.tensor_types.iter().find(|row| row.ty == "Q8_0").unwrap();
    assert_eq!((q8.tensors, q8.parameters, q8.bytes), (1, 2048, 2176));
    assert_eq!(summary.tensor_types.iter().map(|row| row.tensors).sum::<usize>(), file.tensors.len());
    assert_eq!(summary.sha256.len(), 64);
    assert!(serde_json::to_string(&summary).unwrap().contains(r#""type":"Q8_0""#));
}
