//! Good checkpoints in Hugging Face layout.

use std::collections::BTreeMap;

use langedit::checkpoint::{Checkpoint, TokenizerSource, expected_tensors, open_files};
use langedit::model::quant::{Bytes, StoredType};
use langedit::model::{Family, Llama3Scaling};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize};
use serde_json::{Value, json};

use crate::heads::with_head;
use crate::models::{FAMILIES, HIDDEN, INNER, POSITIONS, VOCAB, hugging_face_tensors, values};

pub(crate) type Files = BTreeMap<String, Bytes>;

/// config.json as transformers writes it.
pub(crate) fn config(family: &str) -> Value {
    match family {
        "llama" | "mistral" | "qwen2" | "qwen3" => json!({
            "model_type": family, "vocab_size": VOCAB, "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": POSITIONS, "rms_norm_eps": 1e-5,
            "rope_theta": 1e5, "rope_scaling": null, "hidden_act": "silu", "tie_word_embeddings": matches!(family, "llama" | "qwen3"), "eos_token_id": 1, "head_dim": 8,
        }),
        _ => json!({
            "model_type": family, "vocab_size": VOCAB, "n_embd": HIDDEN, "n_inner": null, "n_layer": 2, "n_head": 4,
            "n_positions": POSITIONS, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new", "rotary_dim": 4, "n_inner": INNER,
            "eos_token_id": [1, 2],
        }),
    }
}

/// A safetensors file; the tensors have the values that belong to their names.
pub(crate) fn shard(tensors: &[(String, Vec<usize>)], dtype: Dtype) -> Bytes {
    let stored = |value: f32| match dtype {
        Dtype::F32 => value.to_le_bytes().to_vec(),
        Dtype::F16 => half::f16::from_f32(value).to_le_bytes().to_vec(),
        _ => half::bf16::from_f32(value).to_le_bytes().to_vec(),
    };
    let data: Vec<Vec<u8>> =
        tensors.iter().map(|(name, shape)| values(name, shape.iter().product()).into_iter().flat_map(stored).collect()).collect();
    let views = tensors.iter().zip(&data).map(|((name, shape), data)| (name, TensorView::new(dtype, shape.clone(), data).unwrap()));
    Bytes::new(serialize(views, Some([("format".to_owned(), "pt".to_owned())].into())).unwrap())
}

pub(crate) fn text(value: &Value) -> Bytes {
    Bytes::new(value.to_string().into_bytes())
}

/// A good checkpoint in one file.
pub(crate) fn tiny(family: &str) -> Files {
    BTreeMap::from([
        ("config.json".to_owned(), text(&config(family))),
        ("tokenizer.json".to_owned(), text(&json!({"model": {"type": "BPE"}}))),
        ("model.safetensors".to_owned(), shard(&hugging_face_tensors(family, true), Dtype::F32)),
    ])
}

/// A good checkpoint in three shards with an index.
pub(crate) fn sharded(family: &str, dtype: Dtype) -> Files {
    let tensors = hugging_face_tensors(family, true);
    let mut files = tiny(family);
    files.remove("model.safetensors");
    let mut map = serde_json::Map::new();
    let mut total = 0;
    for (index, part) in tensors.chunks(tensors.len().div_ceil(3)).enumerate() {
        let name = format!("model-{:05}-of-00003.safetensors", index + 1);
        map.extend(part.iter().map(|(tensor, _)| (tensor.clone(), name.clone().into())));
        total += part.iter().map(|(_, shape)| shape.iter().product::<usize>() * if dtype == Dtype::F32 { 4 } else { 2 }).sum::<usize>();
        files.insert(name, shard(part, dtype));
    }
    files.insert("model.safetensors.index.json".to_owned(), text(&json!({"metadata": {"total_size": total}, "weight_map": map})));
    files
}

fn matrix(checkpoint: &Checkpoint, name: &str) -> (usize, usize, Vec<f32>) {
    let matrix = checkpoint.tensors.matrix(name).unwrap().unwrap();
    (matrix.rows, matrix.cols, matrix.to_f32_vec().unwrap())
}

pub(crate) fn with_config(family: &str, changes: &Value) -> Files {
    let mut config = config(family);
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let mut files = tiny(family);
    files.insert("config.json".to_owned(), text(&config));
    files
}

#[test]
fn every_family_opens_with_all_its_tensors() {
    for family in FAMILIES.into_iter().chain(["mistral"]) {
        let whole = open_files(&tiny(family), "dir").unwrap();
        assert_eq!(whole.name, "dir");
        let TokenizerSource::Json(json) = &whole.tokenizer else { unreachable!() };
        assert!(json.contains("BPE"));
        let split = open_files(&sharded(family, Dtype::F32), "dir").unwrap();
        let mut bare = tiny(family);
        bare.insert("model.safetensors".to_owned(), shard(&hugging_face_tensors(family, false), Dtype::F32));
        let bare = open_files(&bare, "dir").unwrap();
        assert_ne!(whole.sha256, split.sha256);
        assert_eq!(whole.config, split.config);
        for expected in expected_tensors(&whole.config) {
            let found = matrix(&whole, &expected.name);
            assert_eq!((found.0, found.1), (expected.rows, expected.cols), "{family} {}", expected.name);
            assert_eq!(found, matrix(&split, &expected.name), "{family} {}", expected.name);
            assert_eq!((found.0, found.1), (matrix(&bare, &expected.name).0, matrix(&bare, &expected.name).1));
        }
    }
}

#[test]
fn configurations_are_translated() {
    let config = |family| open_files(&tiny(family), "").unwrap().config;
    let (llama, qwen2, gpt2, gptj) = (config("llama"), config("qwen2"), config("gpt2"), config("gptj"));
    assert_eq!([&llama, &qwen2, &gpt2, &gptj].map(|c| c.family), [Family::Llama, Family::Qwen2, Family::Gpt2, Family::GptJ]);
    assert_eq!([&llama, &qwen2, &gpt2, &gptj].map(|c| c.tied_head), [true, false, true, false]);
    assert_eq!([&llama, &qwen2, &gpt2, &gptj].map(|c| (c.inner, c.head_dim, c.max_positions)), [(64, 8, 16); 4]);
    let rope = [llama, qwen2, gptj].map(|config| config.rope.map(|rope| (rope.interleaved, rope.dims, rope.theta)));
    assert_eq!(rope, [Some((false, 8, 1e5)), Some((false, 8, 1e5)), Some((true, 4, 1e4))]);
    assert!(gpt2.rope.is_none());
}

#[test]
fn families_of_llamas_kind_differ_where_they_should() {
    let config = |family, changes: Value| open_files(&with_config(family, &changes), "").unwrap().config;
    let (qwen3, mistral) = (config("qwen3", json!({})), config("mistral", json!({})));
    assert_eq!([&qwen3, &mistral].map(|c| (c.family, c.tied_head)), [(Family::Qwen3, true), (Family::Mistral, false)]);
    assert!(qwen3.family.traits().query_key_norm.is_some() && mistral.family.traits().query_key_norm.is_none());
    // A llama says nothing of its heads' size where it is hidden / heads, a Qwen3 where it is 128.
    assert_eq!(config("llama", json!({"head_dim": null})).head_dim, 8);
    let error = open_files(&with_config("qwen3", &json!({"head_dim": null})), "").map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("[512, 32]"), "{error}");
}

/// Up to the window a sliding window hides nothing, so positions end there; without one they end where the configuration says.
#[test]
fn positions_end_where_a_sliding_window_does() {
    let positions = |changes| open_files(&with_config("mistral", &changes), "").unwrap().config.max_positions;
    assert_eq!(positions(json!({"sliding_window": 12})), 12);
    assert_eq!(positions(json!({"sliding_window": 12, "layer_types": ["sliding_attention", "full_attention"]})), 12);
    assert_eq!(positions(json!({"sliding_window": 4096})), POSITIONS);
    assert_eq!(positions(json!({"sliding_window": null, "max_position_embeddings": 32_768})), 32_768);
    // What transformers takes where the field is missing.
    assert_eq!(positions(json!({"max_position_embeddings": 32_768})), 4096);
    let unused = json!({"sliding_window": 12, "use_sliding_window": false});
    assert_eq!(open_files(&with_config("qwen2", &unused), "").unwrap().config.max_positions, POSITIONS);
}

#[test]
fn the_class_tells_the_family_where_the_model_type_is_missing() {
    let named = |class: &str| open_files(&with_config("qwen3", &json!({"model_type": null, "architectures": [class]})), "");
    assert_eq!(named("Qwen3ForCausalLM").unwrap().config.family, Family::Qwen3);
    let error = named("MambaForCausalLM").map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("architecture MambaForCausalLM is not supported"), "{error}");
}

#[test]
fn llama3_scaling_has_an_old_and_a_new_spelling() {
    let scaling = Llama3Scaling { factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_positions: 8192 };
    let fields = json!({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192});
    let mut new = fields.clone();
    new["rope_theta"] = json!(500_000.0);
    for changes in [json!({"rope_theta": 5e5, "rope_scaling": fields}), json!({"rope_theta": null, "rope_parameters": new})] {
        let rope = open_files(&with_config("llama", &changes), "").unwrap().config.rope.unwrap();
        assert_eq!((rope.theta, rope.llama3, rope.interleaved), (5e5, Some(scaling), false));
    }
    let plain = json!({"rope_theta": null, "rope_parameters": {"rope_type": "default", "rope_theta": 7e4}});
    let rope = open_files(&with_config("llama", &plain), "").unwrap().config.rope.unwrap();
    assert_eq!((rope.theta, rope.llama3), (7e4, None));
}

#[test]
fn gpt2_matrices_are_turned_and_attention_is_split() {
    for dtype in [Dtype::F32, Dtype::F16, Dtype::BF16] {
        let checkpoint = open_files(&sharded("gpt2", dtype), "").unwrap();
        let fused = values("transformer.h.1.attn.c_attn.weight", 32 * 96);
        for (third, part) in ["q", "k", "v"].into_iter().enumerate() {
            let (_, _, found) = matrix(&checkpoint, &format!("layers.1.attn.{part}.weight"));
            for (r, c) in [(0, 0), (0, 31), (31, 0), (5, 17)] {
                assert_eq!(found[r * 32 + c], fused[c * 96 + third * 32 + r], "{part} {r} {c}");
            }
        }
        let (rows, cols, down) = matrix(&checkpoint, "layers.0.mlp.down.weight");
        let stored = values("transformer.h.0.mlp.c_proj.weight", 64 * 32);
        assert_eq!((rows, cols), (32, 64));
        assert!((0..32).all(|r| (0..64).all(|c| down[r * 64 + c] == stored[c * 32 + r])));
        let positions = checkpoint.tensors.matrix("positions").unwrap().unwrap();
        assert_eq!(positions.ty.block_bytes(), if dtype == Dtype::F32 { 4 } else { 2 });
        assert_eq!(positions.to_f32_vec().unwrap(), values("transformer.wpe.weight", 16 * 32));
    }
}

#[test]
fn end_tokens_come_from_the_generation_configuration_first() {
    assert_eq!(open_files(&tiny("llama"), "").unwrap().end_tokens, [1]);
    assert_eq!(open_files(&tiny("gpt2"), "").unwrap().end_tokens, [1, 2]);
    let mut files = tiny("llama");
    files.insert("generation_config.json".to_owned(), text(&json!({"eos_token_id": [5, 7, 99]})));
    assert_eq!(open_files(&files, "").unwrap().end_tokens, [5, 7]);
}

#[test]
fn buffers_and_copies_of_tied_heads_are_ignored() {
    let mut tensors = hugging_face_tensors("gpt2", true);
    tensors.push(("transformer.h.0.attn.bias".to_owned(), vec![1, 1, 16, 16]));
    let mut files = tiny("gpt2");
    let copy = values("transformer.wte.weight", VOCAB * HIDDEN);
    files.insert("model.safetensors".to_owned(), with_head(&shard(&tensors, Dtype::F32), &copy));
    let checkpoint = open_files(&files, "").unwrap();
    assert!(checkpoint.tensors.matrix("head.weight").unwrap().is_none());
    assert_eq!(checkpoint.tensors.matrix("embed").unwrap().unwrap().ty, StoredType::F32);
}
