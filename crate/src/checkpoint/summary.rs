//! What `inspect` tells about a checkpoint.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Checkpoint, TokenizerSource};
use crate::model::ModelConfig;

/// A checkpoint at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The model's name.
    pub name: String,
    /// Hex SHA-256 over the contents.
    pub sha256: String,
    /// Values in all tensors.
    pub parameters: u64,
    /// Bytes of all tensors.
    pub bytes: u64,
    /// Family and sizes.
    pub config: ModelConfig,
    /// How often each format occurs, the largest share first.
    pub tensor_types: Vec<TypeSummary>,
    /// Kind of tokenizer and where it comes from, as in `gguf gpt2 (smollm), 49152 tokens`.
    pub tokenizer: String,
    /// Ids that end a generation.
    pub end_tokens: Vec<u32>,
    /// What the files leave open or say in two ways, and how it was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The tensors of one format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeSummary {
    /// The format, as in `Q4_K`.
    #[serde(rename = "type")]
    pub ty: &'static str,
    /// How many tensors.
    pub tensors: usize,
    /// Their values.
    pub parameters: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Checkpoint {
    /// Architecture, sizes, formats, tokenizer and hash.
    pub fn summary(&self) -> Summary {
        let mut types = BTreeMap::new();
        for tensor in self.tensors.stored() {
            let row = types.entry(tensor.ty).or_insert(TypeSummary { ty: tensor.ty, tensors: 0, parameters: 0, bytes: 0 });
            row.tensors += 1;
            row.parameters += tensor.shape.iter().map(|size| *size as u64).product::<u64>();
            row.bytes += tensor.bytes as u64;
        }
        let mut tensor_types: Vec<_> = types.into_values().collect();
        tensor_types.sort_by_key(|row| std::cmp::Reverse(row.bytes));
        Summary {
            name: self.name.clone(),
            sha256: self.sha256.clone(),
            parameters: tensor_types.iter().map(|row| row.parameters).sum(),
            bytes: tensor_types.iter().map(|row| row.bytes).sum(),
            config: self.config.clone(),
            tensor_types,
            tokenizer: match &self.tokenizer {
                TokenizerSource::Json(text) => format!("tokenizer.json, {} bytes", text.len()),
                TokenizerSource::Gguf(vocabulary) => {
                    format!("gguf {} ({}), {} tokens", vocabulary.model, vocabulary.pre, vocabulary.tokens.len())
                }
            },
            end_tokens: self.end_tokens.clone(),
            warnings: self.warnings.clone(),
        }
    }
}
