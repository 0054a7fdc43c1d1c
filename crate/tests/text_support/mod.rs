//! What the text tests share: the golden files, and a reader of just the vocabulary of a GGUF file, apart from the crate's own.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::{BufReader, Read};
use std::path::Path;

use langedit::checkpoint::GgufVocabulary;

/// The text of `tests/golden/text/<name>`.
pub fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/text").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A metadata value, as far as vocabularies need it.
enum Value {
    Number(u64),
    Text(String),
    Floats(Vec<f32>),
    Integers(Vec<i32>),
    Texts(Vec<String>),
    Other,
}

struct Input(BufReader<std::fs::File>);

impl Input {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    fn long(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    fn int(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    fn text(&mut self) -> String {
        let mut bytes = vec![0; usize::try_from(self.long()).unwrap()];
        self.0.read_exact(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn value(&mut self, kind: u32) -> Value {
        match kind {
            0 | 1 | 7 => Value::Number(u64::from(self.bytes::<1>()[0])),
            2 | 3 => Value::Number(u64::from(u16::from_le_bytes(self.bytes()))),
            4..=6 => Value::Number(u64::from(self.int())),
            8 => Value::Text(self.text()),
            9 => {
                let (kind, count) = (self.int(), self.long());
                match kind {
                    8 => Value::Texts((0..count).map(|_| self.text()).collect()),
                    6 => Value::Floats((0..count).map(|_| f32::from_bits(self.int())).collect()),
                    5 => Value::Integers((0..count).map(|_| self.int().cast_signed()).collect()),
                    _ => {
                        (0..count).for_each(|_| drop(self.value(kind)));
                        Value::Other
                    }
                }
            }
            10..=12 => Value::Number(self.long()),
            other => panic!("unknown metadata type {other}"),
        }
    }
}

/// The vocabulary in the GGUF file at `path`.
pub fn read_gguf_vocabulary(path: &Path) -> GgufVocabulary {
    let mut input = Input(BufReader::new(std::fs::File::open(path).unwrap()));
    assert_eq!(&input.bytes::<4>(), b"GGUF");
    assert!(input.int() >= 2);
    let (_tensors, pairs) = (input.long(), input.long());
    let mut vocabulary = GgufVocabulary::default();
    for _ in 0..pairs {
        let key = input.text();
        let kind = input.int();
        let id = |number: u64| Some(u32::try_from(number).unwrap());
        match (key.strip_prefix("tokenizer.ggml.").unwrap_or_default(), input.value(kind)) {
            ("model", Value::Text(text)) => vocabulary.model = text,
            ("pre", Value::Text(text)) => vocabulary.pre = text,
            ("tokens", Value::Texts(texts)) => vocabulary.tokens = texts,
            ("merges", Value::Texts(texts)) => vocabulary.merges = texts,
            ("scores", Value::Floats(scores)) => vocabulary.scores = scores,
            ("token_type", Value::Integers(kinds)) => vocabulary.token_types = kinds,
            ("bos_token_id", Value::Number(number)) => vocabulary.bos = id(number),
            ("eos_token_id", Value::Number(number)) => vocabulary.eos = id(number),
            ("unknown_token_id", Value::Number(number)) => vocabulary.unknown = id(number),
            ("add_bos_token", Value::Number(number)) => vocabulary.add_bos = Some(number != 0),
            ("add_space_prefix", Value::Number(number)) => vocabulary.add_space_prefix = Some(number != 0),
            _ => {}
        }
    }
    vocabulary
}
