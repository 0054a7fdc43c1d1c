//! Pre-tokenizers of GGUF byte-level BPE vocabularies, by the name in `tokenizer.ggml.pre`.
//!
//! The expressions are llama.cpp's (`llama-vocab.cpp`), which apply one after the other to the pieces the one before left; text that an
//! expression does not match stays a piece. They need look-ahead, which the `fancy-regex` engine below `tokenizers` has.

use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{PreTokenizerWrapper, SplitDelimiterBehavior};

use super::failure::failure;
use crate::{Error, ErrorKind, Result};

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// What a `pre` name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Default,
    Gpt2,
    Smollm,
    Llama3,
    Qwen2,
}

const NAMES: [(&str, Kind); 18] = [
    ("default", Kind::Default),
    ("", Kind::Default),
    ("gpt-2", Kind::Gpt2),
    ("gpt2", Kind::Gpt2),
    ("phi-2", Kind::Gpt2),
    ("smollm", Kind::Smollm),
    ("starcoder", Kind::Smollm),
    ("refact", Kind::Smollm),
    ("codeshell", Kind::Smollm),
    ("command-r", Kind::Smollm),
    ("llama-bpe", Kind::Llama3),
    ("llama3", Kind::Llama3),
    ("llama-v3", Kind::Llama3),
    ("falcon3", Kind::Llama3),
    ("smaug-bpe", Kind::Llama3),
    ("qwen2", Kind::Qwen2),
    ("deepseek-r1-qwen", Kind::Qwen2),
    ("megrez", Kind::Qwen2),
];

fn kind(pre: &str) -> Option<Kind> {
    NAMES.iter().find(|(name, _)| *name == pre).map(|(_, kind)| *kind)
}

/// Whether a file that does not say so means a beginning-of-sequence token (llama.cpp's default for Llama 3).
pub(super) fn adds_bos(pre: &str) -> bool {
    kind(pre) == Some(Kind::Llama3)
}

/// Whether a piece that is itself a token is taken whole, without going through the merges.
pub(super) fn ignores_merges(pre: &str) -> bool {
    kind(pre) == Some(Kind::Llama3)
}

/// Qwen's tokenizer composes its input (NFC); the others take text as it comes.
pub(super) fn normalizer(pre: &str) -> Option<NFC> {
    (kind(pre) == Some(Kind::Qwen2)).then_some(NFC)
}

/// The pre-tokenizer named `pre`.
///
/// # Errors
/// The name is not known: guessing would tokenise silently wrong.
pub(super) fn pre_tokenizer(pre: &str) -> Result<PreTokenizerWrapper> {
    let expressions: &[&str] = match kind(pre) {
        Some(Kind::Default) => &[r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", r"[0-9][0-9][0-9]"],
        Some(Kind::Gpt2) => &[GPT2],
        Some(Kind::Smollm) => &[r"\p{N}", GPT2],
        Some(Kind::Llama3) => &[LLAMA3],
        Some(Kind::Qwen2) => &[QWEN2],
        None => {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
            let message = format!("unknown GGUF pre-tokenizer `{pre}`; the known ones are {}", known.join(", "));
            return Err(Error::new(ErrorKind::Text, message)
                .hint("use the model in Hugging Face layout, whose tokenizer.json describes the pre-tokenizer"));
        }
    };
    let mut parts: Vec<PreTokenizerWrapper> = Vec::with_capacity(expressions.len() + 1);
    for expression in expressions {
        let pattern = SplitPattern::Regex((*expression).to_owned());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
        parts.push(split.map_err(|error| failure("pre-tokenizer", &error))?.into());
    }
    parts.push(ByteLevel::new(false, false, false).into());
    Ok(Sequence::new(parts).into())
}
