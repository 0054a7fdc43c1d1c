//! Edited weights written back and read again.

use std::fs;
use std::path::Path;

use langedit::ErrorKind;
use langedit::checkpoint::{Checkpoint, Replaced, expected_tensors, open, open_gguf, save_gguf, save_safetensors_dir, write_atomically};
use langedit::model::quant::{Bytes, quantize_q4_1};
use safetensors::Dtype;

use crate::gguf_writer::Gguf;
use crate::hugging_face::{Files, sharded, tiny};
use crate::models::{FAMILIES, values};

fn values_of(checkpoint: &Checkpoint, name: &str) -> (usize, usize, Vec<f32>) {
    let matrix = checkpoint.tensors.matrix(name).unwrap().unwrap();
    (matrix.rows, matrix.cols, matrix.to_f32_vec().unwrap())
}

/// New values for some weights, among them parts of fused tensors.
fn edit(checkpoint: &Checkpoint) -> Replaced {
    let names = [
        "layers.1.mlp.down.weight",
        "layers.0.attn.k.weight",
        "layers.0.attn.v.weight",
        "final_norm.weight",
        "layers.1.attn.v.bias",
        "layers.1.attn.k_norm.weight",
    ];
    let known: Vec<_> = expected_tensors(&checkpoint.config).map(|tensor| tensor.name).collect();
    let edited = names.into_iter().filter(|name| known.iter().any(|known| known == name)).map(|name| {
        let (rows, cols, values) = values_of(checkpoint, name);
        (name.to_owned(), (rows, cols, values.iter().map(|value| value * 1.001 + 1.0 / 3.0).collect()))
    });
    edited.collect()
}

fn assert_edited(old: &Checkpoint, new: &Checkpoint, edited: &Replaced) {
    assert_eq!(old.config, new.config);
    assert_eq!(old.end_tokens, new.end_tokens);
    assert_ne!(old.sha256, new.sha256);
    for expected in expected_tensors(&old.config) {
        let wanted = edited.get(&expected.name).cloned().unwrap_or_else(|| values_of(old, &expected.name));
        assert_eq!(values_of(new, &expected.name), wanted, "{:?} {}", old.config.family, expected.name);
    }
}

#[test]
fn gguf_files_come_back_with_the_edit_and_nothing_else() {
    for family in FAMILIES {
        let mut file = Gguf::tiny(family);
        file.alignment = 64;
        file.set("general.alignment", 4, 64_u32.to_le_bytes().to_vec());
        let name = "blk.1.ffn_down.weight";
        file.tensor(name).ggml_type = 3;
        file.tensor(name).data = quantize_q4_1(32, 64, &values(name, 32 * 64)).unwrap().bytes.as_slice().to_vec();
        let bytes = file.bytes();
        let old = open_gguf(bytes.clone(), "").unwrap();
        let edited = edit(&old);
        let mut out = Vec::new();
        save_gguf(&bytes, &edited, &mut out).unwrap();
        let saved = open_gguf(Bytes::new(out.clone()), "").unwrap();
        assert_edited(&old, &saved, &edited);
        assert!(saved.name.ends_with(" (edited)") && saved.name.starts_with(&old.name), "{}", saved.name);
        let mut again = Vec::new();
        save_gguf(&Bytes::new(out), &edited, &mut again).unwrap();
        assert_eq!(open_gguf(Bytes::new(again), "").unwrap().name, saved.name, "it is said once");
        // Without an edit the file is the same up to the padding at its end.
        let mut copy = Vec::new();
        save_gguf(&bytes, &Replaced::new(), &mut copy).unwrap();
        assert_eq!(copy[..bytes.len()], *bytes.as_slice());
        assert!(copy.len() - bytes.len() < 64);
    }
}

fn write_files(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes.as_slice()).unwrap();
    }
}

#[test]
fn directories_come_back_with_the_edit_and_nothing_else() {
    for family in FAMILIES.into_iter().chain(["mistral"]) {
        for files in [tiny(family), sharded(family, Dtype::BF16)] {
            let dir = tempfile::tempdir().unwrap();
            let (from, to) = (dir.path().join("from"), dir.path().join("to"));
            fs::create_dir(&from).unwrap();
            write_files(&from, &files);
            fs::write(from.join("LICENSE"), "free").unwrap();
            fs::write(from.join("pytorch_model.bin"), "other weights").unwrap();
            let old = open(&from).unwrap();
            assert_eq!(old.name, "from");
            let edited = edit(&old);
            // Twice: over an older result too.
            for _ in 0..2 {
                save_safetensors_dir(&from, &edited, &to).unwrap();
                assert_edited(&old, &open(&to).unwrap(), &edited);
            }
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = |name: &str| fs::metadata(to.join(name)).unwrap().permissions().mode();
                let weights = files.keys().filter(|name| name.ends_with(".safetensors"));
                weights.for_each(|name| assert_eq!(mode(name), mode("config.json"), "{name}"));
            }
            let mut expected: Vec<_> = files.keys().cloned().chain(["LICENSE".to_owned()]).collect();
            expected.sort();
            let mut found: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            found.sort();
            assert_eq!(found, expected);
            if let Ok(index) = fs::read_to_string(to.join("model.safetensors.index.json")) {
                let size = |checkpoint: &Checkpoint| checkpoint.tensors.stored().iter().map(|tensor| tensor.bytes).sum::<usize>();
                let total = serde_json::from_str::<serde_json::Value>(&index).unwrap()["metadata"]["total_size"].as_u64().unwrap();
                assert_eq!(total, size(&open(&to).unwrap()) as u64);
                assert!(total > size(&old) as u64);
            }
        }
    }
}

#[test]
fn impossible_edits_are_refused_and_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::create_dir(&from).unwrap();
    write_files(&from, &tiny("gpt2"));
    let gguf = Gguf::tiny("gpt2").bytes();
    let down = "layers.0.mlp.down.weight";
    for (name, rows, cols, len, word) in [
        ("layers.2.mlp.down.weight", 32, 64, 2048, "no weight layers.2.mlp.down.weight"),
        ("layers.0.mlp.gate.weight", 64, 32, 2048, "no weight"),
        (down, 64, 32, 2048, "[32, 64]"),
        (down, 32, 64, 2047, "2047 values"),
    ] {
        let edited = Replaced::from([(name.to_owned(), (rows, cols, vec![0.0; len]))]);
        for error in [save_gguf(&gguf, &edited, &mut Vec::new()).unwrap_err(), save_safetensors_dir(&from, &edited, &to).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.to_string().contains(word), "{error}");
        }
    }
    assert!(!to.exists());
    let error = save_safetensors_dir(&from, &Replaced::new(), &from).unwrap_err();
    assert!(error.to_string().contains("another directory"), "{error}");
    assert!(open(&from).is_ok());
}

#[test]
fn files_are_opened_by_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    let bytes = Gguf::tiny("llama").without("general.name").bytes();
    write_atomically(&path, |out| save_gguf(&bytes, &Replaced::new(), out)).unwrap();
    let checkpoint = open(&path).unwrap();
    assert_eq!(checkpoint.name, "model");
    fs::write(&path, "").unwrap();
    for (path, kind, word) in [
        (path.as_path(), ErrorKind::Checkpoint, "no GGUF file"),
        (&dir.path().join("absent.gguf"), ErrorKind::Io, "absent.gguf"),
        (dir.path(), ErrorKind::Checkpoint, "config.json is missing"),
    ] {
        let error = open(path).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(word) && error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
