//! Efficacy, generality, specificity and portability of a set of facts, by token ids (the zsRE measures of ROME,
//! arXiv 2202.05262, section 3.2; ARCHITECTURE, Methods, says where published code differs and what is followed).

use super::questions::{Question, Questions, token_accuracy};
use crate::facts::{Fact, Probe};
use crate::model::Transformer;
use crate::schedule::MaybeSend;
use crate::text::Tokenizer;
use crate::{Result, ensure};

/// Scores of one language in percent. `None` where the facts have no such question.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Teacher-forced token accuracy of the new object on the prompt.
    pub efficacy: Option<f64>,
    /// The same on the rephrased prompts.
    pub generality: Option<f64>,
    /// The same on rephrased prompts that differ from the prompt.
    pub generality_distinct: Option<f64>,
    /// Teacher-forced token accuracy of the gold answers of unrelated questions.
    pub specificity: Option<f64>,
    /// Teacher-forced token accuracy on questions that follow from the fact.
    pub portability: Option<f64>,
    /// Share of facts whose new object is right in every token.
    pub efficacy_exact: Option<f64>,
    /// Share of rephrased prompts answered right in every token.
    pub generality_exact: Option<f64>,
    /// Share of answer positions of unrelated questions at which the model predicts what the unedited model predicts.
    pub specificity_agreement: Option<f64>,
    /// Teacher-forced token accuracy of the gold answers of other questions about the same subject.
    pub specificity_subject: Option<f64>,
    /// Share of their answer positions at which the model predicts what the unedited model predicts.
    pub specificity_subject_agreement: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Efficacy,
    Generality { distinct: bool },
    Specificity,
    SameSubject,
    Portability,
}

struct Item {
    fact: usize,
    kind: Kind,
}

/// The questions of many facts in several languages, and what answers to them are worth.
pub struct Marking {
    languages: Vec<String>,
    fact_languages: Vec<usize>,
    items: Vec<Item>,
    questions: Vec<Question>,
}

/// The questions of many facts in several languages, asked of one model again and again, with the unedited model's answers once it was asked.
pub struct Examination {
    marking: Marking,
    questions: Questions,
    unedited: Option<Vec<Vec<u32>>>,
}

impl Marking {
    /// The questions of `facts`.
    ///
    /// # Errors
    /// A text cannot be tokenised.
    pub fn new(tokenizer: &Tokenizer, facts: &[Fact]) -> Result<Self> {
        let (mut languages, mut fact_languages, mut items, mut questions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, fact) in facts.iter().enumerate() {
            let language = languages.iter().position(|l| *l == fact.language).unwrap_or_else(|| {
                languages.push(fact.language.clone());
                languages.len() - 1
            });
            fact_languages.push(language);
            let mut add = |kind: Kind, prompt: &str, answer: &str| -> Result<()> {
                let (prompt_ids, answer) = tokenizer.continuation(prompt, answer)?;
                ensure!(!prompt_ids.is_empty(), Text, "the prompt `{prompt}` of fact `{}` has no tokens", fact.id);
                if !answer.is_empty() {
                    questions.push(Question { prompt: prompt_ids, answer });
                    items.push(Item { fact: index, kind });
                }
                Ok(())
            };
            add(Kind::Efficacy, &fact.prompt, &fact.new_object)?;
            for rephrase in &fact.rephrases {
                add(Kind::Generality { distinct: *rephrase != fact.prompt }, rephrase, &fact.new_object)?;
            }
            for Probe { prompt, answer } in &fact.neighbours {
                add(Kind::Specificity, prompt, answer)?;
            }
            for Probe { prompt, answer } in &fact.same_subject {
                add(Kind::SameSubject, prompt, answer)?;
            }
            for Probe { prompt, answer } in &fact.portability {
                add(Kind::Portability, prompt, answer)?;
            }
        }
        Ok(Self { languages, fact_languages, items, questions })
    }

    /// The languages, in the order in which [`Marking::scores`] scores them.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// The questions.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Scores of each language for the answers `predicted`, where the unedited model gives those of `unedited`; both in the order of the
    /// questions.
    pub fn scores<A: AsRef<[u32]>>(&self, predicted: &[A], unedited: &[A]) -> Vec<Scores> {
        self.means(&self.tallies(predicted, unedited))
    }

    /// As [`Marking::scores`], and the scores of each fact alone, in the order of the facts: means over its questions.
    pub fn detailed<A: AsRef<[u32]>>(&self, predicted: &[A], unedited: &[A]) -> (Vec<Scores>, Vec<Scores>) {
        let per_fact = self.tallies(predicted, unedited);
        (self.means(&per_fact), per_fact.iter().map(FactTally::scores).collect())
    }

    fn means(&self, per_fact: &[FactTally]) -> Vec<Scores> {
        let mut tallies = vec![Tally::default(); self.languages.len()];
        for (fact, &language) in per_fact.iter().zip(&self.fact_languages) {
            tallies[language].add(fact);
        }
        tallies.iter().map(Tally::scores).collect()
    }

    fn tallies<A: AsRef<[u32]>>(&self, predicted: &[A], unedited: &[A]) -> Vec<FactTally> {
        let mut per_fact = vec![FactTally::default(); self.fact_languages.len()];
        for ((item, question), (predicted, unedited)) in self.items.iter().zip(&self.questions).zip(predicted.iter().zip(unedited)) {
            let (predicted, unedited) = (predicted.as_ref(), unedited.as_ref());
            let (right, exact) = (token_accuracy(predicted, &question.answer), f64::from(u8::from(*predicted == *question.answer)));
            let fact = &mut per_fact[item.fact];
            match item.kind {
                Kind::Efficacy => {
                    fact.efficacy.add(right);
                    fact.efficacy_exact.add(exact);
                }
                Kind::Generality { distinct } => {
                    fact.generality.add(right);
                    fact.generality_exact.add(exact);
                    if distinct {
                        fact.generality_distinct.add(right);
                    }
                }
                Kind::Specificity => {
                    fact.specificity.add(right);
                    fact.agreement.add(token_accuracy(predicted, unedited));
                }
                Kind::SameSubject => {
                    fact.same_subject.add(right);
                    fact.same_subject_agreement.add(token_accuracy(predicted, unedited));
                }
                Kind::Portability => fact.portability.add(right),
            }
        }
        per_fact
    }
}

impl Examination {
    /// The questions of `facts`, for a model whose layers below `from_layer` are never edited.
    ///
    /// # Errors
    /// A text cannot be tokenised.
    pub fn new(model: &Transformer, tokenizer: &Tokenizer, facts: &[Fact], from_layer: usize) -> Result<Self> {
        let marking = Marking::new(tokenizer, facts)?;
        let questions = Questions::new(model, marking.questions(), from_layer);
        Ok(Self { marking, questions, unedited: None })
    }

    /// The languages, in the order in which [`Examination::ask`] scores them.
    pub fn languages(&self) -> &[String] {
        self.marking.languages()
    }

    /// Scores of each language. The first call must be on the unedited model: later ones are compared with it.
    ///
    /// # Errors
    /// As [`Questions::ask`].
    pub async fn ask(&mut self, model: &Transformer, progress: impl FnMut(usize, usize) -> bool + MaybeSend) -> Result<Vec<Scores>> {
        let predicted = self.questions.ask(model, progress).await?;
        let scores = self.marking.scores(&predicted, self.unedited.as_ref().unwrap_or(&predicted));
        self.unedited.get_or_insert(predicted);
        Ok(scores)
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    pub(super) fn add_mean(&mut self, other: Self) {
        if let Some(value) = other.value() {
            self.add(value);
        }
    }

    pub(super) fn percent(self) -> Option<f64> {
        self.value().map(|value| 100.0 * value)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct FactTally {
    efficacy: Mean,
    generality: Mean,
    generality_distinct: Mean,
    specificity: Mean,
    portability: Mean,
    efficacy_exact: Mean,
    generality_exact: Mean,
    agreement: Mean,
    same_subject: Mean,
    same_subject_agreement: Mean,
}

/// Means over the facts of a language of the means over a fact's questions, as published.
type Tally = FactTally;

impl Tally {
    fn add(&mut self, fact: &FactTally) {
        self.efficacy.add_mean(fact.efficacy);
        self.generality.add_mean(fact.generality);
        self.generality_distinct.add_mean(fact.generality_distinct);
        self.specificity.add_mean(fact.specificity);
        self.portability.add_mean(fact.portability);
        self.efficacy_exact.add_mean(fact.efficacy_exact);
        self.generality_exact.add_mean(fact.generality_exact);
        self.agreement.add_mean(fact.agreement);
        self.same_subject.add_mean(fact.same_subject);
        self.same_subject_agreement.add_mean(fact.same_subject_agreement);
    }

    fn scores(&self) -> Scores {
        Scores {
            efficacy: self.efficacy.percent(),
            generality: self.generality.percent(),
            generality_distinct: self.generality_distinct.percent(),
            specificity: self.specificity.percent(),
            portability: self.portability.percent(),
            efficacy_exact: self.efficacy_exact.percent(),
            generality_exact: self.generality_exact.percent(),
            specificity_agreement: self.agreement.percent(),
            specificity_subject: self.same_subject.percent(),
            specificity_subject_agreement: self.same_subject_agreement.percent(),
        }
    }
}
