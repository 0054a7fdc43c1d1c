//! What is asked of the model before the first step and after later ones, and what of the answers goes into the report.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::fingerprint::facts_fingerprint;
use super::input::RecallInput;
use crate::Result;
use crate::checkpoint::digest::hex;
use crate::evaluate::{Examination, Quiz, QuizScope, Recall, RecallScores, Recalled, Scores};
use crate::recipe::observer::{Activity, Observer};
use crate::recipe::recipe::Recipe;
use crate::recipe::report::{Accuracy, BeforeAfter, LanguageAccuracy, Report, StepReport};
use crate::recipe::session::Session;

/// The questions of a run, and what the unedited model answers.
pub(super) struct Questionnaire {
    examination: Examination,
    quiz: Option<Quiz>,
    before: Measurement,
    /// Of all that is asked.
    pub(super) fingerprint: String,
}

/// The answers, marked.
#[derive(Clone, Debug, Default)]
pub(super) struct Measurement {
    scores: Vec<Scores>,
    recalled: Option<Recalled>,
}

impl Questionnaire {
    /// Asks the questions of `recipe` of the unedited model, whose layers below `lowest` stay so.
    pub(super) async fn begin(
        session: &Session,
        recipe: &Recipe,
        lowest: usize,
        recall: Option<&RecallInput>,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let examination = Examination::new(&session.model, &session.tokenizer, &recipe.facts, lowest)?;
        let mut fingerprint = facts_fingerprint(&recipe.facts);
        let mut quiz = None;
        if let Some(RecallInput { catalogue, sample }) = recall {
            let (languages, edited, seed) = (&recipe.languages, &recipe.facts, recipe.seed);
            let scope = QuizScope { languages, edited, withheld: false, sample: *sample, seed };
            let asked = Quiz::new(catalogue, &session.tokenizer, scope)?;
            fingerprint = hex(&Sha256::digest(format!("{fingerprint} recall {languages:?} {sample:?} {seed} {}", asked.len())));
            quiz = Some(asked.unchanged_below(lowest, &session.model));
        }
        let mut questions = Self { examination, quiz, before: Measurement::default(), fingerprint };
        questions.before = questions.ask(session, observer, Activity::EvaluateBefore, (0, recipe.steps.len())).await?;
        Ok(questions)
    }

    /// Asks everything.
    pub(super) async fn ask(
        &mut self,
        session: &Session,
        observer: &mut dyn Observer,
        activity: Activity,
        (step, steps): (usize, usize),
    ) -> Result<Measurement> {
        observer.pause().await;
        let (of_facts, of_quiz) = (self.examination.questions(), self.quiz.as_ref().map_or(0, Quiz::len));
        let mut watch = |done| {
            observer.progress(activity, step, steps, done, of_facts + of_quiz);
            !observer.cancelled()
        };
        let scores = self.examination.ask(&session.model, |done, _| watch(done)).await?;
        let recalled = match &mut self.quiz {
            Some(quiz) => Some(quiz.ask(&session.model, |done, _| watch(of_facts + done)).await?),
            None => None,
        };
        Ok(Measurement { scores, recalled })
    }

    /// A row of the accuracy matrix.
    pub(super) fn row(&self, measured: &Measurement) -> BTreeMap<String, LanguageAccuracy> {
        let cell = |scores: &Scores| LanguageAccuracy {
            efficacy: scores.efficacy,
            generality: scores.generality,
            specificity: scores.specificity,
        };
        self.examination.languages().iter().cloned().zip(measured.scores.iter().map(cell)).collect()
    }

    /// Accuracy before and after, by language and on average.
    pub(super) fn fill(&self, report: &mut Report, recipe: &Recipe, after: &Measurement) {
        let before = &self.before;
        let accuracy = |language: &String, scores: &Scores, measured: &Measurement| {
            let of = |group: fn(&Recalled) -> &RecallScores| group(measured.recalled.as_ref()?).languages.get(language)?.recall;
            Accuracy {
                recall: of(|recalled| &recalled.others),
                recall_subject: of(|recalled| &recalled.subject),
                ..Accuracy::of(scores, recipe.facts.iter().filter(|fact| fact.language == *language).count())
            }
        };
        let scores = before.scores.iter().zip(&after.scores);
        let languages = self.examination.languages().iter().zip(scores).map(|(language, (was, is))| {
            (language.clone(), BeforeAfter { before: accuracy(language, was, before), after: accuracy(language, is, after) })
        });
        report.languages = languages.collect();
        report.average = BeforeAfter {
            before: Accuracy::mean(report.languages.values().map(|language| &language.before)),
            after: Accuracy::mean(report.languages.values().map(|language| &language.after)),
        };
    }
}

impl Measurement {
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
