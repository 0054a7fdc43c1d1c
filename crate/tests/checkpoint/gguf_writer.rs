//! A writer of GGUF files that can also write nonsense.

use langedit::model::quant::{Bytes, StoredType};

use crate::models::{HIDDEN, INNER, POSITIONS, VOCAB, gguf_tensors, values};

pub(crate) const STRING: u32 = 8;
pub(crate) const ARRAY: u32 = 9;

#[derive(Clone)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    /// Outermost first.
    pub(crate) shape: Vec<usize>,
    pub(crate) ggml_type: u32,
    pub(crate) data: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Gguf {
    pub(crate) version: u32,
    /// Key, type and the value's bytes.
    pub(crate) metadata: Vec<(String, u32, Vec<u8>)>,
    pub(crate) tensors: Vec<Tensor>,
    pub(crate) alignment: usize,
}

pub(crate) fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

pub(crate) fn strings(texts: &[&str]) -> Vec<u8> {
    let mut out = [&STRING.to_le_bytes()[..], &(texts.len() as u64).to_le_bytes()].concat();
    out.extend(texts.iter().flat_map(|text| string(text)));
    out
}

impl Gguf {
    /// A good F32 model of the family.
    pub(crate) fn tiny(family: &str) -> Self {
        let mut file = Self { version: 3, metadata: Vec::new(), tensors: Vec::new(), alignment: 32 };
        file.set("general.architecture", STRING, string(family));
        file.set("general.name", STRING, string("Tiny"));
        let sizes: [(&str, usize); 6] = [
            ("block_count", 2),
            ("context_length", POSITIONS),
            ("embedding_length", HIDDEN),
            ("feed_forward_length", INNER),
            ("attention.head_count", 4),
            ("attention.head_count_kv", if matches!(family, "gpt2" | "gptj") { 4 } else { 2 }),
        ];
        for (name, size) in sizes {
            file.set(&format!("{family}.{name}"), 4, (size as u32).to_le_bytes().to_vec());
        }
        let eps = if matches!(family, "gpt2" | "gptj") { "layer_norm_epsilon" } else { "layer_norm_rms_epsilon" };
        file.set(&format!("{family}.attention.{eps}"), 6, 1e-5_f32.to_le_bytes().to_vec());
        if family == "gptj" {
            file.set("gptj.rope.dimension_count", 4, 4_u32.to_le_bytes().to_vec());
        }
        file.set("tokenizer.ggml.model", STRING, string("gpt2"));
        file.set("tokenizer.ggml.pre", STRING, string("smollm"));
        file.set("tokenizer.ggml.tokens", ARRAY, strings(&["<s>", "</s>", "a", "b", "c", "d", "e", "f", "ab", "cd", "ef", "Ġé"]));
        file.set("tokenizer.ggml.merges", ARRAY, strings(&["a b", "c d", "e f"]));
        let types = [&5_u32.to_le_bytes()[..], &(VOCAB as u64).to_le_bytes(), &[1_i32.to_le_bytes(); VOCAB].concat()].concat();
        file.set("tokenizer.ggml.token_type", ARRAY, types);
        file.set("tokenizer.ggml.eos_token_id", 4, 1_u32.to_le_bytes().to_vec());
        file.set("tokenizer.ggml.add_bos_token", 7, vec![0]);
        for (name, shape) in gguf_tensors(family) {
            file.push(&name, &shape);
        }
        file
    }

    /// Adds an F32 tensor with the values that belong to its name.
    pub(crate) fn push(&mut self, name: &str, shape: &[usize]) {
        let data = values(name, shape.iter().product()).iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.push(Tensor { name: name.to_owned(), shape: shape.to_vec(), ggml_type: StoredType::F32.ggml(), data });
    }

    pub(crate) fn set(&mut self, key: &str, ty: u32, value: Vec<u8>) {
        self.metadata.retain(|(name, ..)| name != key);
        self.metadata.push((key.to_owned(), ty, value));
    }

    pub(crate) fn tensor(&mut self, name: &str) -> &mut Tensor {
        self.tensors.iter_mut().find(|tensor| tensor.name == name).unwrap()
    }

    pub(crate) fn without(mut self, key: &str) -> Self {
        let before = self.metadata.len() + self.tensors.len();
        self.metadata.retain(|(name, ..)| name != key);
        self.tensors.retain(|tensor| tensor.name != key);
        assert_eq!(self.metadata.len() + self.tensors.len() + 1, before, "{key} was not there");
        self
    }

    /// Everything before the tensors' values.
    pub(crate) fn header(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, ty, value) in &self.metadata {
            out.extend(string(key));
            out.extend(ty.to_le_bytes());
            out.extend(value);
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            out.extend(string(&tensor.name));
            out.extend((tensor.shape.len() as u32).to_le_bytes());
            out.extend(tensor.shape.iter().rev().flat_map(|size| (*size as u64).to_le_bytes()));
            out.extend(tensor.ggml_type.to_le_bytes());
            out.extend((offset as u64).to_le_bytes());
            offset += tensor.data.len().next_multiple_of(self.alignment);
        }
        out
    }

    /// The file; without padding at the end.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut out = self.header();
        for tensor in &self.tensors {
            out.resize(out.len().next_multiple_of(self.alignment), 0);
            out.extend(&tensor.data);
        }
        out
    }

    pub(crate) fn bytes(&self) -> Bytes {
        Bytes::new(self.to_vec())
    }
}
