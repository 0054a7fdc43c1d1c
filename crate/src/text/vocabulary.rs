//! What both kinds of GGUF vocabularies have: token types, ids by text, and tokens that are recognised in running text.

use tokenizers::models::bpe::Vocab;
use tokenizers::{AddedToken, Tokenizer as Inner};

use crate::checkpoint::GgufVocabulary;
use crate::{Error, ErrorKind, Result};

/// GGML token types.
pub(super) const UNKNOWN: i32 = 2;
pub(super) const CONTROL: i32 = 3;
pub(super) const USER_DEFINED: i32 = 4;
pub(super) const BYTE: i32 = 6;

/// Token text to id. Of tokens that are written alike (padding) the first keeps the text.
pub(super) fn ids(vocabulary: &GgufVocabulary) -> Vocab {
    let mut ids = Vocab::with_capacity(vocabulary.tokens.len());
    for (id, text) in (0u32..).zip(&vocabulary.tokens) {
        ids.entry(text.clone()).or_insert(id);
    }
    ids
}

/// Refuses a BPE vocabulary without merges, of which every text would be split into single characters, unless it has no other tokens. Those in
/// brackets are recognised as a whole, or stand for a byte.
pub(super) fn refuse_without_merges<'a>(tokens: impl IntoIterator<Item = &'a str>, place: &str) -> Result<()> {
    let whole = |token: &str| [('<', '>'), ('[', ']')].iter().any(|(open, close)| token.starts_with(*open) && token.ends_with(*close));
    let Some(merged) = tokens.into_iter().find(|token| !whole(token) && token.chars().nth(1).is_some()) else { return Ok(()) };
    let message =
        format!("{place}: there are no merges, without which no text is ever read as `{merged}` or any other token of several characters");
    Err(Error::new(ErrorKind::Text, message).hint("convert the model, or save its tokenizer, again"))
}

/// Makes unknown, control and user-defined tokens recognised in text; all but the user-defined are special.
pub(super) fn add_tokens(inner: &mut Inner, vocabulary: &GgufVocabulary) -> Result<()> {
    let named = vocabulary.tokens.iter().zip(&vocabulary.token_types);
    let added: Vec<AddedToken> = named
        .filter(|(text, kind)| matches!(**kind, UNKNOWN | CONTROL | USER_DEFINED) && !text.is_empty())
        .map(|(text, kind)| AddedToken::from(text.clone(), *kind != USER_DEFINED).normalized(false))
        .collect();
    inner.add_tokens(added).map_err(|error| Error::new(ErrorKind::Text, format!("the vocabulary's special tokens: {error}")))?;
    Ok(())
}
