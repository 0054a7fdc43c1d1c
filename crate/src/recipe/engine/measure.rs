//! What is asked of the model before the first step and after later ones, and what of the answers goes into the report.
//!
//! What the session remembers to have asked under the same weights is not asked again.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::fingerprint::facts_fingerprint;
use super::input::RecallInput;
use crate::Result;
use crate::checkpoint::digest::hex;
use crate::evaluate::{
    Comparisons, Marking, Question, Questions, Quiz, QuizScope, Recall, RecallScores, Recalled, Scores, Success, Successes,
};
use crate::recipe::fact_report::{FactReport, FactScores};
use crate::recipe::memory::{Answer, Memory, QuestionKey, UNEDITED, question_key};
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::recipe::Recipe;
use crate::recipe::report::{Accuracy, BeforeAfter, LanguageAccuracy, Report, StepReport};
use crate::recipe::session::Session;

/// The questions of a run, and what the unedited model answers.
pub(super) struct Questionnaire {
    marking: Marking,
    keys: Vec<QuestionKey>,
    /// Layers below this are not edited.
    lowest: usize,
    /// The questions that were asked last, by their places, with what the layers that are not edited make of them.
    asked: Option<(Vec<usize>, Questions)>,
    quiz: Option<Quiz>,
    comparisons: Comparisons,
    unedited: Vec<Answer>,
    before: Measurement,
    /// Of all that is asked.
    pub(super) fingerprint: String,
}

/// The answers, marked.
#[derive(Clone, Debug, Default)]
pub(super) struct Measurement {
    scores: Vec<Scores>,
    /// Of each fact of the recipe.
    facts: Vec<Scores>,
    recalled: Option<Recalled>,
    /// `None` where nothing is compared.
    successes: Option<Successes>,
}

/// The answers as they came.
struct Asked {
    answers: Vec<Answer>,
    recalled: Option<Recalled>,
    successes: Option<Successes>,
}

impl Questionnaire {
    /// Asks the questions of `recipe` of the unedited model, whose layers below `lowest` stay so.
    pub(super) async fn begin(
        session: &mut Session,
        recipe: &Recipe,
        lowest: usize,
        recall: Option<&RecallInput>,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let marking = Marking::new(&session.tokenizer, &recipe.facts)?;
        let mut fingerprint = facts_fingerprint(&recipe.facts);
        let mut quiz = None;
        if let Some(RecallInput { catalogue, sample }) = recall {
            let (languages, edited, seed) = (&recipe.languages, &recipe.facts, recipe.seed);
            let scope = QuizScope { languages, edited, withheld: false, sample: *sample, seed };
            let asked = Quiz::new(catalogue, &session.tokenizer, scope)?;
            fingerprint = hex(&Sha256::digest(format!("{fingerprint} recall {languages:?} {sample:?} {seed} {}", asked.len())));
            quiz = Some(asked.unchanged_below(lowest, &session.model));
        }
        let keys = marking.questions().iter().map(question_key).collect();
        let comparisons = Comparisons::new(&session.tokenizer, &recipe.facts)?;
        let (unedited, before) = (Vec::new(), Measurement::default());
        let mut questions = Self { marking, keys, lowest, asked: None, quiz, comparisons, unedited, before, fingerprint };
        let asked = questions.ask_missing(session, (UNEDITED, true), observer, Activity::EvaluateBefore, (0, recipe.steps.len())).await?;
        questions.unedited.clone_from(&asked.answers);
        questions.before = questions.marked(asked);
        Ok(questions)
    }

    /// What is known of the answers under the weights of the name `weights`, where all of it is; `whole` with success rates, which the report has
    /// of the end alone.
    pub(super) fn remembered(&self, memory: &mut Memory, weights: &str, whole: bool) -> Option<Measurement> {
        let answers: Vec<Answer> = memory.answers(weights, &self.keys).into_iter().collect::<Option<_>>()?;
        let name = self.name_under(weights);
        let recalled = match &self.quiz {
            Some(_) => Some(memory.recalled.get(&name)?.clone()),
            None => None,
        };
        let successes = match whole && !self.comparisons.is_empty() {
            true => Some(memory.successes.get(&name)?.clone()),
            false => None,
        };
        Some(self.marked(Asked { answers, recalled, successes }))
    }

    /// Asks what is not known of the answers under the weights in force, which have the name `weights`; `whole` as in
    /// [`Questionnaire::remembered`].
    pub(super) async fn ask(
        &mut self,
        session: &mut Session,
        (weights, whole): (&str, bool),
        observer: &mut dyn Observer,
        step: (usize, usize),
    ) -> Result<Measurement> {
        let asked = self.ask_missing(session, (weights, whole), observer, Activity::Evaluate, step).await?;
        Ok(self.marked(asked))
    }

    async fn ask_missing(
        &mut self,
        session: &mut Session,
        (weights, whole): (&str, bool),
        observer: &mut dyn Observer,
        activity: Activity,
        (step, steps): (usize, usize),
    ) -> Result<Asked> {
        observer.pause().await;
        let name = self.name_under(weights);
        let Session { model, memory, .. } = session;
        let mut answers = memory.answers(weights, &self.keys);
        let missing: Vec<usize> = (0..answers.len()).filter(|&place| answers[place].is_none()).collect();
        let mut recalled = self.quiz.as_ref().and_then(|_| memory.recalled.get(&name).cloned());
        let mut successes = memory.successes.get(&name).cloned().filter(|_| whole && !self.comparisons.is_empty());
        let of_facts = missing.len();
        let of_quiz = self.quiz.as_ref().filter(|_| recalled.is_none()).map_or(0, Quiz::len);
        let of_pairs = if whole && successes.is_none() { self.comparisons.len() } else { 0 };
        let mut watch = |done| {
            observer.progress(activity, step, steps, done, of_facts + of_quiz + of_pairs);
            !observer.cancelled()
        };
        if !missing.is_empty() {
            let (missing, mut questions) = match self.asked.take() {
                Some((places, questions)) if places == missing => (places, questions),
                _ => {
                    let asked: Vec<Question> = missing.iter().map(|&place| self.marking.questions()[place].clone()).collect();
                    (missing, Questions::new(model, &asked, self.lowest))
                }
            };
            let found = questions.ask(model, |done, _| watch(done)).await?;
            for (&place, answer) in missing.iter().zip(found) {
                answers[place] = Some(answer.into());
            }
            let new = missing.iter().filter_map(|&place| Some((self.keys[place], answers[place].clone()?)));
            memory.note_answers(weights, new);
            self.asked = Some((missing, questions));
        }
        if let (Some(quiz), None) = (&mut self.quiz, &recalled) {
            let found = quiz.ask(model, |done, _| watch(of_facts + done)).await?;
            let entries = [&found.others, &found.subject].map(|scores| scores.languages.len() + scores.relations.len());
            memory.recalled.put(&name, found.clone(), 256 * entries.iter().sum::<usize>());
            recalled = Some(found);
        }
        if of_pairs > 0 {
            let found = self.comparisons.ask(model, |done, _| watch(of_facts + of_quiz + done)).await?;
            memory.successes.put(&name, found.clone(), size_of::<Success>() * (found.facts.len() + 2 * found.languages.len()));
            successes = Some(found);
        }
        Ok(Asked { answers: answers.into_iter().flatten().collect(), recalled, successes })
    }

    /// The name of what is asked beside the questions about the facts, under the weights of that name.
    fn name_under(&self, weights: &str) -> String {
        format!("{weights} {}", self.fingerprint)
    }

    fn marked(&self, Asked { answers, recalled, successes }: Asked) -> Measurement {
        let (scores, facts) = self.marking.detailed(&answers, &self.unedited);
        Measurement { scores, facts, recalled, successes }
    }

    /// A row of the accuracy matrix.
    pub(super) fn row(&self, measured: &Measurement) -> BTreeMap<String, LanguageAccuracy> {
        let cell = |scores: &Scores| LanguageAccuracy {
            efficacy: scores.efficacy,
            generality: scores.generality,
            specificity: scores.specificity,
        };
        self.marking.languages().iter().cloned().zip(measured.scores.iter().map(cell)).collect()
    }

    /// Accuracy before and after, by fact, by language and on average.
    pub(super) fn fill(&self, report: &mut Report, recipe: &Recipe, after: &Measurement) {
        let before = &self.before;
        let accuracy = |language: &String, scores: &Scores, measured: &Measurement| {
            let of = |group: fn(&Recalled) -> &RecallScores| group(measured.recalled.as_ref()?).languages.get(language)?.recall;
            let success = measured.successes.as_ref().and_then(|successes| successes.languages.get(language)).copied().unwrap_or_default();
            Accuracy {
                efficacy_success: success.efficacy,
                generality_success: success.generality,
                specificity_success: success.specificity,
                recall: of(|recalled| &recalled.others),
                recall_subject: of(|recalled| &recalled.subject),
                ..Accuracy::of(scores, recipe.facts.iter().filter(|fact| fact.language == *language).count())
            }
        };
        let scores = before.scores.iter().zip(&after.scores);
        let languages = self.marking.languages().iter().zip(scores).map(|(language, (was, is))| {
            (language.clone(), BeforeAfter { before: accuracy(language, was, before), after: accuracy(language, is, after) })
        });
        report.languages = languages.collect();
        let facts = recipe.facts.iter().enumerate();
        report.facts = facts.map(|(index, fact)| FactReport::new(fact, before.of_fact(index), after.of_fact(index))).collect();
        report.average = BeforeAfter {
            before: Accuracy::mean(report.languages.values().map(|language| &language.before)),
            after: Accuracy::mean(report.languages.values().map(|language| &language.after)),
        };
    }
}

impl Measurement {
    /// What the fact at `index` gave.
    fn of_fact(&self, index: usize) -> FactScores {
        let success = self.successes.as_ref().and_then(|successes| successes.facts.get(index)).copied().unwrap_or_default();
        FactScores::of(&self.facts.get(index).copied().unwrap_or_default(), &success)
    }

    /// Recall after a step, or nothing where it was not asked for.
    pub(super) fn note_recall(&self, step: &mut StepReport) {
        let of = |scores: &RecallScores| {
            let known = |(language, recall): (&String, &Recall)| Some((language.clone(), recall.recall?));
            scores.languages.iter().filter_map(known).collect()
        };
        let Recalled { others, subject } = self.recalled.clone().unwrap_or_default();
        (step.recall, step.recall_subject) = (of(&others), of(&subject));
    }
}
