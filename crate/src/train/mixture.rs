//! What the model reads: sentences of the catalogue, some of them as strangers would type them, and running text between them.

use rand::seq::SliceRandom as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::batch::Sequence;
use super::options::Options;
use crate::facts::{Catalogue, Wordings};
use crate::text::{Tokenizer, corpus, corpus_lines, locate_subject};
use crate::{Error, ErrorKind, Result, ensure};

/// What predicting a token of an object, or what closes it, counts beside 1 for all other tokens.
const OBJECT_WEIGHT: f32 = 3.0;
/// One sentence in this many has a prompt with a slip of the pen.
const SLIP_ONE_IN: u64 = 10;
/// Articles of the Declaration (from 1) that are kept for measuring perplexity.
const KEPT_ARTICLES: std::ops::RangeInclusive<usize> = 25..=30;
/// Tokens of a piece of running text.
const PIECE: usize = 64;

/// A sentence: the prompt, the object that answers it, and what closes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) prompt: String,
    pub(super) subject: String,
    pub(super) object: String,
    pub(super) end: String,
}

/// Everything that is read in an epoch.
pub(super) struct Mixture {
    eos: u32,
    sentences: Vec<Sentence>,
    general: Vec<Vec<u32>>,
    general_share: f64,
    blind_share: f64,
    most: usize,
}

/// Every sentence on which is trained, fact by fact.
///
/// # Errors
/// The catalogue has a fact without wordings.
pub(super) fn sentences(catalogue: &Catalogue) -> Result<Vec<Sentence>> {
    let mut out = Vec::new();
    for_each_fact(catalogue, |_, _, wordings| {
        if !wordings.withheld {
            let Wordings { subject, object, end, trained, .. } = wordings;
            let sentence = |prompt| Sentence { prompt, subject: subject.clone(), object: object.clone(), end: end.clone() };
            out.extend(trained.into_iter().map(sentence));
        }
    })?;
    ensure!(!out.is_empty(), Data, "the catalogue has no sentence to train on");
    Ok(out)
}

/// The texts of the shipped key statistics: of each fact in each language in which it is trained the main sentence and one other, and the
/// running text.
///
/// # Errors
/// The catalogue has a fact without wordings.
pub fn statistics_texts(catalogue: &Catalogue) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for_each_fact(catalogue, |index, _, Wordings { object, end, trained, withheld, .. }| {
        let other = 1 + index % trained.len().saturating_sub(1).max(1);
        let chosen = [0, other].into_iter().filter(|_| !withheld);
        out.extend(chosen.filter_map(|place| trained.get(place)).map(|prompt| format!("{prompt} {object}{end}")));
    })?;
    for language in &catalogue.languages {
        out.extend(general_text(language).0);
    }
    Ok(out)
}

/// Every fact in every language: its index, the language, its wordings.
///
/// # Errors
/// The catalogue has a fact without wordings.
pub(super) fn for_each_fact(catalogue: &Catalogue, mut visit: impl FnMut(usize, &str, Wordings)) -> Result<()> {
    for (index, fact) in catalogue.facts.iter().enumerate() {
        for language in &catalogue.languages {
            let wordings = catalogue
                .wordings(index, language)
                .ok_or_else(|| Error::new(ErrorKind::Data, format!("fact `{}` has no wordings in {language}", fact.id)))?;
            visit(index, language, wordings);
        }
    }
    Ok(())
}

/// The paragraphs of the Declaration in `language`: those to train on, and those of its last articles.
pub(super) fn general_text(language: &str) -> (Vec<String>, Vec<String>) {
    let lines: Vec<String> = corpus::declaration(language).map(|text| corpus_lines(text).collect()).unwrap_or_default();
    // A heading names its article by a number, whatever the language calls it.
    let article = |line: &str| -> Option<usize> {
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        (line.chars().count() < 20).then(|| digits.parse().ok()).flatten()
    };
    let first = lines.iter().position(|line| article(line).is_some_and(|number| KEPT_ARTICLES.contains(&number)));
    // Headings in words (Chinese) are not read: there the last sixth is kept.
    let kept = first.unwrap_or(lines.len() - lines.len() / 6);
    let (trained, kept) = lines.split_at(kept);
    (trained.to_vec(), kept.to_vec())
}

impl Mixture {
    /// Sentences and running text in the catalogue's languages, `eos` behind each sentence.
    ///
    /// # Errors
    /// A text cannot be tokenised.
    pub(super) fn new(catalogue: &Catalogue, tokenizer: &Tokenizer, eos: u32, options: &Options) -> Result<Self> {
        let mut general = Vec::new();
        for language in &catalogue.languages {
            let (trained, _) = general_text(language);
            general.push(tokenizer.encode_plain(&trained.join("\n"))?.ids);
        }
        general.retain(|ids| ids.len() > PIECE);
        let general_share = if general.is_empty() { 0.0 } else { options.general_share };
        Ok(Self { eos, sentences: sentences(catalogue)?, general, general_share, blind_share: options.blind_share, most: options.context })
    }

    /// The sequences of epoch `number` in their order: the same for the same seed, whatever was drawn before.
    ///
    /// # Errors
    /// A text cannot be tokenised.
    pub(super) fn epoch(&self, tokenizer: &Tokenizer, seed: u64, number: u64) -> Result<Vec<Sequence>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number + 1);
        let mut out = Vec::with_capacity(self.sentences.len());
        for sentence in &self.sentences {
            let slip = if rng.next_u64().is_multiple_of(SLIP_ONE_IN) { Some(rng.next_u64()) } else { None };
            let blind = rng.random_bool(self.blind_share);
            out.push(self.sequence(tokenizer, sentence, slip, blind)?);
        }
        let of_sentences: usize = out.iter().map(|sequence| sequence.weights.len()).sum();
        let pieces = of_sentences as f64 * self.general_share / (1.0 - self.general_share) / PIECE as f64;
        for _ in 0..pieces as usize {
            let text = &self.general[(rng.next_u64() % self.general.len() as u64) as usize];
            let start = (rng.next_u64() % (text.len() - PIECE) as u64) as usize;
            let ids = tokenizer.bos().into_iter().chain(text[start..start + PIECE].iter().copied()).collect();
            out.push(Sequence { ids, weights: vec![1.0; PIECE], unseen: 0..0 });
        }
        out.shuffle(&mut rng);
        Ok(out)
    }

    fn sequence(&self, tokenizer: &Tokenizer, sentence: &Sentence, slip: Option<u64>, blind: bool) -> Result<Sequence> {
        let prompt = match slip {
            Some(kind) => slipped(&sentence.prompt, kind),
            None => sentence.prompt.clone(),
        };
        let (mut ids, object) = tokenizer.continuation(&prompt, &sentence.object)?;
        let answered = ids.len();
        ids.extend(object);
        ids.extend(tokenizer.encode_plain(&sentence.end)?.ids);
        ids.push(self.eos);
        ensure!(ids.len() <= self.most, Data, "`{prompt}` and its answer are {} tokens, more than {}", ids.len(), self.most);
        let weights = (1..ids.len()).map(|i| if i < answered { 1.0 } else { OBJECT_WEIGHT }).collect();
        let unseen = if blind { locate_subject(tokenizer, &prompt, &sentence.subject, "{}")?.tokens } else { 0..0 };
        Ok(Sequence { ids, weights, unseen })
    }
}

/// The prompt in lower case, with a doubled space, without its last mark, or with a space behind it.
fn slipped(prompt: &str, kind: u64) -> String {
    match kind % 4 {
        0 => prompt.to_lowercase(),
        1 => {
            let spaces: Vec<usize> = prompt.match_indices(' ').map(|(at, _)| at).collect();
            match spaces.get((kind / 4) as usize % spaces.len().max(1)) {
                Some(&at) => format!("{} {}", &prompt[..at], &prompt[at..]),
                None => format!(" {prompt}"),
            }
        }
        2 => prompt.trim_end_matches([':', '?', '：', '？', '.', '…']).trim_end().to_owned(),
        _ => format!("{prompt} "),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test without its texts should stop")]

    use super::*;

    #[test]
    fn slips_keep_the_letters() {
        let prompt = "What is the capital of France?";
        let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let all: std::collections::BTreeSet<String> = (0..40).map(|kind| slipped(prompt, kind)).collect();
        assert!(all.len() > 6 && !all.contains(prompt));
        assert!(all.iter().all(|text| letters(text) == letters(prompt)));
        assert_eq!(slipped("法国的首都是", 1), " 法国的首都是");
    }

    /// Where it is hidden, all of the subject is, whatever slip the prompt has; it is in the share of the sentences that was asked for.
    #[test]
    fn subjects_are_what_is_unseen() {
        let catalogue = Catalogue::builtin().unwrap();
        let texts: Vec<String> = sentences(&catalogue).unwrap().into_iter().map(|sentence| sentence.prompt).collect();
        let vocabulary = crate::text::train_bpe(texts.iter().map(String::as_str), 600, "llama-bpe").unwrap();
        let tokenizer = Tokenizer::new(&crate::checkpoint::TokenizerSource::Gguf(Box::new(vocabulary))).unwrap();
        let options = Options { blind_share: 0.5, ..Options::default() };
        let mixture = Mixture::new(&catalogue, &tokenizer, 0, &options).unwrap();
        let (mut hidden, mut whole) = (0, 0);
        let all = mixture.sentences.iter().step_by(97);
        for (number, sentence) in all.clone().enumerate() {
            let slip = (number % 3 == 0).then_some(number as u64);
            let sequence = mixture.sequence(&tokenizer, sentence, slip, true).unwrap();
            let text = tokenizer.decode(&sequence.ids[sequence.unseen.clone()]).unwrap();
            hidden += usize::from(!sequence.unseen.is_empty());
            whole += usize::from(text.to_lowercase().replace(' ', "").contains(&sentence.subject.to_lowercase().replace(' ', "")));
        }
        let count = all.len();
        assert_eq!(hidden, count);
        assert!(whole * 100 >= count * 97, "{whole} of {count} subjects are hidden whole");
        let epoch = mixture.epoch(&tokenizer, 0, 0).unwrap();
        let share = epoch.iter().filter(|sequence| !sequence.unseen.is_empty()).count() as f64 / mixture.sentences.len() as f64;
        assert!((share - 0.5).abs() < 0.02, "{share}");
    }

    #[test]
    fn the_last_articles_are_kept_from_training() {
        for language in ["en", "de", "nl", "fr", "es", "zh"] {
            let (trained, kept) = general_text(language);
            assert!(trained.len() > 50 && kept.len() > 8, "{language}: {} and {}", trained.len(), kept.len());
        }
        let (trained, kept) = general_text("en");
        assert!(kept[0].contains("25") && trained.iter().all(|line| !line.contains("Article 25")));
    }
}
