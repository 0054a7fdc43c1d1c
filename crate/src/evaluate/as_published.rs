//! Numbers of the published code that this crate's own scores are not: specificity with its prompts (AlphaEdit and LangEdit), and the success
//! rates of CounterFact (ROME, arXiv 2202.05262, section 3.3).

use std::collections::BTreeMap;

use serde::Serialize;

use super::log_probabilities;
use super::questions::{Question, Questions};
use super::scores::Mean;
use crate::Result;
use crate::facts::{Fact, Probe};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;

/// What stands in front of unrelated questions.
const PREFIX: &str = "nq question: ";

/// Numbers of a language, in percent; *null* where its facts have no such question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AsPublished {
    /// Share of the answer tokens of unrelated questions that the model predicts, asked as LangEdit's code does: `nq question: ` in front, a question
    /// mark behind (one; the code doubles a mark that the data has), each token behind the decoded text of those before it. With Llama's tokenizer the first of a question's
    /// tokens is the begin token, and a second space comes before what was decoded.
    pub specificity: Option<f64>,
    /// Share of facts whose new object is likelier than the true one behind the prompt (mean of `ln p` of the tokens).
    pub efficacy_success: Option<f64>,
    /// The same behind rephrased prompts, mean over facts.
    pub generality_success: Option<f64>,
    /// Share of neighbours, whose answer is the true object, behind which the true object is likelier; mean over facts.
    pub specificity_success: Option<f64>,
    /// Harmonic mean of the three.
    pub score: Option<f64>,
}

/// The numbers of `facts` by language. `llama` says whether the published code would treat the model as a Llama; `progress` sees (done, all)
/// questions of one of the two parts and says whether to go on.
///
/// # Errors
/// A text cannot be tokenised, the model failed, or `progress` said stop.
pub async fn as_published(
    model: &Transformer,
    tokenizer: &Tokenizer,
    facts: &[Fact],
    llama: bool,
    mut progress: impl FnMut(usize, usize) -> bool + MaybeSend,
) -> Result<BTreeMap<String, AsPublished>> {
    let mut tallies: Vec<Tally> = facts.iter().map(|_| Tally::default()).collect();

    let mut owners = Vec::new();
    let mut tokens = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        for probe in &fact.neighbours {
            for question in unrelated(tokenizer, probe, llama)? {
                owners.push(at);
                tokens.push(question);
            }
        }
    }
    let predicted = Questions::new(model, &tokens, 0).ask(model, &mut progress).await?;
    for ((at, question), predicted) in owners.into_iter().zip(&tokens).zip(&predicted) {
        tallies[at].specificity.add(f64::from(u8::from(*predicted == question.answer)));
    }

    let pairs = facts.iter().enumerate().flat_map(|(at, fact)| pairs(fact).into_iter().map(move |pair| (at, pair)));
    let pairs: Vec<(usize, Pair<'_>)> = pairs.collect();
    let question = |prompt: &str, answer: &str| tokenizer.continuation(prompt, answer).map(|(prompt, answer)| Question { prompt, answer });
    let asked = pairs.iter().flat_map(|(_, pair)| [question(pair.prompt, pair.wanted), question(pair.prompt, pair.other)]);
    let logs = log_probabilities(model, &asked.collect::<Result<Vec<_>>>()?, progress).await?;
    for ((at, pair), logs) in pairs.iter().zip(logs.chunks_exact(2)) {
        let mean = |logs: &[f64]| logs.iter().sum::<f64>() / logs.len() as f64;
        let success = f64::from(u8::from(mean(&logs[0]) > mean(&logs[1])));
        let tally = &mut tallies[*at];
        match pair.kind {
            Kind::Prompt => &mut tally.efficacy,
            Kind::Rephrase => &mut tally.generality,
            Kind::Neighbour => &mut tally.neighbours,
        }
        .add(success);
    }

    let mut languages: BTreeMap<String, Tally> = BTreeMap::new();
    for (fact, tally) in facts.iter().zip(&tallies) {
        languages.entry(fact.language.clone()).or_default().add(tally);
    }
    Ok(languages.into_iter().map(|(language, tally)| (language, tally.numbers())).collect())
}

#[derive(Clone, Copy)]
enum Kind {
    Prompt,
    Rephrase,
    Neighbour,
}

/// Two objects behind a prompt; it is a success where the wanted one is likelier.
struct Pair<'a> {
    kind: Kind,
    prompt: &'a str,
    wanted: &'a str,
    other: &'a str,
}

/// What is compared of a fact whose true object is known.
fn pairs(fact: &Fact) -> Vec<Pair<'_>> {
    let Some(old) = &fact.true_object else { return Vec::new() };
    let new = &fact.new_object;
    let mut pairs = vec![Pair { kind: Kind::Prompt, prompt: &fact.prompt, wanted: new, other: old }];
    pairs.extend(fact.rephrases.iter().map(|prompt| Pair { kind: Kind::Rephrase, prompt, wanted: new, other: old }));
    // Of other subjects with the same true object; unrelated questions have other answers.
    let neighbours = fact.neighbours.iter().filter(|probe| probe.answer == *old);
    pairs.extend(neighbours.map(|probe| Pair { kind: Kind::Neighbour, prompt: &probe.prompt, wanted: old, other: new }));
    pairs
}

/// A question of one token for each token of an unrelated question's answer.
fn unrelated(tokenizer: &Tokenizer, probe: &Probe, llama: bool) -> Result<Vec<Question>> {
    let bare = probe.prompt.trim_end_matches(['?', '？']);
    let prefix = if bare.starts_with(PREFIX) { "" } else { PREFIX };
    // The reader has made one mark of however many the data has.
    let prompt = format!("{prefix}{bare}?");
    let mut answer = tokenizer.encode_plain(&format!(" {}", probe.answer))?.ids;
    if llama {
        answer.splice(0..0, tokenizer.bos());
    }
    let mut questions = Vec::with_capacity(answer.len());
    for (at, token) in answer.iter().enumerate() {
        let said = tokenizer.decode(&answer[..at])?;
        let gap = if llama && at > 0 { " " } else { "" };
        // What is wanted is the first token of the token's own text.
        let wanted = tokenizer.encode_plain(&tokenizer.decode(&[*token])?)?.ids.first().copied();
        let prompt = tokenizer.encode(&format!("{prompt}{gap}{said}"))?.ids;
        questions.extend(wanted.map(|wanted| Question { prompt, answer: vec![wanted] }));
    }
    Ok(questions)
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    specificity: Mean,
    efficacy: Mean,
    generality: Mean,
    neighbours: Mean,
}

impl Tally {
    /// Adds a fact's means.
    fn add(&mut self, fact: &Self) {
        self.specificity.add_mean(fact.specificity);
        self.efficacy.add_mean(fact.efficacy);
        self.generality.add_mean(fact.generality);
        self.neighbours.add_mean(fact.neighbours);
    }

    fn numbers(&self) -> AsPublished {
        let successes = [self.efficacy, self.generality, self.neighbours].map(Mean::percent);
        let score = match successes {
            [Some(a), Some(b), Some(c)] if a * b * c > 0.0 => Some(3.0 / (1.0 / a + 1.0 / b + 1.0 / c)),
            [Some(_), Some(_), Some(_)] => Some(0.0),
            _ => None,
        };
        let [efficacy_success, generality_success, specificity_success] = successes;
        AsPublished { specificity: self.specificity.percent(), efficacy_success, generality_success, specificity_success, score }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_the_harmonic_mean() {
        let mut tally = Tally::default();
        tally.efficacy.add(1.0);
        tally.generality.add(0.5);
        assert_eq!(tally.numbers().score, None);
        tally.neighbours.add(0.25);
        assert!((tally.numbers().score.unwrap_or_default() - 300.0 / 7.0).abs() < 1e-9);
        tally.neighbours = Mean::default();
        tally.neighbours.add(0.0);
        assert_eq!(tally.numbers().score, Some(0.0));
    }

    #[test]
    fn only_facts_with_a_true_object_are_compared_and_only_its_neighbours() {
        let probe = |answer: &str| Probe { prompt: "P".to_owned(), answer: answer.to_owned() };
        let fact = Fact {
            true_object: Some("old".to_owned()),
            new_object: "new".to_owned(),
            rephrases: vec!["R".to_owned()],
            neighbours: vec![probe("old"), probe("blue")],
            ..Fact::default()
        };
        let found: Vec<(&str, &str)> = pairs(&fact).iter().map(|pair| (pair.prompt, pair.wanted)).collect();
        assert_eq!(found, [("", "new"), ("R", "new"), ("P", "old")]);
        assert!(pairs(&Fact { true_object: None, ..fact }).is_empty());
    }
}
