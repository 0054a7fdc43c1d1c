//! The tokenizer: text to ids with byte offsets, ids to text.

use tokenizers::Tokenizer as Inner;

use super::failure::failure;
use super::{gguf, json};
use crate::checkpoint::TokenizerSource;
use crate::{Result, ensure};

/// A tokenised text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Where each token comes from: bytes `start..end` of the text, always on character boundaries. A token that holds only part of a
    /// character has the whole character's offsets, so neighbours may repeat them; a beginning-of-sequence token has `(0, 0)`.
    pub offsets: Vec<(usize, usize)>,
}

impl Encoding {
    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// A tokenizer as a checkpoint describes it.
///
/// Special, control and user-defined tokens are recognised in text, as everywhere in the reference code;
/// [`control_tokens`](Self::control_tokens) says which of them a text holds. A `tokenizer.json`'s truncation and padding are ignored, and so is an end-of-sequence token that it would append.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    inner: Inner,
    bos: Option<u32>,
    unknown: Option<u32>,
    vocab_size: usize,
    adds_space: bool,
    /// Special tokens as they are recognised in text: their ids and how they are written.
    special: Vec<(u32, String)>,
}

impl Tokenizer {
    /// Builds the tokenizer that `source` describes.
    ///
    /// # Errors
    /// The source is malformed, or a GGUF vocabulary names a model or pre-tokenizer that is not supported.
    pub fn new(source: &TokenizerSource) -> Result<Self> {
        let (inner, bos, unknown) = match source {
            TokenizerSource::Json(text) => json::build(text)?,
            TokenizerSource::Gguf(vocabulary) => gguf::build(vocabulary)?,
        };
        let largest = inner.get_vocab(true).into_values().max();
        let vocab_size = match source {
            TokenizerSource::Gguf(vocabulary) => vocabulary.tokens.len(),
            TokenizerSource::Json(_) => largest.map_or(0, |id| id as usize + 1),
        };
        ensure!(vocab_size > 0, Text, "the tokenizer has no tokens");
        let added = inner.get_added_tokens_decoder();
        let mut special: Vec<(u32, String)> = added
            .into_iter()
            .filter(|(_, token)| token.special && !token.content.is_empty())
            .map(|(id, token)| (id, token.content))
            .collect();
        special.sort_unstable();
        let mut tokenizer = Self { inner, bos, unknown, vocab_size, adds_space: false, special };
        // `a` alone is a token of every real vocabulary: what precedes it is what the tokenizer itself puts in front of a text.
        let first = tokenizer.encode_plain("a")?.ids.first().and_then(|id| tokenizer.token_text(*id));
        tokenizer.adds_space = first.is_some_and(|text| text.starts_with(['▁', 'Ġ', ' ']));
        Ok(tokenizer)
    }

    /// Tokenises `text`, with the beginning-of-sequence token in front where the tokenizer adds one. A text that brings that token itself, as
    /// pasted chat templates do, has it once: two are a prompt that no model was trained on.
    ///
    /// # Errors
    /// The text holds something the vocabulary cannot express.
    pub fn encode(&self, text: &str) -> Result<Encoding> {
        let Some(bos) = self.bos else { return self.encode_plain(text) };
        let written = self.special.iter().find(|(id, token)| *id == bos && text.starts_with(token.as_str()));
        let own = written.map_or(0, |(_, token)| token.len());
        let mut encoding = self.encode_plain(text.get(own..).unwrap_or_default())?;
        for (start, end) in &mut encoding.offsets {
            (*start, *end) = (*start + own, *end + own);
        }
        encoding.ids.insert(0, bos);
        encoding.offsets.insert(0, (0, own));
        Ok(encoding)
    }

    /// The control tokens that `text` holds, as they are written (`</s>`, `<|im_start|>`): they are read as such, not letter by letter.
    ///
    /// # Errors
    /// The text holds something the vocabulary cannot express.
    pub fn control_tokens(&self, text: &str) -> Result<Vec<String>> {
        let written: Vec<&(u32, String)> = self.special.iter().filter(|(_, token)| text.contains(token.as_str())).collect();
        if written.is_empty() {
            return Ok(Vec::new());
        }
        // A longer token may have taken the letters.
        let ids = self.encode_plain(text)?.ids;
        Ok(written.into_iter().filter(|(id, _)| ids.contains(id)).map(|(_, token)| token.clone()).collect())
    }

    /// Whether token `id` is a control token.
    pub fn is_control(&self, id: u32) -> bool {
        self.special.binary_search_by_key(&id, |(id, _)| *id).is_ok()
    }

    /// Tokenises `text` without adding anything.
    ///
    /// # Errors
    /// The text holds something the vocabulary cannot express.
    pub fn encode_plain(&self, text: &str) -> Result<Encoding> {
        let encoding = self.inner.encode(text, false).map_err(|error| failure("cannot tokenise", &error))?;
        let offsets = encoding.get_offsets().iter().map(|&(start, end)| (floor_char(text, start), ceil_char(text, end))).collect();
        Ok(Encoding { ids: encoding.get_ids().to_vec(), offsets })
    }

    /// The text of `ids`, special tokens included as they are written. Bytes that make no character become U+FFFD; ids beyond the
    /// vocabulary (rows that pad an embedding matrix) add nothing.
    ///
    /// # Errors
    /// The tokenizer's decoder fails.
    pub fn decode(&self, ids: &[u32]) -> Result<String> {
        self.inner.decode(ids, false).map_err(|error| failure("cannot decode", &error))
    }

    /// As [`decode`](Self::decode), but leaves special tokens out.
    ///
    /// # Errors
    /// The tokenizer's decoder fails.
    pub fn decode_without_special(&self, ids: &[u32]) -> Result<String> {
        self.inner.decode(ids, true).map_err(|error| failure("cannot decode", &error))
    }

    /// Ids of `prompt` (with the beginning-of-sequence token where there is one) and of `answer` as its continuation.
    ///
    /// The answer is tokenised by itself with exactly one leading space, as the published code does, in every language
    /// (Chinese and Thai included); a tokenizer that puts a space in front of every text is not given a second one.
    /// A beginning-of-sequence or unknown id at its front is dropped.
    ///
    /// # Errors
    /// The answer is empty or cannot be tokenised.
    pub fn continuation(&self, prompt: &str, answer: &str) -> Result<(Vec<u32>, Vec<u32>)> {
        let bare = answer.trim_start();
        ensure!(!bare.is_empty(), Text, "the answer to `{prompt}` is empty");
        let mut ids = if self.adds_space { self.encode_plain(bare)? } else { self.encode_plain(&format!(" {bare}"))? }.ids;
        if ids.first().is_some_and(|id| Some(*id) == self.bos || Some(*id) == self.unknown) {
            ids.remove(0);
        }
        ensure!(!ids.is_empty(), Text, "the answer `{answer}` has no tokens");
        Ok((self.encode(prompt)?.ids, ids))
    }

    /// The id that [`encode`](Self::encode) puts in front, where there is one.
    pub fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// Number of ids: the largest one plus one. The model's embedding may have more rows.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// How token `id` is written in the vocabulary (byte-level and SentencePiece alphabets untranslated).
    pub fn token_text(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }
}

fn floor_char(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil_char(text: &str, mut at: usize) -> usize {
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at.min(text.len())
}
