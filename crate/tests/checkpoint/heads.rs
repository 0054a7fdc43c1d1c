//! Output heads that contradict what config.json says of them.

use langedit::checkpoint::{Checkpoint, open_files};
use langedit::model::quant::Bytes;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, serialize};
use serde_json::json;

use crate::hugging_face::{tiny, with_config};
use crate::models::{HIDDEN, VOCAB, values};

/// The model's file with an lm_head.weight of these values.
pub(crate) fn with_head(file: &Bytes, head: &[f32]) -> Bytes {
    let head: Vec<u8> = head.iter().flat_map(|value| value.to_le_bytes()).collect();
    let file = SafeTensors::deserialize(file.as_slice()).unwrap();
    let mut tensors = file.tensors();
    tensors.push(("lm_head.weight".to_owned(), TensorView::new(Dtype::F32, vec![VOCAB, HIDDEN], &head).unwrap()));
    Bytes::new(serialize(tensors, None).unwrap())
}

/// A Llama whose configuration ties the head, with a head all the same.
fn tied_with(head: &[f32]) -> Checkpoint {
    let mut files = tiny("llama");
    let file = with_head(&files["model.safetensors"], head);
    files.insert("model.safetensors".to_owned(), file);
    open_files(&files, "").unwrap()
}

fn embedding() -> Vec<f32> {
    values("model.embed_tokens.weight", VOCAB * HIDDEN)
}

/// As llama.cpp and transformers 5, which say "we will NOT tie them"; transformers 4 ignored the head.
#[test]
fn a_head_that_differs_from_the_embedding_is_used_and_told() {
    let mut head = embedding();
    head[7] += 1.0;
    let checkpoint = tied_with(&head);
    assert!(!checkpoint.config.tied_head);
    assert_eq!(checkpoint.tensors.matrix("head.weight").unwrap().unwrap().to_f32_vec().unwrap(), head);
    let [warning] = &checkpoint.warnings[..] else { panic!("{:?}", checkpoint.warnings) };
    assert!(["lm_head.weight", "tie_word_embeddings"].iter().all(|word| warning.contains(word)), "{warning}");
    assert_eq!(checkpoint.summary().warnings, checkpoint.warnings);
}

#[test]
fn a_copy_of_the_embedding_changes_nothing() {
    let checkpoint = tied_with(&embedding());
    assert!(checkpoint.config.tied_head && checkpoint.warnings.is_empty());
    assert!(checkpoint.tensors.matrix("head.weight").unwrap().is_none());
}

/// Whether config.json says so or nothing: the families' default is a head of its own, and transformers would make up a random one.
#[test]
fn a_missing_head_is_refused_with_what_may_be_meant() {
    for tied in [json!(false), json!(null)] {
        let error = open_files(&with_config("llama", &json!({"tie_word_embeddings": tied})), "").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("lm_head.weight is missing") && error.contains("\"tie_word_embeddings\": true"), "{error}");
    }
}
