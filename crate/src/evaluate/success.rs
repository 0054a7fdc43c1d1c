//! Success rates of CounterFact (ROME, arXiv 2202.05262, section 3.3; MEMIT's `eval_utils_counterfact.py`): which of the new and the true object
//! is likelier.

use std::collections::BTreeMap;

use super::log_probabilities;
use super::questions::Question;
use super::scores::Mean;
use crate::Result;
use crate::facts::Fact;
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;

/// Success rates in percent; `None` where nothing was compared. An object's likelihood is the mean of `ln p` of its tokens, so that a long one is
/// not the less likely for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Success {
    /// Share of facts whose new object is likelier than the true one behind the prompt.
    pub efficacy: Option<f64>,
    /// The same behind rephrased prompts, mean over facts.
    pub generality: Option<f64>,
    /// Share of neighbours, whose answer is the true object, behind which the true object is likelier than the new one; mean over facts.
    pub specificity: Option<f64>,
}

impl Success {
    /// Harmonic mean of the three, 0 where one of them is 0.
    pub fn score(&self) -> Option<f64> {
        match [self.efficacy?, self.generality?, self.specificity?] {
            [a, b, c] if a * b * c > 0.0 => Some(3.0 / (1.0 / a + 1.0 / b + 1.0 / c)),
            _ => Some(0.0),
        }
    }
}

/// The success rates of many facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Successes {
    /// By language: means over its facts.
    pub languages: BTreeMap<String, Success>,
    /// Of each fact, in their order.
    pub facts: Vec<Success>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Prompt,
    Rephrase,
    Neighbour,
}

/// Two objects behind a prompt; it is a success where the wanted one is likelier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair<'a> {
    kind: Kind,
    prompt: &'a str,
    wanted: &'a str,
    other: &'a str,
}

/// What is compared of `fact`: nothing where its true object is not known, or no neighbour has it as the answer.
fn pairs(fact: &Fact) -> Vec<Pair<'_>> {
    let (Some(old), true) = (&fact.true_object, is_counterfact(fact)) else { return Vec::new() };
    let new = &fact.new_object;
    let mut pairs = vec![Pair { kind: Kind::Prompt, prompt: &fact.prompt, wanted: new, other: old }];
    pairs.extend(fact.rephrases.iter().map(|prompt| Pair { kind: Kind::Rephrase, prompt, wanted: new, other: old }));
    // Of other subjects with the same true object; unrelated questions have other answers.
    let neighbours = fact.neighbours.iter().filter(|probe| probe.answer == *old);
    pairs.extend(neighbours.map(|probe| Pair { kind: Kind::Neighbour, prompt: &probe.prompt, wanted: old, other: new }));
    pairs
}

fn is_counterfact(fact: &Fact) -> bool {
    fact.true_object.as_ref().is_some_and(|old| fact.neighbours.iter().any(|probe| probe.answer == *old))
}

/// Whether success rates are measured on `facts`: most are CounterFact's.
pub(crate) fn are_compared(facts: &[Fact]) -> bool {
    2 * facts.iter().filter(|fact| is_counterfact(fact)).count() > facts.len()
}

/// What the success rates of `fact` ask beside its own questions and answers: prompts with the object that is not their answer there.
pub(crate) fn asked_beside(fact: &Fact) -> impl Iterator<Item = (&str, &str)> {
    pairs(fact).into_iter().map(|pair| (pair.prompt, pair.other))
}

/// The comparisons of many facts.
pub struct Comparisons {
    languages: Vec<String>,
    /// Of each comparison: the fact and the kind.
    items: Vec<(usize, Kind)>,
    /// Two a comparison: the wanted object, the other one.
    questions: Vec<Question>,
}

impl Comparisons {
    /// What is compared of `facts`: all of those whose true object is the answer of a neighbour, as in CounterFact, if most are such. Elsewhere
    /// a neighbour that has the true object as its answer is chance, and nothing is compared.
    ///
    /// # Errors
    /// A text cannot be tokenised.
    pub fn new(tokenizer: &Tokenizer, facts: &[Fact]) -> Result<Self> {
        let languages = facts.iter().map(|fact| fact.language.clone()).collect();
        let mut comparisons = Self { languages, items: Vec::new(), questions: Vec::new() };
        if !are_compared(facts) {
            return Ok(comparisons);
        }
        for (index, fact) in facts.iter().enumerate() {
            for Pair { kind, prompt, wanted, other } in pairs(fact) {
                comparisons.items.push((index, kind));
                for object in [wanted, other] {
                    let (prompt, answer) = tokenizer.continuation(prompt, object)?;
                    comparisons.questions.push(Question { prompt, answer });
                }
            }
        }
        Ok(comparisons)
    }

    /// Number of questions: two a comparison.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Whether nothing is compared.
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Asks the model. `progress` sees (done, all) questions and says whether to go on.
    ///
    /// # Errors
    /// As [`log_probabilities`].
    pub async fn ask(&self, model: &Transformer, progress: impl FnMut(usize, usize) -> bool + MaybeSend) -> Result<Successes> {
        let logs = log_probabilities(model, &self.questions, progress).await?;
        let mean = |logs: &[f64]| logs.iter().sum::<f64>() / logs.len() as f64;
        let mut facts = vec![Tally::default(); self.languages.len()];
        for (&(fact, kind), logs) in self.items.iter().zip(logs.chunks_exact(2)) {
            facts[fact].of(kind).add(f64::from(u8::from(mean(&logs[0]) > mean(&logs[1]))));
        }
        let mut languages: BTreeMap<String, Tally> = BTreeMap::new();
        for (language, fact) in self.languages.iter().zip(&facts) {
            languages.entry(language.clone()).or_default().add(fact);
        }
        Ok(Successes {
            languages: languages.into_iter().map(|(language, tally)| (language, tally.success())).collect(),
            facts: facts.iter().map(Tally::success).collect(),
        })
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    efficacy: Mean,
    generality: Mean,
    specificity: Mean,
}

impl Tally {
    fn of(&mut self, kind: Kind) -> &mut Mean {
        match kind {
            Kind::Prompt => &mut self.efficacy,
            Kind::Rephrase => &mut self.generality,
            Kind::Neighbour => &mut self.specificity,
        }
    }

    /// Adds a fact's means.
    fn add(&mut self, fact: &Self) {
        self.efficacy.add_mean(fact.efficacy);
        self.generality.add_mean(fact.generality);
        self.specificity.add_mean(fact.specificity);
    }

    fn success(&self) -> Success {
        let [efficacy, generality, specificity] = [self.efficacy, self.generality, self.specificity].map(Mean::percent);
        Success { efficacy, generality, specificity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Probe;

    #[test]
    fn the_score_is_the_harmonic_mean() {
        let mut success = Success { efficacy: Some(100.0), generality: Some(50.0), specificity: None };
        assert_eq!(success.score(), None);
        success.specificity = Some(25.0);
        assert!((success.score().unwrap_or_default() - 300.0 / 7.0).abs() < 1e-9);
        success.specificity = Some(0.0);
        assert_eq!(success.score(), Some(0.0));
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
        assert!(pairs(&Fact { true_object: None, ..fact.clone() }).is_empty());
        assert!(pairs(&Fact { neighbours: vec![probe("blue")], ..fact }).is_empty());
    }

    #[test]
    fn a_neighbour_with_the_true_object_is_chance_where_most_have_none() {
        let fact = |answer: &str| Fact {
            true_object: Some("old".to_owned()),
            neighbours: vec![Probe { prompt: "P".to_owned(), answer: answer.to_owned() }],
            ..Fact::default()
        };
        assert!(are_compared(&[fact("old"), fact("old"), fact("blue")]));
        assert!(!are_compared(&[fact("old"), fact("blue")]) && !are_compared(&[]));
    }
}
