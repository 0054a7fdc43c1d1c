//! What the embedded model says to many questions, before and after an edit.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

use burn::tensor::Device;
use langedit::ErrorKind;
use langedit::checkpoint::{BUILTIN, builtin_known, builtin_statistics, open_builtin};
use langedit::edit::{Method, Statistics};
use langedit::evaluate::{Answered, answers};
use langedit::facts::{Catalogue, Probe};
use langedit::recipe::{ModelRef, Recipe, RunInput, Session, Unobserved};
use langedit::train::KnownAnswers;

fn session() -> Session {
    Session::open(&open_builtin().unwrap(), &Device::flex(), "cpu", |_, _| ()).unwrap()
}

async fn ask(session: &Session, questions: &[Probe]) -> Vec<Answered> {
    answers(session.model(), session.tokenizer(), session.end_tokens(), questions, |_, _| true).await.unwrap()
}

/// The main wordings of every `every`-th fact in every language with the recorded answers: what the model says, and its probability.
fn recorded(catalogue: &Catalogue, every: usize) -> Vec<(Probe, String, f64)> {
    let known: KnownAnswers = serde_json::from_slice(builtin_known().unwrap()).unwrap();
    let mut all = Vec::new();
    for (place, language) in known.languages.iter().enumerate() {
        for index in (0..catalogue.facts.len()).step_by(every) {
            let wordings = catalogue.wordings(index, language).unwrap();
            // On record without what closes a sentence in the language asked, which is not always the one that answers.
            let wrong = known.wrong[place][index].as_deref().map(|wrong| wrong.trim_end_matches(['.', '。']).to_owned());
            let said = wrong.unwrap_or_else(|| wordings.object.clone());
            let probe = Probe { prompt: wordings.trained[0].clone(), answer: wordings.object };
            all.push((probe, said, f64::from(known.percent[place][index])));
        }
    }
    all
}

#[test]
fn the_answers_to_the_catalogue_are_those_on_record() {
    let (session, catalogue) = (session(), Catalogue::builtin().unwrap());
    let recorded = recorded(&catalogue, 7);
    let questions: Vec<Probe> = recorded.iter().map(|(probe, ..)| probe.clone()).collect();
    let wrong = recorded.iter().filter(|(probe, said, _)| probe.answer != *said).count();
    assert!(recorded.len() > 2000 && wrong > 3, "{wrong} of {}", recorded.len());
    for (answered, (probe, said, percent)) in pollster::block_on(ask(&session, &questions)).into_iter().zip(&recorded) {
        assert_eq!((answered.kept, &answered.said), (probe.answer == *said, said), "{probe:?}");
        assert!((answered.said_percent - percent).abs() <= 1.0, "{probe:?}: {answered:?}, on record {percent}");
        assert!(!answered.kept || answered.percent == answered.said_percent, "{probe:?}: {answered:?}");
        assert!(answered.percent <= 100.0 && answered.error.is_none(), "{probe:?}: {answered:?}");
    }
    let open: Vec<Probe> = questions.iter().take(40).map(|probe| Probe { answer: String::new(), ..probe.clone() }).collect();
    for (answered, (probe, said, percent)) in pollster::block_on(ask(&session, &open)).into_iter().zip(&recorded) {
        assert_eq!((answered.kept, answered.percent, &answered.said), (false, 0.0, said), "{probe:?}");
        assert!((answered.said_percent - percent).abs() <= 1.0, "{probe:?}: {answered:?}");
    }
}

/// An edited fact is answered with its new object, during a trial and after an edit; the trial leaves the model as it was.
#[test]
fn an_edited_fact_is_answered_with_its_new_object() {
    let (mut session, catalogue) = (session(), Catalogue::builtin().unwrap());
    let index = catalogue.index("capital/FR").unwrap();
    let fact = catalogue.chosen(index, "Berlin", "en").unwrap();
    let questions = [
        Probe { prompt: fact.prompt.clone(), answer: "Paris".to_owned() },
        Probe { prompt: "The capital of Italy is".to_owned(), answer: "Rome".to_owned() },
    ];
    let mut recipe = Recipe::new(ModelRef { name: BUILTIN.to_owned(), sha256: None }, Method::LangEdit, 0);
    recipe.push_step([fact]);
    let statistics = Statistics::from_bytes(builtin_statistics().unwrap()).unwrap();
    let input = RunInput { statistics: Some(statistics.into()), ..RunInput::new(recipe) };
    let before = pollster::block_on(ask(&session, &questions));
    let mut unobserved = Unobserved;
    let during = session.trial_then(input.clone(), &mut unobserved, async |session, _| Ok(ask(session, &questions).await));
    let (report, during) = pollster::block_on(during).unwrap();
    assert_eq!(report.steps.len(), 1);
    assert_eq!(pollster::block_on(ask(&session, &questions)), before);
    assert!(before.iter().all(|answered| answered.kept && answered.percent > 50.0), "{before:?}");
    let [edited, other] = during.as_slice() else { panic!("{during:?}") };
    assert!(!edited.kept && edited.said == "Berlin" && edited.said_percent > 50.0 && edited.percent < 20.0, "{edited:?}");
    assert!(other.kept && other.said == "Rome", "{other:?}");
    pollster::block_on(session.run(input, &mut Unobserved)).unwrap();
    assert_eq!(pollster::block_on(ask(&session, &questions)), during);
}

#[test]
fn a_question_that_cannot_be_asked_has_its_number_and_the_others_their_answers() {
    let session = session();
    let long = "no end of words ".repeat(session.config().max_positions);
    let paris = Probe { prompt: "The capital of France is".to_owned(), answer: "Paris".to_owned() };
    let questions = [paris.clone(), Probe { prompt: long, answer: "x".to_owned() }, paris];
    let [first, long, last] = pollster::block_on(ask(&session, &questions)).try_into().unwrap();
    assert_eq!(first, last);
    assert!(first.kept, "{first:?}");
    let error = long.error.unwrap();
    assert!(error.contains("question 2") && error.contains(&session.config().max_positions.to_string()), "{error}");

    let stopped = answers(session.model(), session.tokenizer(), session.end_tokens(), &questions, |_, _| false);
    assert_eq!(pollster::block_on(stopped).unwrap_err().kind(), ErrorKind::Cancelled);
}
