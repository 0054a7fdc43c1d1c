//! Context templates: what is put before a prompt while its target value and keys are computed.
//!
//! As in MEMIT, AlphaEdit and LangEdit there are two groups: the bare prompt, and five short texts that the model itself writes from fixed
//! prefixes, each made a template by appending `. {}`. LangEdit has the prefixes of six languages; those of the others are the English
//! ones (The, Therefore, Because, I, You) in that language, with a noun phrase where the language has no article.

use std::collections::BTreeMap;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::{Error, ErrorKind, Result, ensure};

/// The prefixes of one language, from which the model continues.
struct Prefixes {
    language: &'static str,
    texts: [&'static str; 5],
}

/// The first six as LangEdit has them, then our own.
const PREFIXES: [Prefixes; 12] = [
    Prefixes { language: "en", texts: ["The", "Therefore", "Because", "I", "You"] },
    Prefixes { language: "de", texts: ["Heute", "Kommst", "Weil", "Den", "Der"] },
    Prefixes { language: "nl", texts: ["Wij", "Daarom", "Omdat", "Het", "Jij"] },
    Prefixes { language: "fr", texts: ["très", "Par conséquent", "Parce que", "Je suis", "Vous"] },
    Prefixes { language: "es", texts: ["Ellos", "Por lo tanto", "Porque", "Vosotras", "Tú"] },
    Prefixes { language: "zh", texts: ["那个", "因此", "因为", "我", "你"] },
    Prefixes { language: "cs", texts: ["Ten", "Proto", "Protože", "Já", "Ty"] },
    Prefixes { language: "pt", texts: ["O", "Portanto", "Porque", "Eu", "Você"] },
    Prefixes { language: "ru", texts: ["Этот", "Поэтому", "Потому что", "Я", "Вы"] },
    Prefixes { language: "th", texts: ["สิ่งนั้น", "ดังนั้น", "เพราะ", "ฉัน", "คุณ"] },
    Prefixes { language: "tr", texts: ["Bu", "Bu nedenle", "Çünkü", "Ben", "Sen"] },
    Prefixes { language: "vi", texts: ["Cái", "Vì vậy", "Bởi vì", "Tôi", "Bạn"] },
];

/// The five prefixes of `language` (ISO 639-1); English where there are none for it.
pub fn prefixes(language: &str) -> &'static [&'static str] {
    PREFIXES.iter().find(|entry| entry.language == language).or(PREFIXES.first()).map_or(&[], |entry| &entry.texts)
}

/// The languages that have prefixes of their own.
pub fn default_languages() -> impl Iterator<Item = &'static str> {
    PREFIXES.iter().map(|entry| entry.language)
}

/// The context templates of every language in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextTemplates {
    by_language: BTreeMap<String, Vec<String>>,
}

impl ContextTemplates {
    /// No language yet; every language then has the bare prompt alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `{"<language>": ["{}", "The. {}", ...]}`; see [`parse_templates`].
    ///
    /// # Errors
    /// As [`parse_templates`].
    pub fn parse(json: &str) -> Result<Self> {
        Ok(Self { by_language: parse_templates(json)? })
    }

    /// From templates by language, checked as [`parse_templates`] checks them.
    ///
    /// # Errors
    /// As [`parse_templates`].
    pub fn from_map(by_language: BTreeMap<String, Vec<String>>) -> Result<Self> {
        for (language, templates) in &by_language {
            check(language, templates)?;
        }
        Ok(Self { by_language })
    }

    /// Sets the second group of `language` to templates made of `generated` texts (see [`clean_generated`] and [`to_template`]).
    pub fn set_generated<'a>(&mut self, language: &str, generated: impl IntoIterator<Item = &'a str>) {
        let mut templates = vec!["{}".to_owned()];
        templates.extend(generated.into_iter().map(|text| to_template(&clean_generated(text))));
        self.by_language.insert(language.to_owned(), templates);
    }

    /// Whether `language` has templates.
    pub fn contains(&self, language: &str) -> bool {
        self.by_language.contains_key(language)
    }

    /// The templates of `language`, the bare `{}` first; it alone where none were set.
    pub fn get(&self, language: &str) -> Vec<&str> {
        self.by_language.get(language).map_or_else(|| vec!["{}"], |templates| templates.iter().map(String::as_str).collect())
    }

    /// All templates by language, as [`parse_templates`] reads them.
    pub fn by_language(&self) -> &BTreeMap<String, Vec<String>> {
        &self.by_language
    }
}

/// Reads templates from JSON: for each language a list whose first entry is `{}` and each of which has `{}` exactly once.
///
/// # Errors
/// The text is not such a JSON object; the message names language and index of the entry.
pub fn parse_templates(json: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let explain = |error: Error| error.hint(r#"expected {"<language>": ["{}", "The. {}", ...]}"#);
    let value: Value = serde_json::from_str(json).map_err(|error| explain(Error::new(ErrorKind::Text, format!("templates: {error}"))))?;
    let entries = value.as_object().ok_or_else(|| explain(Error::new(ErrorKind::Text, "templates: the file is not a JSON object")))?;
    let mut templates = BTreeMap::new();
    for (language, list) in entries {
        templates.insert(language.clone(), language_templates(language, list).map_err(explain)?);
    }
    ensure!(!templates.is_empty(), Text, "templates: the file has no language");
    Ok(templates)
}

fn language_templates(language: &str, list: &Value) -> Result<Vec<String>> {
    let Some(list) = list.as_array() else {
        crate::bail!(Text, "templates: `{language}` is not a list");
    };
    let mut templates = Vec::with_capacity(list.len());
    for (index, entry) in list.iter().enumerate() {
        let Some(template) = entry.as_str() else {
            crate::bail!(Text, "templates: `{language}`[{index}] is not a string");
        };
        templates.push(template.to_owned());
    }
    check(language, &templates)?;
    Ok(templates)
}

fn check(language: &str, templates: &[String]) -> Result<()> {
    for (index, template) in templates.iter().enumerate() {
        let slots = template.matches("{}").count();
        ensure!(slots == 1, Text, "templates: `{language}`[{index}] has `{{}}` {slots} times instead of once: `{template}`");
    }
    ensure!(templates.first().is_some_and(|first| first == "{}"), Text, "templates: `{language}`[0] is not a bare `{{}}`");
    Ok(())
}

/// Puts `prompt` in the place of the template's `{}`. Braces in the prompt stay as they are.
///
/// # Errors
/// The template does not have exactly one `{}`.
pub fn fill(template: &str, prompt: &str) -> Result<String> {
    let mut parts = template.split("{}");
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(after), None) => Ok(format!("{before}{prompt}{after}")),
        _ => crate::bail!(Text, "the context template `{template}` does not contain `{{}}` exactly once"),
    }
}

/// A generated text as the published code cleans it: compatibility-decomposed (NFKD), special tokens dropped, blank lines and braces turned
/// into spaces.
pub fn clean_generated(text: &str) -> String {
    let decomposed: String = text.nfkd().collect();
    without_special(&decomposed).replace("\n\n", " ").replace(['{', '}'], " ")
}

/// The template `text. {}`.
pub fn to_template(text: &str) -> String {
    format!("{text}. {{}}")
}

/// Drops tokens written `<|...|>` and the short names that SentencePiece vocabularies use.
fn without_special(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let length = special_length(from);
        kept.push_str(if length == 0 { "<" } else { "" });
        rest = from.get(length.max(1)..).unwrap_or_default();
    }
    kept.push_str(rest);
    kept
}

/// Length in bytes of the special token that `text` begins with, 0 where there is none.
fn special_length(text: &str) -> usize {
    let short = ["<s>", "</s>", "<unk>", "<pad>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"];
    let framed = || {
        let inner = text.strip_prefix("<|")?;
        let end = inner.find("|>")?;
        let name = inner.get(..end)?;
        (name.len() <= 40 && !name.contains(char::is_whitespace)).then_some(end + 4)
    };
    short.iter().find(|token| text.starts_with(**token)).map(|token| token.len()).or_else(framed).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn generated_texts_become_templates() {
        assert_eq!(clean_generated("The {set}\n\nis <|endoftext|>ﬁne < 3</s>"), "The  set  is fine < 3");
        assert_eq!(clean_generated("a <| b |> c"), "a <| b |> c");
        assert_eq!(clean_generated("I am\nhere"), "I am\nhere");
        let mut templates = ContextTemplates::new();
        templates.set_generated("nl", ["Wij {zijn}"]);
        assert_eq!(templates.get("nl"), ["{}", "Wij  zijn . {}"]);
        assert_eq!(templates.get("de"), ["{}"]);
        assert_eq!(fill("Wij. {}", "Wat is {x}?").unwrap(), "Wij. Wat is {x}?");
        assert!(fill("{} {}", "x").is_err());
    }

    #[test]
    fn every_language_has_five_distinct_prefixes() {
        for language in default_languages() {
            let mut texts = prefixes(language).to_vec();
            assert!(texts.iter().all(|text| !text.trim().is_empty() && !text.contains(['{', '}'])), "{language}");
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), 5, "{language}");
        }
        assert_eq!(prefixes("xx"), prefixes("en"));
        assert_eq!(default_languages().count(), 12);
    }

    #[test]
    fn a_template_file_is_read_and_checked() {
        let read = parse_templates(r#"{"en": ["{}", "The. {}"], "zh": ["{}"]}"#).unwrap();
        assert_eq!(read["en"], ["{}", "The. {}"]);
        for (json, part) in [
            (r#"{"en": ["The. {}"]}"#, "`en`[0] is not a bare"),
            (r#"{"en": ["{}", "no slot"]}"#, "`en`[1] has `{}` 0 times"),
            (r#"{"de": ["{}", "{} {}"]}"#, "`de`[1] has `{}` 2 times"),
            (r#"{"de": ["{}", 3]}"#, "`de`[1] is not a string"),
            (r#"{"de": []}"#, "`de`[0]"),
            (r#"{"de": "{}"}"#, "`de` is not a list"),
            ("[]", "not a JSON object"),
            ("{}", "has no language"),
            ("{", "line 1"),
        ] {
            let error = parse_templates(json).unwrap_err().to_string();
            assert!(error.contains(part), "{json}: {error}");
        }
    }
}
