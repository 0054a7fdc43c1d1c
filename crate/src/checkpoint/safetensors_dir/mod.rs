//! Checkpoints in Hugging Face layout: config.json, tokenizer.json and one or more safetensors files.

mod config;
mod json;
mod rope;
mod shards;

use std::collections::BTreeMap;

pub(super) use json::{Object, parse};
pub(super) use shards::{INDEX, read_shard, shard_names};

use super::digest::sha256;
use super::gguf::check;
use super::names::hugging_face_place;
use super::stand_in::{FileKind, refuse_stand_in};
use super::tensors::{CheckedTensors, FileTensor};
use super::{Checkpoint, TokenizerSource};
use crate::model::ModelConfig;
use crate::model::quant::Bytes;
use crate::{Error, ErrorKind, Result, bail};

/// What is said of a head of its own in a model that config.json calls tied.
const OWN_HEAD: &str = "config.json ties the output head to the embedding, but the files hold an lm_head.weight that differs from it: \
                        lm_head.weight is used, as transformers 5 and llama.cpp do (transformers 4 ignores it); set tie_word_embeddings \
                        to false if that is what the model was trained with";

/// Opens a checkpoint whose files are held in memory, by file name; `name` is used where the configuration does not name the model.
///
/// # Errors
/// A file is missing or corrupt, or the architecture is one that we do not compute; the message names file and field or tensor.
pub fn open_files(files: &BTreeMap<String, Bytes>, name: &str) -> Result<Checkpoint> {
    open_with(|file| Ok(files.get(file).cloned()), name, |shards| sha256(shards.values().map(Bytes::as_slice)))
}

/// As [`open_files`], with the files from `fetch` and the hash over the shards, which are in the order of their names, from `hash`.
pub(super) fn open_with(
    fetch: impl Fn(&str) -> Result<Option<Bytes>>,
    name: &str,
    hash: impl FnOnce(&BTreeMap<String, Bytes>) -> String,
) -> Result<Checkpoint> {
    let opened = read_model(&fetch)?;
    let Some(tokenizer) = fetch("tokenizer.json")? else {
        return Err(Error::new(ErrorKind::Checkpoint, "tokenizer.json is missing")
            .hint("save the tokenizer once with transformers' AutoTokenizer: it writes the file for every fast tokenizer"));
    };
    refuse_stand_in(tokenizer.as_slice(), FileKind::Json).map_err(|error| error.at("tokenizer.json"))?;
    let Ok(tokenizer_text) = String::from_utf8(tokenizer.as_slice().to_vec()) else { bail!(Checkpoint, "tokenizer.json is not UTF-8") };
    let end_tokens = end_tokens(&fetch, &opened.json, opened.config.vocab)?;
    Ok(Checkpoint {
        name: opened
            .json
            .string("_name_or_path")?
            .filter(|name| !name.is_empty() && !name.starts_with(['.', '/']))
            .unwrap_or(name)
            .to_owned(),
        tokenizer: TokenizerSource::Json(tokenizer_text),
        end_tokens,
        tensors: Box::new(opened.checked),
        config: opened.config,
        sha256: hash(&opened.shards),
        warnings: opened.warnings,
    })
}

/// Configuration and tensors.
pub(super) struct Model {
    pub(super) json: Object,
    pub(super) config: ModelConfig,
    pub(super) checked: CheckedTensors,
    pub(super) shards: BTreeMap<String, Bytes>,
    /// What the inner model is called in tensor names.
    #[cfg_attr(target_family = "wasm", expect(dead_code, reason = "only saving to a directory asks for it"))]
    pub(super) prefix: &'static str,
    /// As in [`Checkpoint`].
    pub(super) warnings: Vec<String>,
}

/// Reads everything but the tokenizer.
pub(super) fn read_model(fetch: &impl Fn(&str) -> Result<Option<Bytes>>) -> Result<Model> {
    let Some(text) = fetch("config.json")? else { bail!(Checkpoint, "config.json is missing") };
    let json = parse("config.json", text.as_slice())?;
    let mut config = config::config(&json)?;
    check(&config).map_err(|error| error.at("config.json"))?;

    let mut shards = BTreeMap::new();
    for shard in shard_names(fetch)? {
        let Some(bytes) = fetch(&shard)? else {
            return Err(Error::new(ErrorKind::Checkpoint, format!("the shard {shard} is missing")).hint(format!("{INDEX} lists it")));
        };
        shards.insert(shard, bytes);
    }
    let mut tensors = BTreeMap::new();
    for (shard, bytes) in &shards {
        for (name, tensor) in read_shard(bytes).map_err(|error| error.at(shard))? {
            if tensors.contains_key(&name) {
                bail!(Checkpoint, "{shard}: the tensor {name} is in another shard too");
            }
            tensors.insert(name, tensor);
        }
    }
    let prefix = config.family.declaration().hugging_face.prefix;
    let prefix = if tensors.keys().any(|name| name.starts_with(prefix)) { prefix } else { "" };
    let mut warnings = Vec::new();
    if config.tied_head && has_own_head(&config, prefix, &tensors) {
        config.tied_head = false;
        warnings.push(OWN_HEAD.to_owned());
    }
    let tied = config.tied_head;
    // Buffers that old versions saved along, and the copy of the embedding that a tied head may be saved as.
    let ignored = |name: &str| {
        let buffer = [
            ".rotary_emb.inv_freq",
            ".attn.bias",
            ".attn.masked_bias",
            ".attn.embed_positions",
            ".attention.bias",
            ".attention.masked_bias",
        ];
        buffer.iter().any(|end| name.ends_with(end)) || tied && name == "lm_head.weight"
    };
    let checked = CheckedTensors::new(&config, &tensors, |name| hugging_face_place(&config, prefix, name), ignored)?;
    Ok(Model { json, config, checked, shards, prefix, warnings })
}

/// Whether the files hold a head that is no copy of the embedding.
fn has_own_head(config: &ModelConfig, prefix: &str, tensors: &BTreeMap<String, FileTensor>) -> bool {
    let tensor = |name: &str| tensors.get(&hugging_face_place(config, prefix, name)?.tensor);
    match (tensor("embed"), tensor("head.weight")) {
        (Some(embedding), Some(head)) => {
            (head.ty, &head.shape) != (embedding.ty, &embedding.shape) || head.bytes.as_slice() != embedding.bytes.as_slice()
        }
        _ => false,
    }
}

/// The ids in `eos_token_id` of generation_config.json, else of config.json.
fn end_tokens(fetch: &impl Fn(&str) -> Result<Option<Bytes>>, config: &Object, vocab: usize) -> Result<Vec<u32>> {
    let mut ids = Vec::new();
    if let Some(text) = fetch("generation_config.json")? {
        ids = parse("generation_config.json", text.as_slice())?.tokens("eos_token_id")?;
    }
    if ids.is_empty() {
        ids = config.tokens("eos_token_id")?;
    }
    ids.retain(|id| (*id as usize) < vocab);
    Ok(ids)
}
