//! Fluency and consistency of what a model writes, on records that carry prompts for it (CounterFact).

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::texts::{Vocabulary, fluency};
use crate::facts::language_code;
use crate::model::{Decoder, Transformer};
use crate::text::{Tokenizer, sample_top_k};
use crate::{Error, ErrorKind, Result, ensure};

/// Tokens of a text, the prompt included, as published.
const TEXT_TOKENS: usize = 100;
/// Candidates of the sampler, as published.
const TOP_K: usize = 5;

/// Prompts to continue, and texts about what the continuation should say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct TextProbe {
    /// ISO 639-1 code, `en` where the record has none.
    #[serde(default)]
    pub language: String,
    /// Prompts.
    #[serde(default)]
    pub generation_prompts: Vec<String>,
    /// Reference texts, such as articles about subjects that have the new object.
    #[serde(default)]
    pub references: Vec<String>,
}

/// What the texts of one language are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextScores {
    /// Records.
    pub records: usize,
    /// Generated texts.
    pub texts: usize,
    /// Mean over texts of their n-gram entropy, [`fluency`]; the published tables show 100 times this.
    pub fluency: f64,
    /// Mean over records with references of the tf-idf cosine of their texts with their references; `None` where no record has any.
    pub consistency: Option<f64>,
}

/// The records of `bytes` (a JSON array; CounterFact's own records among them) that have prompts to continue.
///
/// # Errors
/// `Data`: not such an array, or no record has `generation_prompts`.
pub fn read_text_probes(bytes: &[u8]) -> Result<Vec<TextProbe>> {
    let mut probes: Vec<TextProbe> =
        serde_json::from_slice(bytes).map_err(|error| Error::new(ErrorKind::Data, format!("is not a JSON array of records: {error}")))?;
    probes.retain(|probe| !probe.generation_prompts.is_empty());
    ensure!(!probes.is_empty(), Data, "no record has `generation_prompts`");
    for probe in &mut probes {
        probe.language = if probe.language.is_empty() { "en".to_owned() } else { language_code(&probe.language) };
    }
    Ok(probes)
}

/// Continues every prompt (a record's together, until its longest text has 100 tokens) by sampling from the five likeliest, seeded, and scores the texts (prompts included) by language.
/// `progress` sees (done, all) records and says whether to go on.
///
/// # Errors
/// A prompt without tokens or longer than the model's positions, a failed device, or `progress` said stop.
pub async fn score_texts(
    model: &Transformer,
    tokenizer: &Tokenizer,
    probes: &[TextProbe],
    seed: u64,
    mut progress: impl FnMut(usize, usize) -> bool,
) -> Result<BTreeMap<String, TextScores>> {
    let vocabulary = Vocabulary::new(probes.iter().flat_map(|probe| &probe.references).map(String::as_str));
    let mut sums: BTreeMap<String, (TextScores, f64, usize)> = BTreeMap::new();
    for (done, probe) in probes.iter().enumerate() {
        ensure!(progress(done, probes.len()), Cancelled, "stopped while generating texts");
        // A generator of its own for each record: its texts do not depend on the records before it.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let texts = written(model, tokenizer, &probe.generation_prompts, &mut rng).await?;
        let (scores, consistency, compared) = sums.entry(probe.language.clone()).or_default();
        scores.records += 1;
        scores.texts += texts.len();
        scores.fluency += texts.iter().map(|text| fluency(text)).sum::<f64>();
        if !probe.references.is_empty() {
            *consistency += vocabulary.cosine(&texts.join(" "), &probe.references.join(" "));
            *compared += 1;
        }
    }
    let mean = |(language, (scores, consistency, compared)): (String, (TextScores, f64, usize))| {
        let scores = TextScores {
            fluency: scores.fluency / scores.texts.max(1) as f64,
            consistency: (compared > 0).then(|| consistency / compared as f64),
            ..scores
        };
        (language, scores)
    };
    Ok(sums.into_iter().map(mean).collect())
}

async fn written(model: &Transformer, tokenizer: &Tokenizer, prompts: &[String], rng: &mut ChaCha8Rng) -> Result<Vec<String>> {
    let mut rows = prompts.iter().map(|prompt| Ok(tokenizer.encode(prompt)?.ids)).collect::<Result<Vec<_>>>()?;
    let longest = TEXT_TOKENS.min(model.config().max_positions);
    let fits = rows.iter().all(|row| row.len() <= longest);
    ensure!(fits, Text, "a prompt to continue has more than {longest} tokens");
    let mut decoder = Decoder::new(model);
    let mut next = rows.clone();
    // Until the longest prompt's text is full: the others, a little shorter, stop with it.
    let turns = longest - rows.iter().map(Vec::len).max().unwrap_or(longest);
    for _ in 0..turns {
        let logits = decoder.feed(&next).await?;
        for ((row, next), logits) in rows.iter_mut().zip(&mut next).zip(&logits) {
            let token = u32::try_from(sample_top_k(logits, TOP_K, rng)).unwrap_or_default();
            row.push(token);
            *next = vec![token];
        }
    }
    rows.iter().map(|row| tokenizer.decode_without_special(row)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn records_without_prompts_are_passed_over() {
        let text = r#"[{"case_id": 0, "generation_prompts": ["A", "B"], "requested_rewrite": {}}, {"case_id": 1},
                       {"language": "cz", "generation_prompts": ["C"], "references": ["D"]}]"#;
        let probes = read_text_probes(text.as_bytes()).unwrap();
        assert_eq!(probes.iter().map(|probe| probe.language.as_str()).collect::<Vec<_>>(), ["en", "cs"]);
        assert_eq!(probes[1].references, ["D"]);
        assert!(read_text_probes(b"[{}]").is_err() && read_text_probes(b"{}").is_err());
    }
}
