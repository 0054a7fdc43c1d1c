//! What LangEdit's code reads of a text that the model's tokenizer decoded.

/// The answer in a decoded prompt and continuation: what follows the last cue, without the white space around it. So a continuation that goes on
/// with a further example is scored on that one, and one that ends in a cue is empty.
pub fn published_answer<'a>(decoded: &'a str, cue: &str) -> &'a str {
    decoded.rsplit(cue).next().unwrap_or_default().trim_matches(is_space)
}

/// White space as Python has it: Unicode's, and the four separators U+001C to U+001F.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// A decoded text as transformers tidies it for tokenizers that set `clean_up_tokenization_spaces`, Llama 3's among them: no space in front of
/// punctuation and English contractions. Entities of WikiANN, whose tokens are separated by spaces, are then no longer found.
pub fn tidied(decoded: &str) -> String {
    // One after another, each over the whole text.
    let spaced = [" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"];
    spaced.iter().fold(decoded.to_owned(), |text, spaced| text.replace(spaced, spaced.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cue_counts() {
        assert_eq!(published_answer("a Answer: b\nAnswer: c\u{1f} ", "Answer:"), "c");
        assert_eq!(published_answer("a Answer: b Answer:", "Answer:"), "");
        assert_eq!(published_answer(" no cue ", "Answer:"), "no cue");
    }

    #[test]
    fn tidying_joins_punctuation_and_contractions() {
        assert_eq!(tidied("Augusta , Georgia . It ' s n't 's"), "Augusta, Georgia. It'sn't's");
        assert_eq!(tidied("a  ."), "a .");
    }
}
