//! Gemma 3: layers with a window, gains stored less one, and variants that are refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use langedit::checkpoint::{Checkpoint, Replaced, open, open_files, save_safetensors_dir};
use langedit::model::quant::Bytes;
use langedit::model::{Family, LocalLayers};
use serde_json::{Value, json};

use crate::hugging_face::text;

pub(crate) fn golden(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/models")).join(name)
}

/// The tiny checkpoint of a family with another configuration.
pub(crate) fn golden_with(family: &str, changes: &Value) -> langedit::Result<Checkpoint> {
    let read = |name: &str| std::fs::read(golden(family).join(name)).unwrap();
    let mut config: Value = serde_json::from_slice(&read("config.json")).unwrap();
    for (field, value) in changes.as_object().unwrap() {
        config[field] = value.clone();
    }
    let mut files: BTreeMap<String, Bytes> =
        ["tokenizer.json", "model.safetensors"].map(|name| (name.to_owned(), Bytes::new(read(name)))).into();
    files.insert("config.json".to_owned(), text(&config));
    open_files(&files, "")
}

fn with(changes: &Value) -> langedit::Result<Checkpoint> {
    golden_with("gemma3", changes)
}

#[test]
fn both_formats_say_which_layers_have_a_window() {
    let local = LocalLayers { window: 4, period: 3, rope_theta: 10_000.0 };
    let [folder, file] = ["gemma3", "gguf/gemma3.gguf"].map(|name| open(&golden(name)).unwrap().config);
    for config in [&folder, &file] {
        assert_eq!((config.family, config.local, config.max_positions), (Family::Gemma3, Some(local), 128));
        assert!((config.rope.as_ref().unwrap().theta - 1e6).abs() < 1.0 && config.tied_head);
    }
    assert_eq!([folder.query_scalar, file.query_scalar], [Some(24), None]);
    assert_eq!([0, 1, 2, 3].map(|layer| local.contains(layer)), [true, true, false, true]);
}

/// As transformers 4 wrote it, in every checkpoint of 2025.
#[test]
fn the_older_spelling_says_the_same() {
    let old = json!({
        "rope_parameters": null, "rope_theta": 1_000_000, "rope_local_base_freq": 10_000, "rope_scaling": null, "layer_types": null,
        "sliding_window_pattern": 3,
    });
    assert_eq!(with(&old).unwrap().config, with(&json!({})).unwrap().config);
}

#[test]
fn what_would_be_computed_wrongly_is_refused_by_name() {
    let (sliding, full) = ("sliding_attention", "full_attention");
    let rope = |scaling: Value| json!({full: {"rope_type": "default", "rope_theta": 1e6}, sliding: scaling});
    for (changes, word) in [
        (json!({"final_logit_softcapping": 30.0}), "final_logit_softcapping"),
        (json!({"attn_logit_softcapping": 50.0}), "attn_logit_softcapping"),
        (json!({"use_bidirectional_attention": true}), "use_bidirectional_attention"),
        (json!({"layer_types": [sliding, full, full, sliding]}), "no period"),
        (json!({"layer_types": [sliding, full]}), "2 entries for 4 layers"),
        (json!({"rope_parameters": rope(json!({"rope_type": "linear", "factor": 8.0, "rope_theta": 1e4}))}), "sliding_attention is scaled"),
        (json!({"hidden_activation": "gelu"}), "hidden_activation"),
        (json!({"model_type": "gemma3"}), "gemma3 is not supported"),
    ] {
        let error = with(&changes).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(word), "{error:?} does not say {word}");
    }
}

/// Gemma 3 4B and larger: what sees everything is stretched, what sees a window is not.
#[test]
fn linear_scaling_leaves_the_layers_with_a_window_alone() {
    let full = json!({"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6});
    let scaling = json!({"full_attention": full, "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}});
    let config = with(&json!({"rope_parameters": scaling})).unwrap().config;
    assert_eq!(config.local.unwrap().rope_theta, 1e4);
    let rope = config.rope.unwrap();
    assert_eq!((rope.theta, rope.frequency_divisors), (1e6, Some(vec![8.0; 8])));
}

/// A gain is handed out as it is multiplied with, and written back less one.
#[test]
fn gains_come_back_as_they_were_replaced() {
    let name = "layers.1.mlp_post_norm.weight";
    let gains = |checkpoint: &Checkpoint| checkpoint.tensors.matrix(name).unwrap().unwrap().to_f32_vec().unwrap();
    let old = open(&golden("gemma3")).unwrap();
    let doubled: Vec<f32> = gains(&old).iter().map(|gain| 2.0 * gain).collect();
    let out = tempfile::tempdir().unwrap();
    let replaced: Replaced = [(name.to_owned(), (1, doubled.len(), doubled.clone()))].into();
    save_safetensors_dir(&golden("gemma3"), &replaced, out.path()).unwrap();
    let saved = gains(&open(out.path()).unwrap());
    assert!(saved.iter().zip(&doubled).all(|(saved, wanted)| (saved - wanted).abs() < 1e-6), "{saved:?} {doubled:?}");
    assert!(gains(&old).iter().sum::<f32>() / gains(&old).len() as f32 > 0.5, "the one has been added");
}

/// What a config.json leaves out is the family's, not Llama's.
#[test]
fn what_is_left_out_is_as_in_the_family() {
    let silent =
        json!({"rope_parameters": null, "rope_scaling": null, "rope_theta": null, "rms_norm_eps": null, "query_pre_attn_scalar": null});
    for (family, theta, norm_eps, query_scalar) in
        [("gemma3", 1e6, 1e-6, Some(256)), ("smollm3", 2e6, 1e-6, None), ("olmo2", 1e4, 1e-5, None), ("llama", 1e4, 1e-6, None)]
    {
        let config = golden_with(family, &silent).unwrap().config;
        assert_eq!((config.rope.unwrap().theta, config.norm_eps, config.query_scalar), (theta, norm_eps, query_scalar), "{family}");
    }
}
