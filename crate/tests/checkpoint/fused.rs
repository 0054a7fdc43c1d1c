//! GPT-NeoX and Phi-3: matrices that share a tensor, rotation of a part of each head, and variants that are refused.

use std::path::Path;

use langedit::checkpoint::{Checkpoint, Replaced, expected_tensors, open, save_gguf, save_safetensors_dir};
use langedit::model::quant::Bytes;
use langedit::model::{Activation, Family};
use serde_json::{Value, json};

use crate::gemma3::{golden, golden_with};

fn refused(family: &str, changes: &Value, words: &[&str]) {
    let error = golden_with(family, changes).map(|_| ()).unwrap_err().to_string();
    assert!(words.iter().all(|word| error.contains(word)), "{error:?} does not say {words:?}");
}

fn both(family: &str) -> [Checkpoint; 2] {
    [golden(family), golden("gguf").join(format!("{family}.gguf"))].map(|path| open(&path).unwrap())
}

#[test]
fn both_formats_say_how_much_of_a_head_is_rotated() {
    for checkpoint in both("gptneox") {
        let config = checkpoint.config;
        assert_eq!((config.family, config.activation, config.head_dim), (Family::GptNeoX, Activation::Gelu, 8));
        assert_eq!(config.rope.map(|rope| (rope.dims, rope.interleaved, rope.attention_factor)), Some((4, false, None)));
    }
    for checkpoint in both("phi3") {
        let config = checkpoint.config;
        // Longer texts would be rotated by other factors.
        assert_eq!((config.family, config.kv_heads, config.max_positions), (Family::Phi3, 2, 64));
        let rope = config.rope.unwrap();
        assert_eq!((rope.dims, rope.frequency_divisors), (6, Some(vec![1.0, 1.5, 3.0])));
        let factor = rope.attention_factor.unwrap();
        assert!((factor - (4.0_f64 / 3.0).sqrt()).abs() < 1e-7, "sqrt(1 + ln 4 / ln 64), not {factor}");
    }
}

/// As transformers 4 wrote it, in most published checkpoints.
#[test]
fn the_older_spelling_says_the_same() {
    let neox = json!({"rope_parameters": null, "rotary_pct": 0.5, "rotary_emb_base": 10_000});
    let factors = json!({"type": "longrope", "short_factor": [1.0, 1.5, 3.0], "long_factor": [1.0, 4.0, 9.0]});
    let mut su = factors.clone();
    su["type"] = json!("su");
    let phi3 = |scaling: &Value| json!({"rope_parameters": null, "rope_scaling": scaling, "partial_rotary_factor": 0.75});
    for (family, old) in [("gptneox", neox), ("phi3", phi3(&factors)), ("phi3", phi3(&su))] {
        assert_eq!(golden_with(family, &old).unwrap().config, open(&golden(family)).unwrap().config, "{family}");
    }
}

#[test]
fn what_is_left_out_is_as_in_the_family() {
    let silent = json!({"rope_parameters": null, "rotary_pct": null, "partial_rotary_factor": null});
    let dims = |family| golden_with(family, &silent).unwrap().config.rope.unwrap().dims;
    assert_eq!((dims("gptneox"), dims("phi3")), (2, 8), "a quarter of a head, and all of it");
    let tanh = golden_with("gptneox", &json!({"hidden_act": "gelu_fast"})).unwrap();
    assert_eq!(tanh.config.activation, Activation::GeluTanh);
}

#[test]
fn what_would_be_computed_wrongly_is_refused_by_name() {
    refused("gptneox", &json!({"use_parallel_residual": false}), &["use_parallel_residual"]);
    refused("gptneox", &json!({"hidden_act": "relu"}), &["hidden_act is relu", "gelu"]);
    refused("gptneox", &json!({"rope_parameters": null, "rotary_pct": 1.5}), &["rotary_pct is 1.5"]);
    let both =
        json!({"rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5}, "rotary_pct": 0.25});
    refused("gptneox", &both, &["rotary_pct is 0.25", "0.5"]);
    let scaled = |changes: Value| {
        let mut scaling = json!({
            "rope_type": "longrope", "partial_rotary_factor": 0.75, "short_factor": [1.0, 1.5, 3.0], "long_factor": [1.0, 4.0, 9.0],
            "original_max_position_embeddings": 64,
        });
        changes.as_object().unwrap().iter().for_each(|(field, value)| scaling[field] = value.clone());
        json!({"rope_parameters": scaling, "original_max_position_embeddings": null})
    };
    assert!(golden_with("phi3", &scaled(json!({}))).is_ok());
    for (changes, words) in [
        (json!({"short_factor": [1.0, 2.0]}), ["short_factor", "2 numbers, and 6 rotated dimensions have 3 pairs"]),
        (json!({"short_factor": [1.0, 0.0, 2.0]}), ["short_factor", "not positive"]),
        (json!({"short_factor": null}), ["short_factor", "missing"]),
        (json!({"original_max_position_embeddings": null}), ["original_max_position_embeddings", "missing"]),
        (json!({"attention_factor": -1.0}), ["attention factor", "-1"]),
        (json!({"mscale": 1.0}), ["mscale", "longrope"]),
    ] {
        refused("phi3", &scaled(changes), &words);
    }
}

fn values(checkpoint: &Checkpoint, name: &str) -> Vec<f32> {
    checkpoint.tensors.matrix(name).unwrap().unwrap().to_f32_vec().unwrap()
}

/// New values of modules that share a tensor, and of one that does not, are written to their rows and no others.
#[test]
fn parts_of_a_shared_tensor_are_written_to_their_rows() {
    for (family, names) in [
        ("gptneox", ["layers.1.attn.k.weight", "layers.1.attn.v.bias", "layers.0.mlp.down.weight"]),
        ("phi3", ["layers.1.attn.v.weight", "layers.2.mlp.up.weight", "layers.0.mlp.down.weight"]),
    ] {
        let [folder, file] = both(family);
        let dir = tempfile::tempdir().unwrap();
        let replaced = |old: &Checkpoint| -> Replaced {
            let new = names.map(|name| {
                let matrix = old.tensors.matrix(name).unwrap().unwrap();
                (name.to_owned(), (matrix.rows, matrix.cols, values(old, name).iter().map(|value| value + 1.0).collect()))
            });
            new.into()
        };
        let compare = |old: &Checkpoint, path: &Path| {
            let (new, replaced) = (open(path).unwrap(), replaced(old));
            for tensor in expected_tensors(&old.config) {
                let wanted = replaced.get(&tensor.name).map_or_else(|| values(old, &tensor.name), |(_, _, values)| values.clone());
                // What shares a tensor with new values is packed again.
                let apart = values(&new, &tensor.name).iter().zip(&wanted).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
                assert!(apart < 0.03, "{family}: {} is {apart} apart", tensor.name);
            }
        };
        save_safetensors_dir(&golden(family), &replaced(&folder), dir.path()).unwrap();
        compare(&folder, dir.path());
        let bytes = Bytes::new(std::fs::read(golden("gguf").join(format!("{family}.gguf"))).unwrap());
        let path = dir.path().join("saved.gguf");
        save_gguf(&bytes, &replaced(&file), &mut std::fs::File::create(&path).unwrap()).unwrap();
        compare(&file, &path);
    }
}
