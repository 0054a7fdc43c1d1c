//! Weights that are NaN or infinite: no words, no probabilities and no accuracy come of them.

use burn::prelude::Device;
use langedit::checkpoint::open_files;
use langedit::evaluate::{Question, Questions, log_probabilities};
use langedit::model::quant::Bytes;
use langedit::model::{Decoder, Transformer};
use langedit::{Error, ErrorKind, Result};
use safetensors::SafeTensors;

use crate::hugging_face::tiny;

/// A Qwen2 (its head is its own) with one value of a tensor replaced.
fn load(tensor: &str, index: usize, value: f32) -> Result<Transformer> {
    let mut files = tiny("qwen2");
    let mut bytes = files["model.safetensors"].as_slice().to_vec();
    let (header, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let at = 8 + header + metadata.info(tensor).unwrap().data_offsets.0 + 4 * index;
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    files.insert("model.safetensors".to_owned(), Bytes::new(bytes));
    let checkpoint = open_files(&files, "")?;
    Transformer::load(&checkpoint.config, &|name| checkpoint.tensors.matrix(name), &Device::flex(), |_, _| ())
}

fn continued(model: &Transformer, prompt: &[u32]) -> Result<Vec<Vec<f32>>> {
    pollster::block_on(Decoder::new(model).feed(&[prompt.to_vec()]))
}

fn is_told(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Numerics, "{error}");
    assert!(error.message().contains("not finite") && error.hint_text().is_some_and(|hint| hint.contains("NaN")), "{error}");
}

#[test]
fn outputs_that_are_not_finite_are_refused_wherever_they_are_used() {
    for (tensor, index, value) in [
        ("model.layers.1.mlp.down_proj.weight", 5, f32::NAN),
        ("model.layers.0.self_attn.v_proj.weight", 0, f32::INFINITY),
        ("model.embed_tokens.weight", 2 * 32, f32::NEG_INFINITY),
        ("lm_head.weight", 40, f32::NAN),
        ("lm_head.weight", 40, f32::INFINITY),
    ] {
        let model = load(tensor, index, value).unwrap();
        is_told(&continued(&model, &[2, 3]).unwrap_err());
        let questions = [Question { prompt: vec![2, 3], answer: vec![4, 5] }];
        is_told(&pollster::block_on(Questions::new(&model, &questions, 0).ask(&model, |_, _| true)).unwrap_err());
        if tensor != "lm_head.weight" || value.is_nan() {
            is_told(&pollster::block_on(log_probabilities(&model, &questions, |_, _| true)).unwrap_err());
        }
    }
}

#[test]
fn a_row_of_the_embedding_that_no_text_has_does_no_harm() {
    let model = load("model.embed_tokens.weight", 5, f32::NAN).unwrap();
    assert!(continued(&model, &[2, 3]).unwrap()[0].iter().all(|logit| logit.is_finite()));
    is_told(&continued(&model, &[0, 3]).unwrap_err());
}

#[test]
fn norms_and_biases_are_looked_at_when_they_are_read() {
    for (tensor, canonical) in
        [("model.norm.weight", "final_norm.weight"), ("model.layers.1.self_attn.q_proj.bias", "layers.1.attn.q.bias")]
    {
        let error = load(tensor, 3, f32::INFINITY).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Checkpoint);
        assert!(error.message().contains(canonical) && error.message().contains("not finite"), "{error}");
    }
}
