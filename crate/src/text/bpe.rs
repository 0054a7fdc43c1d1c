//! Training of a byte-level BPE vocabulary.

use serde_json::Value;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _, Trainer as _};

use super::failure::failure;
use super::pretokenize;
use super::vocabulary::CONTROL;
use crate::checkpoint::GgufVocabulary;
use crate::{Error, ErrorKind, Result, ensure};

/// GGML's type of an ordinary token.
const NORMAL: i32 = 1;
/// What stands in front of every text, and what closes it.
const BOS: &str = "<s>";
const EOS: &str = "</s>";

/// Learns a vocabulary of `size` tokens from `texts`: `<s>` (0, put in front of every text), `</s>` (1), the 256 bytes, and what most
/// often stands side by side. Every byte sequence can be expressed. The result depends on the texts and not on their order.
///
/// # Errors
/// `Text`: `pre` is not a known pre-tokenizer, or `size` is too small for the bytes.
pub fn train_bpe<'a>(texts: impl IntoIterator<Item = &'a str>, size: usize, pre: &str) -> Result<GgufVocabulary> {
    let alphabet = ByteLevel::alphabet();
    let special = [BOS, EOS];
    ensure!(size >= alphabet.len() + special.len(), Text, "a vocabulary of {size} tokens has no room for the {} bytes", alphabet.len());
    let splitter = pretokenize::pre_tokenizer(pre)?;
    let mut trainer = BpeTrainer::builder()
        .vocab_size(size)
        .min_frequency(2)
        .show_progress(false)
        .initial_alphabet(alphabet.into_iter().collect())
        .special_tokens(special.map(|text| AddedToken::from(text, true)).to_vec())
        .build();
    let texts: Vec<&str> = texts.into_iter().collect();
    let split = |text: &str| {
        let mut text = PreTokenizedString::from(text);
        splitter.pre_tokenize(&mut text)?;
        let pieces = text.get_splits(OffsetReferential::Original, OffsetType::Byte);
        Ok(pieces.into_iter().map(|(piece, _, _)| piece.to_owned()).collect())
    };
    trainer.feed(texts.into_iter(), split).map_err(|error| failure("splitting the texts", &error))?;
    let mut model = BPE::default();
    trainer.train(&mut model).map_err(|error| failure("training the vocabulary", &error))?;
    vocabulary(&model, &special, pre)
}

/// The trained model as a GGUF file writes it.
fn vocabulary(model: &BPE, special: &[&str], pre: &str) -> Result<GgufVocabulary> {
    let malformed = |what: &str| Error::new(ErrorKind::Text, format!("the trained vocabulary has no {what}"));
    let fields = serde_json::to_value(model).map_err(|error| Error::new(ErrorKind::Text, format!("the trained vocabulary: {error}")))?;
    let ids = fields.get("vocab").and_then(Value::as_object).ok_or_else(|| malformed("tokens"))?;
    let mut tokens = vec![String::new(); ids.len()];
    for (text, id) in ids {
        let place = id.as_u64().and_then(|id| tokens.get_mut(usize::try_from(id).ok()?)).ok_or_else(|| malformed("consecutive ids"))?;
        text.clone_into(place);
    }
    let merge = |pair: &Value| Some(format!("{} {}", pair.get(0)?.as_str()?, pair.get(1)?.as_str()?));
    let merges = fields.get("merges").and_then(Value::as_array).and_then(|merges| merges.iter().map(merge).collect());
    let id_of = |text: &str| tokens.iter().position(|token| token == text).and_then(|id| u32::try_from(id).ok());
    Ok(GgufVocabulary {
        model: "gpt2".to_owned(),
        pre: pre.to_owned(),
        token_types: tokens.iter().map(|token| if special.contains(&token.as_str()) { CONTROL } else { NORMAL }).collect(),
        merges: merges.ok_or_else(|| malformed("merges"))?,
        bos: id_of(BOS),
        eos: id_of(EOS),
        add_bos: Some(true),
        tokens,
        ..GgufVocabulary::default()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test without a vocabulary should stop")]

    use super::*;
    use crate::checkpoint::TokenizerSource;
    use crate::text::Tokenizer;

    const TEXTS: [&str; 4] =
        ["The capital of France is Paris.", "The capital of Spain is Madrid.", "法国的首都是巴黎。", "法国的首都是 巴黎。"];

    #[test]
    fn every_text_survives_and_frequent_ones_are_short() {
        let vocabulary = train_bpe(TEXTS, 300, "llama-bpe").unwrap();
        assert!(vocabulary.tokens.len() > 270 && vocabulary.tokens.len() <= 300);
        assert_eq!((vocabulary.bos, vocabulary.eos), (Some(0), Some(1)));
        let tokenizer = Tokenizer::new(&TokenizerSource::Gguf(Box::new(vocabulary))).unwrap();
        for text in TEXTS.into_iter().chain(["Ünseen 😀 \u{1}\t 한국어", " ", ""]) {
            let ids = tokenizer.encode(text).unwrap().ids;
            assert_eq!(ids[0], 0);
            assert_eq!(tokenizer.decode(&ids[1..]).unwrap(), text);
        }
        assert!(tokenizer.encode(" capital of").unwrap().len() < 6);
    }

    #[test]
    fn the_order_of_the_texts_does_not_matter() {
        let backwards = train_bpe(TEXTS.into_iter().rev(), 300, "llama-bpe").unwrap();
        let vocabulary = train_bpe(TEXTS, 300, "llama-bpe").unwrap();
        assert_eq!((vocabulary.tokens, vocabulary.merges), (backwards.tokens, backwards.merges));
    }

    #[test]
    fn impossible_vocabularies_are_refused() {
        assert!(train_bpe(TEXTS, 100, "llama-bpe").is_err());
        assert!(train_bpe(TEXTS, 300, "nothing").is_err());
    }
}
