//! A tokenizer from a Hugging Face `tokenizer.json`.

use std::collections::HashMap;

use serde::Deserialize;
use tokenizers::Tokenizer as Inner;

use super::failure::failure;
use super::vocabulary::refuse_without_merges;
use crate::{Error, ErrorKind, Result, ensure};

/// The tokenizer, its beginning-of-sequence id (the one its post-processor puts in front of a text) and its unknown id.
pub(super) fn build(text: &str) -> Result<(Inner, Option<u32>, Option<u32>)> {
    let unknown = check(text)?;
    let mut inner: Inner = text.parse().map_err(|error| failure("tokenizer.json", &error))?;
    inner.with_truncation(None).map_err(|error| failure("tokenizer.json", &error))?;
    inner.with_padding(None);
    let template = inner.encode("", true).map_err(|error| failure("tokenizer.json: cannot encode an empty text", &error))?;
    let bos = template.get_ids().first().copied();
    let unknown = unknown.and_then(|token| inner.token_to_id(&token));
    Ok((inner, bos, unknown))
}

#[derive(Deserialize)]
struct File {
    model: Model,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    unk_token: Option<String>,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
    #[serde(default)]
    vocab: Option<Vocabulary>,
    #[serde(default)]
    merges: Vec<Merge>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vocabulary {
    Ids(HashMap<String, u32>),
    Scores(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Joined(String),
}

/// Refuses merges that name no token: the library would index past its buffer on some of them. Returns the unknown token's text.
fn check(text: &str) -> Result<Option<String>> {
    let File { model } = serde_json::from_str(text).map_err(|error| {
        Error::new(ErrorKind::Text, format!("tokenizer.json: {error}"))
            .hint("the file is not a Hugging Face fast tokenizer, or it is incomplete")
    })?;
    let Some(Vocabulary::Ids(vocabulary)) = model.vocab else { return Ok(model.unk_token) };
    if model.merges.is_empty() && model.kind.as_deref() == Some("BPE") {
        refuse_without_merges(vocabulary.keys().map(String::as_str), "tokenizer.json")?;
    }
    let prefix = model.continuing_subword_prefix.unwrap_or_default();
    for (rank, merge) in model.merges.iter().enumerate() {
        let pair = match merge {
            Merge::Pair(left, right) => Some((left.as_str(), right.as_str())),
            Merge::Joined(joined) if joined.starts_with("#version") => continue,
            Merge::Joined(joined) => joined.split_once(' '),
        };
        let known = pair.is_some_and(|(left, right)| {
            let tail = right.strip_prefix(prefix.as_str());
            [left, right].iter().all(|token| vocabulary.contains_key(*token))
                && tail.is_some_and(|tail| vocabulary.contains_key(&format!("{left}{tail}")))
        });
        ensure!(known, Text, "tokenizer.json: merge {rank} names a token that is not in the vocabulary");
    }
    Ok(model.unk_token)
}
