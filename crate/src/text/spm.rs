//! SentencePiece vocabularies of GGUF files (`tokenizer.ggml.model = llama`).
//!
//! llama.cpp starts from characters and joins, again and again, the adjacent pair whose concatenation has the best score (leftmost first).
//! That is BPE with the pairs ranked by the score of what they form, so the merges are derived from the scores; a character that is no
//! token falls back to its bytes, `<0xNN>`.

use std::cmp::Ordering;

use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::prepend::Prepend;
use tokenizers::normalizers::replace::Replace;
use tokenizers::normalizers::utils::Sequence as Normalizers;
use tokenizers::{DecoderWrapper, NormalizerWrapper, Tokenizer as Inner};

use super::failure::failure;
use super::vocabulary::{BYTE, CONTROL, UNKNOWN, USER_DEFINED, add_tokens, ids};
use crate::checkpoint::GgufVocabulary;
use crate::{Result, ensure};

const SPACE: &str = "▁";

pub(super) fn build(vocabulary: &GgufVocabulary) -> Result<Inner> {
    let count = vocabulary.tokens.len();
    ensure!(vocabulary.scores.len() == count, Text, "the vocabulary has {count} tokens but {} scores", vocabulary.scores.len());
    ensure!(
        vocabulary.token_types.len() == count,
        Text,
        "the vocabulary has {count} tokens but {} token types",
        vocabulary.token_types.len()
    );
    let mut plain = vocabulary.clone();
    for (text, kind) in plain.tokens.iter_mut().zip(&vocabulary.token_types) {
        // User-defined tokens are matched in the text as it was typed, before spaces are rewritten.
        if *kind == USER_DEFINED && text.contains(SPACE) {
            *text = text.replace(SPACE, " ");
        }
    }
    let ids = ids(&plain);
    let merges = merges(&plain, &ids);
    let mut builder = BPE::builder().vocab_and_merges(ids, merges).byte_fallback(true).fuse_unk(true);
    if let Some(unknown) = vocabulary.unknown.and_then(|id| plain.tokens.get(id as usize)) {
        builder = builder.unk_token(unknown.clone());
    }
    let model = builder.build().map_err(|error| failure("the vocabulary", &error))?;

    let prefix = vocabulary.add_space_prefix.unwrap_or(true);
    let mut normalizers: Vec<NormalizerWrapper> = Vec::new();
    if prefix {
        normalizers.push(Prepend::new(SPACE.to_owned()).into());
    }
    normalizers.push(Replace::new(" ", SPACE).map_err(|error| failure("spaces", &error))?.into());
    let spaces = Replace::new(SPACE, " ").map_err(|error| failure("spaces", &error))?;
    let mut decoders: Vec<DecoderWrapper> = vec![spaces.into(), ByteFallback::new().into(), Fuse::new().into()];
    if prefix {
        decoders.push(Strip::new(' ', 1, 0).into());
    }

    let mut inner = Inner::new(model);
    inner.with_normalizer(Some(Normalizers::new(normalizers))).map_err(|error| failure("the normalizer", &error))?;
    inner.with_decoder(Some(Decoders::new(decoders)));
    add_tokens(&mut inner, &plain)?;
    Ok(inner)
}

/// Every way to split a normal token into two tokens, best score first; among equals the longer left part, which joins leftmost first.
fn merges(vocabulary: &GgufVocabulary, ids: &Vocab) -> Vec<(String, String)> {
    let kinds = &vocabulary.token_types;
    let joins = |kind: i32| !matches!(kind, UNKNOWN | CONTROL | USER_DEFINED | BYTE);
    let part = |text: &str| ids.get(text).is_some_and(|id| kinds.get(*id as usize).is_some_and(|kind| joins(*kind)));
    let mut found: Vec<(f32, &str, &str)> = Vec::new();
    for ((text, score), kind) in vocabulary.tokens.iter().zip(&vocabulary.scores).zip(kinds) {
        if !joins(*kind) {
            continue;
        }
        for (at, _) in text.char_indices().skip(1) {
            let (left, right) = text.split_at(at);
            if part(left) && part(right) {
                found.push((*score, left, right));
            }
        }
    }
    found.sort_by(|a, b| match b.0.total_cmp(&a.0) {
        Ordering::Equal => b.1.len().cmp(&a.1.len()).then_with(|| b.2.len().cmp(&a.2.len())),
        order => order,
    });
    found.into_iter().map(|(_, left, right)| (left.to_owned(), right.to_owned())).collect()
}
