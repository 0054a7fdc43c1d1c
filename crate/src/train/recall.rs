//! What the model knows: exact answers by language, and the perplexity of text that it has not read.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::batch::{Sequence, batches};
use super::fused::cross_entropy;
use super::mixture::{for_each_fact, general_text};
use crate::Result;
use crate::evaluate::{Question, Questions};
use crate::facts::Catalogue;
use crate::model::{Layout, Transformer};
use crate::text::Tokenizer;

/// Tokens of a document that perplexity is measured over.
const DOCUMENT: usize = 96;

/// How a wording was treated in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Trained,
    HeldOut,
    Withheld,
}

/// Percent of questions whose whole answer the model gives by itself, token for token (greedy), in one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Recall {
    /// Wordings that were trained on.
    pub trained: Option<f64>,
    /// Wordings that were held out for the fact.
    pub held_out: Option<f64>,
    /// Facts that were withheld from training in this language as a whole (asked by their main wording).
    pub withheld: Option<f64>,
}

/// Questions about the catalogue.
pub struct Quiz {
    asked: Vec<(String, Kind)>,
    questions: Vec<Question>,
}

impl Quiz {
    /// All questions, or a sample of at most `most` of each kind in each language, drawn by `seed`.
    ///
    /// # Errors
    /// A text cannot be tokenised, or the catalogue has a fact without wordings.
    pub fn new(catalogue: &Catalogue, tokenizer: &Tokenizer, most: Option<usize>, seed: u64) -> Result<Self> {
        let mut pools: BTreeMap<(String, Kind), Vec<(String, String)>> = BTreeMap::new();
        for_each_fact(catalogue, |_, language, wordings| {
            let mut add = |kind, prompts: Vec<String>| {
                let pool = pools.entry((language.to_owned(), kind)).or_default();
                pool.extend(prompts.into_iter().map(|prompt| (prompt, wordings.object.clone())));
            };
            if wordings.withheld {
                add(Kind::Withheld, wordings.trained.into_iter().take(1).collect());
            } else {
                add(Kind::Trained, wordings.trained);
                add(Kind::HeldOut, wordings.held_out);
            }
        })?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut quiz = Self { asked: Vec::new(), questions: Vec::new() };
        for (asked, mut pool) in pools {
            if let Some(most) = most {
                pool.shuffle(&mut rng);
                pool.truncate(most);
            }
            for (prompt, object) in pool {
                let (prompt, answer) = tokenizer.continuation(&prompt, &object)?;
                quiz.questions.push(Question { prompt, answer });
                quiz.asked.push(asked.clone());
            }
        }
        Ok(quiz)
    }

    /// Asks `model`; the answers by language. An answer is right where each of its tokens is the likeliest after the right ones before it,
    /// which is when greedy generation gives it.
    ///
    /// # Errors
    /// As [`Questions::ask`].
    pub async fn ask(&self, model: &Transformer) -> Result<BTreeMap<String, Recall>> {
        let answers = Questions::new(model, &self.questions, 0).ask(model, |_, _| true).await?;
        let mut counts: BTreeMap<&(String, Kind), (usize, usize)> = BTreeMap::new();
        for ((asked, question), answer) in self.asked.iter().zip(&self.questions).zip(answers) {
            let (right, all) = counts.entry(asked).or_default();
            *right += usize::from(answer == question.answer);
            *all += 1;
        }
        let mut recall: BTreeMap<String, Recall> = BTreeMap::new();
        for ((language, kind), (right, all)) in counts {
            let percent = Some(100.0 * right as f64 / all as f64);
            let of_language = recall.entry(language.clone()).or_default();
            match kind {
                Kind::Trained => of_language.trained = percent,
                Kind::HeldOut => of_language.held_out = percent,
                Kind::Withheld => of_language.withheld = percent,
            }
        }
        Ok(recall)
    }
}

/// Mean of one of the figures over the languages.
pub fn mean(recall: &BTreeMap<String, Recall>, of: impl Fn(&Recall) -> Option<f64>) -> f64 {
    let values: Vec<f64> = recall.values().filter_map(of).collect();
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// exp of the mean loss in nats per token on the articles of the Declaration that were kept from training, by language.
///
/// # Errors
/// The text cannot be tokenised, or the device failed.
pub async fn perplexity(model: &Transformer, tokenizer: &Tokenizer, languages: &[String]) -> Result<BTreeMap<String, f64>> {
    let mut all = BTreeMap::new();
    for language in languages {
        let (_, kept) = general_text(language);
        let ids = tokenizer.encode_plain(&kept.join("\n"))?.ids;
        let sequence = |piece: &[u32]| Sequence {
            ids: tokenizer.bos().into_iter().chain(piece.iter().copied()).collect(),
            weights: vec![1.0; piece.len()],
        };
        let sequences: Vec<Sequence> = ids.chunks(DOCUMENT).map(sequence).collect();
        let (mut loss, mut tokens) = (0.0, 0.0);
        for batch in batches(&sequences.iter().collect::<Vec<_>>(), 1024) {
            let layout = Layout::fresh(&vec![batch.longest; batch.rows], model.config(), model.device());
            let ids: Vec<u32> = batch.ids.iter().map(|&id| id as u32).collect();
            let h = model.run(model.embed(&ids, &layout)?, &layout, 0..model.config().layers, None, |_, _| ());
            let (sum, _) = cross_entropy(model.logits(h), &batch, 0.0).await?;
            loss += sum;
            tokens += batch.weights.iter().map(|&weight| f64::from(weight)).sum::<f64>();
        }
        if tokens > 0.0 {
            all.insert(language.clone(), (loss / tokens).exp());
        }
    }
    Ok(all)
}
