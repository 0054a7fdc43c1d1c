//! What config.json says of the rotary embedding: computed as transformers computes it, or refused by name.

use langedit::ErrorKind;
use langedit::checkpoint::open_files;
use langedit::model::Rope;
use serde_json::{Value, json};

use crate::hugging_face::with_config;

fn rope(changes: &Value) -> Rope {
    open_files(&with_config("llama", changes), "").unwrap().config.rope.unwrap()
}

fn refused(changes: &Value, words: &[&str]) {
    let error = open_files(&with_config("llama", changes), "").map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checkpoint, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{error:?} does not say {word}");
    }
}

fn llama3() -> Value {
    json!({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64})
}

#[test]
fn absent_null_empty_default_and_scaling_by_one_are_the_same() {
    let plain = rope(&json!({}));
    assert_eq!((plain.theta, &plain.llama3, &plain.frequency_divisors), (1e5, &None, &None));
    for scaling in [
        json!(null),
        json!({}),
        json!({"rope_type": null, "factor": null}),
        json!({"rope_type": "default"}),
        json!({"type": "default"}),
        json!({"type": "default", "rope_type": "default"}),
        json!({"type": "linear", "factor": 1.0}),
        json!({"factor": 1}),
    ] {
        assert_eq!(rope(&json!({"rope_scaling": scaling})), plain, "{scaling}");
        assert_eq!(rope(&json!({"rope_parameters": scaling})), plain, "{scaling}");
    }
}

#[test]
fn fields_without_their_type_are_not_read_as_no_scaling() {
    for field in ["rope_scaling", "rope_parameters"] {
        let with = |scaling: Value| json!({field: scaling});
        refused(&with(json!({"factor": 4.0})), &[field, "factor", "no rope_type", "llama3"]);
        refused(&with(json!({"rope_type": "default", "factor": 4.0})), &[field, "factor", "default"]);
        refused(&with(json!({"low_freq_factor": 1.0})), &[field, "low_freq_factor"]);
        refused(&with(json!({"rope_type": "default", "mrope_section": [1, 2]})), &[field, "mrope_section"]);
        refused(&with(json!({"type": "yarn", "rope_type": "default", "factor": 4.0})), &[field, "default", "yarn"]);
        refused(&with(json!({"type": "linear"})), &[field, "factor is missing"]);
        refused(&with(json!({"type": "linear", "factor": -4.0})), &[field, "factor", "-4"]);
        refused(&with(json!({"rope_type": "dynamic", "factor": 1.0})), &[field, "dynamic"]);
        refused(&with(json!({"partial_rotary_factor": 0.5})), &[field, "partial_rotary_factor"]);
        refused(&with(json!(1)), &[field, "1"]);
        let mut more = llama3();
        more["attention_factor"] = json!(2.0);
        refused(&with(more), &[field, "attention_factor", "llama3"]);
    }
}

#[test]
fn linear_scaling_stretches_every_wavelength_alike() {
    let plain = rope(&json!({}));
    let scaled = rope(&json!({"rope_scaling": {"type": "linear", "factor": 4.0}}));
    assert_eq!(scaled.frequency_divisors, Some(vec![4.0; plain.dims / 2]));
    assert!(scaled.frequencies().iter().zip(plain.frequencies()).all(|(scaled, plain)| (scaled - plain / 4.0).abs() < 1e-15));
}

#[test]
fn two_places_must_agree_on_the_scaling() {
    let both = rope(&json!({"rope_scaling": llama3(), "rope_parameters": llama3()}));
    assert_eq!((both.theta, both.llama3.map(|scaling| scaling.factor)), (1e5, Some(8.0)));
    let default = json!({"rope_type": "default", "rope_theta": 5e5});
    refused(&json!({"rope_scaling": llama3(), "rope_parameters": default}), &["rope_parameters and rope_scaling"]);
    // transformers takes the base from beside the scaling before that of the whole configuration.
    assert_eq!(rope(&json!({"rope_scaling": default})).theta, 5e5);

    let mut open = llama3();
    open["original_max_position_embeddings"] = json!(null);
    refused(&json!({"rope_scaling": open}), &["original_max_position_embeddings is missing"]);
    let outside = rope(&json!({"rope_scaling": open, "original_max_position_embeddings": 32}));
    assert_eq!(outside.llama3.map(|scaling| scaling.original_positions), Some(32));
    refused(&json!({"rope_scaling": llama3(), "original_max_position_embeddings": 32}), &["original_max_position_embeddings", "64", "32"]);
}

#[test]
fn parameters_by_layer_type_are_read_where_they_agree() {
    let by_type = |types: Value| json!({"rope_theta": null, "rope_parameters": types});
    let default = json!({"rope_type": "default", "rope_theta": 5e3});
    assert_eq!(rope(&by_type(json!({"full_attention": default}))).theta, 5e3);
    assert_eq!(rope(&by_type(json!({"full_attention": default, "sliding_attention": default}))).theta, 5e3);
    assert_eq!(rope(&by_type(json!({"full_attention": llama3()}))).llama3.map(|scaling| scaling.factor), Some(8.0));

    let other = json!({"rope_type": "default", "rope_theta": 1e6});
    refused(&by_type(json!({"full_attention": default, "sliding_attention": other})), &["rope_parameters", "sliding_attention"]);
    refused(&by_type(json!({"full_attention": default, "sliding_attention": null})), &["rope_parameters", "sliding_attention is null"]);
    refused(&by_type(json!({"full_attention": default, "rope_theta": 1e6})), &["rope_parameters", "rope_theta"]);
    refused(&by_type(json!({"full_attention": {"rope_type": "yarn", "factor": 4.0}})), &["rope_parameters: full_attention", "yarn"]);
    refused(&by_type(json!({"chunked_attention": default})), &["rope_parameters", "chunked_attention"]);
}
