//! What the finished model answers to the main wording of every fact: shown before anything is edited, and checked by tests.

use serde::{Deserialize, Serialize};

use super::mixture::for_each_fact;
use crate::evaluate::likeliest_answers;
use crate::facts::Catalogue;
use crate::model::Transformer;
use crate::text::Tokenizer;
use crate::{Error, ErrorKind, Result};

/// Prompts that are continued at the same time.
const ROWS: usize = 64;

/// The answers to all facts of a catalogue, in its order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownAnswers {
    /// Language codes: the order of the lists below.
    pub languages: Vec<String>,
    /// Ids of the facts.
    pub facts: Vec<String>,
    /// By language, by fact: `null` where the answer is the catalogue's object, else what the model says instead.
    pub wrong: Vec<Vec<Option<String>>>,
    /// By language, by fact: probability of the answer's tokens after the prompt, in percent.
    pub percent: Vec<Vec<u8>>,
}

impl KnownAnswers {
    /// Asks `model` for every fact, greedily, until it closes the sentence. `progress` sees (done, all) and says whether to go on.
    ///
    /// # Errors
    /// A text cannot be tokenised, the device failed, or `progress` said stop.
    pub async fn ask(
        model: &Transformer,
        tokenizer: &Tokenizer,
        eos: u32,
        catalogue: &Catalogue,
        mut progress: impl FnMut(usize, usize) -> bool,
    ) -> Result<Self> {
        let mut asked = Vec::new();
        for_each_fact(catalogue, |_, language, wordings| {
            let prompt = wordings.trained.into_iter().next().unwrap_or_default();
            asked.push((language.to_owned(), prompt, wordings.object, wordings.end));
        })?;
        let count = catalogue.languages.len();
        let mut known = Self {
            languages: catalogue.languages.clone(),
            facts: catalogue.facts.iter().map(|fact| fact.id.clone()).collect(),
            wrong: vec![Vec::with_capacity(catalogue.facts.len()); count],
            percent: vec![Vec::with_capacity(catalogue.facts.len()); count],
        };
        let places: Vec<usize> =
            asked.iter().map(|(language, ..)| catalogue.languages.iter().position(|l| l == language).unwrap_or_default()).collect();
        let (mut done, all) = (0, asked.len());
        for (asked, places) in asked.chunks(ROWS).zip(places.chunks(ROWS)) {
            let prompts = asked.iter().map(|(_, prompt, ..)| Ok(tokenizer.encode(prompt)?.ids)).collect::<Result<Vec<_>>>()?;
            let answers = likeliest_answers(model, &prompts, &[eos], |_| true).await?;
            for (((_, _, object, end), answer), &place) in asked.iter().zip(answers).zip(places) {
                let text = tokenizer.decode(&answer.tokens)?.trim().trim_end_matches(end.as_str()).to_owned();
                known.wrong[place].push((text != *object).then_some(text));
                known.percent[place].push((100.0 * answer.probability).round() as u8);
            }
            done += asked.len();
            if !progress(done, all) {
                return Err(Error::new(ErrorKind::Cancelled, "stopped while asking for the known answers"));
            }
        }
        Ok(known)
    }

    /// Share of right answers, in percent.
    pub fn right(&self) -> f64 {
        let all = self.wrong.iter().flatten().count();
        100.0 * self.wrong.iter().flatten().filter(|wrong| wrong.is_none()).count() as f64 / all.max(1) as f64
    }
}
