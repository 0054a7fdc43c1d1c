//! A tokenizer from the vocabulary in a GGUF file: byte-level BPE here, SentencePiece in [`super::spm`].

use tokenizers::Tokenizer as Inner;
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::BPE;

use super::failure::failure;
use super::vocabulary::{add_tokens, ids, refuse_without_merges};
use super::{pretokenize, spm};
use crate::checkpoint::GgufVocabulary;
use crate::{Result, bail, ensure};

/// The tokenizer, the beginning-of-sequence id where encoding is to add it, and the unknown id.
///
/// Whether a BOS is added is what the file says (`add_bos`). Where it says nothing, the defaults are llama.cpp's: SentencePiece adds it,
/// Llama 3's BPE adds it, other BPE does not.
pub(super) fn build(vocabulary: &GgufVocabulary) -> Result<(Inner, Option<u32>, Option<u32>)> {
    let count = vocabulary.tokens.len();
    ensure!(u32::try_from(count).is_ok(), Text, "the vocabulary has {count} tokens, more than there are ids");
    for (name, id) in [("bos", vocabulary.bos), ("unknown", vocabulary.unknown)] {
        if let Some(id) = id.filter(|id| *id as usize >= count) {
            bail!(Text, "the {name} id {id} is outside the vocabulary of {count} tokens");
        }
    }
    let (inner, default_bos) = match vocabulary.model.as_str() {
        "gpt2" => (byte_level(vocabulary)?, pretokenize::adds_bos(&vocabulary.pre)),
        "llama" => (spm::build(vocabulary)?, true),
        other => {
            bail!(Text, "GGUF tokenizer model `{other}` is not supported; supported are gpt2 (byte-level BPE) and llama (SentencePiece)")
        }
    };
    let bos = if vocabulary.add_bos.unwrap_or(default_bos) { vocabulary.bos } else { None };
    Ok((inner, bos, vocabulary.unknown))
}

fn byte_level(vocabulary: &GgufVocabulary) -> Result<Inner> {
    let ids = ids(vocabulary);
    if vocabulary.merges.is_empty() {
        refuse_without_merges(vocabulary.tokens.iter().map(String::as_str), "tokenizer.ggml.merges")?;
    }
    let mut merges = Vec::with_capacity(vocabulary.merges.len());
    for (rank, merge) in vocabulary.merges.iter().enumerate() {
        // A token may itself hold a space only in other tokenizers: the byte-level alphabet writes it as Ġ.
        let Some((left, right)) = merge.split_once(' ') else {
            bail!(Text, "merge {rank} of the vocabulary, `{merge}`, is not two tokens separated by a space");
        };
        let joined = format!("{left}{right}");
        for token in [left, right, joined.as_str()] {
            ensure!(ids.contains_key(token), Text, "merge {rank} of the vocabulary names `{token}`, which is not a token");
        }
        merges.push((left.to_owned(), right.to_owned()));
    }
    let model = BPE::builder()
        .vocab_and_merges(ids, merges)
        .ignore_merges(pretokenize::ignores_merges(&vocabulary.pre))
        .build()
        .map_err(|error| failure("the vocabulary's merges", &error))?;
    let mut inner = Inner::new(model);
    let normalizer = pretokenize::normalizer(&vocabulary.pre);
    inner.with_normalizer(normalizer).map_err(|error| failure("the vocabulary's normalizer", &error))?;
    inner.with_pre_tokenizer(Some(pretokenize::pre_tokenizer(&vocabulary.pre)?));
    inner.with_decoder(Some(ByteLevel::default()));
    add_tokens(&mut inner, vocabulary)?;
    Ok(inner)
}
