//! A real model, where the environment names one.

use std::path::Path;

use langedit::checkpoint::{Replaced, TokenizerSource, expected_tensors, map_file, open, save_gguf, write_atomically};

use crate::skip_support::skipped;

/// `LANGEDIT_SMOLLM2`: path of SmolLM2-135M-Instruct.Q4_1.gguf.
#[test]
fn smollm2_opens_and_comes_back() {
    let Some(path) = std::env::var_os("LANGEDIT_SMOLLM2") else {
        skipped("LANGEDIT_SMOLLM2 does not name SmolLM2-135M-Instruct.Q4_1.gguf");
        return;
    };
    let checkpoint = open(Path::new(&path)).unwrap();
    assert_eq!(checkpoint.sha256, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
    let summary = checkpoint.summary();
    assert_eq!(summary.parameters, 134_515_008);
    assert_eq!(checkpoint.end_tokens, [2]);
    let TokenizerSource::Gguf(vocabulary) = &checkpoint.tokenizer else { unreachable!() };
    assert_eq!((vocabulary.tokens.len(), vocabulary.merges.len()), (49_152, 48_900));
    assert_eq!(vocabulary.tokens[2], "<|im_end|>");
    for expected in expected_tensors(&checkpoint.config) {
        let values = checkpoint.tensors.matrix(&expected.name).unwrap().unwrap().to_f32_vec().unwrap();
        assert!(values.iter().all(|value| value.is_finite() && value.abs() < 100.0), "{}", expected.name);
    }
    let name = "layers.15.mlp.down.weight";
    let values: Vec<f32> =
        checkpoint.tensors.matrix(name).unwrap().unwrap().to_f32_vec().unwrap().iter().map(|value| value * 1.25).collect();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("edited.gguf");
    let original = map_file(Path::new(&path)).unwrap();
    let edited = Replaced::from([(name.to_owned(), (576, 1536, values.clone()))]);
    write_atomically(&out, |file| save_gguf(&original, &edited, file)).unwrap();
    let again = open(&out).unwrap();
    assert_eq!(again.tensors.matrix(name).unwrap().unwrap().to_f32_vec().unwrap(), values);
    let (old, new) = (checkpoint.tensors.matrix("embed").unwrap().unwrap(), again.tensors.matrix("embed").unwrap().unwrap());
    assert!(old.bytes.as_slice() == new.bytes.as_slice());
}
