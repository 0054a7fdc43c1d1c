//! What is fuzzed: everything that reads a file or text from the world. Whatever comes in, it is read or refused, in bounded time and memory.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use langedit::checkpoint::{Checkpoint, expected_tensors, open_files, open_gguf};
use langedit::edit::{ProjectorFile, Statistics};
use langedit::facts::{Catalogue, read_facts};
use langedit::model::quant::Bytes;
use langedit::recipe::{Recipe, link};
use langedit::text::Tokenizer;

/// A name and what is done with the bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them; `tests/fuzz` has a folder of inputs for each, `cargo xtask fuzz` the files that it begins with.
pub(crate) const TARGETS: [Target; 10] = [
    ("gguf", |bytes| opened(open_gguf(Bytes::new(bytes.to_vec()), "fuzzed"))),
    ("safetensors", |bytes| folder("model.safetensors", bytes)),
    ("index", |bytes| folder("model.safetensors.index.json", bytes)),
    ("config", |bytes| folder("config.json", bytes)),
    ("tokenizer", |bytes| folder("tokenizer.json", bytes)),
    ("statistics", |bytes| drop(Statistics::from_bytes(bytes))),
    ("projectors", |bytes| drop(ProjectorFile::read(&Bytes::new(bytes.to_vec())).and_then(|file| file.eigenbasis()))),
    ("facts", |bytes| drop(read_facts(bytes, None))),
    ("link", |bytes| {
        static CATALOGUE: OnceLock<Option<Catalogue>> = OnceLock::new();
        let catalogue = CATALOGUE.get_or_init(|| Catalogue::builtin().ok()).as_ref();
        // The text of a link, and what is packed in one.
        let packed = format!("#1.{}", URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(bytes, 1)));
        for text in [String::from_utf8_lossy(bytes).into_owned(), packed] {
            drop(link::outline(&text, catalogue));
            drop(link::decode(&text, catalogue));
        }
    }),
    ("recipe", |bytes| drop(Recipe::from_json(&String::from_utf8_lossy(bytes)))),
];

/// A folder of a small model with `bytes` in place of one of its files.
fn folder(name: &str, bytes: &[u8]) {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/models");
    let model = if name == "model.safetensors.index.json" { "llama-sharded" } else { "llama" };
    static FILES: [OnceLock<BTreeMap<String, Bytes>>; 2] = [OnceLock::new(), OnceLock::new()];
    let files = FILES[usize::from(model == "llama")].get_or_init(|| {
        let entries = std::fs::read_dir(format!("{models}/{model}")).into_iter().flatten().flatten();
        let wanted = entries.filter(|entry| entry.file_name() != "expected.safetensors");
        wanted.filter_map(|entry| Some((entry.file_name().into_string().ok()?, Bytes::new(std::fs::read(entry.path()).ok()?)))).collect()
    });
    assert!(files.len() >= 3, "the folder {model} is whole");
    let mut files = files.clone();
    files.insert(name.to_owned(), Bytes::new(bytes.to_vec()));
    opened(open_files(&files, "fuzzed"));
}

/// Goes on as a session does: looks at every tensor, and reads a text by the tokenizer.
fn opened(checkpoint: langedit::Result<Checkpoint>) {
    let Ok(checkpoint) = checkpoint else { return };
    for expected in expected_tensors(&checkpoint.config) {
        drop(checkpoint.tensors.matrix(&expected.name));
    }
    if let Ok(tokenizer) = Tokenizer::new(&checkpoint.tokenizer) {
        let read = tokenizer.encode("The river of Köln is 23 km long.</s>");
        drop(read.and_then(|encoding| tokenizer.decode(&encoding.ids)));
    }
}
