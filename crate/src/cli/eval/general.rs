//! Perplexity of general text.

use std::collections::BTreeMap;
use std::path::Path;

use super::ProgressBars;
use crate::cli::arguments::read_text;
use crate::evaluate::{Perplexity, perplexity};
use crate::recipe::Session;
use crate::text::corpus::declaration;
use crate::text::corpus_lines;
use crate::{Result, ensure};

/// By language; under `file` where a file is given.
pub(super) async fn measure(
    session: &Session,
    file: Option<&Path>,
    languages: &[String],
    bars: &mut ProgressBars,
) -> Result<BTreeMap<String, Perplexity>> {
    let texts: Vec<(String, String)> = match file {
        Some(path) => vec![("file".to_owned(), read_text(path)?)],
        None => languages.iter().filter_map(|language| Some((language.clone(), declaration(language)?.to_owned()))).collect(),
    };
    ensure!(!texts.is_empty(), Data, "there is no built-in text in these languages; pass a file with --perplexity FILE");
    let mut found = BTreeMap::new();
    for (name, text) in texts {
        let lines: Vec<String> = corpus_lines(&text).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        bars.start(&format!("general text ({name})"), lines.len() as u64);
        let measured = perplexity(session.model(), session.tokenizer(), &lines, |done, _| {
            bars.set(done as u64);
            !bars.interrupted()
        });
        found.insert(name, measured.await?);
    }
    Ok(found)
}

pub(super) fn table(found: &BTreeMap<String, Perplexity>) -> String {
    let mut text = format!("{:10} {:>8} {:>12} {:>14}\n", "text", "tokens", "perplexity", "bits per byte");
    for (name, measured) in found {
        text += &format!("{name:10} {:>8} {:>12.2} {:>14.3}\n", measured.tokens, measured.perplexity, measured.bits_per_byte);
    }
    text
}
