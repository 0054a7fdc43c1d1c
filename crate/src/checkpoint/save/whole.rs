//! A GGUF file written from nothing: configuration, vocabulary and weights.

use std::io::Write;

use super::gguf::pad;
use crate::checkpoint::GgufVocabulary;
use crate::checkpoint::names::{expected_tensors, gguf_place};
use crate::model::quant::StoredMatrix;
use crate::model::{Family, ModelConfig};
use crate::{Result, bail, ensure};

/// Where tensors begin, in multiples of this.
const ALIGNMENT: usize = 32;
/// `LLAMA_FTYPE_MOSTLY_Q8_0`.
const MOSTLY_Q8_0: u32 = 7;

/// What a file says about itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The model's name.
    pub name: &'a str,
    /// One line: what it is for.
    pub description: &'a str,
    /// SPDX expression.
    pub licence: &'a str,
}

/// Writes a llama model: `weights` gives each canonical tensor in the format in which it is to be stored. Query and key rows are in the
/// order of pairs, as the file has them. To write a file, do it inside `write_atomically`.
///
/// # Errors
/// `Usage`: another family, a missing weight or one of another shape. `Io`: `out` fails.
pub fn write_gguf(
    config: &ModelConfig,
    vocabulary: &GgufVocabulary,
    about: About<'_>,
    weights: impl Fn(&str) -> Option<StoredMatrix>,
    mut out: impl Write,
) -> Result<()> {
    let Some(rope) = config.rope.as_ref().filter(|_| config.family == Family::Llama) else {
        bail!(Usage, "only models of the Llama family are written whole, not {}", config.family.label());
    };
    ensure!(rope.interleaved && rope.llama3.is_none(), Usage, "a GGUF file of this family has interleaved rotary pairs without scaling");
    let mut pairs = Pairs::default();
    pairs.text("general.architecture", "llama");
    pairs.text("general.name", about.name);
    pairs.text("general.description", about.description);
    pairs.text("general.license", about.licence);
    pairs.number("general.file_type", MOSTLY_Q8_0);
    for (key, value) in [
        ("vocab_size", config.vocab),
        ("context_length", config.max_positions),
        ("embedding_length", config.hidden),
        ("block_count", config.layers),
        ("feed_forward_length", config.inner),
        ("rope.dimension_count", rope.dims),
        ("attention.head_count", config.heads),
        ("attention.head_count_kv", config.kv_heads),
        ("attention.key_length", config.head_dim),
        ("attention.value_length", config.head_dim),
    ] {
        pairs.number(&format!("llama.{key}"), value as u32);
    }
    pairs.float("llama.rope.freq_base", rope.theta as f32);
    pairs.float("llama.attention.layer_norm_rms_epsilon", config.norm_eps as f32);
    pairs.vocabulary(vocabulary);

    let (mut table, mut data, mut offset) = (Vec::new(), Vec::new(), 0_usize);
    for expected in expected_tensors(config) {
        let (Some(place), Some(stored)) = (gguf_place(config, &expected.name), weights(&expected.name)) else {
            bail!(Usage, "there is no weight {}", expected.name);
        };
        let shape = (stored.rows, stored.cols);
        ensure!(shape == (expected.rows, expected.cols), Usage, "{} is {shape:?}, not {:?}", expected.name, (expected.rows, expected.cols));
        string(&mut table, &place.tensor);
        let dims: &[usize] = if expected.vector { &[expected.cols] } else { &[expected.cols, expected.rows] };
        table.extend((dims.len() as u32).to_le_bytes());
        table.extend(dims.iter().flat_map(|&size| (size as u64).to_le_bytes()));
        table.extend(stored.ty.ggml().to_le_bytes());
        table.extend((offset as u64).to_le_bytes());
        offset += stored.bytes_len().next_multiple_of(ALIGNMENT);
        data.push(stored);
    }

    out.write_all(b"GGUF")?;
    out.write_all(&3_u32.to_le_bytes())?;
    out.write_all(&(data.len() as u64).to_le_bytes())?;
    out.write_all(&pairs.count.to_le_bytes())?;
    out.write_all(&pairs.bytes)?;
    out.write_all(&table)?;
    pad(&mut out, 24 + pairs.bytes.len() + table.len(), ALIGNMENT)?;
    for stored in data {
        out.write_all(stored.bytes.as_slice())?;
        pad(&mut out, stored.bytes_len(), ALIGNMENT)?;
    }
    Ok(out.flush()?)
}

/// The metadata section.
#[derive(Default)]
struct Pairs {
    bytes: Vec<u8>,
    count: u64,
}

/// GGUF's numbers of its value types.
const UINT32: u32 = 4;
const INT32: u32 = 5;
const FLOAT32: u32 = 6;
const BOOL: u32 = 7;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

impl Pairs {
    fn key(&mut self, key: &str, kind: u32) {
        string(&mut self.bytes, key);
        self.bytes.extend(kind.to_le_bytes());
        self.count += 1;
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key, STRING);
        string(&mut self.bytes, value);
    }

    fn number(&mut self, key: &str, value: u32) {
        self.key(key, UINT32);
        self.bytes.extend(value.to_le_bytes());
    }

    fn float(&mut self, key: &str, value: f32) {
        self.key(key, FLOAT32);
        self.bytes.extend(value.to_le_bytes());
    }

    fn array(&mut self, key: &str, kind: u32, len: usize) {
        self.key(key, ARRAY);
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend((len as u64).to_le_bytes());
    }

    fn texts(&mut self, key: &str, values: &[String]) {
        self.array(key, STRING, values.len());
        values.iter().for_each(|value| string(&mut self.bytes, value));
    }

    fn vocabulary(&mut self, vocabulary: &GgufVocabulary) {
        self.text("tokenizer.ggml.model", &vocabulary.model);
        self.text("tokenizer.ggml.pre", &vocabulary.pre);
        self.texts("tokenizer.ggml.tokens", &vocabulary.tokens);
        self.array("tokenizer.ggml.token_type", INT32, vocabulary.token_types.len());
        self.bytes.extend(vocabulary.token_types.iter().flat_map(|kind| kind.to_le_bytes()));
        self.texts("tokenizer.ggml.merges", &vocabulary.merges);
        for (key, id) in [("bos", vocabulary.bos), ("eos", vocabulary.eos), ("unknown", vocabulary.unknown)] {
            if let Some(id) = id {
                self.number(&format!("tokenizer.ggml.{key}_token_id"), id);
            }
        }
        if let Some(add) = vocabulary.add_bos {
            self.key("tokenizer.ggml.add_bos_token", BOOL);
            self.bytes.push(u8::from(add));
        }
    }
}

/// A length of 64 bits, then the bytes.
fn string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}
