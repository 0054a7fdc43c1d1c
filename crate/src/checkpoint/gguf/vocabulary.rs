//! The vocabulary that a GGUF file carries.

use super::metadata::{Array, Metadata, Value};
use crate::checkpoint::GgufVocabulary;
use crate::{Result, bail, ensure};

/// What is said where a byte-level BPE does not name its pre-tokenizer.
const UNNAMED: &str = "the file does not name its pre-tokenizer (tokenizer.ggml.pre), as files converted before May 2024: `default` is used, as \
                       llama.cpp does, which may split words and numbers differently from the model's own; convert the model again, or use \
                       it in Hugging Face layout";

/// Reads the vocabulary of a model whose embedding has `vocab` rows.
///
/// # Errors
/// It is missing, longer than the embedding, or its parts are of different lengths or types.
pub(super) fn vocabulary(metadata: &Metadata<'_>, vocab: usize) -> Result<GgufVocabulary> {
    let array = |name: &str| metadata.array(name);
    let Some(model) = metadata.string("tokenizer.ggml.model")? else { bail!(Checkpoint, "metadata tokenizer.ggml.model is missing") };
    let Some(tokens) = array("tokenizer.ggml.tokens")? else { bail!(Checkpoint, "metadata tokenizer.ggml.tokens is missing") };
    ensure!(
        tokens.len <= vocab,
        Checkpoint,
        "metadata tokenizer.ggml.tokens has {} entries, but the embedding only {vocab} rows",
        tokens.len
    );
    let len = tokens.len;
    let aligned = |name: &str| -> Result<Option<Array<'_>>> {
        let found = array(name)?;
        if let Some(array) = found {
            ensure!(array.len == len, Checkpoint, "metadata {name} has {} entries for {len} tokens", array.len);
        }
        Ok(found)
    };
    let id = |name: &str| -> Result<Option<u32>> {
        let id = metadata.token(name)?;
        if let Some(id) = id.filter(|id| *id as usize >= vocab) {
            bail!(Checkpoint, "metadata {name} is {id}, and there are {vocab} tokens");
        }
        Ok(id)
    };
    Ok(GgufVocabulary {
        model: model.to_owned(),
        pre: metadata.string("tokenizer.ggml.pre")?.unwrap_or("default").to_owned(),
        tokens: strings(tokens, "tokenizer.ggml.tokens")?,
        scores: collect(aligned("tokenizer.ggml.scores")?, "tokenizer.ggml.scores", |value| match value {
            Value::Float(value) => Some(value as f32),
            _ => None,
        })?,
        token_types: collect(aligned("tokenizer.ggml.token_type")?, "tokenizer.ggml.token_type", |value| match value {
            Value::Signed(value) => i32::try_from(value).ok(),
            Value::Unsigned(value) => i32::try_from(value).ok(),
            _ => None,
        })?,
        merges: array("tokenizer.ggml.merges")?.map_or(Ok(Vec::new()), |merges| strings(merges, "tokenizer.ggml.merges"))?,
        bos: id("tokenizer.ggml.bos_token_id")?,
        eos: id("tokenizer.ggml.eos_token_id")?,
        unknown: id("tokenizer.ggml.unknown_token_id")?,
        add_bos: metadata.bool("tokenizer.ggml.add_bos_token")?,
        add_space_prefix: metadata.bool("tokenizer.ggml.add_space_prefix")?,
    })
}

/// What the vocabulary leaves open.
pub(super) fn warnings(metadata: &Metadata<'_>) -> Result<Vec<String>> {
    let byte_level = metadata.string("tokenizer.ggml.model")? == Some("gpt2");
    let unnamed = byte_level && metadata.string("tokenizer.ggml.pre")?.is_none_or(str::is_empty);
    Ok(unnamed.then(|| UNNAMED.to_owned()).into_iter().collect())
}

/// End of sequence and end of turn.
pub(super) fn end_tokens(metadata: &Metadata<'_>, vocab: usize) -> Result<Vec<u32>> {
    let mut ids = Vec::new();
    for name in ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"] {
        ids.extend(metadata.token(name)?.filter(|id| (*id as usize) < vocab && !ids.contains(id)));
    }
    Ok(ids)
}

fn strings(array: Array<'_>, name: &str) -> Result<Vec<String>> {
    let mut out = Vec::with_capacity(array.len);
    for (index, value) in array.values(name).enumerate() {
        let Value::String(bytes) = value? else { bail!(Checkpoint, "metadata {name} is no array of strings") };
        let Ok(text) = std::str::from_utf8(bytes) else { bail!(Checkpoint, "metadata {name}[{index}] is not UTF-8") };
        out.push(text.to_owned());
    }
    Ok(out)
}

fn collect<T>(array: Option<Array<'_>>, name: &str, convert: impl Fn(Value<'_>) -> Option<T>) -> Result<Vec<T>> {
    let Some(array) = array else { return Ok(Vec::new()) };
    let mut out = Vec::with_capacity(array.len);
    for value in array.values(name) {
        let Some(value) = convert(value?) else { bail!(Checkpoint, "metadata {name} has entries of the wrong type") };
        out.push(value);
    }
    Ok(out)
}
